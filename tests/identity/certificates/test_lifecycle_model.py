"""Whatever is done in whatever order, the lifecycle is its plain model, and keeps its promises.

The model is written from the rules in words and reads nothing of the table: dictionaries and ifs.
"""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from identity.certificates import lifecycle
from identity.certificates.lifecycle import Application, Deed
from identity.certificates.lifecycle_refusals import LifecycleRefused
from identity.certificates.lifecycle_rules import Rules
from identity.certificates.proofs import Proof
from identity.certificates.reasons import Actor, Reason
from identity.certificates.trading_certificate import lapsed, listing, usable
from tests.identity.certificates.lifecycle_walks import DAY, NOW, key

HOLDS = ["customer", "operator", "authority"]
GIVES = {
    "customer": {0, 1, 5},
    "operator": {1, 3, 5, 9},
    "authority": {0, 1, 2, 3, 5, 9},
    "service": {1, 4, 5},
}
PASSWORD = {"password", "different_factor"}
COUNTER = {"identified", "four_eyes"}
NEEDS = {
    ("apply", "customer"): {"different_factor", "new_key"},
    ("renew", "customer"): {"different_factor", "old_key"},
    ("rekey", "customer"): {"different_factor", "old_key", "new_key"},
    ("approve", "operator"): {"four_eyes"},
    ("approve", "service"): set(),
    ("reject", "operator"): set(),
    ("reject", "service"): set(),
    ("deliver", "customer"): PASSWORD,
    ("deliver", "operator"): COUNTER,
    ("use", "customer"): {"own_key"},
    ("suspend", "customer"): {"session"},
    ("suspend", "operator"): set(),
    ("suspend", "authority"): set(),
    ("resume", "customer"): PASSWORD,
    ("resume", "operator"): COUNTER,
    ("resume", "authority"): set(),
    ("revoke", "customer"): {"session"},
    ("revoke", "operator"): set(),
    ("revoke", "authority"): set(),
    ("revoke", "service"): {"key_shown"},
    ("report_compromise", "customer"): {"session"},
    ("report_compromise", "operator"): set(),
    ("report_compromise", "authority"): set(),
    ("report_compromise", "service"): {"key_shown"},
    ("lapse", "service"): set(),
}
PENDING = {"requested", "approved", "delivered"}
LIVE = {"active", "suspended"}
OVER = {"rejected", "lapsed", "revoked", "superseded"}


class Refused(Exception):
    """The plain model says no."""


