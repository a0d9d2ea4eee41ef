"""Chains of certificates, judged at the time we are given and not at OpenSSL's.

Attestation certificates follow FIDO's profile and not the web's: no subject alternative name, no
extended key usage, sometimes no key identifiers. What must hold of an issuer is that it is one,
and that the verifier checks of its own accord.

Source: RFC 5280 section 6; FIDO Metadata Statement 3.1 section 4, `attestationRootCertificates`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from cryptography import x509
from cryptography.x509 import verification
from cryptography.x509.verification import Criticality, ExtensionPolicy

from factors.webauthn_ceremony import attempt

_CA_POLICY: Final = ExtensionPolicy.permit_all().require_present(
    x509.BasicConstraints, Criticality.AGNOSTIC, None
)


def chain(
    certificates: Sequence[x509.Certificate], anchors: Sequence[x509.Certificate], now: float
) -> list[x509.Certificate] | None:
    """Return the way from the first certificate to an anchor, both ends included, or None.

    An anchor may be a root, an authority between, or the very certificate that is asked about.
    """
    leaf, at = certificates[0], datetime.fromtimestamp(now, UTC)
    if leaf in anchors:
        return [leaf] if leaf.not_valid_before_utc <= at <= leaf.not_valid_after_utc else None
    verifier = (
        verification.PolicyBuilder()
        .store(verification.Store(list(anchors)))
        .time(at)
        .extension_policies(ca_policy=_CA_POLICY, ee_policy=ExtensionPolicy.permit_all())
        .build_client_verifier()
    )
    verified = attempt(lambda: verifier.verify(leaf, list(certificates[1:])))
    return verified.chain if verified else None
