"""One message as it is carried: address and text, sealed while it waits."""

from __future__ import annotations

import msgspec

from identity.keys.seal import Sealer
from identity.model import Message

_KIND = "message"
_VERSION = 1  # a message is never changed


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A message to carry. `id` is the same each time it is tried, `at` when it was written.

    `channel` is ``"mail"`` or ``"sms"``, `address` what that channel needs.
    """

    id: str
    at: float
    channel: str
    address: str
    subject: str
    body: str

    def __repr__(self) -> str:
        return f"Letter(id={self.id!r})"


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Letter)


def sealed(sealer: Sealer, letter: Letter, account_id: str) -> bytes:
    """Return the letter sealed to its account and its own id."""
    content = _encoder.encode(letter)
    return sealer.seal(content, account=account_id, kind=_KIND, name=letter.id, version=_VERSION)


def opened(sealer: Sealer, message: Message) -> Letter:
    """Return the letter in a stored message; `SealBroken` where it is not the one put there."""
    content = sealer.open(
        message.sealed, account=message.account_id, kind=_KIND, name=message.id, version=_VERSION
    )
    return _decoder.decode(content)
