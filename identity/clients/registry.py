"""Clients added, listed and revoked. A secret is shown once; what is stored is its SHA-256."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from factors.contract import Entropy
from identity import entropy as chance
from identity.audit import events
from identity.audit.record import Journal, microseconds
from identity.clients import assertions
from identity.clock import DAY, Clock
from identity.errors import Conflict, Malformed, Unknown
from identity.model import Client
from identity.sessions.caller import digest
from identity.storage.ports import Store

SCOPES: Mapping[str, str] = {"introspect": "ask whether an access token is good"}
"""What a client may be given, and what it is good for."""

SECRET = 32
"""Bytes of a client's secret: drawn, not chosen, so that its plain hash gives nothing away."""

LONGEST = 366
"""Days a client may live before it is added anew."""


class Added(NamedTuple):
    """A new client, and its secret: "" for one that signs."""

    client: Client
    secret: str


class ClientRegistry:
    """Keeps the list of clients. Clause: CC-18000.2.h"""

    def __init__(self, *, store: Store, journal: Journal, clock: Clock, entropy: Entropy) -> None:
        self._store = store
        self._journal = journal
        self._clock = clock
        self._entropy = entropy

    def add(
        self,
        name: str,
        *,
        scopes: Sequence[str],
        audiences: Sequence[str],
        days: int,
        keys: Sequence[dict[str, Any]] | None = None,
    ) -> Added:
        """Add a client: one that signs where `keys` are given, else one with a secret.

        `audiences` are the tokens it may ask about. `Malformed` says what will not do.
        """
        _check(name, scopes, days, keys)
        now = self._clock()
        secret = "" if keys is not None else chance.token(self._entropy, SECRET)
        client = Client(
            id=f"client.{chance.token(self._entropy)}",  # never a leading dash: it is typed
            name=name,
            scopes=tuple(dict.fromkeys(scopes)),
            audiences=tuple(dict.fromkeys(audiences)),
            secret_hash=digest(secret) if secret else None,
            keys=tuple(keys or ()),
            created_at=now,
            expires_at=now + days * DAY,
        )
        with self._store.write() as work:
            work.clients.add(client)
            self._journal.write(work, _added(client), now)
        return Added(client, secret)

    def listed(self) -> Sequence[Client]:
        """Return every client, oldest first, those that are over too."""
        with self._store.read() as work:
            return work.clients.listed()

    def revoke(self, client_id: str) -> None:
        """End a client for good. `Unknown` where there is none, `Conflict` where it is over."""
        now = self._clock()
        with self._store.write() as work:
            if work.clients.get(client_id) is None:
                raise Unknown("no such client")
            if not work.clients.revoke(client_id, now):
                raise Conflict("is_revoked")
            self._journal.write(work, events.ClientRevoked(client_id=client_id), now)


def _check(name: str, scopes: Sequence[str], days: int, keys: Sequence[Any] | None) -> None:
    if not name.strip() or not name.isprintable():
        raise Malformed("give the client a name that people can read", "name")
    unknown = sorted(set(scopes) - SCOPES.keys())
    if unknown or not scopes:
        raise Malformed(f"scopes are {', '.join(SCOPES)}, not {', '.join(unknown) or 'none'}")
    if not 1 <= days <= LONGEST:
        raise Malformed(f"a client lives 1 to {LONGEST} days", "days")
    faults = assertions.faults(keys) if keys is not None else []
    if faults:
        raise Malformed("; ".join(faults), "jwks")


def _added(client: Client) -> events.Event:
    return events.ClientAdded(
        client_id=client.id,
        scopes=client.scopes,
        audiences=client.audiences,
        expires_at_us=microseconds(client.expires_at),
    )
