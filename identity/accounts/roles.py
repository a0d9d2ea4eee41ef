"""What operators may do: permissions, and the roles that give them.

A role has what its work needs and nothing besides; somebody with several has what each gives. A
role that is not in the table gives nothing. Clause: CC-18000.2.h
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType

from identity.errors import Forbidden, Malformed
from identity.model import AccountKind
from identity.sessions.entrances import OPERATOR
from identity.sessions.service import SignedIn


class Permission(StrEnum):
    """One thing an operator may do."""

    ACCOUNTS_READ = "accounts.read"  # names and states, nothing personal
    APPLICATIONS_READ = "applications.read"  # the personal data of who waits for approval
    PERSONAL_READ = "personal.read"  # that of any customer
    APPLICATIONS_PROPOSE = "applications.propose"
    APPLICATIONS_DECIDE = "applications.decide"
    ACCOUNTS_SUSPEND = "accounts.suspend"
    ACCOUNTS_CLOSE = "accounts.close"
    ACCOUNTS_REISSUE = "accounts.reissue"
    PROPOSALS_READ = "proposals.read"
    AUDIT_READ = "audit.read"
    OPERATORS_READ = "operators.read"
    OPERATORS_MANAGE = "operators.manage"


class Role(StrEnum):
    """A kind of work."""

    CLERK = "clerk"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"
    ADMIN = "admin"


ROLES: Mapping[str, frozenset[Permission]] = MappingProxyType(
    {
        Role.CLERK: frozenset(
            {
                Permission.ACCOUNTS_READ,
                Permission.APPLICATIONS_READ,
                Permission.APPLICATIONS_PROPOSE,
                Permission.PROPOSALS_READ,
            }
        ),
        Role.SUPERVISOR: frozenset(
            {
                Permission.ACCOUNTS_READ,
                Permission.PERSONAL_READ,
                Permission.APPLICATIONS_PROPOSE,
                Permission.APPLICATIONS_DECIDE,
                Permission.ACCOUNTS_SUSPEND,
                Permission.ACCOUNTS_CLOSE,
                Permission.ACCOUNTS_REISSUE,
                Permission.PROPOSALS_READ,
            }
        ),
        Role.AUDITOR: frozenset(
            {
                Permission.ACCOUNTS_READ,
                Permission.PROPOSALS_READ,
                Permission.OPERATORS_READ,
                Permission.AUDIT_READ,
            }
        ),
        Role.ADMIN: frozenset(
            {
                Permission.OPERATORS_READ,
                Permission.OPERATORS_MANAGE,
                Permission.PROPOSALS_READ,
            }
        ),
    }
)


def may(roles: Iterable[str], permission: Permission) -> bool:
    """Whether somebody with these roles has a permission."""
    return any(permission in ROLES.get(role, ()) for role in roles)


def require(signed_in: SignedIn, *permissions: Permission) -> None:
    """Raise `Forbidden` unless it is an operator at work who has one of the permissions.

    Clause: CC-18000.2.g, CC-18000.2.h
    """
    at_work = signed_in.session.purpose == OPERATOR
    if not at_work or signed_in.account_kind is not AccountKind.OPERATOR:
        raise Forbidden
    if not any(may(signed_in.roles, permission) for permission in permissions):
        raise Forbidden


def named(words: Iterable[str]) -> tuple[str, ...]:
    """Return roles in one order, each once, or raise `Malformed` for a word that is none."""
    found = sorted(set(words))
    if not found or not set(found) <= set(Role):
        raise Malformed(f"one or more of {', '.join(Role)}", "roles")
    return tuple(str(Role(word)) for word in found)
