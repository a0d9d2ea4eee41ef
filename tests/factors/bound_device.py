"""A device with a key of its own that does as it is told, wrong things included.

It signs as WebCrypto does: ES256, r and s side by side, over a JSON object of its own writing.
`bind` and `prove` take what the service asks and return what a page would send.
"""

import base64
import hashlib
import json
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from tests.factors.world import ORIGIN


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class BoundDevice:
    """One key, on one origin. `phone` is what it says of itself; None says nothing."""

    origin: str = ORIGIN
    phone: bool | None = None
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    @property
    def jwk(self):
        numbers = self.key.public_key().public_numbers()
        x, y = (b64(number.to_bytes(32)) for number in (numbers.x, numbers.y))
        return {"kty": "EC", "crv": "P-256", "x": x, "y": y}

    @property
    def thumbprint(self):
        members = ",".join(f'"{name}":"{self.jwk[name]}"' for name in ("crv", "kty", "x", "y"))
        return b64(hashlib.sha256(f"{{{members}}}".encode()).digest())

    def bind(self, asked, **changes):
        said = {} if self.phone is None else {"phone": self.phone}
        return {"public_key": self.jwk, **said, **self._signed("bind", asked, changes)}

    def prove(self, asked, **changes):
        return {"key": self.thumbprint, **self._signed("prove", asked, changes)}

    def sign(self, raw: bytes):
        """Return the two members that every answer has."""
        r, s = decode_dss_signature(self.key.sign(raw, ec.ECDSA(hashes.SHA256())))
        return {"client_data": b64(raw), "signature": b64(r.to_bytes(32) + s.to_bytes(32))}

    def _signed(self, kind, asked, changes):
        statement = {
            "type": f"trifactor.device.{kind}",
            "challenge": asked["challenge"],
            "transaction": asked["transaction"],
            "purpose": asked["purpose"],
            "origin": self.origin,
        }
        return self.sign(json.dumps(statement | changes).encode())
