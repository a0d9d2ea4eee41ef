"""Attestation statements for the soft authenticator: none, packed self, packed with certificates.

Formats: WebAuthn Level 3 sections 8.2 (packed) and 8.7 (none). An `Attestation` is given the
signed data (authenticator data and client data hash) and the credential's own key, and says
format and statement.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from demo_client.world import Entropy

Attestation: TypeAlias = Callable[[bytes, ec.EllipticCurvePrivateKey], tuple[str, dict[str, Any]]]

ES256 = -7
"""COSE's number for ECDSA on P-256 with SHA-256 (RFC 9053 section 2.1)."""

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""The order of P-256's base point (SEC 2 section 2.4.2)."""

_AAGUID_EXTENSION = x509.ObjectIdentifier("1.3.6.1.4.1.45724.1.1.4")
_LIFETIME = timedelta(days=3650)


def new_key(entropy: Entropy) -> ec.EllipticCurvePrivateKey:
    """Make a P-256 key from 64 bits more of `entropy` than it has (FIPS 186-5, A.2.1)."""
    scalar = int.from_bytes(entropy(40), "big") % (_ORDER - 1) + 1
    return ec.derive_private_key(scalar, ec.SECP256R1())


def scalar_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return the private scalar of `key`, 32 bytes big-endian."""
    return key.private_numbers().private_value.to_bytes(32, "big")


def key_of(scalar: bytes) -> ec.EllipticCurvePrivateKey:
    """Return the P-256 key whose private scalar is `scalar`."""
    return ec.derive_private_key(int.from_bytes(scalar, "big"), ec.SECP256R1())


def sign(key: ec.EllipticCurvePrivateKey, data: bytes) -> bytes:
    """Sign `data` by ES256, in DER; deterministic (RFC 6979) so that a test can repeat it."""
    return key.sign(data, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))


def none(_data: bytes, _key: ec.EllipticCurvePrivateKey) -> tuple[str, dict[str, Any]]:
    """State nothing about the authenticator's make."""
    return "none", {}


def packed_self(data: bytes, key: ec.EllipticCurvePrivateKey) -> tuple[str, dict[str, Any]]:
    """Sign with the new credential itself, which proves its key and no make."""
    return "packed", {"alg": ES256, "sig": sign(key, data)}


@dataclass(frozen=True, slots=True)
class AttestationAuthority:
    """A make-believe maker of authenticators: a root, and certificates for models by AAGUID."""

    key: ec.EllipticCurvePrivateKey
    root: x509.Certificate

    @classmethod
    def new(cls, entropy: Entropy, now: float, name: str) -> AttestationAuthority:
        """Make a root called `name`, valid for ten years from the day before `now`."""
        key = new_key(entropy)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = _builder(subject, subject, key.public_key(), entropy, now)
        usage = x509.KeyUsage(
            digital_signature=False, content_commitment=False, key_encipherment=False,
            data_encipherment=False, key_agreement=False, key_cert_sign=True, crl_sign=True,
            encipher_only=False, decipher_only=False,
        )  # fmt: skip
        builder = builder.add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True
        )
        return cls(key, _signed(builder.add_extension(usage, critical=True), key))

    @classmethod
    def loaded(cls, private: bytes, root_pem: bytes) -> AttestationAuthority:
        """Take up the authority kept as `private` scalar and root certificate in PEM."""
        return cls(key_of(private), x509.load_pem_x509_certificate(root_pem))

    @property
    def root_pem(self) -> bytes:
        """The root certificate in PEM: what a service that trusts this maker is given."""
        return self.root.public_bytes(serialization.Encoding.PEM)

    @property
    def private(self) -> bytes:
        """The private scalar, 32 bytes."""
        return scalar_of(self.key)

    def model(self, aaguid: bytes, entropy: Entropy, now: float) -> Attestation:
        """Attest authenticators of the model `aaguid` by a batch key and its certificate."""
        batch = new_key(entropy)
        certificate = self._model_certificate(batch.public_key(), aaguid, entropy, now)
        chain = [certificate.public_bytes(serialization.Encoding.DER)]

        def attest(data: bytes, _key: ec.EllipticCurvePrivateKey) -> tuple[str, dict[str, Any]]:
            return "packed", {"alg": ES256, "sig": sign(batch, data), "x5c": chain}

        return attest

    def _model_certificate(
        self, public: ec.EllipticCurvePublicKey, aaguid: bytes, entropy: Entropy, now: float
    ) -> x509.Certificate:
        builder = _builder(_MODEL_SUBJECT, self.root.subject, public, entropy, now)
        # The extension's value is the AAGUID in an OCTET STRING of its own (section 8.2.1).
        extension = x509.UnrecognizedExtension(_AAGUID_EXTENSION, b"\x04\x10" + aaguid)
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        basic = x509.BasicConstraints(ca=False, path_length=None)
        builder = builder.add_extension(extension, critical=False)
        builder = builder.add_extension(issuer, critical=False)
        return _signed(builder.add_extension(basic, critical=True), self.key)


# Section 8.2.1 of WebAuthn asks for these four attributes, the unit to the letter.
_MODEL_SUBJECT = x509.Name(
    [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "TW"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Trifactor demo"),
        x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "Authenticator Attestation"),
        x509.NameAttribute(NameOID.COMMON_NAME, "Soft authenticator"),
    ]
)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    public: ec.EllipticCurvePublicKey,
    entropy: Entropy,
    now: float,
) -> x509.CertificateBuilder:
    start = datetime.fromtimestamp(now, UTC) - timedelta(days=1)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        # A serial is positive and at most 20 octets (RFC 5280 section 4.1.2.2).
        .serial_number(int.from_bytes(entropy(16), "big") + 1)
        .not_valid_before(start)
        .not_valid_after(start + _LIFETIME)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _signed(builder: x509.CertificateBuilder, key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    return builder.sign(key, hashes.SHA256(), ecdsa_deterministic=True)
