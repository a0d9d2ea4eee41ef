"""Strangers are answered one in each turn of the event loop, known devices whenever they come.

A loop serves whatever is ready in one turn, and nothing else until that is done. With a hundred
hammering connections a turn takes a hundred answers' time, and a known device's call, which needs
several turns, waits as long for each. So strangers queue up here, after their call was read and
before anything is done about it. Where there is a crowd of them, and a known device is being
served, they also wait for that: its thread would have to ask for the interpreter between any two
statements, and they would take it. One passes now and then all the same. Clause: CC-17010.j.g
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

CROWD = 8
"""So many who wait are a flood, and not customers at the opening of the market."""

PATIENCE = 0.02
"""Seconds after which one of a crowd passes, whoever is being served."""

GLANCE = 0.001
"""Seconds between two looks at whether somebody still is."""


class Turnstile:
    """Lets one pass in each turn of the running loop, in the order in which they come.

    `serving` says whether a known device is being served; a crowd waits for that, but for one in
    every `patience` seconds.
    """

    def __init__(self, serving: Callable[[], bool], patience: float = PATIENCE) -> None:
        self._serving = serving
        self._patience = patience
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._turning = False
        self._patient_until = 0.0

    async def turn(self) -> None:
        """Come back when it is the caller's turn: at once where nobody passed in this one."""
        loop = asyncio.get_running_loop()
        if self._turning:
            place = loop.create_future()
            self._waiting.append(place)
            await place
        else:
            self._turning = True
            loop.call_soon(self._next)

    def waiting(self) -> int:
        """Return how many wait."""
        return len(self._waiting)

    def _next(self) -> None:
        loop = asyncio.get_running_loop()
        if len(self._waiting) > CROWD and self._serving() and loop.time() < self._patient_until:
            loop.call_later(GLANCE, self._next)
            return
        self._patient_until = loop.time() + self._patience
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():  # else whoever waited has gone
                place.set_result(None)
                loop.call_soon(self._next)
                return
        self._turning = False
