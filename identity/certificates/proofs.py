"""What is shown before a certificate moves on, and how the policy's words come to it.

    OPERATIONS         what the customer's factors are held against, as lines of a policy table
    given(decision)    the proofs that a decision of `identity.policy` amounts to

The rest a service checks itself: signatures by keys, identification, the second operator.

What takes a certificate away asks for the session alone: whoever fears for a key may have lost the
factors with it, and the worst a thief can do is to make its owner apply anew. What gives asks for
what a thief of session and key does not have. Clause: ECD.2
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from factors.contract import FactorClass
from identity.policy.rules import Operation
from identity.policy.verdicts import Decision

PASSWORD_METHOD: Final = "password"  # noqa: S105 - a method's name, not a secret


class Proof(StrEnum):
    """One thing that is shown."""

    SESSION = "session"
    PASSWORD = "password"  # noqa: S105 - a proof's name, not a secret
    DIFFERENT_FACTOR = "different_factor"
    NEW_KEY = "new_key"
    OLD_KEY = "old_key"
    OWN_KEY = "own_key"
    KEY_SHOWN = "key_shown"
    IDENTIFIED = "identified"
    FOUR_EYES = "four_eyes"


MEANS: Final[Mapping[Proof, str]] = MappingProxyType(
    {
        Proof.SESSION: "a session of the customer's own, and nothing else",
        Proof.PASSWORD: "the electronic password, given just now",
        Proof.DIFFERENT_FACTOR: "a factor other than those of this login and than the password, "
        "given just now and not freshly bound",
        Proof.NEW_KEY: "a request signed by the key that is to be certified",
        Proof.OLD_KEY: "a signature by the key of the active certificate, over this renewal",
        Proof.OWN_KEY: "a challenge signed by the certificate's own key",
        Proof.KEY_SHOWN: "a signature by the very key, over the words that it is compromised",
        Proof.IDENTIFIED: "the person was identified by an operator",
        Proof.FOUR_EYES: "a second operator agreed, where the firm asks for one",
    }
)
"""What each proof is, in a sentence."""

_GIVING: Final = Operation(
    classes=2,
    recent=tuple(FactorClass),
    max_age=300,
    different_from_login=True,
    distrust_fresh=True,
    clauses=("ECD.2",),
)
_DELIVERING: Final = Operation(
    classes=2,
    required=(PASSWORD_METHOD,),
    recent=tuple(FactorClass),
    recent_classes=2,
    max_age=300,
    different_from_login=True,
    distrust_fresh=True,
    clauses=("ECD.2",),
)

OPERATIONS: Final[Mapping[str, Operation]] = MappingProxyType(
    {
        "certificate.apply": _GIVING,
        "certificate.renew": _GIVING,
        "certificate.deliver": _DELIVERING,
        "certificate.resume": _DELIVERING,
    }
)
"""What a policy table asks at least. A firm's own may ask more."""


def given(decision: Decision) -> frozenset[Proof]:
    """Return the proofs in a decision on one of `OPERATIONS`; none where it is not satisfied.

    The password never is the different factor, though the policy would take it after a login by
    passkey: delivery asks for both. Nor is a factor that was shown earlier in the session.
    Clause: ECD.2
    """
    if not decision.satisfied:
        return frozenset()
    met = {one.code: frozenset(one.methods) for one in decision.met}
    nothing: frozenset[str] = frozenset()
    recent, different = met.get("recent", nothing), met.get("different_from_login", nothing)
    found = {Proof.SESSION}
    if PASSWORD_METHOD in met.get("required", nothing) & recent:
        found.add(Proof.PASSWORD)
    if (different & recent) - {PASSWORD_METHOD}:
        found.add(Proof.DIFFERENT_FACTOR)
    return frozenset(found)
