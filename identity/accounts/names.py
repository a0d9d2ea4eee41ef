"""Login names: what may be one, and when two are the same."""

from __future__ import annotations

import re
import unicodedata

from identity.errors import Malformed

_NAME = re.compile(r"[a-z0-9._@+-]{3,64}")
_EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]{1,190}")
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_WRITTEN = re.compile(r"\+?[0-9 ()-]{6,24}")

HOME = "+886"
"""The country of a number that names none: Taiwan's (ITU-T E.164)."""


def login_name(text: str) -> str:
    """Return the one form a login name is stored and looked up in, or raise `Malformed`.

    NFKC and lower case first, so that a full-width or capital spelling is the same name.
    """
    name = unicodedata.normalize("NFKC", text).casefold().strip()
    if not _NAME.fullmatch(name):
        raise Malformed("3 to 64 letters, digits or . _ @ + -", "account")
    return name


def email(text: str) -> str:
    """Return a mail address that could be one, or raise `Malformed`; mail itself is the proof."""
    if not _EMAIL.fullmatch(text):
        raise Malformed("no mail address", "email")
    return text


def phone(text: str) -> str:
    """Return a telephone number in E.164, "" for none, or raise `Malformed`.

    A number is written in many ways; a code, and a notice, go to one.
    """
    if not text:
        return ""
    plain = re.sub(r"[ ()-]", "", text)
    number = HOME + plain[1:] if plain.startswith("0") else plain
    if not _WRITTEN.fullmatch(text) or not _PHONE.fullmatch(number):
        raise Malformed("no telephone number", "phone")
    return number
