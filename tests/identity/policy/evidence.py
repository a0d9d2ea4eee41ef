"""Evidence for properties: what the factors really give, at any time, in any combination."""

from typing import NamedTuple

from hypothesis import strategies as st

from identity.model import Shown
from identity.policy.decide import decide
from identity.policy.specimens import specimens
from identity.policy.table import load
from tests.identity.policy.kit import FIRSTS, NOW, REGISTERED

PROFILES = ("twse", "nist-63b-4", "nist-63b-4-aal1", "nist-63b-4-aal3", "psd2-sca")
TABLES = {profile: load(profile, REGISTERED, FIRSTS) for profile in PROFILES}
OPERATIONS = sorted(TABLES["twse"].operations)

KINDS = [kind for method in sorted(REGISTERED) for kind in specimens(method, None)]


ANY = st.booleans()


def shown(at_login=ANY):
    """Return a strategy of one piece of evidence."""
    return st.builds(
        lambda kind, age, number, fresh, at_login: Shown(
            evidence=kind,
            at=NOW - age,
            credential_id=f"{kind.method}{number}",
            fresh=fresh,
            at_login=at_login,
        ),
        st.sampled_from(KINDS),
        st.sampled_from([0, 60, 300, 301, 3600]),
        st.integers(0, 1),
        st.sampled_from([False, False, False, True]),
        at_login,
    )


class Case(NamedTuple):
    """What is asked for an operation, and what was shown for it."""

    operation: str
    now: list
    earlier: list
    demands: frozenset

    def decided(self, table):
        return decide(table, self.operation, self.now, NOW, self.earlier, demands=self.demands)

    def allowed(self, table):
        return self.decided(table).satisfied


operations = st.sampled_from(OPERATIONS)
demands = st.frozensets(st.sampled_from(["phishing_resistant", "device_bound", "unrestricted"]))
cases = st.builds(
    Case,
    operations,
    st.lists(shown(), min_size=1, max_size=6),
    st.lists(shown(), max_size=4),
    demands | st.just(frozenset()),
)
