"""A thread that does one thing again and again, survives its failures, and ends when told.

What it does is called with the time of the injected clock; between two runs it waits on an event,
so that stopping does not wait for the interval to pass.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

from identity.clock import Clock
from identity.errors import IdentityError, raised_at

_log = structlog.get_logger(__name__)

_PATIENCE = 10.0
"""How many intervals may pass without a success before it is unwell."""


class Periodic:
    """Runs `action(now)` every `interval` seconds on a thread of its own, once it is started."""

    def __init__(
        self, name: str, action: Callable[[float], object], clock: Clock, interval: float
    ) -> None:
        self._name = name
        self._action = action
        self._clock = clock
        self._interval = interval
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self.last_success: float | None = None
        self.last_error: str = ""
        self.failures = 0
        self.at_work = False

    def start(self) -> None:
        """Start the thread; it runs for the first time at once."""
        if self._thread is not None:
            raise RuntimeError(f"{self._name} was started before")
        self._thread = threading.Thread(target=self._loop, name=self._name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread after the run it is in, and wait until it has."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def run_once(self) -> bool:
        """Run now, on the caller's thread; False where it failed, which is logged and counted."""
        return self.attempt(self._action)

    def attempt(self, action: Callable[[float], object]) -> bool:
        """Run something else in the same way."""
        self.at_work = True
        try:
            now = self._clock()
            action(now)
        except Exception as error:  # noqa: BLE001 - whatever it was, the next run may do better
            self._failed(error)
            return False
        finally:
            self.at_work = False
        self.last_success, self.last_error = now, ""
        return True

    def healthy(self, now: float) -> bool:
        """Whether it succeeded lately: within ten intervals before `now`."""
        last = self.last_success
        return last is not None and now - last <= _PATIENCE * self._interval

    def stopping(self) -> bool:
        """Whether it was told to end: a long run looks here between two pieces of work."""
        return self._stopping.is_set()

    def _loop(self) -> None:
        while not self._stopping.is_set():
            self.run_once()
            self._stopping.wait(self._interval)

    def _failed(self, error: Exception) -> None:
        self.failures += 1
        self.last_error = type(error).__name__
        # Only our own errors are known to name no personal data; of others the type and the line
        # must do.
        detail = str(error) if isinstance(error, IdentityError) else ""
        _log.error(
            "run_failed",
            thread=self._name,
            error=self.last_error,
            detail=detail,
            where=raised_at(error),
            failures=self.failures,
        )
