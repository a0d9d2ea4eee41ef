"""What a certificate must and must not say of itself, at the end of a path and above it.

One table for each place. PyCA's verifier runs on it while it builds a path, and `fault` runs on it
again to say why there is none. An extension that is critical and in no line of these tables is
refused by the verifier itself, as RFC 5280 section 4.2 asks.

Left out on purpose, and refused where a certificate asks for it: name constraints, policy mapping,
policy constraints, inhibited anyPolicy. We do not process them, and must not act as if we had. (A
mapping is looked for in authorities alone; in a customer's certificate it would map for nobody.)

Source: RFC 5280 sections 4.2.1.3 (key usage), 4.2.1.9 (basic constraints), 4.2.1.12 (extended key
usage). Clause: CC-17010.e.d
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any, Final

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import Criticality, ExtensionPolicy, Policy

from identity.certificates import cms_shapes as shapes
from identity.certificates import public_keys
from identity.certificates.refusals import UNREADABLE, Unreadable

Extension = type[x509.ExtensionType]
Holds = Callable[[Any], bool]

USAGES: Final = frozenset(
    {
        ExtendedKeyUsageOID.CLIENT_AUTH.dotted_string,
        ExtendedKeyUsageOID.EMAIL_PROTECTION.dotted_string,
    }
)
"""What an extended key usage may name for a person who signs. A firm may name its authority's own.

Without the extension every usage is open (RFC 5280 section 4.2.1.12). anyExtendedKeyUsage beside
others is read as those others.
"""

POLICY_MAPPINGS: Final = x509.ObjectIdentifier("2.5.29.33")


class Asked(Enum):
    """Whether an extension must, may or must not be there."""

    REQUIRED = "required"
    ALLOWED = "allowed"
    REFUSED = "refused"


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One extension's line. `holds` is asked of its value; `reason` is what a breach is called."""

    extension: Extension
    asked: Asked
    reason: str
    holds: Holds | None = None

    def broken_by(self, value: object | None) -> bool:
        """Whether an extension's value, None where it is absent, is against this rule."""
        if value is None:
            return self.asked is Asked.REQUIRED
        return self.asked is Asked.REFUSED or not (self.holds is None or self.holds(value))


Rules = tuple[Rule, ...]

_REFUSED: Final = tuple(
    Rule(extension=extension, asked=Asked.REFUSED, reason=reason)
    for extension, reason in (
        (x509.NameConstraints, "name_constraints"),
        (x509.PolicyConstraints, "policy_constraints"),
        (x509.InhibitAnyPolicy, "inhibit_any_policy"),
    )
)


def leaf_rules(usages: frozenset[str] = USAGES) -> Rules:
    """Return the rules for a customer's certificate: one that signs, and is no authority."""
    return (
        Rule(
            extension=x509.BasicConstraints,
            asked=Asked.ALLOWED,
            reason="leaf_is_authority",
            holds=lambda value: not value.ca,
        ),
        Rule(
            extension=x509.KeyUsage,
            asked=Asked.REQUIRED,
            reason="leaf_key_usage",
            holds=_signs_for_a_person,
        ),
        _usage(usages, "leaf_extended_key_usage"),
        *_REFUSED,
    )


def authority_rules(usages: frozenset[str] = USAGES) -> Rules:
    """Return the rules for an anchor or an intermediate."""
    return (
        Rule(
            extension=x509.BasicConstraints,
            asked=Asked.REQUIRED,
            reason="authority_is_none",
            holds=lambda value: value.ca,
        ),
        Rule(
            extension=x509.KeyUsage,
            asked=Asked.REQUIRED,
            reason="authority_key_usage",
            holds=lambda value: value.key_cert_sign,
        ),
        _usage(usages, "authority_extended_key_usage"),
        *_REFUSED,
    )


def policy(rules: Rules) -> ExtensionPolicy:
    """Return the rules as PyCA's verifier takes them."""
    made = ExtensionPolicy.permit_all()
    for rule in rules:
        made = _added(made, rule)
    return made


def plain_fault(certificate: x509.Certificate) -> str:
    """Return what PyCA's verifier does not look at: key, serial number, end of the signature.

    One of `public_keys.fault`; `serial_number` where it is not positive (RFC 5280 section
    4.1.2.2); or `signature_malformed`: PyCA passes over how many bits at a signature's end are
    said to be unused. One certificate would have several encodings then, and several fingerprints.
    """
    key = public_keys.of(certificate)
    if isinstance(key, str):
        return key
    if certificate.serial_number <= 0:
        return "serial_number"
    try:
        der = certificate.public_bytes(Encoding.DER)
        sealed = shapes.decoded(shapes.Sealed, der, "")
    except Unreadable:
        return "signature_malformed"
    return "signature_malformed" if sealed.signature.padding_bits() else ""


def fault(certificate: x509.Certificate, rules: Rules) -> str:
    """Return why a certificate is outside the profile, "" where it is inside.

    A rule's reason, one of `plain_fault`, `policy_mappings`, or `extensions_malformed`.
    """
    if reason := plain_fault(certificate):
        return reason
    try:
        held = {extension.oid: extension.value for extension in certificate.extensions}
    except UNREADABLE:
        return "extensions_malformed"
    if POLICY_MAPPINGS in held:
        return "policy_mappings"
    broken = (rule.reason for rule in rules if rule.broken_by(held.get(rule.extension.oid)))
    return next(broken, "")


def _signs_for_a_person(usage: x509.KeyUsage) -> bool:
    signs = usage.digital_signature or usage.content_commitment
    return signs and not (usage.key_cert_sign or usage.crl_sign)


def _usage(usages: frozenset[str], reason: str) -> Rule:
    return Rule(
        extension=x509.ExtendedKeyUsage,
        asked=Asked.ALLOWED,
        reason=reason,
        holds=lambda value: any(usage.dotted_string in usages for usage in value),
    )


def _added(made: ExtensionPolicy, rule: Rule) -> ExtensionPolicy:
    if rule.asked is Asked.REFUSED:
        return made.require_not_present(rule.extension)

    def validate(
        _policy: Policy, _certificate: x509.Certificate, value: x509.ExtensionType | None
    ) -> None:
        if rule.broken_by(value):
            raise ValueError(rule.reason)

    if rule.asked is Asked.REQUIRED:
        return made.require_present(rule.extension, Criticality.AGNOSTIC, validate)
    return made.may_be_present(rule.extension, Criticality.AGNOSTIC, validate)


def outside(certificates: Sequence[x509.Certificate], rules: Rules) -> str:
    """Return the first fault among certificates, "" where all are inside."""
    return next((found for one in certificates if (found := fault(one, rules))), "")