class Plain:
    """The rules as a clerk would apply them, to a list of dictionaries."""

    def __init__(self):
        self.all, self.blocked = [], set()

    def live(self):
        return next((one for one in self.all if one["state"] in LIVE), None)

    def dead(self, one, at):
        month = {"approved", "delivered"} & {one["state"]} and at >= one["since"] + 30 * DAY
        late = (
            one["state"] in {"requested", "approved"} and one["renew_by"] and at >= one["renew_by"]
        )
        return bool(month or late)

    def begin(self, event, name, fingerprint, by, proofs, at):  # noqa: PLR0913, PLR0917 - one for each thing the rules ask
        left = [one for one in self.all if one["state"] in PENDING and not self.dead(one, at)]
        live = self.live()
        over = live is None or at > live["last"]
        known = {one["key"] for one in self.all}
        if event == "apply":
            fine = over and fingerprint not in known
        else:
            open_ = live and live["last"] - 45 * DAY <= at < live["last"]
            fine = open_ and live["state"] == "active"
            fine = fine and (
                fingerprint == live["key"] if event == "renew" else fingerprint not in known
            )
        if not fine or left or not self.shown(event, by, proofs):
            raise Refused
        for one in self.all:
            if self.dead(one, at):
                self.end(one, "lapsed", 5, at)
        renewed = live if event != "apply" else None
        new = {"name": name, "key": fingerprint, "state": "requested", "since": at}
        new |= {"renews": renewed, "renew_by": renewed and renewed["last"]}
        new |= {"first": None, "last": None, "held": None, "reason": None, "by": None}
        self.all.append(new | {"proven": False, "operator": False, "void": None})

    def shown(self, event, by, proofs):
        return (event, by) in NEEDS and proofs >= NEEDS[event, by]

    def move(self, event, one, by, proofs, reason, at):  # noqa: PLR0913, PLR0917 - one for each thing the rules ask
        if not self.shown(event, by, proofs) or not getattr(self, f"may_{event}")(
            one, by, proofs, reason, at
        ):
            raise Refused
        getattr(self, f"do_{event}")(one, by, proofs, reason, at)

    def stands(self, one, at):
        return not self.dead(one, at) and (not one["renews"] or one["renews"]["state"] == "active")

    def may_approve(self, one, by, proofs, reason, at):
        return (
            one["state"] == "requested"
            and self.stands(one, at)
            and (by != "service" or not self.tainted())
        )

    def tainted(self):
        bad = False
        for one in self.all:
            bad = bad and not one["operator"]
            bad = bad or bool({one["by"], one["held"]} & {"operator", "authority"})
        return bad

    def may_reject(self, one, by, proofs, reason, at):
        return one["state"] == "requested"

    def may_deliver(self, one, by, proofs, reason, at):
        return one["state"] == "approved" and self.stands(one, at)

    def may_use(self, one, by, proofs, reason, at):
        return (
            one["state"] == "delivered"
            and self.stands(one, at)
            and one["first"] <= at <= one["last"]
        )

    def may_suspend(self, one, by, proofs, reason, at):
        if one["state"] not in LIVE or at > one["last"]:
            return False
        return one["state"] == "active" or HOLDS.index(by) > HOLDS.index(one["held"])

    def may_resume(self, one, by, proofs, reason, at):
        if one["state"] != "suspended" or at > one["last"]:
            return False
        return HOLDS.index(by) >= HOLDS.index(one["held"])

    def may_revoke(self, one, by, proofs, reason, at):
        why = 1 if "key_shown" in proofs else reason
        return one["state"] not in OVER and why in GIVES[by]

    def may_report_compromise(self, one, by, proofs, reason, at):
        news = one["reason"] != 1 or ("key_shown" in proofs and not one["proven"])
        return one["state"] in OVER - {"rejected"} and news

    def may_lapse(self, one, by, proofs, reason, at):
        return self.dead(one, at)

    def do_approve(self, one, by, proofs, reason, at):
        self.put(one, "approved", at)
        one["operator"] = by == "operator"

    def do_reject(self, one, by, proofs, reason, at):
        self.put(one, "rejected", at)
        one["by"] = by

    def do_deliver(self, one, by, proofs, reason, at):
        self.put(one, "delivered", at)
        one["first"], one["last"] = at // 1 - 60, at // 1 + 365 * DAY

    def do_use(self, one, by, proofs, reason, at):
        self.put(one, "active", at)
        for other in self.all:
            if other is not one and other["state"] in LIVE:
                self.end(other, "superseded", 4, at)

    def do_suspend(self, one, by, proofs, reason, at):
        if one["state"] == "active":
            self.put(one, "suspended", at)
        one["held"] = by

    def do_resume(self, one, by, proofs, reason, at):
        self.put(one, "active", at)
        one["held"] = None

    def do_revoke(self, one, by, proofs, reason, at):
        shown = "key_shown" in proofs
        self.end(one, "revoked", 1 if shown else reason, at, by=by, proven=shown)
        self.follow(one, at)

    def do_report_compromise(self, one, by, proofs, reason, at):
        self.end(one, "revoked", 1, at, by=by, proven="key_shown" in proofs)
        self.follow(one, at)

    def do_lapse(self, one, by, proofs, reason, at):
        self.end(one, "lapsed", 5, at)

    def follow(self, one, at):
        """Revoke until nothing is left that must be."""
        for other in self.all:
            if other is one or other["state"] == "rejected":
                continue
            same = one["reason"] == 1 and other["key"] == one["key"]
            if same and (other["reason"] != 1 or (one["proven"] and not other["proven"])):
                self.end(other, "revoked", 1, at, proven=one["proven"])
                self.follow(other, at)
            elif other["renews"] is one and other["state"] in PENDING:
                self.end(other, "revoked", 5, at)

    def put(self, one, state, at):
        if one["state"] != state:
            one["since"] = max(one["since"], at)
        one["state"] = state

    def end(self, one, state, reason, at, by="service", proven=False):  # noqa: PLR0913, PLR0917 - one for each thing that is noted
        if one["by"] is None:
            one["by"] = by
            one["void"] = (
                min(at, one["since"]) if one["state"] in {"delivered", "suspended"} else at
            )
        one["reason"], one["proven"] = reason, proven
        if proven:
            self.blocked.add(one["key"])
        self.put(one, state, at)


EVENTS = sorted({event for event, _ in NEEDS} - {"apply", "renew", "rekey"})
ALL = frozenset(Proof) - {Proof.KEY_SHOWN}


