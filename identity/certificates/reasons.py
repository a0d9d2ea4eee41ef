"""Why a certificate is revoked: RFC 5280's codes, who may give which, and what each leads to.

One line for each code. A customer need not say why, an operator must. What a certification
authority says of itself is for the authority, what the service does by rule is for the service.

The starting point is boulder's `revocation/reasons.go` (MPL-2.0), where a subscriber gives 0, 1, 4
and 5 and an administrator 9 beside them. Adapted: 4 is given by the service alone, when a successor
has signed; 3 stands for personal data that the firm keeps; 6 is the hold, which web authorities may
not use and which trading certificates live by.

Source: RFC 5280 section 5.3.1. Clause: CC-17010.e.d
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Final

import msgspec


class Actor(StrEnum):
    """Who does something to a certificate."""

    CUSTOMER = "customer"  # the person it is for, signed in
    OPERATOR = "operator"  # one of the firm's people
    AUTHORITY = "authority"  # whoever vouches for the certificate: its own people or programs
    SERVICE = "service"  # the service itself, by rule, asked by nobody


class Reason(IntEnum):
    """RFC 5280's codes. 7 is not used. The names are PyCA's `x509.ReasonFlags`, in capitals."""

    UNSPECIFIED = 0
    KEY_COMPROMISE = 1
    CA_COMPROMISE = 2
    AFFILIATION_CHANGED = 3
    SUPERSEDED = 4
    CESSATION_OF_OPERATION = 5
    CERTIFICATE_HOLD = 6
    REMOVE_FROM_CRL = 8
    PRIVILEGE_WITHDRAWN = 9
    AA_COMPROMISE = 10


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One reason. `givers` may give it to revoke for good, `means` when it is the right one.

    `reversible`: what it was given to may be used again. `blocks_key`: when it is proven by the key
    itself, the key is refused for good, whoever brings it.
    """

    reason: Reason
    givers: frozenset[Actor]
    means: str
    reversible: bool = False
    blocks_key: bool = False


_C, _O, _A, _S = Actor
_R = Reason

_LINES: Final = (
    Line(
        reason=_R.UNSPECIFIED,
        givers=frozenset({_C, _A}),
        means="nothing is said; the code is left out of lists and answers",
    ),
    Line(
        reason=_R.KEY_COMPROMISE,
        givers=frozenset({_C, _O, _A, _S}),
        means="the key may be in somebody else's hands: file copied, device stolen",
        blocks_key=True,
    ),
    Line(
        reason=_R.CA_COMPROMISE,
        givers=frozenset({_A}),
        means="the authority's own key may be in somebody else's hands",
    ),
    Line(
        reason=_R.AFFILIATION_CHANGED,
        givers=frozenset({_O, _A}),
        means="what the certificate says of the person is so no more",
    ),
    Line(
        reason=_R.SUPERSEDED,
        givers=frozenset({_S}),
        means="its successor has signed",
    ),
    Line(
        reason=_R.CESSATION_OF_OPERATION,
        givers=frozenset({_C, _O, _A, _S}),
        means="it is not needed or cannot be used: account closed, key destroyed, month over",
    ),
    Line(
        reason=_R.CERTIFICATE_HOLD,
        givers=frozenset(),
        means="it is suspended, or was not used yet",
        reversible=True,
    ),
    Line(
        reason=_R.REMOVE_FROM_CRL,
        givers=frozenset(),
        means="no reason: how a delta list says that a hold has ended",
    ),
    Line(
        reason=_R.PRIVILEGE_WITHDRAWN,
        givers=frozenset({_O, _A}),
        means="the person has lost the right to it: contract ended, got by deceit",
    ),
    Line(
        reason=_R.AA_COMPROMISE,
        givers=frozenset(),
        means="an attribute authority's key; there is none here",
    ),
)

TABLE: Final[Mapping[Reason, Line]] = MappingProxyType({line.reason: line for line in _LINES})
"""Every code, in order."""


def fault(reason: Reason | None, by: Actor) -> str:
    """Return why `by` may not revoke for `reason`, "" where it may.

    `reason_missing`, or `reason_not_theirs`.
    """
    if reason is None:
        return "reason_missing"
    return "" if by in TABLE[reason].givers else "reason_not_theirs"


def raises(before: Reason | None, reason: Reason) -> bool:
    """Whether what is revoked for `before` may be revoked again for `reason`.

    Only to say that the key is compromised: who relies on an old signature must learn that, and
    anything else would let a thief talk the finding down.
    """
    return reason is Reason.KEY_COMPROMISE and before is not Reason.KEY_COMPROMISE
