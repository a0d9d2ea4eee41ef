"""One virtual customer at work: who it is, what it holds, and how it reaches the service."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from demo_client.client import Client
from demo_client.soft_webauthn import SoftAuthenticator
from demo_client.wallet import Wallet
from demo_client.world import World


@dataclass(frozen=True, slots=True)
class Visit:
    """One customer at the terminal. `announce` tells them what is going on between calls.

    `on_phone`: the device that they sit at says of itself that it is a telephone. `letters_read`
    are the ids of messages in the demo's inbox that are not waited for.
    """

    client: Client
    wallet: Wallet
    authenticator: SoftAuthenticator
    world: World
    announce: Callable[[str], None]
    on_phone: bool = False
    letters_read: set[str] = field(default_factory=set)
