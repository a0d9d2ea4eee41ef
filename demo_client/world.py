"""Time and chance for the virtual client; every other module here is given them.

The service has its own pair (`identity.clock`, `identity.entropy`), which a client that knows it
by HTTP alone may not import.
"""

from __future__ import annotations

import secrets  # noqa: TID251 - the claimant's side has its own one place that draws chance
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

Entropy: TypeAlias = Callable[[int], bytes]
"""`entropy(n)` returns `n` unpredictable bytes."""


@dataclass(frozen=True, slots=True)
class World:
    """What a journey may know of the world: a clock in Unix seconds, chance, and patience."""

    clock: Callable[[], float]
    entropy: Entropy
    sleep: Callable[[float], None]


def real() -> World:
    """Take the machine's own clock and generator."""
    return World(
        clock=time.time,  # noqa: TID251 - the claimant's side has its own one place for time
        entropy=secrets.token_bytes,
        sleep=time.sleep,
    )
