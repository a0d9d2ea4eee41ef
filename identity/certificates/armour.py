"""How a message is carried: as it is (DER), as PEM, or as bare base64. One reading, or none.

PEM is one block with a label of RFC 7468 section 8 or 9 and nothing around it; text that is not
understood is never skipped over, since a second block may hide in it. Base64 has its padding, no
stray bits, and lines of any length.
"""

from __future__ import annotations

import base64
import re
from typing import Final

from identity.certificates.refusals import Unreadable

SEQUENCE: Final = 0x30
"""What DER begins with. It is the digit 0 too: base64 of DER begins with M, so no two agree."""

_PEM: Final = re.compile(
    rb"-----BEGIN (?P<label>CMS|PKCS7)-----\r?\n"
    rb"(?P<body>[A-Za-z0-9+/=\r\n]+)"
    rb"-----END (?P=label)-----\s*"
)
_BREAKS: Final = b" \t\r\n"


def opened(data: bytes, most: int) -> bytes:
    """Return the DER inside, at most `most` bytes, or raise `Unreadable`.

    `too_large`, `empty`, or `not_der_pem_or_base64`. What is too large is not looked at.
    """
    if len(data) > 2 * most:
        raise Unreadable("too_large")
    if not data:
        raise Unreadable("empty")
    der = data if data[0] == SEQUENCE else _decoded(_body(data))
    if len(der) > most:
        raise Unreadable("too_large")
    return der


def _body(data: bytes) -> bytes:
    if not data.startswith(b"-----"):
        return data
    block = _PEM.fullmatch(data)
    if block is None:
        raise Unreadable("not_der_pem_or_base64")
    return block["body"]


def _decoded(text: bytes) -> bytes:
    joined = text.translate(None, _BREAKS)
    try:
        der = base64.b64decode(joined, validate=True)
    except ValueError:
        raise Unreadable("not_der_pem_or_base64") from None
    if base64.b64encode(der) != joined or der[:1] != bytes((SEQUENCE,)):
        raise Unreadable("not_der_pem_or_base64")
    return der
