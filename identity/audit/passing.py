"""Events of an export as they pass by, compared with their writers' numbers and their leaves."""

from __future__ import annotations

from identity.audit.archive import InLog, Outside, Said, Told
from identity.audit.findings import Notes
from identity.audit.merkle import leaf_hash
from identity.audit.reading import Body, decoded
from identity.audit.record import beat_holds, event_holds
from identity.keys.ring import KeyRing
from identity.model import EventRow

_SILENT_US = 60 * 1_000_000  # a living writer beats every second


class Passing:
    """Knows of every writer its last number, and nothing else of what went by.

    Without a `ring` MACs are not looked at.
    """

    def __init__(self, notes: Notes, ring: KeyRing | None) -> None:
        self._notes = notes
        self._ring = ring
        self._last: dict[str, int] = {}
        self._outside: dict[str, int] = {}  # the first number that the log has not, or not yet
        self._said: set[str] = set()
        self.events = 0
        self.lab_events = 0

    @property
    def writers(self) -> int:
        """Return how many writers there were."""
        return len(self._last.keys() | self._said)

    def leaf(self, told: InLog) -> None:
        """Examine an event of the log. All before it should be in the log, too."""
        due = self._last.get(told.writer, 0) + 1
        passed = range(self._outside.pop(told.writer, due), due)
        self._notes.events("leaf_missing", told.writer, passed, "It was left out of the log.")
        if not self._numbered(told):
            self._notes.find(
                "leaf_order", f"leaf {told.index}", "An event of this writer stands here again."
            )
        body = told.body()
        if body is None:
            self._gone(told.writer, range(told.seq, told.seq + 1))
            return
        if leaf_hash(body) != told.hash:
            self._notes.find(
                "leaf_hash", f"leaf {told.index}", "The log was built from another event than this."
            )
        self._examine(told, body)

    def outside(self, told: Outside) -> None:
        """Examine an event that the log has not, or not yet."""
        if not self._numbered(told):
            self._notes.find("event_row", _name(told), "This event stands here again.")
        self._outside.setdefault(told.writer, told.seq)
        self._examine(told, told.body() or b"")

    def said(self, said: Said, at_us: int) -> None:
        """Examine what a writer said of itself; `at_us` is when the export was written."""
        where, writer = f"writer {said.id}", said.writer()
        self._said.add(said.id)
        if self._ring is not None and not beat_holds(self._ring, writer):
            self._notes.find("writer_mac", where, "This is not what it said of itself.")
        elif said.seq > self._last.get(said.id, 0):
            highest = self._last.get(said.id, 0)
            self._notes.find(
                "tail_cut", where, f"It had written {said.seq} events; the last there is {highest}."
            )
        if not said.closed and at_us - said.beat_us > _SILENT_US:
            self._notes.remark(
                "writer_silent", where, "It ended without a word: by a crash, or because of a cut."
            )

    def end(self) -> None:
        """Note the writers of which nothing is said."""
        for writer in sorted(self._last.keys() - self._said):
            self._notes.find(
                "writer_missing", f"writer {writer}", "What it said of itself is gone."
            )

    def _numbered(self, told: Told) -> bool:
        """Move its writer's number on, noting what is missing; False where it does not move."""
        before = self._last.get(told.writer, 0)
        if told.seq <= before:
            return False
        self._gone(told.writer, range(before + 1, told.seq))
        self._last[told.writer] = told.seq
        return True

    def _gone(self, writer: str, seqs: range) -> None:
        self._notes.events("event_missing", writer, seqs, "This event was written and is gone.")

    def _examine(self, told: Told, body: bytes) -> None:
        self.events += 1
        said = decoded(body)
        if said is None or (said.writer, said.seq) != (told.writer, told.seq):
            self._notes.find("event_row", _name(told), "This event is another's or none.")
        self.lab_events += said is not None and said.lab
        if self._ring is not None and not event_holds(self._ring, _row(told, body, said)):
            self._notes.find(
                "event_mac", _name(told), "This event or its MAC is not what was written."
            )


def _name(told: Told) -> str:
    return f"event {told.writer}/{told.seq}"


def _row(told: Told, body: bytes, said: Body | None) -> EventRow:
    return EventRow(
        writer=told.writer,
        seq=told.seq,
        at_us=said.at_us if said else 0,
        kind=said.event.type if said else "",
        account_id=said.event.account_id if said else "",
        body=body,
        mac=told.mac,
        key_id=told.key_id,
    )
