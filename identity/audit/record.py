"""An event as bytes, with a MAC, written with the change that it records.

The body is JSON in UTF-8 with the members of every object sorted and no space between them:

    {"at_us":…,"event":{"type":…, …},"lab":…,"seq":…,"v":1,"writer":…}

`writer` and `seq` are in it, so that an event cannot be moved; `lab` is, so that no event of a
simulated year passes for a real one. The MAC is HMAC-SHA256 over exactly these bytes.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import structlog

from identity.audit.events import Event
from identity.audit.vocabulary import VOCABULARY, tag_of
from identity.errors import AuditUnavailable, StoreUnavailable
from identity.keys.mac import holds, tag
from identity.keys.ring import KeyRing, Purpose
from identity.model import EventRow, Writer
from identity.storage.ports import Work

FORMAT = 1

_EVENT_LABEL = "trifactor/audit/event/v1"
_BEAT_LABEL = "trifactor/audit/beat/v1"

_log = structlog.get_logger(__name__)


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """An event, by whom it was written, as which of theirs, and when (Unix microseconds)."""

    v: int = FORMAT
    writer: str
    seq: int
    at_us: int
    lab: bool
    event: VOCABULARY


_encoder = msgspec.json.Encoder(order="sorted")
_decoder = msgspec.json.Decoder(Envelope)


def decode(body: bytes) -> Envelope:
    """Return what `body` says; `msgspec.MsgspecError` where it is not of the vocabulary."""
    return _decoder.decode(body)


def microseconds(at: float) -> int:
    """Return Unix time in microseconds for Unix time in seconds."""
    return round(at * 1_000_000)


class Journal:
    """Writes events. Clause: CC-18000.4.d

    `lab` marks every event as one of lab mode.
    """

    def __init__(self, ring: KeyRing, *, lab: bool) -> None:
        self._ring = ring
        self._lab = lab

    def write(self, work: Work, event: Event, now: float) -> None:
        """Write one event within the caller's unit of work: both are kept, or neither.

        Raises `AuditUnavailable` where it cannot be written, which ends the unit of work; the
        line in the service's own log is what an alarm listens for.
        """
        try:
            self._append(work, event, now)
        except StoreUnavailable as error:
            _log.error("audit_unavailable", kind=tag_of(event))
            raise AuditUnavailable("an audit event could not be written") from error

    def _append(self, work: Work, event: Event, now: float) -> None:
        writer, seq = work.events.position()
        row = self._row(event, writer, seq, microseconds(now))
        work.events.append(row)
        if seq == 1:
            # A writer's first event brings its first beat, in one transaction: otherwise nobody
            # would look for the events of a process that ends within its first second.
            work.events.beat(self.beats([(writer, seq)], now))

    def _row(self, event: Event, writer: str, seq: int, at_us: int) -> EventRow:
        key = self._ring.current(Purpose.MAC)
        body = _encoder.encode(
            {
                "v": FORMAT,
                "writer": writer,
                "seq": seq,
                "at_us": at_us,
                "lab": self._lab,
                "event": event,
            }
        )
        return EventRow(
            writer=writer,
            seq=seq,
            at_us=at_us,
            kind=tag_of(event),
            account_id=event.about(),
            body=body,
            mac=tag(key, _EVENT_LABEL, body),
            key_id=key.id,
        )

    def beats(
        self, writers: Iterable[tuple[str, int]], now: float, *, closed: bool = False
    ) -> list[Writer]:
        """Return what these writers, each with its last number, say of themselves now.

        `closed` says that they have ended and will write no more.
        """
        at_us = microseconds(now)
        return [self._beat(writer, seq, at_us, closed=closed) for writer, seq in writers]

    def _beat(self, writer: str, seq: int, at_us: int, *, closed: bool) -> Writer:
        key = self._ring.current(Purpose.MAC)
        mac = tag(key, _BEAT_LABEL, _beat_bytes(writer, seq, at_us, closed=closed))
        return Writer(id=writer, seq=seq, beat_us=at_us, closed=closed, mac=mac, key_id=key.id)


def event_holds(ring: KeyRing, row: EventRow) -> bool:
    """Whether the event's MAC is one of ours over its body."""
    key = ring.get(Purpose.MAC, row.key_id)
    return key is not None and holds(key, _EVENT_LABEL, row.body, row.mac)


def beat_holds(ring: KeyRing, writer: Writer) -> bool:
    """Whether what a writer says of itself is what it said."""
    key = ring.get(Purpose.MAC, writer.key_id)
    said = _beat_bytes(writer.id, writer.seq, writer.beat_us, closed=writer.closed)
    return key is not None and holds(key, _BEAT_LABEL, said, writer.mac)


def _beat_bytes(writer: str, seq: int, at_us: int, *, closed: bool) -> bytes:
    return _encoder.encode([writer, seq, at_us, closed])
