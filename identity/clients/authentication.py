"""A program's call, admitted: who it is, whether it still may, and whether it may do this.

What proves a client is 256 random bits or a signature: nobody guesses it, so nothing is reserved
before it is looked at, and a stranger's failures cannot lock a client out. They are counted by
network all the same: past the limit they are answered 429 and add no more to the log.
Every call, made or refused, is an event.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection
from typing import NamedTuple

from identity.audit import events
from identity.clients import assertions
from identity.clients.assertions import Assertion, Refused
from identity.errors import ClientRefused, IdentityError, ScopeMissing, TooMany
from identity.gate.ground import Ground
from identity.model import Client
from identity.sessions.caller import digest
from identity.storage.ports import Work
from identity.throttling.limits import Use

_NOBODY = digest("")
"""Compared with where there is no client or no secret, so that it takes as long."""


class Presented(NamedTuple):
    """What a program shows of itself: a secret, or an assertion that it signed."""

    client_id: str
    secret: str = ""
    assertion: str = ""

    def __repr__(self) -> str:
        return f"Presented(client_id={self.client_id!r})"


class Errand(NamedTuple):
    """What a program is here for: the function, the scope it needs, the network it calls from."""

    function: str
    scope: str
    prefix: str


class _Judged(NamedTuple):
    client: Client | None
    reason: str
    said: Assertion | None = None


class ClientAuthentication:
    """Admits clients. `audiences` are the names for us that an assertion may be made out to."""

    def __init__(self, ground: Ground, audiences: Collection[str]) -> None:
        self._ground = ground
        self._audiences = frozenset(audiences)

    def admit(self, presented: Presented, errand: Errand) -> Client:
        """Return the client, or raise `ClientRefused`, `ScopeMissing` or `TooMany`.

        Clause: CC-18000.2.h
        """
        now = self._ground.clock()
        with self._ground.store.read() as work:
            judged = self._judged(work.clients.get(presented.client_id), presented, now)
        with self._ground.store.write() as work:
            error = self._error(work, judged, errand, now)
        if error is not None or judged.client is None:
            raise error or ClientRefused
        return judged.client

    def _judged(self, client: Client | None, presented: Presented, now: float) -> _Judged:
        said = None
        reason = "secret"
        if presented.assertion:
            try:
                keys = client.keys if client else ()
                said = assertions.proven(
                    presented.assertion, keys, presented.client_id, self._audiences, now
                )
                reason = ""
            except Refused as refused:
                reason = str(refused)
        elif _knows(client, presented.secret):
            reason = ""
        if client is None:
            return _Judged(None, "unknown")
        return _Judged(client, reason or _over(client, now), said)

    def _error(
        self, work: Work, judged: _Judged, errand: Errand, now: float
    ) -> IdentityError | None:
        client, reason, said = judged
        if client is None or reason:
            return self._refused(work, judged, errand, now)
        if said is not None and not work.clients.spend(client.id, said.jti, said.exp):
            return self._refused(work, judged._replace(reason="assertion_spent"), errand, now)
        if errand.scope not in client.scopes:
            self._ground.record(work, _told(client.id, errand, "scope"), now)
            return ScopeMissing()
        called = events.ClientCalled(
            client_id=client.id, function=errand.function, scope=errand.scope, prefix=errand.prefix
        )
        self._ground.record(work, called, now)
        return None

    def _refused(self, work: Work, judged: _Judged, errand: Errand, now: float) -> IdentityError:
        try:
            self._ground.charge(work, Use("client", errand.prefix), "client", now)
        except TooMany as refused:
            return refused
        client_id = judged.client.id if judged.client else ""
        self._ground.record(work, _told(client_id, errand, judged.reason), now)
        return ClientRefused()


def _knows(client: Client | None, secret: str) -> bool:
    kept = client.secret_hash if client else None
    same = hmac.compare_digest(kept or _NOBODY, digest(secret))
    return same and kept is not None


def _over(client: Client, now: float) -> str:
    if client.revoked_at is not None:
        return "revoked"
    return "expired" if now >= client.expires_at else ""


def _told(client_id: str, errand: Errand, reason: str) -> events.Event:
    return events.ClientRefused(
        client_id=client_id,
        function=errand.function,
        scope=errand.scope,
        reason=reason,
        prefix=errand.prefix,
    )
