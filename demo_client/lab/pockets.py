"""What a customer of the lab carries: one soft factor each, bound once and shown when asked.

A pocket is given what the service offers or asks, and gives the response that a person with that
factor would send. It knows nothing of transactions, and sends nothing itself.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeAlias

from demo_client import passwords
from demo_client.errors import NotHeld
from demo_client.soft_card import SoftCard
from demo_client.soft_device import SoftDevice
from demo_client.soft_hotp import SoftHotp
from demo_client.soft_pattern import SoftPattern
from demo_client.soft_sheet import SoftSheet
from demo_client.soft_totp import SoftTotp
from demo_client.soft_webauthn import SoftAuthenticator
from demo_client.world import Entropy

Json: TypeAlias = Any

ENOUGH = 1_000_000
"""How many answers a factor has that is not used up."""


class Pocket(ABC):
    """One factor of one customer. `asks`: an answer needs what a challenge says."""

    asks: ClassVar[bool] = False

    def ready(self) -> None:  # noqa: B027  # most have nothing to do
        """Get ready to be asked."""

    def confirm(self, offer: Json) -> Json:
        """Return what ends an enrolment."""
        return self.answer(offer)

    @abstractmethod
    def answer(self, asked: Json) -> Json:
        """Return the answer to a challenge; `asked` is None where none is needed."""

    def take_back(self) -> None:  # noqa: B027  # most can answer alike again
        """Have the last answer again: nobody looked at it."""

    def left(self) -> int:
        """Return how many more answers there are."""
        return ENOUGH


@dataclass
class PasswordPocket(Pocket):
    """A password of 84 bits."""

    entropy: Entropy
    password: str = field(default="", repr=False)

    def confirm(self, _offer: Json) -> Json:
        """Choose one."""
        self.password = passwords.choose(self.entropy)
        return self.answer(None)

    def answer(self, _asked: Json) -> Json:
        """Type it."""
        return {"password": self.password}


@dataclass
class PatternPocket(Pocket):
    """A line through the nodes of a grid, drawn by chance."""

    entropy: Entropy
    pattern: SoftPattern | None = field(default=None, repr=False)

    def confirm(self, offer: Json) -> Json:
        """Draw one twice; each call draws another, for a service that finds one too simple."""
        self.pattern = SoftPattern.chosen(offer, self.entropy)
        return {"pattern": self.pattern.nodes, "again": self.pattern.nodes}

    def answer(self, _asked: Json) -> Json:
        """Draw it."""
        return {"pattern": _bound(self.pattern).nodes}


@dataclass
class TotpPocket(Pocket):
    """An authenticator app. Each step's code counts once, so `pass_time` moves the clock on."""

    clock: Callable[[], float]
    pass_time: Callable[[float], None]
    app: SoftTotp | None = field(default=None, repr=False)

    def confirm(self, offer: Json) -> Json:
        """Scan the secret, and type the first code."""
        self.app = SoftTotp(uri=offer["uri"])
        return self.answer(None)

    def answer(self, _asked: Json) -> Json:
        """Wait for a code that was not used yet, and type it."""
        app = _bound(self.app)
        wait = app.wait(self.clock())
        if wait > 0:
            self.pass_time(wait)
        return {"code": app.code(self.clock())}


@dataclass
class HotpPocket(Pocket):
    """A password generator with a button; each press is the next code."""

    token: SoftHotp | None = field(default=None, repr=False)

    def confirm(self, offer: Json) -> Json:
        """Take the secret, and press once."""
        self.token = SoftHotp(uri=offer["uri"])
        return self.answer(None)

    def answer(self, _asked: Json) -> Json:
        """Press."""
        return {"code": _bound(self.token).code()}

    def take_back(self) -> None:
        """Keep the code that was shown for the next time."""
        _bound(self.token).presses -= 1


@dataclass
class CodePocket(Pocket):
    """A telephone or a mailbox that codes are sent to.

    `wait` returns the code that arrives; `empty` throws away what lies there already.
    """

    wait: Callable[[int], str]
    empty: Callable[[], None]
    asks: ClassVar[bool] = True

    def ready(self) -> None:
        """Empty it, so that the next code is the one that was asked for."""
        self.empty()

    def answer(self, asked: Json) -> Json:
        """Type the code that was sent."""
        return {"code": self.wait(int(asked["digits"]))}


@dataclass
class CardPocket(Pocket):
    """A printed card; after a number of uses it must be replaced."""

    asks: ClassVar[bool] = True
    card: SoftCard | None = field(default=None, repr=False)
    uses: int = 0

    def confirm(self, offer: Json) -> Json:
        """Keep the card, and read the cells that are asked."""
        self.card, self.uses = SoftCard.printed(offer), int(offer["uses"])
        return self.answer(offer)

    def answer(self, asked: Json) -> Json:
        """Read the cells that are asked."""
        self.uses -= 1
        return {"cells": _bound(self.card).look_up(asked["asked"])}

    def left(self) -> int:
        """Return how many uses the card has left."""
        return self.uses


@dataclass
class CodesPocket(Pocket):
    """A sheet of recovery codes, each good once."""

    sheet: SoftSheet | None = field(default=None, repr=False)

    def confirm(self, offer: Json) -> Json:
        """Keep the sheet."""
        self.sheet = SoftSheet(codes=list(offer["codes"]))
        return {"saved": True}

    def answer(self, _asked: Json) -> Json:
        """Read the next code, and cross it out."""
        return {"code": _bound(self.sheet).next()}

    def take_back(self) -> None:
        """Write the code back on the sheet."""
        sheet = _bound(self.sheet)
        sheet.codes.insert(0, sheet.used.pop())

    def left(self) -> int:
        """Return how many codes are not crossed out."""
        return len(_bound(self.sheet).codes)


@dataclass
class KeyPocket(Pocket):
    """A passkey in an authenticator, before which a page of `origin` is open."""

    origin: str
    held: SoftAuthenticator
    asks: ClassVar[bool] = True

    def confirm(self, offer: Json) -> Json:
        """Register."""
        return {"credential": self.held.create(offer["publicKey"], self.origin)}

    def answer(self, asked: Json) -> Json:
        """Assert."""
        return {"credential": self.held.get(asked["publicKey"], self.origin)}


@dataclass
class DevicePocket(Pocket):
    """A browser or an app with a key of its own, on a page of `origin`; maybe on a telephone."""

    origin: str
    device: SoftDevice
    asks: ClassVar[bool] = True

    def confirm(self, offer: Json) -> Json:
        """Show the public key, signed for."""
        return self.device.bind(offer, self.origin)

    def answer(self, asked: Json) -> Json:
        """Sign what is asked."""
        return self.device.prove(asked, self.origin)


def _bound(held: Any) -> Any:
    """Return what a pocket holds; `NotHeld` where it was never bound."""
    if held is None:
        raise NotHeld("this factor was not bound yet")
    return held
