"""Promises of the port `Proposals`, on every store."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from msgspec.structs import replace

from identity.model import ProposalState
from tests.identity.storage.records import account, add_account, proposal

OPEN, APPROVED, REJECTED = ProposalState


def decided(state=APPROVED, **other):
    changes = {"decided_by": "o2", "decided_at": 1_700_000_009.5, "remark": "好"}
    return replace(proposal(**other), state=state, **changes)


def test_a_proposal_comes_back_as_it_was(store):
    add_account(store)
    with store.write() as work:
        work.proposals.add(proposal())
    with store.read() as work:
        assert work.proposals.get("p1") == proposal()
        assert work.proposals.get("p2") is None


def test_a_proposal_is_decided_once(store):
    add_account(store)
    with store.write() as work:
        work.proposals.add(proposal())
        assert work.proposals.replace(decided())
        assert not work.proposals.replace(decided(REJECTED))
        assert work.proposals.get("p1") == replace(decided(), version=2)


def test_of_many_decisions_at_once_one_counts(store):
    add_account(store)
    with store.write() as work:
        work.proposals.add(proposal())
    together = Barrier(6)

    def decide(_):
        with store.read() as work:
            read = work.proposals.get("p1")
        together.wait()
        with store.write() as work:
            return work.proposals.replace(replace(read, state=APPROVED))

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(decide, range(6))) == [False] * 5 + [True]


def test_the_open_ones_about_an_account_are_found(store):
    add_account(store)
    with store.write() as work:
        work.accounts.add(account("a2"))
        work.proposals.add(proposal("p1", created_at=2.0))
        work.proposals.add(proposal("p2", created_at=1.0))
        work.proposals.add(decided(id_="p3"))
        work.proposals.add(proposal("p4", subject_id="a2"))
        assert [found.id for found in work.proposals.about("a1")] == ["p2", "p1"]
        assert work.proposals.about("a3") == []


def test_the_newest_are_listed_first_in_one_state_or_in_any(store):
    add_account(store)
    with store.write() as work:
        for number, state in enumerate((OPEN, APPROVED, OPEN, REJECTED)):
            work.proposals.add(proposal(f"p{number}", state=state, created_at=float(number)))
        assert [found.id for found in work.proposals.listed()] == ["p3", "p2", "p1", "p0"]
        assert [found.id for found in work.proposals.listed(limit=2)] == ["p3", "p2"]
        assert [found.id for found in work.proposals.listed(OPEN)] == ["p2", "p0"]
        assert [found.id for found in work.proposals.listed(REJECTED)] == ["p3"]
