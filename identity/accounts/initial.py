"""The initial electronic password: drawn by chance, sent out once, void after a month.

Drawing hashes, so it is done before a unit of work is opened; issuing is done within it.
Clause: ECD.3.1, ECD.3.3, ECD.3.4
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from factors.contract import Evidence
from factors.password import Password
from factors.password_initial import initial_password
from identity import entropy as chance
from identity.audit import events
from identity.audit.record import microseconds
from identity.clock import DAY
from identity.gate.gate import PASSWORD
from identity.gate.ground import Ground
from identity.model import Account, StoredCredential
from identity.storage.ports import Work

_NOTHING = Evidence(method=PASSWORD, classes=())


class Drawn(NamedTuple):
    """A password for one account, not issued yet. It is void from `activate_by` on."""

    text: str
    row: StoredCredential
    activate_by: float

    def __repr__(self) -> str:
        return "Drawn(...)"


class InitialPasswords:
    """Draws and issues them. `days` is how long one is good for."""

    def __init__(self, ground: Ground, password: Password, days: int) -> None:
        self._ground = ground
        self._password = password
        self._days = days

    def drawn(self, account_id: str, now: float) -> Drawn:
        """Draw one for an account. Hashes."""
        text, activate_by = initial_password(self._ground.entropy), now + self._days * DAY
        row = StoredCredential(
            id=chance.token(self._ground.entropy),
            account_id=account_id,
            kind=PASSWORD,
            label="",
            bound_at=now,
            bound_in="",
            identified=True,
        )
        credential = self._password.issue_initial(self._ground.entropy, text, activate_by)
        sealed = self._ground.vault.seal(row, credential, _NOTHING)
        return Drawn(text, msgspec.structs.replace(row, sealed=sealed), activate_by)

    def issue(self, work: Work, account: Account, drawn: Drawn, now: float) -> None:
        """Make it the account's password; whoever issues it sees that it gets there."""
        work.credentials.add(drawn.row)
        event = events.InitialPasswordIssued(
            account_id=account.id, activate_by_us=microseconds(drawn.activate_by)
        )
        self._ground.record(work, event, now)

    def send(self, work: Work, account: Account, drawn: Drawn, now: float) -> None:
        """Issue it, and send it to the account's owner."""
        self.issue(work, account, drawn, now)
        values = {"password": drawn.text, "account": account.name, "days": str(self._days)}
        self._ground.tell(work, account, "initial_password", values, now)