class Model(RuleBasedStateMachine):
    """The lifecycle beside its model."""

    def __init__(self):
        super().__init__()
        self.rules, self.now, self.made = Rules(), NOW, 0
        self.holding, self.plain, self.blocked = (), Plain(), set()
        self.ever = {}

    SHOWN = st.one_of(
        st.just(ALL), st.just(ALL), st.just(frozenset(Proof)), st.frozensets(st.sampled_from(Proof))
    )
    ACTORS = st.sampled_from(Actor)

    @rule(days=st.sampled_from([0.5, 7, 29.5, 30, 320, 366]))
    def time_passes(self, days):
        self.now += days * DAY

    @rule(seconds=st.sampled_from([1, 59, 61, 3600.5]))
    def the_clock_is_set_back(self, seconds):
        self.now -= seconds

    @rule()
    def the_window_opens(self):
        if live := self.plain.live():
            self.now = max(self.now, live["last"] - 45 * DAY)

    @rule(renewal=st.sampled_from(["rekey", "renew"]), far=st.integers(0, 3))
    def the_usual_way_is_walked(self, renewal, far):
        """Apply or renew, and on: so that the rest is tried on what has got far."""
        live = self.plain.live()
        event = renewal if live and live["last"] > self.now else "apply"
        of = "live" if event == "renew" else None
        self.begins(event, of, Actor.CUSTOMER, ALL)
        for each, by in [("approve", "operator"), ("deliver", "customer"), ("use", "customer")][
            :far
        ]:
            self.moves(each, -1, Actor(by), ALL, None)

    @rule(
        event=st.sampled_from(["apply", "renew", "rekey"]),
        of=st.sampled_from([None, "live", "live", "first"]),
        by=st.sampled_from([*[Actor.CUSTOMER] * 5, *Actor]),
        proofs=SHOWN,
    )
    def begins(self, event, of, by, proofs):
        name = str(self.made)
        held = {"live": self.plain.live(), "first": next(iter(self.plain.all), None)}.get(of)
        fingerprint = held["key"] if held else key(name)
        deed = Deed(by=by, at=self.now, proofs=proofs)
        application = Application(id=name, key=fingerprint)
        self._both(
            lambda: lifecycle.begin(self.holding, event, application, deed, self.rules),
            lambda: self.plain.begin(event, name, fingerprint, by, proofs, self.now),
        )
        self.made = len(self.holding)

    @rule(
        event=st.sampled_from(EVENTS),
        which=st.integers(-3, -1),
        by=ACTORS,
        proofs=SHOWN,
        reason=st.sampled_from([None, *Reason]),
    )
    def moves(self, event, which, by, proofs, reason):
        if not self.plain.all:
            return
        one = self.plain.all[max(which, -len(self.plain.all))]
        deed = Deed(by=by, at=self.now, proofs=proofs, reason=reason)
        self._both(
            lambda: lifecycle.move(self.holding, event, one["name"], deed, self.rules),
            lambda: self.plain.move(event, one, by, proofs, reason, self.now),
        )

    def _both(self, ours, plain):
        before = self.holding
        try:
            outcome, why = ours(), "nothing"
        except LifecycleRefused as refused:
            outcome, why = None, refused.reason
        assert why.isidentifier()
        try:
            plain()
        except Refused:
            assert outcome is None, "the model refuses"
            return
        assert outcome is not None, "the model allows"
        assert ours() == outcome, "the same twice"
        self._walk(before, outcome)
        self.holding = outcome.holding
        self.blocked |= outcome.blocked

    def _walk(self, before, outcome):
        """Take the moves one by one: they alone lead from before to after, and none leads back."""
        states = {one.id: one for one in before}
        for step in outcome.moves:
            known = states.get(step.after.id)
            assert step.before == (known and known.state)
            if known and known.ended:
                assert step.after.state == "revoked"
                assert step.after.ended.void_from == known.ended.void_from
            if step.after.not_before is not None and (known is None or known.not_before is None):
                assert step.event == "deliver"
            if step.after.state == "active" and step.before != "suspended":
                assert (step.event, step.before) == ("use", "delivered")
            states[step.after.id] = step.after
        assert tuple(states.values()) == outcome.holding

    @invariant()
    def it_is_the_model(self):
        for one, plain in zip(self.holding, self.plain.all, strict=True):
            assert (one.id, one.key, one.state) == (plain["name"], plain["key"], plain["state"])
            assert (one.since, one.not_before, one.not_after) == (
                plain["since"],
                plain["first"],
                plain["last"],
            )
            assert one.held_by == plain["held"]
            ended = (one.ended.by, one.ended.reason, one.ended.proven) if one.ended else (None,) * 2
            assert ended[:2] == (plain["by"], plain["reason"])
            assert bool(one.ended and one.ended.proven) is plain["proven"]
            if one.ended and one.state != "rejected":
                assert one.ended.void_from == plain["void"]
            assert lapsed(one, self.now, self.rules) is self.plain.dead(plain, self.now)
        assert self.blocked == self.plain.blocked

    @invariant()
    def one_is_live_and_one_on_its_way_at_most(self):
        states = [one.state for one in self.holding]
        assert sum(state in LIVE for state in states) <= 1
        assert sum(state in PENDING for state in states) <= 1
        assert sum(usable(one, self.now) for one in self.holding) <= 1

    @invariant()
    def only_what_is_active_is_told_to_be_good(self):
        for one in self.holding:
            told = listing(one)
            good = told is not None and told.reason is None
            assert good is (one.state == "active")
            assert (told is None) is (one.not_before is None)

    @invariant()
    def what_was_over_stays_over(self):
        for one in self.holding:
            over = one.state in OVER
            assert over or not self.ever.get(one.id)
            self.ever[one.id] = over


def test_whatever_is_done_it_is_its_plain_model():
    often = settings(max_examples=200, stateful_step_count=40, deadline=None)
    run_state_machine_as_test(Model, settings=often)
