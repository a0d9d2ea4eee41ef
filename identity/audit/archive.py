"""The log in one file that is examined without the service: JSON Lines, UTF-8, in this order.

    {"type":"export","v":1,"at_us":…,"origin":"…","keys":["…"]}
    {"type":"leaf","index":0,"writer":"…","seq":1,"hash":"…","event":"{…}","mac":"…","key_id":"…"}
    {"type":"checkpoint","size":1,"note":"…"}
    {"type":"event","writer":"…","seq":2,"event":"{…}","mac":"…","key_id":"…"}
    {"type":"writer","id":"…","seq":2,"beat_us":…,"closed":false,"mac":"…","key_id":"…"}
    {"type":"end","leaves":1,"events":1,"checkpoints":1,"writers":1,"sha256":"…"}

Leaves stand in the log's order, each with the event it was made from, and a checkpoint behind the
leaf that it ends with. Events outside the log (those that wait for their place) come where their
writer's next leaf would, or after all leaves. `event` is an event's body as text: SHA-256 over a
zero byte and it is `hash`. Where it is gone it is null; where it is no UTF-8 any more, `raw` has
its bytes. `keys` are the public keys in the form of signed notes. Times are Unix microseconds,
bytes are base64, and `sha256` is over every line before the last, line feeds included.

What a MAC protects only the holder of the key ring can check: events that no checkpoint signs
yet, and what writers say of themselves.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

import msgspec

from identity.model import EventRow, Writer

Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class _Line(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line. What is not of the format is a finding: somebody put it there."""


class Opening(_Line, frozen=True, kw_only=True, tag="export"):
    """Whose log it is, when it was written out, and the public keys that sign its heads."""

    v: Literal[1] = 1
    at_us: Count
    origin: str
    keys: tuple[str, ...]


class Told(_Line, frozen=True, kw_only=True):
    """An event as it was stored."""

    writer: str
    seq: Count
    event: str | None = None
    raw: bytes | None = None
    mac: bytes = b""
    key_id: str = ""

    def body(self) -> bytes | None:
        """Return its body, or None where it is gone."""
        return self.raw if self.event is None else self.event.encode()


class InLog(Told, frozen=True, kw_only=True, tag="leaf"):
    """A leaf of the log and its event."""

    index: Count
    hash: bytes


class Outside(Told, frozen=True, kw_only=True, tag="event"):
    """An event that is not in the log."""


class Signed(_Line, frozen=True, kw_only=True, tag="checkpoint"):
    """A head of the log."""

    size: Count
    note: str


class Said(_Line, frozen=True, kw_only=True, tag="writer"):
    """What a writer last said of itself."""

    id: str
    seq: Count
    beat_us: Count
    closed: bool
    mac: bytes
    key_id: str

    def writer(self) -> Writer:
        """Return it as it was stored."""
        return Writer(**msgspec.structs.asdict(self))


class Ending(_Line, frozen=True, kw_only=True, tag="end"):
    """How many lines of each kind there were, and SHA-256 over all of them."""

    leaves: Count
    events: Count
    checkpoints: Count
    writers: Count
    sha256: bytes


Line: TypeAlias = Opening | InLog | Outside | Signed | Said | Ending

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Line)


def encode(line: Line) -> bytes:
    """Return a line, its line feed with it."""
    return _encoder.encode(line) + b"\n"


def decode(line: bytes) -> Line | None:
    """Return what a line says, or None where it is none of ours."""
    try:
        found: Line = _decoder.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return found


def told(row: EventRow) -> dict[str, Any]:
    """Return an event's members of a line."""
    try:
        body: dict[str, Any] = {"event": row.body.decode()}
    except UnicodeDecodeError:
        body = {"raw": row.body}
    return {"writer": row.writer, "seq": row.seq, "mac": row.mac, "key_id": row.key_id, **body}
