"""Runs the login machine against the store and the gate: open, ask, answer.

Every call needs the transaction's secret beside its name. What a step-up builds on, session and
account, comes from the session's cookie and never from the body. Unknown accounts, and accounts
that the purpose does not admit, run the same machine as decoys: same writes, same counts, same
verifier, and they end like any wrong answer. Clause: CC-17010.c.c
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from factors.contract import Accepted, Context, Offer, Refused
from identity import entropy as chance
from identity.audit import events
from identity.errors import Conflict, Expired, Malformed, NotSignedIn
from identity.gate.attempt import Attempt, Verdict, toll
from identity.gate.gate import Gate
from identity.gate.ground import Ground
from identity.keys.mac import Pseudonym
from identity.login import machine
from identity.login.assessment import Assessment, Progress, Secrets
from identity.login.opening import Done, Opener
from identity.login.standing import Calls, Stand, begun, rows_of
from identity.model import (
    Account,
    LoginState,
    LoginTransaction,
)
from identity.policy.table import ENTRANCES, STEP_UPS
from identity.sessions import entrances
from identity.sessions.caller import Caller, digest
from identity.sessions.device_cookies import DeviceCookies
from identity.sessions.marks import Marks
from identity.sessions.service import SessionService, SignedIn
from identity.storage.ports import Work
from identity.throttling import limits
from identity.throttling.limits import Use
from identity.throttling.toll import Toll
from identity.throttling.way import Way
from identity.throttling.work import About


class LoginService:
    """Logins, activations and step-ups."""

    def __init__(  # noqa: PLR0913  # the composition root names each
        self,
        ground: Ground,
        *,
        gate: Gate,
        sessions: SessionService,
        opener: Opener,
        devices: DeviceCookies,
        marks: Marks,
        pseudonym: Pseudonym,
        lifetime: float,
    ) -> None:
        self._ground = ground
        self._gate = gate
        self._assessment = Assessment(ground, gate)
        self._calls = Calls(sessions)
        self._opener = opener
        self._devices = devices
        self._marks = marks
        self._pseudonym = pseudonym
        self._lifetime = lifetime

    def knock(self, caller: Caller, purpose: str, name: str) -> None:
        """Raise `WorkNeeded` where an opening would be asked for work, as far as memory tells."""
        claimed = self._devices.claimed(caller.device_secrets, name)
        opening = self._opening(caller, purpose, name, "".join(claimed[-1:]))
        self._ground.tolls.knock(opening, self._ground.clock())

    def open(
        self, caller: Caller, purpose: str, name: str, binding: str, signed_in: SignedIn | None
    ) -> Progress:
        """Open a transaction. `name` is a normalised login name, "" for a step-up."""
        self._check_opening(purpose, name, binding, signed_in)
        now = self._ground.clock()
        own = signed_in.account_name if signed_in else name
        claimed = self._devices.claimed(caller.device_secrets, own)
        bucket = signed_in.session_id if signed_in else "".join(claimed[-1:])
        tolls = self._ground.tolls
        fare = tolls.fare(self._opening(caller, purpose, name, bucket), now)
        with self._ground.store.write() as work:
            account = work.accounts.by_name(name) if name else None
            subject = self._subject(account, purpose, name, signed_in, now)
            way = caller.way(work, subject, claimed)
            price = tolls.enter(work, fare, toll(way, subject, purpose), now)
            secret = self._secret(way, signed_in, now)
            transaction = LoginTransaction(
                id=chance.token(self._ground.entropy),
                secret_hash=digest(secret),
                account_id=subject,
                decoy=signed_in is None and (account is None or account.id != subject),
                purpose=purpose,
                binding=binding,
                state=LoginState.OPEN,
                way=way.name,
                device_id=way.device_id,
                prefix=way.prefixes[0],
                session_id=signed_in.session_id if signed_in else "",
                created_at=now,
                expires_at=now + self._lifetime,
            )
            work.logins.add(transaction)
            self._ground.record(work, _opened(transaction, way), now)
            stand = begun(work, transaction, signed_in, way)
        progress = self._assessment.progress(stand, now)
        return msgspec.structs.replace(progress, secrets=Secrets(transaction=secret), work=price)

    def look(self, caller: Caller, transaction_id: str, secret: str) -> Progress:
        """Tell where a transaction stands."""
        now = self._ground.clock()
        with self._ground.store.read() as work:
            stand = self._calls.read(work, caller, transaction_id, secret, now)
            sent = {
                method: self._ground.outbox.state(work, message_id)
                for method, message_id in stand.transaction.deliveries.items()
            }
        return msgspec.structs.replace(self._assessment.progress(stand, now), deliveries=sent)

    def challenge(
        self, caller: Caller, transaction_id: str, secret: str, method: str
    ) -> Mapping[str, Any]:
        """Ask by `method`; return the public half of what the factor offers.

        A code that has to travel is queued here, and `look` tells how far it has come.
        """
        now = self._ground.clock()
        with self._ground.store.write() as work:
            stand = self._calls.read(work, caller, transaction_id, secret, now)
            transaction = stand.transaction
            self._assessment.check_offered(stand, method, now)
            # Before a first proof, a challenge must not depend on what the account has.
            rows = [r for r in stand.rows if r.kind == method and machine.proven(transaction)]
            ctx = self._context(transaction, now)
            offer = self._ground.factors[method].challenge(self._ground.vault.held(rows), ctx)
            sealed = self._sealed(offer.private, transaction, method)
            message_id = self._send(work, transaction, offer, now) if offer.delivery else ""
            self._replace(work, machine.asked(transaction, method, sealed, message_id))
            event = events.ChallengeIssued(
                account_id=transaction.account_id,
                transaction=transaction.id,
                purpose=transaction.purpose,
                method=method,
                decoy=transaction.decoy,
            )
            self._ground.record(work, event, now)
        return offer.public

    def answer(
        self, caller: Caller, transaction_id: str, secret: str, method: str, response: Any
    ) -> Progress:
        """Judge an answer and advance the transaction. A wrong one is `Progress.refused`."""
        now = self._ground.clock()
        with self._ground.store.read() as work:
            stand = self._calls.read(work, caller, transaction_id, secret, now, method)
        self._assessment.check_offered(stand, method, now)
        attempt = self._attempt(stand, method, response, caller.payment, now)

        def settle(work: Work, verdict: Verdict) -> Progress:
            if isinstance(verdict, Accepted):
                return self._advance(work, caller, stand, verdict, now)
            return self._stay(work, stand, method, verdict, now)

        return self._gate.attempt(attempt, settle)

    def _check_opening(
        self, purpose: str, name: str, binding: str, signed_in: SignedIn | None
    ) -> None:
        if purpose not in ENTRANCES | STEP_UPS:
            raise Malformed("no such purpose", "purpose")
        step_up = purpose in STEP_UPS
        if step_up and (signed_in is None or not entrances.serves(signed_in.session, purpose)):
            raise NotSignedIn
        if step_up == bool(name):
            raise Malformed("a step-up's account is its session's; any other needs one", "account")
        if binding and not step_up:
            raise Malformed("only a step-up binds what is approved", "binding")

    def _opening(self, caller: Caller, purpose: str, name: str, bucket: str) -> Toll:
        """Return what opening a transaction is counted under: before any name is looked up.

        `bucket` is the session's, or that of a device whose signature names this account: whoever
        has one is not asked for work, and no stranger can fill it.
        """
        prefix = caller.prefixes[0]
        account = self._pseudonym.pseudonym(name)
        return Toll(
            uses=(
                (Use("opening_device", bucket),)
                if bucket
                else (Use("opening", prefix), Use("service", "all"))
            ),
            about=About(purpose=purpose, account=account, prefix=prefix),
            # The name's stand-in, whether it is a decoy's or not: remembered alike for both.
            ahead=limits.uses(Way(device_id="", prefixes=caller.prefixes), f"name:{account}"),
            payment=caller.payment,
            workable=not bucket,
        )

    def _secret(self, way: Way, signed_in: SignedIn | None, now: float) -> str:
        """Return the transaction's secret: by its mark a known device's answers go first."""
        bearer = way.device_id or (signed_in.account_id if signed_in else "")
        return self._marks.marked(bearer, now + self._lifetime) if bearer else self._marks.plain()

    def _subject(
        self,
        account: Account | None,
        purpose: str,
        name: str,
        signed_in: SignedIn | None,
        now: float,
    ) -> str:
        """Return the account's id, or the decoy's that stands for this name."""
        if signed_in is not None and not name:
            return signed_in.account_id
        admitted = account is not None and entrances.admits(account, purpose, now)
        decoy = self._pseudonym.pseudonym(name)
        return account.id if account is not None and admitted else decoy

    def _attempt(
        self, stand: Stand, method: str, response: Any, payment: str, now: float
    ) -> Attempt:
        transaction = stand.transaction
        others = self._assessment.others(transaction.purpose)
        sealed = transaction.challenges.get(method)
        private = (
            self._ground.vault.private(sealed, transaction.account_id, method, transaction.id)
            if sealed
            else {}
        )
        return Attempt(
            account_id=transaction.account_id,
            decoy=transaction.decoy,
            method=method,
            response=response,
            private=private,
            held=[row for row in stand.rows if row.kind == method],
            ctx=self._context(transaction, now),
            way=stand.way,
            holdable=not machine.proven(transaction) and bool(others),
            proven=bool(transaction.shown),
            payment=payment,
        )

    def _advance(
        self, work: Work, caller: Caller, stand: Stand, verdict: Accepted[Any], now: float
    ) -> Progress:
        row = next((row for row in stand.rows if row.id == verdict.credential_id), None)
        if row is None:  # bound while this answer was judged anew, after a lost swap
            raise Conflict("answered_meanwhile")
        transaction = stand.transaction
        piece = machine.shown(verdict, row, transaction, now)
        transaction = machine.accepted(transaction, piece)
        account = work.accounts.by_id(transaction.account_id)
        if account is None:
            raise Expired
        stand = stand._replace(transaction=transaction, demands=account.demands)
        decision = self._assessment.decision(stand, now)
        if not decision.satisfied:
            self._replace(work, transaction)
            rows = rows_of(work, transaction, "")
            return self._assessment.progress(stand._replace(rows=rows), now, decision)
        self._check_still_true(work, stand, account, now)
        transaction = msgspec.structs.replace(transaction, state=LoginState.SUCCEEDED)
        self._replace(work, transaction)
        done = Done(transaction, decision, account, stand.session, caller)
        session, secrets = self._opener.finish(work, done, now)
        return Progress(
            transaction=transaction,
            decision=decision,
            offered=(),
            worth=self._assessment.worth(transaction),
            session=session,
            secrets=Secrets(session=secrets.session, devices=secrets.devices),
        )

    def _check_still_true(self, work: Work, stand: Stand, account: Account, now: float) -> None:
        """Raise `Expired` where the account, or a factor shown on the way, is no longer good.

        A transaction lives for minutes; meanwhile an operator may have suspended the account, or
        its owner changed the password that opened the first step.
        """
        transaction = stand.transaction
        purpose = stand.session.purpose if stand.session else transaction.purpose
        if not entrances.admits(account, purpose, now):
            raise Expired
        bound = {row.id for row in work.credentials.of(transaction.account_id)}
        if not {piece.credential_id for piece in transaction.shown} <= bound:
            raise Expired

    def _stay(
        self, work: Work, stand: Stand, method: str, verdict: Refused[Any], now: float
    ) -> Progress:
        """Use the challenge up, or keep what the factor wants kept of it: a code is mistyped."""
        transaction = stand.transaction
        if method in transaction.challenges:
            transaction = machine.consumed(transaction, method)
            if verdict.private is not None:
                sealed = self._sealed(verdict.private, transaction, method)
                transaction = machine.asked(transaction, method, sealed)
            self._replace(work, transaction)
        counts = work.failures.counts(transaction.account_id)
        stand = stand._replace(transaction=transaction, counts=counts)
        return msgspec.structs.replace(self._assessment.progress(stand, now), refused=True)

    def _send(self, work: Work, transaction: LoginTransaction, offer: Offer, now: float) -> str:
        account = work.accounts.by_id(transaction.account_id)
        if account is None or offer.delivery is None:
            raise Expired
        return self._ground.deliver(work, account, offer.delivery, now)

    def _sealed(
        self, private: Mapping[str, Any], transaction: LoginTransaction, method: str
    ) -> bytes:
        return self._ground.vault.offer(private, transaction.account_id, method, transaction.id)

    def _replace(self, work: Work, transaction: LoginTransaction) -> None:
        if not work.logins.replace(transaction):
            raise Conflict("answered_meanwhile")

    def _context(self, transaction: LoginTransaction, now: float) -> Context:
        return Context(
            now=now,
            entropy=self._ground.entropy,
            account=transaction.account_id,
            login_name="",
            display_name="",
            transaction=transaction.id,
            purpose=transaction.purpose,
        )


def _opened(transaction: LoginTransaction, way: Way) -> events.Event:
    return events.LoginOpened(
        account_id=transaction.account_id,
        transaction=transaction.id,
        purpose=transaction.purpose,
        way=transaction.way,
        prefix=transaction.prefix,
        known_device=way.known,
        decoy=transaction.decoy,
    )
