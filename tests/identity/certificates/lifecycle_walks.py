"""Certificates to try the lifecycle on: a person who does as the rules ask, unless told."""

from hashlib import sha256

from identity.certificates import lifecycle
from identity.certificates.lifecycle import Application, Deed
from identity.certificates.lifecycle_events import EVENTS
from identity.certificates.lifecycle_rules import Rules
from identity.certificates.proofs import Proof
from identity.certificates.reasons import Actor, Reason
from identity.certificates.trading_certificate import State

NOW = 1_800_000_000.0
DAY = 24 * 3600.0
YEAR = 365 * DAY
RULES = Rules()
EVERY = frozenset(Proof) - {Proof.KEY_SHOWN}
"""All that can be shown without saying that the key is compromised."""

CUSTOMER, OPERATOR, AUTHORITY, SERVICE = Actor

BEGINNINGS = ("apply", "renew", "rekey")


def key(name):
    """Return a key's fingerprint."""
    return sha256(name.encode()).digest()


class Person:
    """Somebody with certificates at one firm. Each deed is done with all proofs, unless told."""

    def __init__(self, rules=RULES, now=NOW):
        self.rules, self.now, self.holding, self.last = rules, now, (), None

    def begin(self, event="apply", name="a", *, of=None, by=CUSTOMER, proofs=EVERY):
        """Begin the certificate `name`, with a key of the same name unless told."""
        deed = Deed(by=by, at=self.now, proofs=frozenset(proofs))
        application = Application(id=name, key=key(of or name))
        return self._took(lifecycle.begin(self.holding, event, application, deed, self.rules))

    def move(self, event, name="a", *, by=None, proofs=EVERY, reason=None):
        """Take the certificate `name` on, by whoever may first."""
        by = by or next(iter(EVENTS[event].who))
        if event == "revoke" and reason is None:
            reason = Reason.CESSATION_OF_OPERATION
        deed = Deed(by=by, at=self.now, proofs=frozenset(proofs), reason=reason)
        return self._took(lifecycle.move(self.holding, event, name, deed, self.rules))

    def wait(self, seconds):
        """Let time pass."""
        self.now += seconds
        return self

    def active(self, name="a", event="apply", **how):
        """Bring a new certificate up to its first signature."""
        self.begin(event, name, **how)
        for each in ("approve", "deliver", "use"):
            self.move(each, name)
        return self

    def one(self, name="a"):
        """Return the certificate `name`."""
        return next(one for one in self.holding if one.id == name)

    def states(self):
        """Return the states of all certificates by name."""
        return {one.id: one.state for one in self.holding}

    def _took(self, outcome):
        self.last, self.holding = outcome, outcome.holding
        return outcome


def standing(state, **how):
    """Return a person whose certificate `a` is in this state."""
    person = Person(**how)
    if state in {State.REQUESTED, State.REJECTED}:
        person.begin()
    elif state in {State.APPROVED, State.DELIVERED, State.LAPSED}:
        person.begin()
        person.move("approve")
    else:
        person.active()
    match state:
        case State.REJECTED:
            person.move("reject")
        case State.DELIVERED:
            person.move("deliver")
        case State.LAPSED:
            person.move("deliver")
            person.wait(30 * DAY).move("lapse")
        case State.SUSPENDED:
            person.move("suspend")
        case State.REVOKED:
            person.move("revoke")
        case State.SUPERSEDED:
            person.wait(330 * DAY).active("b", "rekey")
    return person
