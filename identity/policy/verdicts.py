"""What a decision says: requirements met and missing, remarks, and how good it all is."""

from __future__ import annotations

from typing import Literal

import msgspec

from factors.contract import FactorClass

Source = Literal["operation", "firm", "account"]
"""Who asks: the operation's own rule, the firm's `[firm]`, or the owner of the account."""

Requirement = Literal[
    "classes",
    "recent",
    "required",
    "different_from_login",
    "device_bound",
    "phishing_resistant",
    "restricted",
]
"""What an operation may ask."""

Observation = Literal[
    "shared_channel",
    "restricted",
    "restricted_ignored",
    "indirect",
    "indirect_pin",
    "verification_ignored",
    "fresh_ignored",
    "synced_alone",
    "not_here",
    "no_class",
]
"""What may be remarked on."""


class Met(msgspec.Struct, frozen=True, kw_only=True):
    """A requirement that is satisfied, and the methods whose evidence satisfies it.

    `classes` are those shown, where classes are what was asked.
    """

    code: Requirement
    methods: tuple[str, ...]
    classes: tuple[FactorClass, ...] = ()
    source: Source = "operation"


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """A requirement that is not satisfied yet.

    `classes` are those of which one more proof would help; `methods` names them where only some
    methods would. The text for people is chosen by `code` at the edge.
    """

    code: Requirement
    classes: tuple[FactorClass, ...] = ()
    methods: tuple[str, ...] = ()
    max_age: float = 0
    source: Source = "operation"


class Remark(msgspec.Struct, frozen=True, kw_only=True):
    """Something an examiner would want to know of a decision, whichever way it went.

    `shared_channel`: these may come by one `carrier`, so who has that may have both.
    `restricted`: counted, and came by the telephone network; `restricted_ignored`: did not count.
    `indirect`: a biometric that the customer's own authenticator checked. `indirect_pin`: counted
    as checked by it, where it may have been a PIN never agreed with the firm.
    `verification_ignored`: so checked, and nothing was made of it, for that reason.
    `fresh_ignored`: bound too lately to count. `synced_alone`: may have left its device, and no
    bound device was shown beside it. `not_here`: does not count for this operation. `no_class`:
    counts as nothing under this policy.
    """

    code: Observation
    methods: tuple[str, ...]
    carrier: str = ""
    source: Source = "operation"


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """The answer, explaining itself. `aal` is NIST SP 800-63B-4's level, `sca` PSD2's word.

    `usable` are the methods that could count for this operation at all.
    """

    operation: str
    satisfied: bool
    met: tuple[Met, ...]
    missing: tuple[Missing, ...]
    clauses: tuple[str, ...]
    aal: int
    sca: bool
    remarks: tuple[Remark, ...] = ()
    usable: tuple[str, ...] = ()
