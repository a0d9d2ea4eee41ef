"""Reserve, then verify, then settle: the only place that calls a factor's verifier.

    reserve   one short transaction: windows, the way's share of failures, ECD.4's entries.
              It commits before the verifier runs, so of sixty parallel guesses at a limit of ten
              exactly ten are verified, and a crash leaves them spent.
    verify    no transaction is open; this is where hashing happens.
    settle    one transaction: the credential by compare-and-swap, what success gives back, the
              audit event, and whatever the calling service does with the verdict.

Where the swap is lost, somebody else used the credential between our reading and our writing:
the answer is judged again against what is stored now, so a code spent by the winner is refused to
the loser, and a password re-hashed by the winner still opens. Clause: CC-17010.j.g
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

import msgspec

from factors.contract import Accepted, Context, Evidence, FactorClass, Refused
from identity.audit import events
from identity.errors import Conflict, EnrolmentRefused, StoreUnavailable, TooMany
from identity.gate.attempt import Attempt, Settle, T, Verdict
from identity.gate.ground import Ground
from identity.gate.suspicions import PASSWORD_WINDOW, Suspicions
from identity.model import StoredCredential
from identity.storage.counters import Taken
from identity.storage.ports import Work
from identity.throttling.limits import REFILLS, Use

PASSWORD = "password"  # noqa: S105  # a method's name
REGRESSED = "counter_regressed"
TOLD = frozenset({REGRESSED, "recovery_code_used", "recovery_codes_low", "card_used_up_soon"})
"""Notes that the customer is told of, each by the text of its name."""

ONCE = frozenset({"account", "account_prefix", PASSWORD_WINDOW})
"""Windows in which the same wrong answer of one account counts once."""

TRIES = 4
"""How often a lost swap is judged again before the store is said to be too busy."""


class _SwapLostError(Exception):
    """Rolls the settling transaction back, to judge the answer again."""


class _Blocked(NamedTuple):
    """Why an answer is not looked at: what kind of limit, and what the caller is told."""

    reason: Literal["share", "hold"]
    error: TooMany | Conflict


class Gate:
    """Counts, verifies and keeps."""

    def __init__(self, ground: Ground, *, wrong_entries: int) -> None:
        self._ground = ground
        self._suspicions = Suspicions(ground)
        self._wrong_entries = wrong_entries

    def attempt(self, attempt: Attempt, settle: Settle[T]) -> T:
        """Judge an answer and do what `settle` says with the verdict, once.

        Raises `TooMany` or `Conflict("other_factor_first")` where nothing was verified.
        """
        taken = self._reserve(attempt)
        factor = self._ground.factors[attempt.method]
        held = attempt.held
        for _ in range(TRIES):
            opened = self._ground.vault.held(held)
            verdict = factor.verify(opened, attempt.private, attempt.response, attempt.ctx)
            try:
                with self._ground.store.write() as work:
                    self._keep(work, attempt, held, opened, verdict)
                    self._count(work, attempt, taken, verdict)
                    return settle(work, verdict)
            except _SwapLostError:
                with self._ground.store.read() as work:
                    held = work.credentials.of(attempt.account_id, attempt.method)
        raise StoreUnavailable(f"{attempt.method}: {TRIES} swaps lost in a row")

    def confirm(  # each is named at the one place that calls it
        self,
        *,
        method: str,
        private: Mapping[str, Any],
        response: Any,
        ctx: Context,
        settle: Settle[T],
    ) -> T:
        """Judge the end of an enrolment: counted like an answer, told its reason.

        `settle` is called with a refusal too, which may have something to keep.
        """
        with self._ground.store.write() as work:
            self._ground.charge(work, Use("enrolment", ctx.account), "enrolment", ctx.now)
        verdict = self._ground.factors[method].confirm(private, response, ctx)
        with self._ground.store.write() as work:
            if isinstance(verdict, Refused):
                event = events.EnrolmentRefused(
                    account_id=ctx.account,
                    enrolment_id=ctx.transaction,
                    method=method,
                    reason=verdict.reason,
                )
                self._ground.record(work, event, ctx.now)
            settled = settle(work, verdict)
        if isinstance(verdict, Refused):
            raise EnrolmentRefused(verdict.reason)
        return settled

    def held_back(self, counts: Mapping[tuple[str, str], int], way_name: str) -> bool:
        """Whether the password must wait for another factor on this way in. Clause: ECD.4"""
        return counts.get((PASSWORD, way_name), 0) >= self._wrong_entries

    def reopen(self, work: Work, account_id: str, method: str) -> None:
        """Give a kind of factor both of its shares back: it was bound anew, or vouched for."""
        work.failures.reset(account_id, method, None)
        self._ground.lookout.forget(work, account_id, method)

    def _reserve(self, attempt: Attempt) -> Taken:
        """Count the attempt before anything is verified; return what windows it took from."""
        tolls, now = self._ground.tolls, attempt.ctx.now
        fare = tolls.fare(attempt.toll, now)
        with self._ground.store.write() as work:
            taken = tolls.take(work, self._suspicions.counted(work, attempt, fare), now)
            refusal = self._refusal(work, attempt)
            if refusal:
                tolls.refund(work, taken)
        if refusal:
            tolls.blocked(attempt.toll, refusal.reason, now)
            raise refusal.error
        return taken

    def _refusal(self, work: Work, attempt: Attempt) -> _Blocked | None:
        if not self._ground.factors[attempt.method].guessable:
            return None
        now, failures = attempt.ctx.now, work.failures
        share, account = attempt.way.share, attempt.account_id
        most = self._ground.tolls.table["failures"].burst
        if not failures.reserve(account, attempt.method, share, most, now):
            return _Blocked("share", TooMany(f"failures_{share}", None))
        if self._is_entry(attempt) and not failures.reserve(
            account, PASSWORD, attempt.way.name, self._wrong_entries, now
        ):
            failures.release(account, attempt.method, share)
            return _Blocked("hold", Conflict("other_factor_first"))
        return None

    def _is_entry(self, attempt: Attempt) -> bool:
        return attempt.method == PASSWORD and attempt.holdable

    def _keep(
        self,
        work: Work,
        attempt: Attempt,
        rows: Sequence[StoredCredential],
        opened: Mapping[str, Any],
        verdict: Verdict,
    ) -> None:
        """Store what the verdict asks to remember, unless the credential moved meanwhile."""
        if verdict.credential is None or not verdict.credential_id:
            return
        row = next(row for row in rows if row.id == verdict.credential_id)
        if verdict.credential is opened[row.id]:
            work.credentials.used(row.id, attempt.ctx.now)
            return
        following = msgspec.structs.replace(row, version=row.version + 1)
        sealed = self._ground.vault.seal(
            following, verdict.credential, self._evidence(row, verdict)
        )
        used_at = attempt.ctx.now if isinstance(verdict, Accepted) else None
        if not work.credentials.swap(row.id, row.version, sealed, used_at):
            raise _SwapLostError
        # What somebody knows has nothing to remember but how it is hashed.
        if isinstance(verdict, Accepted) and FactorClass.KNOWLEDGE in verdict.evidence.classes:
            rehashed = events.CredentialRehashed(
                account_id=attempt.account_id, method=attempt.method, credential_id=row.id
            )
            self._write(work, attempt, rehashed)

    def _evidence(self, row: StoredCredential, verdict: Verdict) -> Evidence:
        return (
            verdict.evidence if isinstance(verdict, Accepted) else self._ground.vault.open(row)[1]
        )

    def _count(self, work: Work, attempt: Attempt, taken: Taken, verdict: Verdict) -> None:
        if isinstance(verdict, Accepted):
            noticed = self._suspicions.accepted(work, attempt)
            self._forgive(work, attempt, taken)
            self._write(work, attempt, _accepted(attempt, verdict))
        else:
            noticed = self._suspicions.refused(work, attempt)
            self._write(work, attempt, _refused(attempt, verdict, repeated=noticed.repeated))
            if noticed.repeated:
                self._once(work, attempt, taken)
            if self._is_entry(attempt):
                self._wrong_entry(work, attempt)
        self._ground.tolls.warm(work, noticed.warmed, attempt.ctx.now)
        notes = verdict.notes if isinstance(verdict, Accepted) else (verdict.reason,)
        if REGRESSED in notes:
            self._regressed(work, attempt, verdict)
        self._tell(work, attempt, [note for note in notes if note in TOLD])

    def _regressed(self, work: Work, attempt: Attempt, verdict: Verdict) -> None:
        """Record that there may be a copy of an authenticator."""
        event = events.CounterRegressed(
            account_id=attempt.account_id,
            transaction=attempt.ctx.transaction,
            method=attempt.method,
            credential_id=verdict.credential_id,
        )
        self._write(work, attempt, event)

    def _tell(self, work: Work, attempt: Attempt, notes: Sequence[str]) -> None:
        """Tell the owner of a credential what was noted about it. Clause: CC-17010.k"""
        account = work.accounts.by_id(attempt.account_id) if notes else None
        if account is None:
            return
        for note in notes:
            self._ground.tell(work, account, note, {"method": attempt.method}, attempt.ctx.now)

    def _write(self, work: Work, attempt: Attempt, event: events.Event) -> None:
        self._ground.record(work, event, attempt.ctx.now)

    def _forgive(self, work: Work, attempt: Attempt, taken: Taken) -> None:
        """Give back what a right answer took; lift the hold where it was another factor."""
        if self._ground.factors[attempt.method].guessable:
            self._refill(work, attempt)
        self._ground.tolls.refund(work, taken)
        if self._is_entry(attempt):
            work.failures.release(attempt.account_id, PASSWORD, attempt.way.name)
        elif attempt.method != PASSWORD:
            work.failures.reset(attempt.account_id, PASSWORD, attempt.way.name)

    def _refill(self, work: Work, attempt: Attempt) -> None:
        """Give the way's share back, to strangers no more than once in `REFILLS` seconds.

        Whoever keeps no cookies comes from elsewhere every day, and would hand a patient thief
        fifty new guesses each time. In between a right answer gives back what itself took.
        """
        account, method, now = attempt.account_id, attempt.method, attempt.ctx.now
        key = f"refilled:{account}:{method}"
        counters = self._ground.tolls.counters
        if attempt.way.known or counters.mark(work, key, b"", 1, now + REFILLS, now).new:
            work.failures.reset(account, method, attempt.way.share)
        else:
            work.failures.release(account, method, attempt.way.share)

    def _once(self, work: Work, attempt: Attempt, taken: Taken) -> None:
        """Give back what the same wrong answer took when it was given again.

        It guesses nothing new, and a program with an old password would use up its owner's share.
        Networks and the device stay counted, because hashing it cost as much as any. So does
        ECD.4's count: the rule counts entries, and this was one. Clause: ECD.4
        """
        spends = tuple(spend for spend in taken.spends if spend.limit in ONCE)
        self._ground.tolls.refund(work, taken._replace(spends=spends))
        work.failures.release(attempt.account_id, attempt.method, attempt.way.share)

    def _wrong_entry(self, work: Work, attempt: Attempt) -> None:
        """Record a wrong electronic password. Clause: ECD.4"""
        entries = work.failures.counts(attempt.account_id).get((PASSWORD, attempt.way.name), 0)
        held = entries >= self._wrong_entries
        kind = events.ElectronicPasswordHeld if held else events.ElectronicPasswordWrong
        event = kind(
            account_id=attempt.account_id,
            transaction=attempt.ctx.transaction,
            way=attempt.way.name,
            count=entries,
        )
        self._write(work, attempt, event)


def _accepted(attempt: Attempt, verdict: Accepted[Any]) -> events.Event:
    return events.AnswerAccepted(
        account_id=attempt.account_id,
        transaction=attempt.ctx.transaction,
        purpose=attempt.ctx.purpose,
        method=attempt.method,
        credential_id=verdict.credential_id,
        classes=verdict.evidence.classes,
        direct=verdict.evidence.direct,
        notes=verdict.notes,
    )


def _refused(attempt: Attempt, verdict: Refused[Any], *, repeated: bool) -> events.Event:
    return events.AnswerRefused(
        account_id=attempt.account_id,
        transaction=attempt.ctx.transaction,
        purpose=attempt.ctx.purpose,
        method=attempt.method,
        reason=verdict.reason,
        decoy=attempt.decoy,
        bucket=attempt.way.share,
        repeated=repeated,
    )
