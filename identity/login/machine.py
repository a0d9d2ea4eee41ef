"""The login machine: a transaction, the evidence so far, and what follows. Pure.

            open                    answer accepted, policy not met yet
    (none) ------> OPEN <-----------------------------------------.
                    | |___________________________________________|
                    | answer accepted, policy met
                    v
                 SUCCEEDED          a refused answer changes nothing but consumes its challenge;
                                    a transaction past `expires_at` answers to nobody

Until a first proof is accepted, what is offered depends on the policy and the purpose alone (and
on the count of wrong entries, which unknown accounts have too), so nothing is told about an
account. Afterwards it is what the account has and what would bring the decision further.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from factors.contract import Accepted, FactorClass
from identity.clock import DAY
from identity.gate.gate import PASSWORD
from identity.model import LoginState, LoginTransaction, Session, Shown, StoredCredential
from identity.policy.decide import Decision, decide, helps
from identity.policy.table import Table
from identity.sessions.entrances import ACTIVATION


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    """A method that may be answered now, and the class it would show (none: no class)."""

    method: str
    class_: FactorClass | None = msgspec.field(name="class")


def decided(
    table: Table,
    transaction: LoginTransaction,
    session: Session | None,
    now: float,
    demands: Collection[str] = (),
) -> Decision:
    """Hold everything shown so far, the session's first, against what the transaction is for.

    `demands` are the account's own; an activation begins with what was sent, whatever they are.
    """
    earlier = session.shown if session else ()
    asked = () if transaction.purpose == ACTIVATION else demands
    return decide(table, transaction.purpose, transaction.shown, now, earlier, demands=asked)


def proven(transaction: LoginTransaction) -> bool:
    """Whether the caller has shown anything yet, so that the account may be spoken of."""
    return bool(transaction.shown or transaction.session_id)


def offered(  # noqa: PLR0913  # what may be asked hangs on all of these
    table: Table,
    transaction: LoginTransaction,
    decision: Decision,
    kinds: Collection[str],
    *,
    instead: Collection[str],
    beyond: Mapping[str, Collection[FactorClass]],
) -> tuple[Offered, ...]:
    """Return what may be answered next.

    `kinds` are the methods the account has, `beyond` the classes that its own of a kind could show
    beside the one in the table: a passkey with a fingerprint reader. `instead` are what may come
    first where the password must wait for another factor on this way in, none where it need not.
    Clause: ECD.4
    """
    if transaction.state is not LoginState.OPEN:
        return ()
    if not proven(transaction):
        names: Iterable[str] = _first(table, transaction.purpose, instead)
    else:
        names = _next(table, transaction, decision, kinds, beyond)
    return tuple(Offered(method=name, class_=table.methods[name].class_) for name in names)


def others(table: Table, purpose: str, alike: Collection[str]) -> tuple[str, ...]:
    """Return what could be asked for this purpose in the password's place.

    Only what asks everybody the same (`alike`): nothing is sent, and no card's cells are told,
    before a first proof.
    """
    allowed = table.operations[purpose].methods or tuple(table.methods)
    return tuple(name for name in allowed if name != PASSWORD and name in alike)


def _first(table: Table, purpose: str, instead: Collection[str]) -> Collection[str]:
    first = table.operations[purpose].first
    return instead if instead and PASSWORD in first else first


def _next(
    table: Table,
    transaction: LoginTransaction,
    decision: Decision,
    kinds: Collection[str],
    beyond: Mapping[str, Collection[FactorClass]],
) -> list[str]:
    operation = table.operations[transaction.purpose]
    done = {piece.evidence.method for piece in transaction.shown}
    return [
        name
        for name, rule in table.methods.items()
        if name in kinds
        and name not in done
        and helps(decision, name, rule.class_, *beyond.get(name, ()))
        and (not operation.methods or name in operation.methods)
    ]


def shown(
    verdict: Accepted[Any], row: StoredCredential, transaction: LoginTransaction, now: float
) -> Shown:
    """Turn an accepted answer into evidence, noting whether its credential is fresh.

    Fresh is: bound in this very session, or less than a day ago without the person having been
    identified. What such a factor may not do is the policy's to say.
    """
    recent = now - row.bound_at < DAY and not row.identified
    here = bool(transaction.session_id) and row.bound_in == transaction.session_id
    return Shown(
        evidence=verdict.evidence,
        at=now,
        credential_id=row.id,
        fresh=recent or here,
        at_login=not transaction.session_id,
    )


def accepted(transaction: LoginTransaction, piece: Shown) -> LoginTransaction:
    """Return the transaction with one more proof, its challenge used up."""
    used = consumed(transaction, piece.evidence.method)
    return msgspec.structs.replace(used, shown=(*used.shown, piece))


def consumed(transaction: LoginTransaction, method: str) -> LoginTransaction:
    """Return the transaction without the challenge of `method`: it is answered once, or never."""
    left = {name: sealed for name, sealed in transaction.challenges.items() if name != method}
    return msgspec.structs.replace(transaction, challenges=left)


def asked(
    transaction: LoginTransaction, method: str, sealed: bytes, message_id: str = ""
) -> LoginTransaction:
    """Return the transaction with a challenge out for `method`, replacing an older one.

    `message_id` names the message that brings its code, where there is one.
    """
    sent = {method: message_id} if message_id else {}
    return msgspec.structs.replace(
        transaction,
        challenges={**transaction.challenges, method: sealed},
        deliveries={**transaction.deliveries, **sent},
    )


def merged(session: Session, pieces: Sequence[Shown]) -> tuple[Shown, ...]:
    """Return a session's evidence after a step-up: the newest of each credential and use."""
    kept = {(piece.credential_id, piece.at_login): piece for piece in (*session.shown, *pieces)}
    return tuple(kept.values())
