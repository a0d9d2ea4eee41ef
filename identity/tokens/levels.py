"""Assurance levels by name, for tokens and for whoever asks for a better one.

The names stand for the authentication assurance levels of NIST SP 800-63B-4: `aal1` is one factor,
`aal2` two of different classes, `aal3` two of which one is a hardware key that resists phishing.
"""

from __future__ import annotations

from typing import NamedTuple

from identity.policy.decide import MULTI
from identity.policy.table import Operation

ACR = {level: f"urn:trifactor:acr:aal{level}" for level in (1, 2, 3)}
"""The values of `acr` (RFC 9068 section 2.2.1), by level."""

LEVELS = {name: level for level, name in ACR.items()}


class Asked(NamedTuple):
    """What would be enough, in the words of RFC 9470 section 3. `max_age` in seconds, or None."""

    acr: str
    max_age: int | None


def asked(rule: Operation) -> Asked:
    """Return what an operation asks. It is what a token can tell of it; the policy may ask more."""
    if rule.device_bound and rule.phishing_resistant:
        level = 3
    else:
        level = 2 if rule.classes >= MULTI else 1
    return Asked(acr=ACR[level], max_age=int(rule.max_age) if rule.recent else None)


def reached(aal: int, acr: str) -> bool:
    """Whether `aal` is at least the level that `acr` names. `KeyError` for a name not ours."""
    return aal >= LEVELS[acr]
