"""The audit log at a million events: how fast it is sequenced, and what a proof costs then."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import msgspec

from identity import entropy
from identity.audit import events
from identity.audit.builder import LogBuilder
from identity.audit.proofs import prove, prove_growth
from identity.audit.record import Journal
from identity.keys.ring import KeyRing, generate_ring
from identity.storage.sql.store import SqlStore, migrate
from tests.bench.rows import Row

EVENTS = 1_000_000
AT_ONCE = 10_000
ASKED = 200
NOW = 1_800_000_000.0


def rows() -> list[Row]:
    """Write a million events in one process, sequence them, and ask for proofs."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'log.db'}"
        migrate(url)
        store = SqlStore(url, writer_id=lambda: entropy.token(entropy.system))
        ring = generate_ring(NOW, entropy.system)
        written = seconds(lambda: write(store, ring))
        sequenced = seconds(lambda: sequence(store, ring))
        found = [*rates(written, sequenced), *proofs(store)]
        store.close()
    return found


def write(store: SqlStore, ring: KeyRing) -> None:
    """Write them, many to a unit of work: what is measured is the log, not the disk's patience."""
    journal = Journal(ring, lab=False)
    for start in range(0, EVENTS, AT_ONCE):
        with store.write() as work:
            for number in range(start, start + AT_ONCE):
                event = events.AccountActivated(account_id=f"account-{number % 1000:014}")
                journal.write(work, event, NOW + number / 1000)


def sequence(store: SqlStore, ring: KeyRing) -> None:
    """Take all of them into the tree."""
    builder = LogBuilder(store, ring)
    while builder.step(NOW + 1):  # a moment after the writer beat, so that it counts as awake
        pass


def rates(written: float, sequenced: float) -> list[Row]:
    """Tell what a second brings."""
    per_second = f"{EVENTS / written:,.0f} a second"
    return [
        Row(f"events written, {AT_ONCE:,} to a commit, one writer, FULL", per_second),
        Row("events sequenced into the Merkle log", f"{EVENTS / sequenced:,.0f} a second"),
    ]


def proofs(store: SqlStore) -> list[Row]:
    """Ask for proofs all over the log."""
    with store.read() as work:
        (writer, _), *_ = store.writers()
        size = work.log.size()
        places = [1 + number * (size - 1) // ASKED for number in range(ASKED)]
        one = msgspec.json.encode(prove(work, writer, places[ASKED // 3]))
        inclusion = each(lambda seq: prove(work, writer, seq), places)
        heads = [checkpoint.size for checkpoint in work.log.checkpoints(limit=ASKED)]
        growth = each(lambda old: prove_growth(work.log, old), heads)
    what = f"at {size:,} events"
    return [
        Row(f"inclusion proof {what}", f"{inclusion:.2f} ms, {len(one) / 1000:.1f} kB of JSON"),
        Row(f"consistency proof {what}", f"{growth:.2f} ms"),
    ]


def each(one: Callable[[int], object], of: list[int]) -> float:
    """Return the median milliseconds of one."""
    return 1000 * median(seconds(lambda which=which: one(which)) for which in of)


def seconds(work: Callable[[], object]) -> float:
    """Return how long it took."""
    before = time.perf_counter()
    work()
    return time.perf_counter() - before
