"""Authorities, customers and OpenSSL: who signs orders in these tests, and with what."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import HealthCheck, settings

from identity.certificates.paths import Anchor, Trust

UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""For properties: a machine may be busy, and that is no failure."""

NOW = 1_800_000_000.0
TODAY = datetime.fromtimestamp(NOW, UTC)
DAY = timedelta(days=1)
YEAR = timedelta(days=365)
ORDER = "買進 2330 台積電 1000 股 @ 900".encode()
KINDS = ("p256", "p384", "rsa")

_SIGNS = {"digital_signature": True}
_ISSUES = {"key_cert_sign": True, "crl_sign": True}
_USES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


@cache
def key(kind="p256", which=0):
    """Return a key of a kind, the same for the same words."""
    curves = {
        "p256": ec.SECP256R1,
        "p384": ec.SECP384R1,
        "p521": ec.SECP521R1,
        "p192": ec.SECP192R1,
        "k256": ec.SECP256K1,
    }
    if kind in curves:
        return ec.generate_private_key(curves[kind]())
    sizes = {"rsa": (65537, 2048), "rsa1024": (65537, 1024), "rsa_e3": (3, 2048)}
    return rsa.generate_private_key(*sizes[kind])


def usage(**set_):
    """Return a key usage with these bits."""
    return x509.KeyUsage(**{name: set_.get(name, False) for name in _USES})


@dataclass
class Party:
    """A certificate and its key; made by another party, or by itself."""

    certificate: x509.Certificate
    key: object
    _made: int = field(default=0)

    @classmethod
    def root(cls, name="Root", kind="p256", **options):
        return cls._signed(name, name, key(kind, name), key(kind, name), True, **options)

    def authority(self, name="Issuing", kind="p256", **options):
        return self._issued(name, key(kind, name), True, **options)

    def customer(self, name="Amy", kind="p256", **options):
        return self._issued(name, key(kind, name), False, **options)

    def _issued(self, name, private, is_authority, **options):
        issuer = self.certificate.subject
        return self._signed(name, issuer, private, self.key, is_authority, **options)

    @classmethod
    def _signed(  # noqa: PLR0913 - one argument for each field of a certificate
        cls,
        subject,
        issuer,
        private,
        by,
        is_authority,
        *,
        begins=TODAY - YEAR,
        ends=TODAY + YEAR,
        key_usage=None,
        usages=(ExtendedKeyUsageOID.CLIENT_AUTH,),
        basic=True,
        more=(),
        digest=None,
    ):
        names = [one if isinstance(one, x509.Name) else named(one) for one in (subject, issuer)]
        builder = (
            x509.CertificateBuilder()
            .subject_name(names[0])
            .issuer_name(names[1])
            .public_key(private.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begins)
            .not_valid_after(ends)
        )
        told = usage(**(_ISSUES if is_authority else _SIGNS)) if key_usage is None else key_usage
        extensions = [
            (x509.SubjectKeyIdentifier.from_public_key(private.public_key()), False),
            (x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), False),
        ]
        if basic:
            extensions.append((x509.BasicConstraints(is_authority, None), True))
        if told:
            extensions.append((told, True))
        if usages and not is_authority:
            extensions.append((x509.ExtendedKeyUsage(usages), False))
        for extension, critical in (*extensions, *more):
            builder = builder.add_extension(extension, critical)
        return cls(builder.sign(by, digest or hashes.SHA256()), private)

    @property
    def pem(self):
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def der(self):
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def key_pem(self):
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def named(name):
    """Return a subject with this common name."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def trust(*anchors, intermediates=(), **options):
    """Return the firm's trust in parties, each anchor by its common name."""
    return Trust(
        [Anchor(common_name(party.certificate), party.certificate) for party in anchors],
        [party.certificate for party in intermediates],
        **options,
    )


def common_name(certificate):
    return certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value


def openssl(*arguments, check=True):
    """Run OpenSSL and return what it did."""
    return subprocess.run(
        [shutil.which("openssl"), *map(str, arguments)], capture_output=True, check=check
    )


@dataclass
class Desk:
    """A folder where OpenSSL signs what is laid there."""

    folder: Path

    def sign(self, party, *options, tool="cms", content=ORDER, others=(), form="DER"):
        """Return what `openssl cms -sign` or `smime -sign` makes."""
        self._lay(party, content)
        with_others = []
        if others:
            (self.folder / "others.pem").write_bytes(b"".join(one.pem for one in others))
            with_others = ["-certfile", self.folder / "others.pem"]
        made = self.folder / "message"
        openssl(
            tool, "-sign", "-binary", "-md", "sha256", "-in", self.folder / "content",
            "-signer", self.folder / "signer.pem", "-inkey", self.folder / "key.pem",
            "-outform", form, "-out", made, *with_others, *options,
        )  # fmt: skip
        return made.read_bytes()

    def verifies(self, message, *, content=None):
        """Whether `openssl cms -verify` takes a message, whoever signed it, or why it does not."""
        (self.folder / "message").write_bytes(message)
        beside = []
        if content is not None:
            (self.folder / "content").write_bytes(content)
            beside = ["-content", self.folder / "content"]
        done = openssl(
            "cms", "-verify", "-binary", "-noverify", "-inform", "DER",
            "-in", self.folder / "message", *beside, check=False,
        )  # fmt: skip
        return done.returncode == 0

    def vouches(self, leaf, anchors, between=(), at=NOW):
        """Whether `openssl verify` finds a path for a certificate at a time."""
        for name, parties in (("leaf", [leaf]), ("anchors", anchors), ("between", between)):
            (self.folder / f"{name}.pem").write_bytes(b"".join(party.pem for party in parties))
        untrusted = ["-untrusted", self.folder / "between.pem"] if between else []
        done = openssl(
            "verify", "-x509_strict", "-partial_chain", "-attime", int(at),
            "-trusted", self.folder / "anchors.pem", *untrusted, self.folder / "leaf.pem",
            check=False,
        )  # fmt: skip
        return done.returncode == 0

    def _lay(self, party, content):
        (self.folder / "content").write_bytes(content)
        (self.folder / "signer.pem").write_bytes(party.pem)
        (self.folder / "key.pem").write_bytes(party.key_pem)


def reshaped(message, change):
    """Return a message after `change` was made to it by another ASN.1 library."""
    outer = cms.ContentInfo.load(message)
    change(outer["content"])
    return outer.dump(force=True)
