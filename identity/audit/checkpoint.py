"""Heads of the log, written and signed so that others' tools can read them.

The text is a C2SP tlog-checkpoint: the log's name, its size, the root in base64, and one extension
line with the time, because a head whose date could be changed would prove little to an examiner:

    trifactor/audit/4tgm9X2q
    1234
    T1pzb21lIHJvb3QgaGFzaCBvZiAzMiBieXRlcyBoZXI=
    at_us 1767225600000000

Below an empty line stands the signature, as in a C2SP signed note: Ed25519 over the text with its
last line feed, behind the first four bytes of SHA-256(name || 0x0A || 0x01 || public key).

Sources: c2sp.org/tlog-checkpoint, c2sp.org/signed-note.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import TypeAlias

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from identity.keys.ring import Key, KeyRing, Purpose
from identity.keys.signing import ed25519, ed25519_public

_ED25519 = b"\x01"
_KEY_ID_BYTES = 4
_TEXT = re.compile(
    r"(?P<origin>[^\n]+)\n(?P<size>0|[1-9][0-9]{0,18})\n(?P<root>[A-Za-z0-9+/]{43}=)\n"
    r"at_us (?P<at_us>0|[1-9][0-9]{0,18})\n"
)
_SIGNATURE = re.compile(r"— (?P<name>[^ \n+]+) (?P<blob>[A-Za-z0-9+/]+={0,2})\n")


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What a checkpoint says: this log had this root at this size at this time."""

    size: int
    root: bytes
    at_us: int


Reader: TypeAlias = Callable[[bytes], Head | None]
"""What a note says where one of the examiner's keys signed it, else None."""


def origin_of(ring: KeyRing) -> str:
    """Return the log's name: no two services have the same, and rotating keys leaves it alone."""
    return f"trifactor/audit/{ring.all(Purpose.CHECKPOINT)[-1].id}"


def verifier_key(key: Key, origin: str) -> str:
    """Return the public key as signed-note tools take it: ``name+4 bytes in hex+base64``."""
    public = _ED25519 + ed25519_public(key).public_bytes_raw()
    return f"{origin}+{_key_id(origin, public[1:]).hex()}+{_base64(public)}"


def verifier_keys(ring: KeyRing) -> tuple[str, ...]:
    """Return every public key that signs or has signed this log's heads, newest first."""
    origin = origin_of(ring)
    return tuple(verifier_key(key, origin) for key in ring.all(Purpose.CHECKPOINT))


def reader_of(keys: Iterable[str]) -> Reader:
    """Return what reads the notes that these public keys have signed.

    They are in the form that `verifier_key` gives; `ValueError` for any other.
    """
    publics = [_verifier(key) for key in keys]

    def reader(note: bytes) -> Head | None:
        heads = (read_with(note, origin, [public]) for origin, public in publics)
        return next((head for head in heads if head is not None), None)

    return reader


def _verifier(text: str) -> tuple[str, Ed25519PublicKey]:
    origin, _, rest = text.strip().partition("+")
    key_id, _, encoded = rest.partition("+")
    public = _plain(encoded)
    if public[:1] != _ED25519 or key_id != _key_id(origin, public[1:]).hex():
        raise ValueError("this is no public key: one looks like name+12345678+ABC…")
    return origin, Ed25519PublicKey.from_public_bytes(public[1:])


def sign(head: Head, key: Key, origin: str) -> bytes:
    """Return the signed note for this head."""
    return signed_note(
        f"{origin}\n{head.size}\n{_base64(head.root)}\nat_us {head.at_us}\n", key, origin
    )


def signed_note(text: str, key: Key, name: str) -> bytes:
    """Return `text`, which ends with a line feed, with the signature that `name` puts below it."""
    private = ed25519(key)
    key_id = _key_id(name, private.public_key().public_bytes_raw())
    return f"{text}\n— {name} {_base64(key_id + private.sign(text.encode()))}\n".encode()


def read(note: bytes, ring: KeyRing) -> Head | None:
    """Return what the note says where a key of the ring signed it for this log, else None.

    The key may have come into the ring a moment ago, on another node.
    """
    head = _read(note, ring)
    if head is None:
        ring.refresh()
        return _read(note, ring)
    return head


def _read(note: bytes, ring: KeyRing) -> Head | None:
    publics = [ed25519_public(key) for key in ring.all(Purpose.CHECKPOINT)]
    return read_with(note, origin_of(ring), publics)


def read_with(note: bytes, origin: str, publics: list[Ed25519PublicKey]) -> Head | None:
    """Return what the note says where one of these keys signed it for this log, else None."""
    try:
        text, separator, signatures = note.decode("utf-8").rpartition("\n\n")
    except UnicodeDecodeError:
        return None
    text += "\n"
    said = _TEXT.fullmatch(text)
    if not separator or said is None or said["origin"] != origin:
        return None
    lines = [_SIGNATURE.fullmatch(line) for line in signatures.splitlines(keepends=True)]
    ours = [line["blob"] for line in lines if line is not None and line["name"] == origin]
    if None in lines or not any(_signed(text, origin, blob, publics) for blob in ours):
        return None
    return Head(size=int(said["size"]), root=_plain(said["root"]), at_us=int(said["at_us"]))


def _signed(text: str, origin: str, blob: str, publics: list[Ed25519PublicKey]) -> bool:
    signed = _plain(blob)
    return any(
        _key_id(origin, public.public_bytes_raw()) == signed[:_KEY_ID_BYTES]
        and _verifies(public, signed[_KEY_ID_BYTES:], text.encode())
        for public in publics
    )


def _verifies(public: Ed25519PublicKey, signature: bytes, text: bytes) -> bool:
    try:
        public.verify(signature, text)
    except InvalidSignature:
        return False
    return True


def _key_id(name: str, public: bytes) -> bytes:
    return sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:_KEY_ID_BYTES]


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _plain(text: str) -> bytes:
    """Decode base64, or give nothing where it is none or not the one way of writing its bytes."""
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error:
        return b""
    return data if _base64(data) == text else b""
