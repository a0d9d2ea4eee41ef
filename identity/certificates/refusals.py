"""Why a signed message is not taken: one small tree, each leaf with its word for the audit log.

The customer is told `code` alone. `reason` is one of the words that the modules beside this name
where they raise; it holds nothing of what arrived. The tree stands apart from `identity.errors` for
as long as nothing of it can leave: there is no route yet. Clause: CC-17010.e.c
"""

from __future__ import annotations

from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

UNREADABLE: Final = (
    ValueError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
"""What PyCA raises of structures, certificates, extensions and keys that are not right."""


class SignatureRefused(Exception):
    """What arrived proves nothing. `reason` is a stable word in snake_case."""

    code = "signature_refused"
    status = 422

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Unreadable(SignatureRefused):
    """Not of the shape we read: too large, not strict DER, or outside the closed profile."""


class Weak(SignatureRefused):
    """Readable, and made with an algorithm or a key that proves too little."""


class Wrong(SignatureRefused):
    """Readable and strong, and the signature is not over this content by this key."""


class TrustRefused(Exception):
    """Anchors or intermediates that the firm may not set. `reason` says why, for its operator."""

    code = "trust_refused"
    status = 422

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
