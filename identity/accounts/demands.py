"""What the owner of an account asks beyond the policy: never a code by SMS, always a passkey.

The strictest of operation, firm and account wins, so a demand only ever tightens. What is asked
must be within reach of the factors that are bound, or its owner, or a thief, would shut the door
on the account. Setting it asks for the proof that taking a factor away asks for: that is what it
comes to. Clause: CC-17010.d
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from identity.accounts.authenticators import (
    REMOVAL,
    Authenticators,
    account_of,
    check_errand,
    entrance,
)
from identity.audit import events
from identity.errors import Conflict
from identity.gate.ground import Ground
from identity.sessions.service import SignedIn


class Demands:
    """Reads and sets what accounts ask of those who would enter them."""

    def __init__(self, ground: Ground, authenticators: Authenticators) -> None:
        self._ground = ground
        self._authenticators = authenticators

    def of(self, signed_in: SignedIn) -> Sequence[str]:
        """Return the account's demands."""
        check_errand(signed_in)
        return signed_in.session.demands

    def set(self, signed_in: SignedIn, demands: Sequence[str]) -> None:
        """Ask for exactly these from now on, in every session but this one, and in this one too.

        Raises `Conflict("last_needed")` where the account's factors could not meet them.
        """
        check_errand(signed_in)
        self._authenticators.require(signed_in, REMOVAL)
        now, asked = self._ground.clock(), tuple(sorted(set(demands)))
        with self._ground.store.write() as work:
            account = account_of(work, signed_in)
            rows = work.credentials.of(account.id)
            missing = self._authenticators.missing(rows, entrance(signed_in), asked)
            if missing:
                raise Conflict("last_needed", missing=missing)
            changed = msgspec.structs.replace(account, demands=asked)
            session = msgspec.structs.replace(signed_in.session, demands=asked)
            if not (work.accounts.replace(changed) and work.sessions.replace(session)):
                raise Conflict("changed_meanwhile")
            event = events.DemandsChanged(account_id=account.id, demands=asked)
            self._ground.record(work, event, now)
            self._authenticators.changed(work, signed_in, "demands_changed", "", now)
