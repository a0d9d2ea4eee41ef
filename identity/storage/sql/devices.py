"""Devices an account is known from. One browser may be known to several accounts."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from identity.model import Device
from identity.storage.sql.dialect import Insert, Statement, variants
from identity.storage.sql.port import Port, equal, fields
from identity.storage.sql.schema import devices

_KEPT = devices.c.revoked_at.is_(None)


def _seen(insert: Insert) -> Statement:
    return insert.on_conflict_do_update(
        index_elements=["account_id", "id"],
        set_={"last_seen_at": insert.excluded.last_seen_at},
        where=_KEPT,
    )


_SEEN = variants(devices, _seen)
_KNOWN = sa.select(sa.literal(1)).where(equal(devices, "account_id", "id"), _KEPT)
_OF = (
    sa.select(devices)
    .where(equal(devices, "account_id"), _KEPT)
    .order_by(devices.c.created_at, devices.c.id)
)
_REVOKE = sa.update(devices).where(equal(devices, "account_id", "id"), _KEPT)
_REVOKE_ALL = sa.update(devices).where(equal(devices, "account_id"), _KEPT)


class Devices(Port):
    """The port `Devices` over SQL."""

    __slots__ = ()

    def seen(self, device: Device) -> None:
        """Store it, or move `last_seen_at` where it is there and not revoked."""
        self._connection.execute(self._variant(_SEEN), fields(device))

    def known(self, device_id: str, account_id: str) -> bool:
        """Whether this account completed a login from it and it is not revoked."""
        here = {"at_account_id": account_id, "at_id": device_id}
        return self._connection.scalar(_KNOWN, here) is not None

    def of(self, account_id: str) -> Sequence[Device]:
        """Return the account's devices that are not revoked, oldest first."""
        return self._all(Device, _OF, {"at_account_id": account_id})

    def revoke(self, account_id: str, device_id: str, at: float) -> bool:
        """Forget one; False where the account has no such device."""
        here = {"at_account_id": account_id, "at_id": device_id}
        return self._changed(_REVOKE, here | {"revoked_at": at}) == 1

    def revoke_all(self, account_id: str, at: float) -> int:
        """Forget all of them; return how many."""
        return self._changed(_REVOKE_ALL, {"at_account_id": account_id, "revoked_at": at})
