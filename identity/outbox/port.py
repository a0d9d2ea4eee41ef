"""What carries letters: SMTP, an SMS gateway, a folder, the console."""

from __future__ import annotations

from typing import ClassVar, Protocol

from identity.outbox.letter import Letter


class Undelivered(Exception):
    """A letter was not taken. `reason` is a stable snake_case code, and all that is said.

    Nothing of the letter, its address or the way it went is in here: it goes to logs and events.
    `final` says that trying again is of no use.
    """

    final: ClassVar[bool] = False

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class GatewayUnreachable(Undelivered):
    """The gateway did not answer, or not in a way that could be read."""


class GatewayRefused(Undelivered):
    """The gateway answered, and not that it took the letter."""


class NoGateway(Undelivered):
    """There is nothing that carries by this channel."""

    final = True

    def __init__(self, reason: str = "no_gateway") -> None:
        super().__init__(reason)


class Carrier(Protocol):
    """A way out of the house."""

    def carry(self, letter: Letter) -> None:
        """Return once it is out of our hands, and raise anything at all where it is not.

        The same letter may come again: a carrier that can tell by its `id` sends it once.
        """


class NoCarrier:
    """Stands where a channel has no carrier, so that whoever waits is told, and told at once."""

    def carry(self, letter: Letter) -> None:  # noqa: ARG002 - the protocol's
        """Raise `NoGateway`."""
        raise NoGateway
