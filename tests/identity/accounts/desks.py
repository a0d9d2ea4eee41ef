"""The operators' desk over a store by itself, with operators and customers put there by hand."""

from __future__ import annotations

import itertools
import os

from identity import assembly, settings
from identity.keys.file import load_or_create
from identity.model import Account, AccountKind, AccountState, Profile, Session
from identity.sessions.service import SignedIn
from identity.storage.sql.counters import SqlCounters
from tests.identity.kit import CHEAP, NOW, FakeClock

PROFILE = Profile(display_name="Amy Lin", email="amy@mail.example")


class Bench:
    """A desk to sit at. `four_eyes` replaces what needs a second operator."""

    def __init__(self, root, store, **accounts):
        self.store = store
        self.clock = FakeClock()
        chosen = settings.embedded(
            root,
            password=settings.Password(argon2=CHEAP),
            accounts=settings.Accounts(**accounts),
        )
        design = assembly.design(chosen, clock=self.clock, entropy=os.urandom)
        ring = load_or_create(root / "keys.json", NOW, os.urandom)
        self.ground = assembly.grounded(design, store, SqlCounters(), ring)
        self.parts = assembly.desk_over(design, self.ground)
        self.desk = self.parts.desk
        self._numbers = itertools.count(1)

    def account(self, state=AccountState.APPLIED, kind=AccountKind.CUSTOMER, roles=()):
        """Put an account there; return it."""
        id_ = f"{kind}{next(self._numbers)}"
        made = Account(
            id=id_,
            name=f"name.of.{id_}",
            state=state,
            locale="en",
            created_at=NOW,
            activate_by=NOW,
            profile=b"",
            kind=kind,
            roles=tuple(roles),
        )
        made = self.ground.vault.profiled(made, PROFILE)
        with self.store.write() as work:
            assert work.accounts.add(made)
        return made

    def operator(self, *roles):
        """Put an active operator there; return them at work."""
        made = self.account(AccountState.ACTIVE, AccountKind.OPERATOR, roles)
        return at_work(made)

    def now(self, account):
        """Return the account as it is now."""
        with self.store.read() as work:
            return work.accounts.by_id(account.id)

    def proposal(self, proposal_id):
        with self.store.read() as work:
            return work.proposals.get(proposal_id)

    def count(self, account, kind):
        """Return how many events of a kind the account has."""
        with self.store.read() as work:
            rows = work.events.of_account(account.id, 1000)
        return sum(row.kind == kind for row in rows)


def at_work(account, purpose="operator"):
    """Return somebody signed in to `account`."""
    session = Session(
        id=f"session of {account.id}",
        secret_hash=b"",
        account_id=account.id,
        purpose=purpose,
        shown=(),
        device_id="",
        created_at=NOW,
        last_seen_at=NOW,
        expires_at=NOW + 3600,
    )
    return SignedIn(
        account_id=account.id,
        account_name=account.name,
        account_state=account.state,
        account_kind=account.kind,
        roles=account.roles,
        display_name="",
        locale="en",
        session=session,
    )
