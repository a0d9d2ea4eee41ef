"""What the gate makes of an answer beside judging it: what is suspect, and who is told of it.

A right answer from a known device is none of its business and costs nothing here. Clause:
CC-17010.j.g, CC-17010.l
"""

from __future__ import annotations

import msgspec

from identity.gate.attempt import Attempt
from identity.gate.ground import Ground
from identity.policy.table import ENTRANCES
from identity.storage.ports import Work
from identity.throttling.limits import Use
from identity.throttling.lookout import Noticed, Place, Wrong
from identity.throttling.toll import Fare

PASSWORD_WINDOW = "password"  # noqa: S105  # a limit's name
UNFINISHED = "login_unfinished"
AFTER_FAILURES = "login_after_failures"


class Suspicions:
    """Asks the lookout, and tells customers."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def counted(self, work: Work, attempt: Attempt, fare: Fare) -> Fare:
        """Return the fare with the window of the password itself, whoever's account it is for.

        So a password that is tried on many accounts asks for work from every network.
        """
        if attempt.way.known or not self._is_remembered(attempt):
            return fare
        prints = self._ground.lookout.prints(
            work, attempt.method, attempt.account_id, attempt.response, attempt.ctx.now
        )
        use = Use(PASSWORD_WINDOW, prints.alone.hex())
        toll = msgspec.structs.replace(fare.toll, uses=(*fare.toll.uses, use))
        return msgspec.structs.replace(fare, toll=toll)

    def refused(self, work: Work, attempt: Attempt) -> Noticed:
        """Notice a wrong answer. Unknown accounts do the same work.

        Only what people make up is remembered: of a code that changes, the same twice is no
        program's old password.
        """
        if not self._ground.factors[attempt.method].guessable:
            return Noticed()
        noticed = self._ground.lookout.wrong(work, self._wrong(work, attempt), attempt.ctx.now)
        if "second_refused" in noticed.signals:
            self._tell(work, attempt, UNFINISHED)
        return noticed

    def accepted(self, work: Work, attempt: Attempt) -> Noticed:
        """Notice a right answer from an unknown device, before what it failed is forgiven."""
        if attempt.way.known or not self._ground.factors[attempt.method].guessable:
            return Noticed()
        begun, late = self._begun(work, attempt), self._late(work, attempt)
        if begun.signals:
            self._tell(work, attempt, UNFINISHED)
        if late.signals:
            self._tell(work, attempt, AFTER_FAILURES)
        return Noticed(warmed={**begun.warmed, **late.warmed})

    def _begun(self, work: Work, attempt: Attempt) -> Noticed:
        if attempt.proven or attempt.ctx.purpose not in ENTRANCES:
            return Noticed()
        ctx = attempt.ctx
        return self._ground.lookout.begun(work, _place(attempt), ctx.transaction, ctx.now)

    def _late(self, work: Work, attempt: Attempt) -> Noticed:
        counts = work.failures.counts(attempt.account_id)
        failures = counts.get((attempt.method, attempt.way.share), 0) - 1  # itself was reserved
        return self._ground.lookout.succeeded(work, _place(attempt), failures, attempt.ctx.now)

    def _wrong(self, work: Work, attempt: Attempt) -> Wrong:
        prints = self._ground.lookout.prints(
            work, attempt.method, attempt.account_id, attempt.response, attempt.ctx.now
        )
        return Wrong(
            account_id=attempt.account_id,
            decoy=attempt.decoy,
            method=attempt.method,
            way=attempt.way,
            prints=prints,
            spread=self._is_remembered(attempt),
            proven=attempt.proven,
        )

    def _is_remembered(self, attempt: Attempt) -> bool:
        """Whether it is of a kind that people make up: a password, a pattern."""
        factor = self._ground.factors[attempt.method]
        return factor.hashes and factor.guessable and factor.may_be_first

    def _tell(self, work: Work, attempt: Attempt, text_id: str) -> None:
        """Tell the account's owner, once a day. Clause: CC-17010.k"""
        now = attempt.ctx.now
        account = work.accounts.by_id(attempt.account_id)
        if account is None:
            return
        if self._ground.lookout.first_today(work, text_id, account.id, now):
            told = {"prefix": attempt.way.prefixes[0]}
            self._ground.tell(work, account, text_id, told, now)


def _place(attempt: Attempt) -> Place:
    return Place(account_id=attempt.account_id, prefix=attempt.way.prefixes[0])
