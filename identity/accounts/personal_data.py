"""Personal data shown to operators, each time with a trail. Clause: CC-18000.5.k

Who looked, from where, at whom, by which function, what for, when, and how much was found: that is
written in the unit of work that reads, and the data leaves only once that has committed.
"""

from __future__ import annotations

import msgspec

from identity.accounts.desk import Desk
from identity.accounts.roles import Permission, require
from identity.audit import events
from identity.errors import Unknown
from identity.gate.ground import Ground
from identity.model import Account, AccountKind, AccountState, Profile
from identity.sessions.service import SignedIn
from identity.storage.ports import Work


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """An account with its personal data, as an operator is shown it."""

    account: Account
    profile: Profile


class PersonalData:
    """Opens profiles for operators."""

    def __init__(self, ground: Ground, desk: Desk) -> None:
        self._ground = ground
        self._desk = desk

    def read(self, signed_in: SignedIn, account_id: str, purpose: str) -> Shown:
        """Return a customer's personal data, and leave a trail of it.

        `purpose` is what it is for, in the operator's words. Who may read applications alone is
        shown nobody else's.
        """
        require(signed_in, Permission.PERSONAL_READ, Permission.APPLICATIONS_READ)
        now = self._ground.clock()
        with self._ground.store.write() as work:
            account = self._allowed(work, signed_in, account_id)
            event = events.PersonalDataRead(
                account_id=account.id,
                operator=signed_in.account_id,
                session_id=signed_in.session_id,
                prefix=signed_in.session.prefix,
                function="accounts.reading",
                results=1,
                purpose=purpose,
            )
            self._ground.record(work, event, now)
            return Shown(account=account, profile=self._ground.vault.profile(account))

    def _allowed(self, work: Work, signed_in: SignedIn, account_id: str) -> Account:
        account = work.accounts.by_id(account_id)
        if account is None or account.kind is not AccountKind.CUSTOMER:
            raise Unknown
        enough = [Permission.PERSONAL_READ]
        if account.state is AccountState.APPLIED:
            enough.append(Permission.APPLICATIONS_READ)
        self._desk.operator(work, signed_in, *enough)
        return account
