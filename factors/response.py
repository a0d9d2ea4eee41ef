"""How a factor reads a hostile answer: one member, of one type, or nothing at all.

An answer has exactly the one member its factor documents. Anything else, one more member
included, is malformed: a client that sends what we do not know means something that we would
not do.
"""

from __future__ import annotations

from factors.contract import Json


def only_member(response: Json, name: str) -> Json | None:
    """Return the value of `name` where it is the only member, or None."""
    if not isinstance(response, dict) or response.keys() != {name}:
        return None
    return response[name]


def only_text(response: Json, name: str) -> str | None:
    """Return the text of `name` where it is the only member, or None.

    Text with a lone surrogate is no text: JSON can write one, UTF-8 cannot (RFC 8259 section 8.2).
    """
    value = only_member(response, name)
    return value if isinstance(value, str) and is_encodable(value) else None


def is_encodable(text: str) -> bool:
    """Whether `text` holds no lone surrogate."""
    return not any("\ud800" <= character <= "\udfff" for character in text)
