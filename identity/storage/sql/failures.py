"""Failed attempts that time does not forget, counted before the verifier runs."""

from __future__ import annotations

import sqlalchemy as sa

from identity.storage.ports import PRUNED
from identity.storage.sql.dialect import Insert, Statement, variants
from identity.storage.sql.port import Port, equal, prune
from identity.storage.sql.schema import accounts, failures

_KEY = ("account_id", "kind", "bucket")


def _reserve(insert: Insert) -> Statement:
    return insert.on_conflict_do_update(
        index_elements=_KEY,
        set_={"count": failures.c.count + 1, "last_at": insert.excluded.last_at},
        where=failures.c.count < sa.bindparam("limit"),
    ).returning(failures.c.count)


_RESERVE = variants(failures, _reserve)
_RELEASE = (
    sa.update(failures)
    .where(equal(failures, *_KEY), failures.c.count > 0)
    .values(count=failures.c.count - 1)
)
_RESET: dict[tuple[str, ...], Statement] = {
    named: sa.delete(failures).where(equal(failures, "account_id", *named))
    for named in ((), ("kind",), ("bucket",), ("kind", "bucket"))
}
_COUNTS = sa.select(failures.c.kind, failures.c.bucket, failures.c.count).where(
    equal(failures, "account_id"), failures.c.count > 0
)

_OWNED = sa.exists().where(accounts.c.id == failures.c.account_id)
_PRUNE = prune(failures, (failures.c.last_at < sa.bindparam("before")) & ~_OWNED)


class Failures(Port):
    """The port `Failures` over SQL."""

    __slots__ = ()

    def reserve(self, account_id: str, kind: str, bucket: str, limit: int, now: float) -> bool:
        """Add one before the verifier runs; False, and nothing added, where `limit` is reached."""
        if limit < 1:
            return False  # the upsert's first row would not ask
        row = {"account_id": account_id, "kind": kind, "bucket": bucket, "count": 1, "last_at": now}
        counted = self._connection.execute(self._variant(_RESERVE), row | {"limit": limit})
        return counted.one_or_none() is not None

    def release(self, account_id: str, kind: str, bucket: str) -> None:
        """Take back one reservation (never below zero)."""
        here = {"at_account_id": account_id, "at_kind": kind, "at_bucket": bucket}
        self._connection.execute(_RELEASE, here)

    def reset(self, account_id: str, kind: str | None, bucket: str | None) -> None:
        """Set to zero: of one kind or all (None), in one bucket or all (None)."""
        given = {k: v for k, v in (("kind", kind), ("bucket", bucket)) if v is not None}
        here = {"at_account_id": account_id} | {f"at_{k}": v for k, v in given.items()}
        self._connection.execute(_RESET[tuple(given)], here)

    def counts(self, account_id: str) -> dict[tuple[str, str], int]:
        """Return every count of this account that is not zero, by (kind, bucket)."""
        rows = self._connection.execute(_COUNTS, {"at_account_id": account_id})
        return {(row.kind, row.bucket): row[2] for row in rows}

    def prune(self, before: float, limit: int = PRUNED) -> int:
        """Forget decoys' counts that nobody added to since `before`; return how many."""
        return self._changed(_PRUNE, {"before": before, "limit": limit})
