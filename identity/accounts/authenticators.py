"""The factors of an account: listed, renamed, removed, vouched for, by the policy's own proof.

What is bound and taken away ends every other session and is told to the customer by every channel
on file: a thief who changes factors to use them is the attack to stop. How one is added is in
`enrolments`. Clause: CC-17010.k
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from factors.contract import AddressedCredential
from identity.audit import events
from identity.clock import DAY
from identity.errors import Conflict, Malformed, NotSignedIn, StepUpRequired, Unknown
from identity.gate.gate import Gate
from identity.gate.ground import Ground
from identity.model import Account, AccountKind, Shown, StoredCredential
from identity.policy.decide import Missing, decide
from identity.sessions import entrances
from identity.sessions.service import SessionService, SignedIn
from identity.storage.ports import Work

REMOVAL = "factor.remove"


class Authenticators:
    """What an account's factors are, and how they go."""

    def __init__(self, ground: Ground, *, gate: Gate, sessions: SessionService) -> None:
        self._ground = ground
        self._gate = gate
        self._sessions = sessions

    def of(self, signed_in: SignedIn) -> Sequence[StoredCredential]:
        """Return the account's factors, oldest first, the initial password left out."""
        check_errand(signed_in)
        with self._ground.store.read() as work:
            rows = work.credentials.of(signed_in.account_id)
        return [row for row in rows if self.own(row)]

    def remove(self, signed_in: SignedIn, credential_id: str) -> None:
        """Take a factor away; `Conflict("last_needed")` where login could no longer be met."""
        check_errand(signed_in)
        self.require(signed_in, REMOVAL)
        now = self._ground.clock()
        with self._ground.store.write() as work:
            row = self.taken(work, signed_in, credential_id, now)
            self.check_enough(work, signed_in)
            self.changed(work, signed_in, "factor_removed", row.kind, now)

    def rename(self, signed_in: SignedIn, credential_id: str, label: str) -> None:
        """Call a factor something else; `Unknown` where the account has no such factor."""
        check_errand(signed_in)
        now = self._ground.clock()
        with self._ground.store.write() as work:
            if not work.credentials.rename(signed_in.account_id, credential_id, label):
                raise Unknown
            event = events.FactorRenamed(
                account_id=signed_in.account_id, credential_id=credential_id
            )
            self._ground.record(work, event, now)

    def reopen(self, signed_in: SignedIn, method: str) -> None:
        """Give a kind of factor its shares of failures back: two others vouch for the customer."""
        if method not in self._ground.factors:
            raise Malformed("no such method", "method")
        others = [piece for piece in signed_in.evidence if piece.evidence.method != method]
        now, operation = self._ground.clock(), entrance(signed_in)
        missing = decide(self._ground.policy, operation, others, now).missing
        if missing or not entrances.is_full(signed_in.session):
            raise StepUpRequired(operation, missing)
        with self._ground.store.write() as work:
            self._gate.reopen(work, signed_in.account_id, method)
            event = events.FailuresForgiven(
                account_id=signed_in.account_id, method=method, session_id=signed_in.session_id
            )
            self._ground.record(work, event, now)

    def missing(
        self, rows: Iterable[StoredCredential], operation: str, demands: Sequence[str] = ()
    ) -> tuple[Missing, ...]:
        """Return what these credentials together would still lack for an operation."""
        pieces = [
            Shown(evidence=self._ground.vault.open(row)[1], at=0.0, credential_id=row.id)
            for row in rows
        ]
        return decide(self._ground.policy, operation, pieces, 0.0, demands=demands).missing

    def fresh_until(self, row: StoredCredential) -> float | None:
        """Return when a factor stops being distrusted, or None where it is not."""
        until = row.bound_at + DAY
        return None if row.identified or self._ground.clock() >= until else until

    def own(self, row: StoredCredential) -> bool:
        """Whether a credential is its owner's own, not the initial password."""
        return bool(self._ground.vault.open(row)[1].classes)

    def require(self, signed_in: SignedIn, operation: str) -> None:
        """Let an activation pass: the person was identified for it. Clause: ECD.3.4"""
        if signed_in.session.purpose != entrances.ACTIVATION:
            self._sessions.require(signed_in.session, operation)

    def check_enough(self, work: Work, signed_in: SignedIn) -> None:
        """Raise `Conflict("last_needed")` where what is bound now could not meet a login.

        In an activation nothing was reached yet, and its end asks the same.
        """
        if signed_in.session.purpose == entrances.ACTIVATION:
            return
        rows = work.credentials.of(signed_in.account_id)
        if self.missing(rows, entrance(signed_in), signed_in.session.demands):
            raise Conflict("last_needed")

    def taken(
        self, work: Work, signed_in: SignedIn, credential_id: str, now: float
    ) -> StoredCredential:
        """Take a credential away and return it; `Unknown` where the account has no such.

        Where messages went to it, they get a last one: whoever reads them there may be its owner.
        """
        rows = work.credentials.of(signed_in.account_id)
        row = next((row for row in rows if row.id == credential_id), None)
        if row is None:
            raise Unknown
        work.credentials.remove(row.account_id, row.id)
        event = events.FactorRemoved(
            account_id=row.account_id, method=row.kind, credential_id=row.id
        )
        self._ground.record(work, event, now)
        self._tell_old_address(work, signed_in, row, now)
        return row

    def changed(
        self, work: Work, signed_in: SignedIn, text_id: str, method: str, now: float
    ) -> None:
        """End the other sessions and tell the customer. Clause: CC-17010.k

        A recovery ends itself too, and what was known of devices: whoever came in by the old
        password may have made one known.
        """
        if signed_in.session.purpose == entrances.ACTIVATION:
            return
        recovered = signed_in.session.purpose == entrances.RECOVERY
        kept = "" if recovered else signed_in.session_id
        if recovered:
            work.devices.revoke_all(signed_in.account_id, now)
        self._sessions.end_all(work, signed_in.account_id, text_id, now, but=kept)
        account = account_of(work, signed_in)
        self._ground.alert(work, account, text_id, {"method": method}, now)

    def _tell_old_address(
        self, work: Work, signed_in: SignedIn, row: StoredCredential, now: float
    ) -> None:
        credential, _ = self._ground.vault.open(row)
        if not isinstance(credential, AddressedCredential):
            return
        account = account_of(work, signed_in)
        self._ground.outbox.queue(
            work,
            account,
            self._ground.vault.profile(account),
            "address_changed",
            {"method": row.kind},
            now,
            self._ground.entropy,
            channel=credential.channel,
            address=credential.address,
        )


def account_of(work: Work, signed_in: SignedIn) -> Account:
    """Return the account as it is now, or raise `Unknown`."""
    account = work.accounts.by_id(signed_in.account_id)
    if account is None:
        raise Unknown
    return account


def entrance(signed_in: SignedIn) -> str:
    """Return by which operation the owner of the account comes in."""
    operator = signed_in.account_kind is AccountKind.OPERATOR
    return entrances.OPERATOR if operator else entrances.LOGIN


def check_errand(signed_in: SignedIn) -> None:
    """Raise `NotSignedIn` for a session that is there to set a new password and nothing else."""
    if signed_in.session.purpose == entrances.RECOVERY:
        raise NotSignedIn
