"""One writer's events in order, each examined once as it goes by."""

from __future__ import annotations

from typing import Literal

import msgspec

from identity.audit.findings import Notes
from identity.audit.record import event_holds
from identity.audit.rows import Rows
from identity.keys.ring import KeyRing
from identity.model import EventRow
from identity.storage.ports import Events


class _Said(msgspec.Struct, frozen=True, kw_only=True):
    """What of an event its row repeats; of the rest any version's vocabulary will do."""

    type: str
    account_id: str = ""


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """What every event says of itself, whatever it tells."""

    v: Literal[1]
    writer: str
    seq: int
    at_us: int
    lab: bool
    event: _Said


_decoder = msgspec.json.Decoder(Body)


def decoded(body: bytes) -> Body | None:
    """Return what an event says of itself, or None where it is none."""
    try:
        return _decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


class WriterReader:
    """Reads what one writer wrote; `events` counts how many there were."""

    def __init__(self, writer: str, events: Events, ring: KeyRing, notes: Notes) -> None:
        self._writer = writer
        self._rows = Rows(writer, events)
        self._ring = ring
        self._notes = notes
        self._next = 1  # the number that is due
        self.events = 0
        self.lab_events = 0

    @property
    def highest(self) -> int:
        """Return the last number that was read, 0 for none."""
        return self._rows.highest

    def take(self, seq: int) -> EventRow | None:
        """Return the event with this number, or None, which is a finding, where it is gone.

        Those before it that nobody asked for are findings too: the log left them out.
        """
        while (row := self._rows.ahead()) is not None and row.seq < seq:
            self._notes.find(
                "leaf_missing", self._name(row.seq), "This event was left out of the log."
            )
            self._pass()
        if row is None or row.seq > seq:
            self._gone(range(seq, seq + 1))
            return None
        self._pass()
        return row

    def rest(self) -> tuple[int, int]:
        """Read to the end; return how many there were and when the first was, or 0."""
        count, first_us = 0, 0
        while (row := self._rows.ahead()) is not None:
            first_us = first_us or row.at_us
            count += 1
            self._pass()
        return count, first_us

    def _pass(self) -> None:
        row = self._rows.take()
        self._gone(range(self._next, row.seq))
        self._next = max(self._next, row.seq + 1)
        self.events += 1
        self._examine(row)

    def _gone(self, seqs: range) -> None:
        sentence = "This event was written and is gone."
        self._notes.events("event_missing", self._writer, seqs, sentence)
        self._next = max(self._next, seqs.stop)

    def _examine(self, row: EventRow) -> None:
        if not event_holds(self._ring, row):
            self._notes.find(
                "event_mac", self._name(row.seq), "This event or its MAC is not what was written."
            )
        body = decoded(row.body)
        if body is None or _repeated(body) != _columns(row):
            self._notes.find(
                "event_row",
                self._name(row.seq),
                "The row says something else than the event in it.",
            )
        self.lab_events += body is not None and body.lab

    def _name(self, seq: int) -> str:
        return f"event {self._writer}/{seq}"


def _repeated(body: Body) -> tuple[str, int, int, str, str]:
    return body.writer, body.seq, body.at_us, body.event.type, body.event.account_id


def _columns(row: EventRow) -> tuple[str, int, int, str, str]:
    return row.writer, row.seq, row.at_us, row.kind, row.account_id
