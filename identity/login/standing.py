"""What a call on a transaction is judged by, read at once.

The transaction's secret is asked here, and for a step-up the caller's own session. Before a first
proof nothing is read that would cost more for an account than for a name that nobody has.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import NamedTuple

from identity.errors import Expired, NotSignedIn, Unknown
from identity.login import machine
from identity.model import LoginState, LoginTransaction, Session, StoredCredential
from identity.sessions.caller import Caller, digest
from identity.sessions.service import SessionService, SignedIn
from identity.storage.ports import Work
from identity.throttling.way import Way


class Stand(NamedTuple):
    """Everything one answer is judged by, read at once. `demands` are the account's own."""

    transaction: LoginTransaction
    session: Session | None
    rows: tuple[StoredCredential, ...]
    counts: Mapping[tuple[str, str], int]
    way: Way
    demands: tuple[str, ...] = ()

    @property
    def kinds(self) -> frozenset[str]:
        """The methods of the credentials that were read."""
        return frozenset(row.kind for row in self.rows)


class Calls:
    """Reads where a transaction stands for one call on it."""

    def __init__(self, sessions: SessionService) -> None:
        self._sessions = sessions

    def read(  # noqa: PLR0913, PLR0917  # what the caller holds, and when, and what is answered
        self,
        work: Work,
        caller: Caller,
        transaction_id: str,
        secret: str,
        now: float,
        method: str = "",
    ) -> Stand:
        """Read it, for an answer by `method`.

        Raises `Unknown` without its secret, `Expired` after its time, and `NotSignedIn` where a
        step-up's session is not the caller's any more.
        """
        transaction = work.logins.get(transaction_id)
        if transaction is None or not hmac.compare_digest(transaction.secret_hash, digest(secret)):
            raise Unknown
        if now >= transaction.expires_at:
            raise Expired
        session = self._session(work, caller, transaction, now)
        way = Way(device_id=transaction.device_id, prefixes=caller.prefixes)
        rows = rows_of(work, transaction, method)
        counts = work.failures.counts(transaction.account_id)
        demands = session.demands if session else _demands(work, transaction)
        return Stand(transaction, session, rows, counts, way, demands)

    def _session(
        self, work: Work, caller: Caller, transaction: LoginTransaction, now: float
    ) -> Session | None:
        """Return the session a step-up builds on: still alive, and still the caller's."""
        if not transaction.session_id or transaction.state is LoginState.SUCCEEDED:
            return None
        session = work.sessions.by_secret(digest(caller.session_secret))
        if session is None or session.id != transaction.session_id:
            raise NotSignedIn
        if not self._sessions.alive(session, now):
            raise NotSignedIn
        return session


def begun(work: Work, transaction: LoginTransaction, signed_in: SignedIn | None, way: Way) -> Stand:
    """Return where a transaction stands that was opened just now."""
    return Stand(
        transaction=transaction,
        session=signed_in.session if signed_in else None,
        rows=rows_of(work, transaction, ""),
        counts=work.failures.counts(transaction.account_id),
        way=way,
        demands=signed_in.session.demands if signed_in else (),
    )


def _demands(work: Work, transaction: LoginTransaction) -> tuple[str, ...]:
    """Return what the account asks for itself, once it may be spoken of."""
    account = work.accounts.by_id(transaction.account_id) if transaction.shown else None
    return account.demands if account else ()


def rows_of(work: Work, transaction: LoginTransaction, method: str) -> tuple[StoredCredential, ...]:
    """Return what may be known of the account's credentials by now.

    Before a first proof that is what the answered method needs and no more, so that every
    name costs the same, whether there is an account behind it or not.
    """
    if machine.proven(transaction):
        return tuple(work.credentials.of(transaction.account_id))
    return tuple(work.credentials.of(transaction.account_id, method)) if method else ()
