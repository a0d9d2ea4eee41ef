"""Wrong ways with time: proofs that are too old, factors that are gone or too new."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from demo_client.lab.clocks import DAY, HOUR
from demo_client.lab.customers import FACTORS, Customer, Transaction
from demo_client.lab.doors import is_open
from demo_client.lab.expected import STEP_UPS, Proof, verdict
from demo_client.lab.facts import Kind
from demo_client.lab.scene import Scene
from demo_client.lab.ways_replay import EVERY, SIGNED, foreign
from demo_client.lab.wrong import (
    NOT_OFFERED,
    OK,
    REFUSED,
    SESSION,
    ControlFailed,
    DoesNotApply,
    Way,
    said,
)

SLACK = 1.0
"""Seconds beyond a limit."""

CHALLENGE = 300.0
"""Seconds that a challenge to sign is good for (WebAuthn Level 3, section 15.1)."""

STEPS = 90.0
"""Seconds after which the code of a 30-second step is over, the step before it counted too."""

FRESH = "fresh"
"""The holder of what is bound while it is tried."""


def _expired(scene: Scene, kind: Kind) -> str:
    """Answer rightly when the transaction is over."""
    amy = scene.amy
    transaction = scene.arrive(amy, kind)
    response = amy.response(transaction, kind)
    ends = datetime.fromisoformat(transaction.body["expires_at"]).timestamp()
    scene.crew.pass_time(ends - scene.crew.clock() + SLACK)
    reply = amy.answers(transaction, kind.method, response)
    amy.pockets[kind.id, ""].take_back()
    return said(reply)


def _stale(scene: Scene, kind: Kind) -> str:
    """Answer while the transaction lives and the challenge, or the code, does not."""
    amy = scene.amy
    transaction = scene.arrive(amy, kind)
    response = amy.response(transaction, kind)
    scene.crew.pass_time(STEPS if kind.method == "totp" else CHALLENGE + SLACK)
    return said(amy.answers(transaction, kind.method, response))


def _removed(scene: Scene, kind: Kind) -> str:
    """Show a factor that its owner has taken away."""
    if kind in scene.opening.kinds and kind.single:
        raise DoesNotApply("why.opens_sessions")
    owner = scene.victim
    scene.proves(owner, "factor.remove")
    owner.calls("DELETE", f"{FACTORS}/{owner.ids.pop((kind.id, ''))}", None, 204)
    return _shown(owner, scene.arrive(owner, kind), kind)


def _gone(scene: Scene, kind: Kind) -> str:
    """Say what must come: another of its kind may still be asked for, and is not this one."""
    return NOT_OFFERED if kind.single and not scene.is_first(kind) else REFUSED


def _replaced(scene: Scene, kind: Kind) -> str:
    """Show the password that was changed."""
    owner = scene.victim
    older = owner.pockets[kind.id, ""]
    scene.proves(owner, "password.change")
    owner.binds(kind, scene.crew.pocket(kind, owner))
    owner.pockets[kind.id, ""] = older
    return _shown(owner, scene.arrive(owner, kind), kind)


def _shown(owner: Customer, transaction: Transaction, kind: Kind) -> str:
    """Show a factor that is not good any more, asking for a challenge where it needs one."""
    asked = None
    if owner.pockets[kind.id, ""].asks:
        reply = owner.asks(transaction, kind.method)
        if reply.status != OK:
            return said(reply)
        asked = reply.body["challenge"]
    return said(owner.answers(transaction, kind.method, foreign(owner, kind, asked)))


def _in_its_own_session(scene: Scene, kind: Kind) -> str:
    """Add a factor, and then try to add one more by it, in the same session."""
    owner = scene.novice
    scene.proves(owner, "factor.add")
    owner.binds(kind, scene.crew.pocket(kind, owner), FRESH)
    scene.opening.age(owner)
    return _more_by(owner, kind)


def _a_day_later(scene: Scene, kind: Kind) -> str:
    """Add a factor, and add one more by it when it is not fresh any more."""
    owner = scene.novice
    scene.proves(owner, "factor.add")
    owner.binds(kind, scene.crew.pocket(kind, owner), FRESH)
    scene.crew.pass_time(DAY + HOUR)
    scene.opening.spent(owner)
    scene.opening.ensure(owner)
    return _more_by(owner, kind)


def _more_by(owner: Customer, kind: Kind) -> str:
    transaction = owner.opens("factor.add")
    if kind.method not in transaction.offered:
        raise DoesNotApply("why.not_for_adding")
    reply = owner.shows(transaction, kind, FRESH)
    if reply.status != OK:
        raise ControlFailed(f"the new factor's own answer came to {said(reply)}")
    return "200 allowed" if transaction.succeeded else "200 still open"


def _by_policy(scene: Scene, kind: Kind, *, fresh: bool) -> str:
    """Say what the policy makes of a factor that was added."""
    earlier = [*scene.opening.proofs, *(scene.proofs_of("factor.add") if fresh else ())]
    found = verdict(scene.table, "factor.add", [Proof(kind, FRESH, fresh)], earlier)
    return "200 allowed" if found.allowed else "200 still open"


def _too_late(scene: Scene, _kind: Kind) -> str:
    """Approve something, and come back for it when the approval is too old."""
    found = []
    for operation in sorted(STEP_UPS):
        scene.proves(scene.amy, operation)
        before = is_open(scene.amy.browser, operation)
        scene.opening.age(scene.amy)
        after = is_open(scene.amy.browser, operation)
        found.append((before, after))
    return "open, then closed" if set(found) == {(True, False)} else f"open or closed: {found}"


def _without_any(scene: Scene, _kind: Kind) -> str:
    """Come without a step-up, by a login that is not recent any more."""
    scene.opening.spent(scene.amy)
    scene.opening.ensure(scene.amy)
    found = {is_open(scene.amy.browser, operation) for operation in STEP_UPS}
    return "closed" if found == {False} else "open"


ADDED: Final = frozenset({"totp", "hotp", "device", "passkey_attested"})
_SESSION: Final = frozenset({SESSION.id})

WAYS: Final = (
    Way(name="expired", act=_expired, kinds=EVERY, expected="410 expired"),
    Way(name="stale", act=_stale, kinds=SIGNED | {"totp"}),
    Way(name="removed", act=_removed, kinds=EVERY - {"password"}, expected=_gone),
    Way(name="replaced", act=_replaced, kinds=frozenset({"password"})),
    Way(
        name="fresh",
        act=_in_its_own_session,
        kinds=ADDED,
        expected=lambda scene, kind: _by_policy(scene, kind, fresh=True),
    ),
    Way(
        name="a_day_later",
        act=_a_day_later,
        kinds=ADDED,
        expected=lambda scene, kind: _by_policy(scene, kind, fresh=False),
    ),
    Way(name="too_late", act=_too_late, kinds=_SESSION, expected="open, then closed"),
    Way(name="no_step_up", act=_without_any, kinds=_SESSION, expected="closed"),
)
