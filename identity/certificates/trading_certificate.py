"""A trading certificate from application to end: what is stored of it, and what dates make of it.

Stored is what somebody did. What time does by itself is computed whenever it is asked, so that no
night's job can be late with it: not yet valid, expired, lapsed, in the window for renewal. Times
are Unix seconds; a certificate is valid from `not_before` through `not_after`, both included (RFC
5280 section 4.1.2.5). Clause: CC-17010.e.d
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, TypeAlias

import msgspec

from identity.certificates.lifecycle_rules import Rules
from identity.certificates.reasons import Actor, Reason


class State(StrEnum):
    """Where a certificate stands. The last four are final."""

    REQUESTED = "requested"
    APPROVED = "approved"
    DELIVERED = "delivered"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    REJECTED = "rejected"
    LAPSED = "lapsed"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"


STATES: Final[Mapping[State, str]] = MappingProxyType(
    {
        State.REQUESTED: "applied for; waits for approval",
        State.APPROVED: "may be delivered, for a month; not signed",
        State.DELIVERED: "signed, and on hold until its key has signed, for a month",
        State.ACTIVE: "may be used while its dates hold",
        State.SUSPENDED: "on hold; the only state there is a way back from",
        State.REJECTED: "final: not approved, never signed",
        State.LAPSED: "final: not delivered or not used in its time; revoked where it was signed",
        State.REVOKED: "final",
        State.SUPERSEDED: "final: revoked because its successor has signed",
    }
)
"""What each state is, in a sentence."""

PENDING: Final = frozenset({State.REQUESTED, State.APPROVED, State.DELIVERED})
"""Its key has not signed yet: of these a person has one at most."""

LIVE: Final = frozenset({State.ACTIVE, State.SUSPENDED})
"""It may be used, or may be again: of these a person has one at most."""

FINAL: Final = frozenset(State) - PENDING - LIVE


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """How it ended: by whom, why (None: rejected), and from when no signature counts.

    `by` and `void_from` stay what they were first, whatever is learnt of the reason later. `proven`
    is that the key itself has shown that it is compromised.
    """

    by: Actor
    reason: Reason | None
    void_from: float
    proven: bool = False


class TradingCertificate(msgspec.Struct, frozen=True, kw_only=True):
    """One certificate, from its application on.

    `id` names it before there is a serial number. `key` is the SHA-256 of the key's DER
    SubjectPublicKeyInfo, 32 bytes. `since` is when it came to its state. `replaces` is the id of
    the one it renews and `renew_by` the end of that one's validity; "" and None where it was
    applied for anew. `not_before` and `not_after` are None until it is signed. `held_by` is who
    suspended it, kept where it ended while suspended.
    """

    id: str
    key: bytes
    state: State
    since: float
    replaces: str = ""
    renew_by: float | None = None
    approved_by: Actor | None = None
    not_before: float | None = None
    not_after: float | None = None
    held_by: Actor | None = None
    ended: Ending | None = None


Holding: TypeAlias = tuple[TradingCertificate, ...]
"""All that one person ever had at one firm, in the order of application.

The service keeps one for each person and firm, found by a keyed hash of the national id, and
changes it under a lock or by compare-and-swap: the rules hold for a holding as it was read.
"""


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """What lists and OCSP say of a signed certificate: a reason since a time, or None for good."""

    reason: Reason | None
    since: float


def not_yet_valid(certificate: TradingCertificate, at: float) -> bool:
    """Whether it is signed and its time is to come."""
    return certificate.not_before is not None and at < certificate.not_before


def expired(certificate: TradingCertificate, at: float) -> bool:
    """Whether it is signed and its time is over. Nothing but revocation can follow."""
    return certificate.not_after is not None and at > certificate.not_after


def in_window(certificate: TradingCertificate, at: float, rules: Rules) -> bool:
    """Whether it may be renewed by its date; whether by its state is `lifecycle`'s to say."""
    end = certificate.not_after
    return end is not None and end - rules.renewal_window <= at < end


def lapses_at(certificate: TradingCertificate, rules: Rules) -> float | None:
    """Return from when on it cannot be taken further, None where time does not stop it."""
    match certificate.state:
        case State.REQUESTED:
            return certificate.renew_by
        case State.APPROVED:
            month = certificate.since + rules.deliver_within
            return month if certificate.renew_by is None else min(month, certificate.renew_by)
        case State.DELIVERED:
            return certificate.since + rules.use_within
        case _:
            return None


def lapsed(certificate: TradingCertificate, at: float, rules: Rules) -> bool:
    """Whether it was not delivered or not used in its time, whether or not that is recorded.

    A renewal lapses undelivered with the certificate it renews. Clause: ECD.5
    """
    end = lapses_at(certificate, rules)
    return end is not None and at >= end


def usable(certificate: TradingCertificate, at: float) -> bool:
    """Whether a signature by it counts at this time. Clause: CC-17010.e.c"""
    dated = not (not_yet_valid(certificate, at) or expired(certificate, at))
    return certificate.state is State.ACTIVE and dated


def listing(certificate: TradingCertificate) -> Listing | None:
    """Return what the world is told of it, None where nothing was signed.

    It depends on what is stored alone. That a certificate has expired, everybody reads in it; one
    that has lapsed stays on hold until that is recorded, and is revoked from then on.
    """
    if certificate.not_before is None:
        return None
    if certificate.ended is not None:
        return Listing(reason=certificate.ended.reason, since=certificate.ended.void_from)
    good = certificate.state is State.ACTIVE
    return Listing(reason=None if good else Reason.CERTIFICATE_HOLD, since=certificate.since)
