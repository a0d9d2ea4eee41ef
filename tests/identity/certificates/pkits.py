"""NIST's Public Key Interoperability Test Suite: 224 signed letters, each right or wrong one way.

It comes with `cryptography_vectors`. A letter is named for its test, and its name says Invalid
where a complete implementation must refuse the signer's path (`invalid`). The letters carry
certificates and revocation lists; we refuse a message with a list inside, so they are taken out.

Source: https://csrc.nist.gov/projects/pki-testing, version 1.0.1 with SHA-256.
"""

from __future__ import annotations

import email
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cryptography_vectors
from cryptography import x509

from identity.certificates.signed_data import SignedMessage, read
from tests.identity.certificates.signing_parties import reshaped

FOLDER = Path(cryptography_vectors.__file__).parent / "x509" / "PKITS_data"
AT = 1_420_070_400.0
"""The first of January 2015: inside the dates of all that is not about dates."""


@dataclass(frozen=True)
class Letter:
    """A test's name, what was signed, and how."""

    name: str
    content: bytes
    message: bytes

    def read(self) -> SignedMessage:
        bare = reshaped(self.message, lambda data: data.__setitem__("crls", None))
        return read(bare, self.content)


@cache
def letters():
    """Return every letter whose certificates can be read at all."""
    return tuple(_letter(path) for path in sorted((FOLDER / "smime").glob("*.eml")))


@cache
def invalid():
    """Return the names of the letters that must be refused; one of them does not say so itself."""
    names = [letter.name for letter in letters()]
    return {name for name in names if name.startswith("Invalid") or name == "MissingCRLTest1"}


@cache
def root():
    """Return the suite's trust anchor."""
    path = FOLDER / "certs" / "TrustAnchorRootCertificate.crt"
    return x509.load_der_x509_certificate(path.read_bytes())


@cache
def authorities():
    """Return every certificate of the suite that is no signer's, but for one PyCA does not read."""
    paths = sorted((FOLDER / "certs").glob("*Cert.crt"))
    return tuple(
        x509.load_der_x509_certificate(path.read_bytes())
        for path in paths
        if not path.stem.startswith("DSAParametersInherited")
    )


@cache
def lists():
    """Return every revocation list of the suite."""
    return tuple(
        x509.load_der_x509_crl(path.read_bytes()) for path in sorted((FOLDER / "crls").iterdir())
    )


def _letter(path):
    raw = path.read_bytes()
    parsed = email.message_from_bytes(raw)
    boundary = b"--" + parsed.get_boundary().encode()
    signed = re.split(rb"\r?\n?" + re.escape(boundary) + rb"(?:\r?\n|--)", raw)[1]
    content = re.sub(rb"\r?\n", b"\r\n", signed)
    signature = parsed.get_payload()[1].get_payload(decode=True)
    return Letter(path.stem.removeprefix("Signed"), content, signature)
