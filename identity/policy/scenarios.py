"""Evidence named in a word, to ask a policy about before anybody has given any.

    password                 given just now
    totp:earlier             given when the session was opened, an hour ago
    totp:fresh               by a factor that was bound less than a day ago
    webauthn:synced          a variant of the method (see `specimens`); several may be joined

`password,webauthn:attested:biometric` is a password and such a passkey.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from identity.model import Shown
from identity.policy.specimens import PLAIN, VARIANTS, specimen

NOW: Final = 0.0
EARLIER: Final = NOW - 3600

_WHEN: Final = ("earlier", "fresh")


class Scenario(NamedTuple):
    """What was shown when the session was opened, and what is shown now, at `NOW`."""

    earlier: tuple[Shown, ...]
    shown: tuple[Shown, ...]


def scenario(names: str) -> Scenario:
    """Return the evidence that comma-separated names stand for; `ValueError` for one unknown."""
    words = [word.strip() for word in names.split(",") if word.strip()]
    pieces = [_piece(word) for word in words]
    past = tuple(piece for piece in pieces if piece.at == EARLIER)
    return Scenario(past, tuple(piece for piece in pieces if piece.at == NOW))


def vocabulary() -> tuple[str, ...]:
    """Return every name there is, the variants beside their method."""
    return tuple(":".join((method, *VARIANTS.get(method, ()))) for method in PLAIN)


def _piece(word: str) -> Shown:
    method, *said = word.split(":")
    evidence = specimen(method, [name for name in said if name not in _WHEN])
    past = "earlier" in said
    return Shown(
        evidence=evidence,
        at=EARLIER if past else NOW,
        credential_id=word.replace(":earlier", ""),
        fresh="fresh" in said,
        at_login=past,
    )
