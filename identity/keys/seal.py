"""What is stored is sealed with AES-256-GCM, and opens only where it was put.

A sealed value is: one byte of format, eight characters of key id, a 96-bit nonce, the ciphertext
with its 128-bit tag. The associated data says whose value it is, of what kind, by what name and in
which version, so that neither another customer's row nor yesterday's opens in its place.

Nonces are drawn at random, so that one key seals at most 2**32 values (NIST SP 800-38D, section
8.3): rotate the `seal` key long before that.
"""

from __future__ import annotations

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from factors.contract import Entropy
from identity.errors import SealBroken
from identity.keys.ring import Key, KeyRing, Purpose

_FORMAT = b"\x01"
_ID_END = 1 + 8
_NONCE_BYTES = 12
_NONCE_END = _ID_END + _NONCE_BYTES
_TAG_BYTES = 16

_log = structlog.get_logger(__name__)


class Sealer:
    """Seals under the ring's current key and opens under any of them. Safe between threads.

    Clause: CC-17020.b.g
    """

    def __init__(self, ring: KeyRing, entropy: Entropy) -> None:
        self._ring = ring
        self._entropy = entropy
        self._ciphers: dict[str, AESGCM] = {}

    def header(self) -> bytes:
        """Return how everything begins that is sealed from now on: format and key id."""
        return header_of(self._ring.current(Purpose.SEAL).id)

    def seal(self, plaintext: bytes, *, account: str, kind: str, name: str, version: int) -> bytes:
        """Return `plaintext` sealed for this account, kind, name and version (0 to 2**64 - 1).

        `name` is what the value is called among those of its kind: a credential id.
        """
        key = self._ring.current(Purpose.SEAL)
        header = header_of(key.id)
        nonce = self._entropy(_NONCE_BYTES)
        bound = _associated(header, (account, kind, name), version)
        return header + nonce + self._cipher(key).encrypt(nonce, plaintext, bound)

    def open(self, sealed: bytes, *, account: str, kind: str, name: str, version: int) -> bytes:
        """Return what was sealed; `SealBroken` where anything differs from when it was.

        A seal that is broken is logged, by whose it is and which: an alarm listens for it.
        """
        try:
            return self._opened(sealed, (account, kind, name), version)
        except SealBroken as error:
            _log.error("seal_broken", kind=kind, account=account, name=name, detail=str(error))
            raise

    def _opened(self, sealed: bytes, names: tuple[str, str, str], version: int) -> bytes:
        header, nonce, kind = sealed[:_ID_END], sealed[_ID_END:_NONCE_END], names[1]
        key = self._ring.get(Purpose.SEAL, header[1:].decode("ascii", "replace"))
        if header[:1] != _FORMAT or key is None or len(sealed) < _NONCE_END + _TAG_BYTES:
            raise SealBroken(f"a sealed {kind} has a format or a key that is not ours")
        bound = _associated(header, names, version)
        try:
            return self._cipher(key).decrypt(nonce, sealed[_NONCE_END:], bound)
        except InvalidTag as error:
            raise SealBroken(f"a sealed {kind} is not the one that was stored here") from error

    def _cipher(self, key: Key) -> AESGCM:
        """Return the key's cipher; making one costs more than using it."""
        found = self._ciphers.get(key.id)
        if found is None:
            found = self._ciphers[key.id] = AESGCM(key.secret)
        return found


def header_of(key_id: str) -> bytes:
    """Return how everything begins that the key with this id has sealed."""
    return _FORMAT + key_id.encode("ascii")


def _associated(header: bytes, names: tuple[str, ...], version: int) -> bytes:
    """Encode so that no two different inputs agree: every text has its length before it."""
    encoded = [text.encode("utf-8", "surrogatepass") for text in names]
    parts = [len(text).to_bytes(4, "big") + text for text in encoded]
    return b"".join([b"trifactor/seal", header, *parts, version.to_bytes(8, "big")])
