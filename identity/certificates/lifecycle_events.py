"""Every event in the life of a trading certificate: the table that the machine runs on.

`docs/certificates.md` is made from it (`lifecycle_tables`). What is not in it does not happen.
Clause: CC-17010.e.d
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from identity.certificates import lifecycle_conditions as when
from identity.certificates.lifecycle_conditions import Condition
from identity.certificates.proofs import Proof
from identity.certificates.reasons import Actor
from identity.certificates.trading_certificate import State


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One line: what leads from where to where, who may, and what it takes.

    `word` is what the rule calls it. `sources` is empty where a certificate begins. `who` gives the
    proofs that each actor needs; `Proof.FOUR_EYES` counts where the rules ask it for this event.
    `operation` names the line of the policy that the customer's factors are held against.
    `follows` are the events it follows from by itself; such a one cannot be asked for.
    """

    name: str
    word: str
    sources: tuple[State, ...]
    to: State
    who: Mapping[Actor, tuple[Proof, ...]]
    when: tuple[Condition, ...] = ()
    operation: str = ""
    follows: tuple[str, ...] = ()
    clauses: tuple[str, ...]


_C, _O, _A, _S = Actor
_ST = State
_P = Proof

_RULES: Final = "CC-17010.e.d"

_ROWS: Final = (
    Event(
        name="apply",
        word="申請",
        sources=(),
        to=_ST.REQUESTED,
        who={_C: (_P.DIFFERENT_FACTOR, _P.NEW_KEY)},
        when=(when.NO_LIVE, when.NONE_PENDING, when.KEY_NEW),
        operation="certificate.apply",
        clauses=(_RULES, "ECD.5"),
    ),
    Event(
        name="renew",
        word="展期更新",
        sources=(),
        to=_ST.REQUESTED,
        who={_C: (_P.DIFFERENT_FACTOR, _P.OLD_KEY)},
        when=(when.RENEWABLE, when.NONE_PENDING, when.KEY_SAME),
        operation="certificate.renew",
        clauses=(_RULES, "ECD.5"),
    ),
    Event(
        name="rekey",
        word="換鑰更新",
        sources=(),
        to=_ST.REQUESTED,
        who={_C: (_P.DIFFERENT_FACTOR, _P.OLD_KEY, _P.NEW_KEY)},
        when=(when.RENEWABLE, when.NONE_PENDING, when.KEY_NEW),
        operation="certificate.renew",
        clauses=(_RULES, "ECD.5"),
    ),
    Event(
        name="approve",
        word="核准",
        sources=(_ST.REQUESTED,),
        to=_ST.APPROVED,
        who={_O: (_P.FOUR_EYES,), _S: ()},
        when=(when.IN_TIME, when.RENEWED_ACTIVE, when.NOT_BY_RULE_ALONE),
        clauses=(_RULES,),
    ),
    Event(
        name="reject",
        word="駁回",
        sources=(_ST.REQUESTED,),
        to=_ST.REJECTED,
        who={_O: (_P.FOUR_EYES,), _S: ()},
        clauses=(_RULES,),
    ),
    Event(
        name="deliver",
        word="交付",
        sources=(_ST.APPROVED,),
        to=_ST.DELIVERED,
        who={
            _C: (_P.PASSWORD, _P.DIFFERENT_FACTOR),
            _O: (_P.IDENTIFIED, _P.FOUR_EYES),
        },
        when=(when.IN_TIME, when.RENEWED_ACTIVE),
        operation="certificate.deliver",
        clauses=(_RULES, "ECD.2"),
    ),
    Event(
        name="use",
        word="啟用",
        sources=(_ST.DELIVERED,),
        to=_ST.ACTIVE,
        who={_C: (_P.OWN_KEY,)},
        when=(when.IN_TIME, when.DATED, when.RENEWED_ACTIVE),
        clauses=(_RULES, "ECD.2"),
    ),
    Event(
        name="supersede",
        word="取代",
        sources=(_ST.ACTIVE, _ST.SUSPENDED),
        to=_ST.SUPERSEDED,
        who={_S: ()},
        follows=("use",),
        clauses=(_RULES,),
    ),
    Event(
        name="suspend",
        word="停用",
        sources=(_ST.ACTIVE, _ST.SUSPENDED),
        to=_ST.SUSPENDED,
        who={_C: (_P.SESSION,), _O: (_P.FOUR_EYES,), _A: ()},
        when=(when.NOT_EXPIRED, when.HOLD_RAISED),
        clauses=(_RULES,),
    ),
    Event(
        name="resume",
        word="復用",
        sources=(_ST.SUSPENDED,),
        to=_ST.ACTIVE,
        who={
            _C: (_P.PASSWORD, _P.DIFFERENT_FACTOR),
            _O: (_P.IDENTIFIED, _P.FOUR_EYES),
            _A: (),
        },
        when=(when.NOT_EXPIRED, when.HOLD_THEIRS),
        operation="certificate.resume",
        clauses=(_RULES, "ECD.2"),
    ),
    Event(
        name="revoke",
        word="廢止",
        sources=(_ST.REQUESTED, _ST.APPROVED, _ST.DELIVERED, _ST.ACTIVE, _ST.SUSPENDED),
        to=_ST.REVOKED,
        who={_C: (_P.SESSION,), _O: (_P.FOUR_EYES,), _A: (), _S: (_P.KEY_SHOWN,)},
        when=(when.REASON_THEIRS,),
        clauses=(_RULES,),
    ),
    Event(
        name="report_compromise",
        word="金鑰洩漏",
        sources=(_ST.LAPSED, _ST.REVOKED, _ST.SUPERSEDED),
        to=_ST.REVOKED,
        who={_C: (_P.SESSION,), _O: (), _A: (), _S: (_P.KEY_SHOWN,)},
        when=(when.RAISES,),
        clauses=(_RULES,),
    ),
    Event(
        name="fall",
        word="一併廢止",
        sources=tuple(state for state in State if state is not State.REJECTED),
        to=_ST.REVOKED,
        who={_S: ()},
        follows=("revoke", "report_compromise"),
        clauses=(_RULES, "ECD.5"),
    ),
    Event(
        name="lapse",
        word="逾期失效",
        sources=(_ST.REQUESTED, _ST.APPROVED, _ST.DELIVERED),
        to=_ST.LAPSED,
        who={_S: ()},
        when=(when.OUT_OF_TIME,),
        clauses=(_RULES, "ECD.5"),
    ),
)

EVENTS: Final[Mapping[str, Event]] = MappingProxyType({row.name: row for row in _ROWS})
"""Every event by its name."""
