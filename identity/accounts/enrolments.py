"""How a factor is added to an account, or comes in another's place: begun, then confirmed.

In the activation the person was identified, so what is bound there is trusted at once. Later, a
new factor asks for both classes anew, is distrusted for a day, ends every other session and is
told to the customer: a thief who adds a factor to use it is the attack to stop.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from factors.contract import Accepted, Context
from identity import entropy as chance
from identity.accounts import names
from identity.accounts.authenticators import (
    REMOVAL,
    Authenticators,
    account_of,
    check_errand,
)
from identity.audit import events
from identity.errors import Conflict, Expired, Malformed, Unknown
from identity.gate.attempt import Verdict
from identity.gate.gate import PASSWORD, Gate
from identity.gate.ground import Ground
from identity.model import Account, Enrolment, Profile, StoredCredential
from identity.sessions import entrances
from identity.sessions.service import SignedIn
from identity.storage.ports import Work


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be added. `label` is what its owner calls it, `replaces` the credential that goes.

    `address` is a telephone number or mail address for codes, "" for the one on file.
    """

    method: str
    label: str = ""
    address: str = ""
    replaces: str = ""

    def __repr__(self) -> str:
        return f"Wish(method={self.method!r})"


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """An enrolment begun: its name, and what the customer must do."""

    enrolment: Enrolment
    public: Mapping[str, Any]


