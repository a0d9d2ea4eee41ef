"""Who goes first, told on the event loop without asking anybody: at most a few HMACs a call.

Known is who brings a secret that we signed: a login's, a session's, a device's. Such a signature
proves a proof that was given here and says nothing of what it opens: that is asked of the store,
later, as ever. All it buys is an earlier place in the queue, and one device has a few such places
at a time. Next is who brings work that we asked for and have not judged yet. All others are
strangers, told apart by network.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import NamedTuple

from identity.clock import Clock
from identity.sessions.caller import Caller, digest
from identity.sessions.device_cookies import DeviceCookies
from identity.sessions.marks import Marks


class Lane(Enum):
    """The lanes, in the order in which they are served."""

    KNOWN = "known"
    PAID = "paid"
    STRANGER = "stranger"


class Ticket(NamedTuple):
    """A call's place: its lane, the name whose share of it is used, and the network it is from.

    Where the name is "" no share is counted.
    """

    lane: Lane
    name: str = ""
    network: str = ""

    @property
    def as_stranger(self) -> Ticket:
        """The place this call has where the better lane has none for it."""
        return Ticket(Lane.STRANGER, self.network, self.network)


OURS = Ticket(Lane.KNOWN)
"""The place of calls that we make ourselves."""


class Tickets:
    """Looks at what a call brings. `outstanding` is `Tolls.outstanding`."""

    def __init__(
        self,
        *,
        marks: Marks,
        devices: DeviceCookies,
        outstanding: Callable[[str, float], bool],
        clock: Clock,
    ) -> None:
        self._marks = marks
        self._devices = devices
        self._outstanding = outstanding
        self._clock = clock

    def ticket(self, caller: Caller, secret: str = "") -> Ticket:
        """Return a call's place. `secret` is the transaction's that it is about, if any."""
        network = caller.prefixes[-1]
        now = self._clock()
        name = self._known(caller, secret, now)
        if name:
            return Ticket(Lane.KNOWN, name, network)
        if caller.payment and self._outstanding(caller.payment, now):
            return Ticket(Lane.PAID, network, network)
        return Ticket(Lane.STRANGER, network, network)

    def _known(self, caller: Caller, secret: str, now: float) -> str:
        """Return a name for the device or session that signed secrets were given to, else ""."""
        marked = (self._marks.bearer(held, now) for held in (secret, caller.session_secret))
        devices = (held for held in caller.device_secrets if self._devices.signed((held,)))
        signed = (digest(held).hex() for held in devices)
        return next(filter(None, marked), "") or next(signed, "")
