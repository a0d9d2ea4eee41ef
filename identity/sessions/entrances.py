"""Who may come in by which operation, and what a session that was opened by it may do.

    login        customers that are active      a customer's work
    operator     operators that are active      operators' work, and their own factors
    activation   whoever is registered          nothing but the activation itself
    recovery     customers that are active      nothing but a new password

A session never does what another entrance is for: that is what keeps a customer's cookie from an
operator's work, and an operator from a customer's. Clause: CC-18000.2.h
"""

from __future__ import annotations

from types import MappingProxyType
from typing import NamedTuple

from identity.model import Account, AccountKind, AccountState, Session
from identity.policy.table import ENTRANCES, STEP_UPS

LOGIN, ACTIVATION, OPERATOR, RECOVERY = "login", "activation", "operator", "recovery"

OWN = STEP_UPS - {"order"}
"""Step-ups for the factors of one's own account, whosever it is."""


class _Entrance(NamedTuple):
    """Whose accounts it is for, and in which state."""

    kinds: frozenset[AccountKind]
    state: AccountState


_CUSTOMERS = frozenset({AccountKind.CUSTOMER})
_FOR = MappingProxyType(
    {
        LOGIN: _Entrance(_CUSTOMERS, AccountState.ACTIVE),
        OPERATOR: _Entrance(frozenset({AccountKind.OPERATOR}), AccountState.ACTIVE),
        ACTIVATION: _Entrance(frozenset(AccountKind), AccountState.REGISTERED),
        RECOVERY: _Entrance(_CUSTOMERS, AccountState.ACTIVE),
    }
)


def admits(account: Account, purpose: str, now: float) -> bool:
    """Whether an account may be entered by this operation now. Clause: ECD.3.4"""
    if purpose == ACTIVATION and now >= account.activate_by:
        return False
    return open_to(account, purpose)


def open_to(account: Account, purpose: str) -> bool:
    """Whether an account as it is may have a session that was opened by this operation."""
    entrance = _FOR.get(purpose)
    if entrance is None:
        return False
    return account.kind in entrance.kinds and account.state is entrance.state


def entrance(account: Account) -> str:
    """Return the operation by which the owner of an active account comes in."""
    return OPERATOR if account.kind is AccountKind.OPERATOR else LOGIN


def serves(session: Session, operation: str) -> bool:
    """Whether a session is of the kind that may do, or step up to, an operation."""
    if session.purpose == OPERATOR:
        return operation == OPERATOR or operation in OWN
    return session.purpose == LOGIN and operation not in ENTRANCES - {LOGIN}


def is_full(session: Session) -> bool:
    """Whether a session is its owner's own, not one for a single errand."""
    return session.purpose in {LOGIN, OPERATOR}