class Enrolments:
    """Binds factors to accounts."""

    def __init__(
        self, ground: Ground, *, gate: Gate, authenticators: Authenticators, lifetime: float
    ) -> None:
        self._ground = ground
        self._gate = gate
        self._authenticators = authenticators
        self._lifetime = lifetime

    def begin(self, signed_in: SignedIn, wish: Wish) -> Begun:
        """Begin an enrolment; raises `StepUpRequired` where the session is not enough."""
        if wish.method not in self._ground.factors:
            raise Malformed("no such method", "method")
        self._require(signed_in, wish)
        now = self._ground.clock()
        with self._ground.store.write() as work:
            account = account_of(work, signed_in)
            held = self._held(work, signed_in, wish)
            enrolment_id = f"{wish.method}.{chance.token(self._ground.entropy)}"
            profile = _reached(self._ground.vault.profile(account), wish.address)
            ctx = self._context(signed_in, enrolment_id, now, profile)
            offer = self._ground.factors[wish.method].enroll(held, ctx)
            enrolment = Enrolment(
                id=enrolment_id,
                account_id=account.id,
                session_id=signed_in.session_id,
                kind=wish.method,
                label=wish.label,
                sealed=self._sealed(offer.private, account, enrolment_id, wish.method),
                replaces=wish.replaces,
                message_id=(
                    self._ground.deliver(work, account, offer.delivery, now)
                    if offer.delivery
                    else ""
                ),
                expires_at=now + self._lifetime,
            )
            work.enrolments.add(enrolment)
            event = events.EnrolmentBegun(
                account_id=account.id,
                enrolment_id=enrolment_id,
                session_id=signed_in.session_id,
                method=wish.method,
            )
            self._ground.record(work, event, now)
        return Begun(enrolment=enrolment, public=offer.public)

    def delivery(self, signed_in: SignedIn, enrolment_id: str) -> str:
        """Return how far the code of an enrolment has come; "" where it has none to send."""
        pending = self._pending(signed_in, enrolment_id, self._ground.clock())
        if not pending.message_id:
            return ""
        with self._ground.store.read() as work:
            return self._ground.outbox.state(work, pending.message_id)

    def confirm(self, signed_in: SignedIn, enrolment_id: str, response: Any) -> StoredCredential:
        """Finish an enrolment; raises `EnrolmentRefused` with a reason the customer may know."""
        now = self._ground.clock()
        pending = self._pending(signed_in, enrolment_id, now)
        private = self._ground.vault.private(
            pending.sealed, signed_in.account_id, pending.kind, enrolment_id
        )

        def settle(work: Work, verdict: Verdict) -> StoredCredential | None:
            if isinstance(verdict, Accepted):
                return self._bound(work, signed_in, pending, verdict, now)
            if verdict.private is not None:
                self._keep(work, signed_in, pending, verdict.private)
            return None

        bound = self._gate.confirm(
            method=pending.kind,
            private=private,
            response=response,
            ctx=self._context(signed_in, enrolment_id, now),
            settle=settle,
        )
        assert bound is not None  # noqa: S101  # the gate raises where it was refused
        return bound

    def _require(self, signed_in: SignedIn, wish: Wish) -> None:
        """Ask what an enrolment asks; a recovery may set a password and nothing else.

        Whoever has no password of their own yet adds one like any other factor. What replaces
        another, one that there may be once only too, asks for what taking that away would ask.
        """
        if wish.method == PASSWORD and signed_in.session.purpose == entrances.RECOVERY:
            return
        check_errand(signed_in)
        held = self._has(signed_in, wish.method)
        change = held and wish.method == PASSWORD
        self._authenticators.require(signed_in, "password.change" if change else "factor.add")
        makes_room = held and not change and self._ground.factors[wish.method].limit_of_one
        if wish.replaces or makes_room:
            self._authenticators.require(signed_in, REMOVAL)

    def _has(self, signed_in: SignedIn, method: str) -> bool:
        with self._ground.store.read() as work:
            rows = work.credentials.of(signed_in.account_id, method)
        return any(map(self._authenticators.own, rows))

    def _held(self, work: Work, signed_in: SignedIn, wish: Wish) -> Mapping[str, Any]:
        rows = work.credentials.of(signed_in.account_id)
        if wish.replaces and all(row.id != wish.replaces for row in rows):
            raise Unknown
        return self._ground.vault.held(row for row in rows if row.kind == wish.method)

    def _pending(self, signed_in: SignedIn, enrolment_id: str, now: float) -> Enrolment:
        with self._ground.store.read() as work:
            pending = work.enrolments.get(enrolment_id)
        if pending is None or pending.session_id != signed_in.session_id:
            raise Unknown
        if now >= pending.expires_at:
            raise Expired
        return pending

    def _keep(
        self, work: Work, signed_in: SignedIn, pending: Enrolment, private: Mapping[str, Any]
    ) -> None:
        """Store what a refusal left of the offer: how often a code was mistyped."""
        if not work.enrolments.take(pending.id):
            raise Conflict("answered_meanwhile")
        account = account_of(work, signed_in)
        sealed = self._sealed(private, account, pending.id, pending.kind)
        work.enrolments.add(msgspec.structs.replace(pending, sealed=sealed))

    def _bound(
        self,
        work: Work,
        signed_in: SignedIn,
        pending: Enrolment,
        verdict: Accepted[Any],
        now: float,
    ) -> StoredCredential:
        if not work.enrolments.take(pending.id):
            raise Conflict("answered_meanwhile")
        row = self._row(signed_in, pending, verdict, now)
        replaced = self._make_room(work, signed_in, pending, now)
        if not work.credentials.add(row):
            raise Conflict("bound_elsewhere")
        if pending.replaces:
            self._authenticators.check_enough(work, signed_in)
        self._gate.reopen(work, row.account_id, row.kind)
        event = events.EnrolmentConfirmed(
            account_id=row.account_id,
            enrolment_id=pending.id,
            method=row.kind,
            credential_id=row.id,
            notes=verdict.notes,
        )
        self._ground.record(work, event, now)
        text_id = _told(signed_in, row, replaced=replaced)
        self._authenticators.changed(work, signed_in, text_id, row.kind, now)
        return row

    def _make_room(self, work: Work, signed_in: SignedIn, pending: Enrolment, now: float) -> bool:
        """Take away what the new factor replaces; say whether it was a factor its owner had."""
        going = {pending.replaces} - {""}
        if self._ground.factors[pending.kind].limit_of_one:
            older = work.credentials.of(signed_in.account_id, pending.kind)
            going |= {row.id for row in older}
        for credential_id in sorted(going):
            self._authenticators.taken(work, signed_in, credential_id, now)
        return bool(going)

    def _row(
        self, signed_in: SignedIn, pending: Enrolment, verdict: Accepted[Any], now: float
    ) -> StoredCredential:
        row = StoredCredential(
            id=chance.token(self._ground.entropy),
            account_id=signed_in.account_id,
            kind=pending.kind,
            label=pending.label,
            handle=verdict.handle,
            bound_at=now,
            bound_in=signed_in.session_id,
            identified=signed_in.session.purpose == entrances.ACTIVATION,
        )
        sealed = self._ground.vault.seal(row, verdict.credential, verdict.evidence)
        return msgspec.structs.replace(row, sealed=sealed)

    def _sealed(
        self, private: Mapping[str, Any], account: Account, enrolment_id: str, method: str
    ) -> bytes:
        return self._ground.vault.offer(private, account.id, method, enrolment_id)

    def _context(
        self,
        signed_in: SignedIn,
        enrolment_id: str,
        now: float,
        profile: Profile | None = None,
    ) -> Context:
        return Context(
            now=now,
            entropy=self._ground.entropy,
            account=signed_in.account_id,
            login_name=signed_in.account_name,
            display_name=signed_in.display_name,
            transaction=enrolment_id,
            purpose="enrolment",
            email=profile.email if profile else "",
            phone=profile.phone if profile else "",
        )


def _reached(profile: Profile, address: str) -> Profile:
    """Return the profile with `address` in it, where one was typed: by its shape mail or phone."""
    if not address:
        return profile
    if "@" in address:
        return msgspec.structs.replace(profile, email=names.email(address))
    return msgspec.structs.replace(profile, phone=names.phone(address))


def _told(signed_in: SignedIn, row: StoredCredential, *, replaced: bool) -> str:
    """Return which text tells of a factor that was bound."""
    if row.kind != PASSWORD:
        return "factor_replaced" if replaced else "factor_added"
    recovered = signed_in.session.purpose == entrances.RECOVERY
    return "password_reset" if recovered else "password_changed"
