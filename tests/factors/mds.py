"""A metadata service in software: it signs a BLOB under its own root, as the FIDO Alliance does.

`MetadataService` says who signs and when; `entry` writes what is said of one model.
"""

import base64
import datetime as dt
import json
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from tests.factors.world import NOW

SIGNER = "mds.fidoalliance.org"
DAY = 86400.0
FINGERPRINT = [{"userVerificationMethod": "fingerprint_internal"}]
PIN = [{"userVerificationMethod": "passcode_external"}]


def entry(aaguid, *roots, statuses=(), **statement):
    """Return an entry: `roots` are PEM, a status is its name, or a report with more members."""
    reports = [{"status": each} if isinstance(each, str) else each for each in statuses]
    said = {
        "description": "A soft authenticator",
        "authenticatorVersion": 1,
        "protocolFamily": "fido2",
        "schema": 3,
        "upv": [{"major": 1, "minor": 1}],
        "authenticationAlgorithms": ["secp256r1_ecdsa_sha256_raw"],
        "publicKeyAlgAndEncodings": ["cose"],
        "attestationTypes": ["basic_full"],
        "userVerificationDetails": [FINGERPRINT, PIN],
        "keyProtection": ["hardware", "secure_element"],
        "matcherProtection": ["on_chip"],
        "attachmentHint": ["external"],
        "tcDisplay": [],
        "attestationRootCertificates": [base64.b64encode(der(pem)).decode() for pem in roots],
    }
    return {
        "aaguid": aaguid,
        "metadataStatement": {"aaguid": aaguid} | said | statement,
        "statusReports": [{"status": "FIDO_CERTIFIED_L1", "effectiveDate": "2024-01-01"}, *reports],
        "timeOfLastStatusChange": "2024-01-01",
    }


def day(at):
    return dt.datetime.fromtimestamp(at, dt.UTC).date().isoformat()


def der(pem):
    return x509.load_pem_x509_certificate(pem).public_bytes(serialization.Encoding.DER)


def ec_key():
    return ec.generate_private_key(ec.SECP256R1())


@dataclass
class MetadataService:
    """A root, an authority under it, and a signer under that. Times are Unix time in seconds.

    `older` is another service, whose root vouches for this one's in the BLOB.
    """

    name: str = SIGNER
    algorithm: str = "ES256"
    signer_until: float = NOW + 300 * DAY
    middle_is_authority: bool = True
    root_name: str = "MDS root"
    older: "MetadataService | None" = None
    root_key: ec.EllipticCurvePrivateKey = field(default_factory=ec_key)
    middle_key: ec.EllipticCurvePrivateKey = field(default_factory=ec_key)
    key: object = None

    def __post_init__(self):
        rsa_signs = self.algorithm.startswith(("RS", "PS"))
        self.key = rsa.generate_private_key(65537, 2048) if rsa_signs else ec_key()

    @property
    def root(self):
        return self._certificate(self.root_name, self.root_key, self.root_name, self.root_key)

    @property
    def root_pem(self):
        return self.root.public_bytes(serialization.Encoding.PEM)

    def blob(self, *entries, number=7, next_update=NOW + 20 * DAY, **payload):
        """Return a BLOB as the Alliance serves it."""
        said = {
            "legalHeader": "For tests alone",
            "no": number,
            "nextUpdate": day(next_update),
            "entries": list(entries),
        }
        return self.sign(json.dumps(said | payload).encode())

    def sign(self, payload: bytes) -> bytes:
        registry = _Registry(algorithms=[self.algorithm])
        header = {"alg": self.algorithm, "typ": "JWT", "x5c": self.chain()}
        pem = self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        key = (RSAKey if isinstance(self.key, rsa.RSAPrivateKey) else ECKey).import_key(pem)
        return jws.serialize_compact(header, payload, key, registry=registry).encode()

    def chain(self):
        """Return what stands in the header: the signer's certificate and those above it."""
        middle = self._certificate(
            "MDS CA",
            self.middle_key,
            self.root_name,
            self.root_key,
            authority=self.middle_is_authority,
        )
        signer = self._certificate(
            "MDS signer", self.key, "MDS CA", self.middle_key, authority=False
        )
        certificates = [signer, middle]
        if self.older:
            issuer, by = self.older.root_name, self.older.root_key
            certificates.append(self._certificate(self.root_name, self.root_key, issuer, by))
        return [
            base64.b64encode(each.public_bytes(serialization.Encoding.DER)).decode()
            for each in certificates
        ]

    def _certificate(self, subject, key, issuer, by, *, authority=True):
        signs_blob = subject == "MDS signer"
        until = self.signer_until if signs_blob else NOW + 3000 * DAY
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, subject)]))
            .issuer_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, issuer)]))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(dt.datetime.fromtimestamp(NOW - 900 * DAY, dt.UTC))
            .not_valid_after(dt.datetime.fromtimestamp(until, dt.UTC))
            .add_extension(x509.BasicConstraints(authority, None), critical=True)
        )
        if signs_blob:
            names = x509.SubjectAlternativeName([x509.DNSName(self.name)])
            builder = builder.add_extension(names, critical=False)
        return builder.sign(by, hashes.SHA256())


class _Registry(jws.JWSRegistry):
    max_header_length = 2**20
    max_payload_length = 2**26
