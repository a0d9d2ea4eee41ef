"""Application and activation.

Whoever applies gets the same answer at the same cost, whether the name was free or taken; what
happened is told by mail, to the owner of the address. The initial electronic password is random,
opens nothing but the activation, and is void after a month. Clause: ECD.3.1, ECD.3.4, CC-18000.2.g
"""

from __future__ import annotations

import msgspec

from identity import entropy as chance
from identity.accounts import names
from identity.accounts.authenticators import Authenticators
from identity.accounts.initial import InitialPasswords
from identity.accounts.lifecycle import lapsed, retire
from identity.audit import events
from identity.errors import Conflict, Expired, NotSignedIn
from identity.gate.ground import Ground
from identity.model import Account, AccountState, Profile
from identity.sessions import entrances
from identity.sessions.caller import Caller
from identity.sessions.service import SessionService, SignedIn
from identity.storage.ports import Work
from identity.throttling.limits import Use
from identity.throttling.toll import Toll
from identity.throttling.work import About


class Registration:
    """Takes applications and activates accounts.

    `reviewed`: every application waits for an operator, not only those that ask for it.
    """

    def __init__(  # the composition root names each
        self,
        ground: Ground,
        *,
        initial: InitialPasswords,
        authenticators: Authenticators,
        sessions: SessionService,
        reviewed: bool,
    ) -> None:
        self._ground = ground
        self._initial = initial
        self._authenticators = authenticators
        self._sessions = sessions
        self._reviewed = reviewed

    def apply(
        self, caller: Caller, name: str, profile: Profile, locale: str, *, review: bool = False
    ) -> None:
        """Take an application. Hashes, whether or not an account comes of it.

        With `review` it waits for an operator, whatever the settings say.
        """
        name = names.login_name(name)
        names.email(profile.email)
        profile = msgspec.structs.replace(profile, phone=names.phone(profile.phone))
        now = self._ground.clock()
        self._count(caller, now)
        waits = review or self._reviewed
        account_id = chance.token(self._ground.entropy)
        drawn = self._initial.drawn(account_id, now)
        account = Account(
            id=account_id,
            name=name,
            state=AccountState.APPLIED if waits else AccountState.REGISTERED,
            locale=locale,
            created_at=now,
            activate_by=drawn.activate_by,
            profile=b"",
        )
        with self._ground.store.write() as work:
            taken = work.accounts.by_name(name)
            if taken is not None and not lapsed(taken, now):
                self._repeated(work, caller, taken, now)
                return
            if taken is not None:
                retire(work, taken)
            account = self._made(work, caller, account, profile, now)
            if waits:
                told = {"account": account.name}
                self._ground.tell(work, account, "application_received", told, now)
            else:
                self._initial.send(work, account, drawn, now)

    def activate(self, signed_in: SignedIn) -> None:
        """Make the account active where its own password and a second class are there.

        Raises `Conflict("policy_unmet")` otherwise, and `Expired` after its month. Ends the
        activation's session: the first login is a login like any other. Clause: CC-17010.c.c
        """
        if signed_in.session.purpose != entrances.ACTIVATION:
            raise NotSignedIn
        now = self._ground.clock()
        with self._ground.store.write() as work:
            account = work.accounts.by_id(signed_in.account_id)
            if account is None or account.state is not AccountState.REGISTERED:
                raise NotSignedIn
            if now >= account.activate_by:
                raise Expired
            self._check_ready(work, account)
            active = msgspec.structs.replace(account, state=AccountState.ACTIVE)
            if not work.accounts.replace(active):
                raise Conflict("changed_meanwhile")
            self._ground.record(work, events.AccountActivated(account_id=account.id), now)
            self._sessions.end_all(work, account.id, "activated", now)
            self._ground.tell(work, account, "account_activated", {}, now)

    def _count(self, caller: Caller, now: float) -> None:
        prefix = caller.prefixes[0]
        toll = Toll(
            uses=(Use("registration", prefix),),
            about=About(purpose="registration", account="", prefix=prefix),
            payment=caller.payment,
        )
        fare = self._ground.tolls.fare(toll, now)
        with self._ground.store.write() as work:
            self._ground.tolls.take(work, fare, now)

    def _made(
        self, work: Work, caller: Caller, account: Account, profile: Profile, now: float
    ) -> Account:
        account = self._ground.vault.profiled(account, profile)
        if not work.accounts.add(account):
            raise Conflict("changed_meanwhile")
        event = events.RegistrationRequested(account_id=account.id, prefix=caller.prefixes[0])
        self._ground.record(work, event, now)
        return account

    def _repeated(self, work: Work, caller: Caller, taken: Account, now: float) -> None:
        event = events.RegistrationRepeated(account_id=taken.id, prefix=caller.prefixes[0])
        self._ground.record(work, event, now)
        self._ground.tell(work, taken, "registration_repeated", {"account": taken.name}, now)

    def _check_ready(self, work: Work, account: Account) -> None:
        rows = work.credentials.of(account.id)
        missing = self._authenticators.missing(rows, entrances.entrance(account))
        if missing:
            raise Conflict("policy_unmet", missing=missing)
