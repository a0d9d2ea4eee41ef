"""An authenticator in software that does as it is told, wrong things included.

It speaks WebAuthn Level 3 with ES256: `create` and `get` take the options a browser would be
given and return what a browser would send. A `Maker` is a vendor: it holds a root and certifies
models.
"""

import datetime as dt
import hashlib
import json
from dataclasses import dataclass, field
from uuid import UUID

import cbor2
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import bytes_to_base64url

from tests.factors.world import NOW, ORIGIN, RP_ID

AAGUID = "4f1b8c1e-27a5-4c39-9d5e-0a1b2c3d4e5f"
UP, UV, BE, BS, AT = 0x01, 0x04, 0x08, 0x10, 0x40
AAGUID_EXTENSION = x509.ObjectIdentifier("1.3.6.1.4.1.45724.1.1.4")
ES256 = -7


@dataclass
class Maker:
    """A vendor with a root of its own; `certify` makes a batch certificate and its key."""

    name: str = "Maker"
    start: float = NOW - 86400
    end: float = NOW + 86400 * 365
    is_authority: bool = True
    extra: x509.UnrecognizedExtension | None = None
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    @property
    def root(self) -> x509.Certificate:
        return self._certificate(self.key.public_key(), self.name, self.is_authority, None)

    @property
    def root_pem(self) -> bytes:
        return self.root.public_bytes(serialization.Encoding.PEM)

    def certify(self, aaguid: str | None = AAGUID) -> tuple[bytes, ec.EllipticCurvePrivateKey]:
        key = ec.generate_private_key(ec.SECP256R1())
        batch = self._certificate(key.public_key(), f"{self.name} batch", False, aaguid)
        return batch.public_bytes(serialization.Encoding.DER), key

    def _certificate(self, key, name, is_authority, aaguid) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(_name(name))
            .issuer_name(_name(self.name))
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(dt.datetime.fromtimestamp(self.start, dt.UTC))
            .not_valid_after(dt.datetime.fromtimestamp(self.end, dt.UTC))
            .add_extension(x509.BasicConstraints(is_authority, None), critical=True)
        )
        if aaguid:
            value = b"\x04\x10" + UUID(aaguid).bytes
            builder = builder.add_extension(
                x509.UnrecognizedExtension(AAGUID_EXTENSION, value), critical=False
            )
        if self.extra:
            builder = builder.add_extension(self.extra, critical=False)
        return builder.sign(self.key, hashes.SHA256())


@dataclass
class Authenticator:
    """One key. Every field may be changed between ceremonies."""

    be: bool = False
    bs: bool = False
    uv: bool = True
    counter: int = 0
    step: int = 1
    aaguid: str = AAGUID
    origin: str = ORIGIN
    rp_id: str = RP_ID
    credential_id: bytes = b"credential-0001"
    client: dict = field(default_factory=lambda: {"crossOrigin": False})
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    user_handle: str | None = None

    def create(self, public: dict, attest: str = "none", batch=None, chain=()) -> dict:
        """Answer creation options. `attest` is ``none``, ``self`` or ``batch``."""
        options = public["publicKey"]
        self.user_handle = options["user"]["id"]
        data = self._data(UP | AT) + self._attested()
        client = self._client("webauthn.create", options["challenge"])
        fmt, statement = self._statement(attest, batch, chain, data + _sha256(client))
        packed = cbor2.dumps({"fmt": fmt, "attStmt": statement, "authData": data})
        return self._answer(
            client, attestationObject=bytes_to_base64url(packed), transports=["internal", "odd"]
        )

    def get(self, public: dict, *, handle: str | None = "own") -> dict:
        """Answer request options; `handle` is the user handle, base64url, or None."""
        self.counter += self.step
        data = self._data(UP)
        client = self._client("webauthn.get", public["publicKey"]["challenge"])
        signature = self.key.sign(data + _sha256(client), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            client,
            authenticatorData=bytes_to_base64url(data),
            signature=bytes_to_base64url(signature),
            userHandle=self.user_handle if handle == "own" else handle,
        )

    def _answer(self, client: bytes, **members) -> dict:
        name = bytes_to_base64url(self.credential_id)
        response = {"clientDataJSON": bytes_to_base64url(client), **members}
        credential = {"id": name, "rawId": name, "type": "public-key", "response": response}
        return {"credential": credential | {"clientExtensionResults": {}}}

    def _client(self, kind: str, challenge: str) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, **self.client}
        return json.dumps(said).encode()

    def _data(self, flags: int) -> bytes:
        flags |= UV * self.uv | BE * self.be | BS * self.bs
        return _sha256(self.rp_id.encode()) + bytes([flags]) + self.counter.to_bytes(4)

    def _attested(self) -> bytes:
        size = len(self.credential_id).to_bytes(2)
        return UUID(self.aaguid).bytes + size + self.credential_id + cose(self.key.public_key())

    def _statement(self, attest: str, batch, chain, signed: bytes):
        if attest == "none":
            return "none", {}
        certificate, key = batch or (None, self.key)
        statement = {"alg": ES256, "sig": key.sign(signed, ec.ECDSA(hashes.SHA256()))}
        if certificate:
            statement["x5c"] = [certificate, *chain]
        return "packed", statement


def cose(key: ec.EllipticCurvePublicKey) -> bytes:
    """Encode a P-256 key as RFC 9053 section 7.1.1 says."""
    numbers = key.public_numbers()
    return cbor2.dumps(
        {1: 2, 3: ES256, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
