"""How many parts a text travels in by SMS, each of which is paid for: 3GPP TS 23.038, 23.040.

In the default alphabet a message of one part has 160 places, each of several 153. A single
character beyond that alphabet makes the whole message UCS-2: 70 places, or 67.
"""

from __future__ import annotations

from typing import Final

_ALPHABET: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION: Final = frozenset("\f^{}\\[~]|€")
"""Each takes two places: it stands behind an escape."""


def segments(text: str) -> int:
    """Return the number of parts; an empty text is one too."""
    if set(text) <= _ALPHABET | _EXTENSION:
        return _parts(len(text) + sum(character in _EXTENSION for character in text), 160, 153)
    return _parts(len(text.encode("utf-16-be", "surrogatepass")) // 2, 70, 67)


def _parts(places: int, single: int, each: int) -> int:
    return 1 if places <= single else -(-places // each)
