"""The words of a policy, typed: what a method is worth, what an operation asks, who asks for more.

A file that says one of them wrong is refused with its line (`faults`); whoever only reads a table
needs this module and nothing else.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from factors.contract import FactorClass

STEP_UPS: Final = frozenset({"order", "factor.add", "factor.remove", "password.change"})
"""Operations that need a session: evidence and account come from it, never from the body."""

ENTRANCES: Final = frozenset({"login", "activation", "operator", "recovery"})
"""Operations that open a session; what it may do then goes by the one that opened it."""

UNTIGHTENED: Final = frozenset({"activation"})
"""Operations that neither firm nor account can tighten: the account has no factor of its own yet,
and whoever has none could meet no demand."""

DEMANDS: Final = ("phishing_resistant", "device_bound", "unrestricted")
"""What an account's owner may ask beyond the policy, in the words of `Demand`."""


class _Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the policy file."""


class MethodRule(_Rule, frozen=True, kw_only=True):
    """What a method is worth. No `class` means none, whatever the factor says of itself.

    `synced`: what a credential that may leave its device is worth ("counts", or only
    "beside_device"). `biometric` and `uv_counts_as`: the class that an attested biometric, or any
    user verification, adds. `operations`: where the method counts (empty: everywhere).
    """

    class_: FactorClass | None = msgspec.field(default=None, name="class")
    synced: Literal["counts", "beside_device"] = "counts"
    biometric: FactorClass | None = None
    uv_counts_as: FactorClass | None = None
    operations: tuple[str, ...] = ()


class Operation(_Rule, frozen=True, kw_only=True):
    """What one operation asks.

    `classes`: how many distinct ones. `first`: what may be answered before anything was proven.
    `methods`: which are allowed at all (empty: every one). `required`: which must be among them.
    `recent`: proofs of these classes at most `max_age` seconds old, of as many distinct ones as
    `recent_classes` says; what is `required`, `device_bound` or `phishing_resistant` must be as
    recent then. `different_from_login`: one proof by a factor that did not open the session.
    `distrust_fresh`: factors bound in this session, or less than a day ago, do not count, but for
    those `fresh_allowed` names. `restricted`: whether what travels by the telephone network counts
    (NIST SP 800-63B-4 section 3.2.9). `clauses`: who asks.
    """

    classes: int
    first: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    recent: tuple[FactorClass, ...] = ()
    recent_classes: int = 1
    max_age: float = 0
    different_from_login: bool = False
    device_bound: bool = False
    phishing_resistant: bool = False
    distrust_fresh: bool = False
    fresh_allowed: tuple[str, ...] = ()
    restricted: Literal["count", "refuse"] = "count"
    clauses: tuple[str, ...]


class Demand(_Rule, frozen=True, kw_only=True):
    """What the firm asks of every operation, beyond what the operation asks itself.

    It only ever tightens: more `classes`, a shorter `max_age` in seconds where an operation asks
    for a recent proof (0: no say), and three kinds of proof. `unrestricted`: nothing that travels
    by the telephone network counts.
    """

    classes: int = 0
    max_age: float = 0
    phishing_resistant: bool = False
    device_bound: bool = False
    unrestricted: bool = False
    clauses: tuple[str, ...] = ()


class SessionBounds(_Rule, frozen=True, kw_only=True):
    """Seconds a session may live at most: unused, and at all. 0: no say."""

    idle: float = 0
    absolute: float = 0


class Table(_Rule, frozen=True, kw_only=True):
    """A policy: what methods are worth, what each operation asks, and what the firm adds.

    `independence`: whether proofs that may share a channel (`Evidence.carrier`) are only said to
    do so, or refused to count as more than one of them. `extends` is the table this one changes.
    """

    name: str
    extends: str = ""
    independence: Literal["say", "refuse"] = "say"
    methods: dict[str, MethodRule]
    operations: dict[str, Operation]
    firm: Demand = Demand()
    sessions: SessionBounds = SessionBounds()
