"""Who calls, as far as the transport can tell: secrets he holds, networks he comes from."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from identity.storage.ports import Work
from identity.throttling.way import Way


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """One request's caller. Secrets are "" where none was sent; `locale` is "zh-TW" or "en".

    `device_secrets` are one for each account that signed in from this browser, the latest last;
    whether they are ours is for `identity.sessions.device_cookies` to say.
    `payment` is the proof of work that came with the call.
    """

    prefixes: tuple[str, ...]
    session_secret: str = field(default="", repr=False)
    device_secrets: tuple[str, ...] = field(default=(), repr=False)
    locale: str = "en"
    payment: str = field(default="", repr=False)

    def way(self, work: Work, account_id: str, claimed: Sequence[str]) -> Way:
        """Return how this caller comes in to this account.

        `claimed` are the ids of devices whose signed secrets he sent: the store is asked about
        these alone.
        """
        known = (device_id for device_id in claimed if work.devices.known(device_id, account_id))
        return Way(device_id=next(known, ""), prefixes=self.prefixes)


def digest(secret: str) -> bytes:
    """Return what is stored in place of a random secret of 128 bits or more: its SHA-256."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
