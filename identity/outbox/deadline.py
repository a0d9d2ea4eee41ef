"""An end to every conversation, however slowly the other side speaks.

A socket's timeout is for one step; who sends a byte now and then keeps to it for ever.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

_AGAIN = 0.1
"""Seconds between two attempts to hang up: the socket may be opened after the first."""


@contextmanager
def deadline(
    seconds: float, line: Callable[[], socket.socket | None]
) -> Iterator[Callable[[], bool]]:
    """Hang up on the socket that `line` gives when the block has taken too long.

    Whoever waits on it then gets an error, as if the other side had gone. Gives a function that
    tells whether it came to that.
    """
    ended, late = threading.Event(), threading.Event()

    def watch() -> None:
        if not ended.wait(seconds):
            late.set()
            while not ended.wait(_AGAIN):
                _hang_up(line())

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    try:
        yield late.is_set
    finally:
        ended.set()
        watching.join()


def _hang_up(sock: socket.socket | None) -> None:
    if sock is not None:
        with suppress(OSError):
            # not TLS's own shutdown, which would take its state from under the waiting thread
            socket.socket.shutdown(sock, socket.SHUT_RDWR)
