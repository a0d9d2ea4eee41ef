"""What operators do to accounts: each action, to whose, and by which permission.

Recipe for a new one: a line here, its verb in `identity.accounts.lifecycle`, its name in
`identity.settings.FourEyed`, and an address in `identity.web`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from identity.accounts.roles import Permission
from identity.model import AccountKind

_CUSTOMER, _OPERATOR = AccountKind.CUSTOMER, AccountKind.OPERATOR


class Action(NamedTuple):
    """`propose` is what proposing it takes, `decide` approving it, or doing it alone."""

    name: str
    verb: str
    kind: AccountKind
    propose: Permission
    decide: Permission


def _account(verb: str, propose: Permission, decide: Permission) -> Action:
    return Action(f"account.{verb}", verb, _CUSTOMER, propose, decide)


def _operator(verb: str, name: str = "") -> Action:
    manage = Permission.OPERATORS_MANAGE
    return Action(f"operator.{name or verb}", verb, _OPERATOR, manage, manage)


_APPLICATION = (Permission.APPLICATIONS_PROPOSE, Permission.APPLICATIONS_DECIDE)
_SUSPEND = (Permission.ACCOUNTS_SUSPEND,) * 2
_CLOSE = (Permission.ACCOUNTS_CLOSE,) * 2
_REISSUE = (Permission.ACCOUNTS_REISSUE,) * 2

ACTIONS: Mapping[str, Action] = MappingProxyType(
    {
        action.name: action
        for action in (
            _account("approve", *_APPLICATION),
            _account("reject", *_APPLICATION),
            _account("suspend", *_SUSPEND),
            _account("resume", *_SUSPEND),
            _account("close", *_CLOSE),
            _account("reissue", *_REISSUE),
            _operator("approve", "add"),
            _operator("assign", "roles"),
            _operator("suspend"),
            _operator("resume"),
            _operator("close"),
            _operator("reissue"),
        )
    }
)
