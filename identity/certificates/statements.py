"""What was signed, told apart from how it was wrapped: the name that "seen before" compares.

One act of signing has one name, however often it is wrapped again. The name is SHA-256 over

    the signer's public key   not the certificate, which may be renewed with the same key
    the content               by its SHA-256
    the signed attributes     the DER set that the signature is over; empty where there are none

and over nothing else. Somebody without the key can turn a message around: DER or PEM, content
inside or beside, the signer named by serial or by key, more or fewer certificates, another spelling
of the algorithm, a raw signature for an attribute-less message, n - s for s in ECDSA. None of that
is covered, so none of it makes a new name. The signature itself is not covered for the same reason.

The signer can always sign the same words again. With a signing time among the attributes that is a
new act and a new name; without attributes it is the same name, so orders signed so must carry their
own number to be told apart. Clause: CC-17010.e.c
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from identity.certificates import public_keys
from identity.certificates.public_keys import PublicKey

TAG: Final = b"trifactor signed order 1\0"
"""Keeps these names apart from every other SHA-256 in the house."""

SET: Final = 0x31
MESSAGE_DIGEST: Final = bytes.fromhex("06092a864886f70d010904")
"""The object identifier of the messageDigest attribute, as it is written in DER."""


def name(key: PublicKey, content: bytes, attributes: bytes = b"") -> bytes:
    """Return the 32 bytes that name this act of signing; `attributes` are DER, or empty."""
    parts = (public_keys.canonical(key), content, attributes)
    return sha256(TAG + b"".join(sha256(part).digest() for part in parts)).digest()


def is_attributes(content: bytes) -> bool:
    """Whether content could be the signed attributes of some other message.

    A signature over attributes is also one over the same bytes as content. Taken out of its message
    and put into one without attributes, it would make an order out of bytes that nobody meant as
    one. Source: RFC 5652 section 5.4; draft-ietf-lamps-cms-euf-cma-signeddata.
    """
    return content[:1] == bytes((SET,)) and MESSAGE_DIGEST in content
