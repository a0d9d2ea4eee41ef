"""What the guard before a host's own route costs, against the same route without it."""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from statistics import median

from tests.bench.bed import Bed, bed, signed_in
from tests.bench.rows import Row
from tests.hard.customers import SESSION, joins
from tests.hard.wire import encoded

CONNECTIONS = 8
TURNS = 60
PAIRS = 25

LEAST = 0.5


def rows() -> list[Row]:
    """Measure bare and guarded in turns."""
    with bed() as host:
        amy = signed_in(host, joins(host.deployment, host.server, "amy"))
        bare = Lanes(host, encoded("GET", "/bare", None, {}))
        cookie = {"Cookie": f"{SESSION}={amy.cookies[SESSION]}"}
        guarded = Lanes(host, encoded("GET", "/guarded", None, cookie))
        pairs = [(bare.rate(), guarded.rate()) for _ in range(PAIRS)]
        bare.close()
        guarded.close()
    ratio = median(behind / before for before, behind in pairs)
    before, behind = (median(rates) for rates in zip(*pairs, strict=True))
    measured = f"{ratio:.2f} of a bare route ({behind:.0f} / {before:.0f} requests/s)"
    remark = "`sessions.remembered`: a session ended elsewhere is believed for 2 s at most"
    row = Row("guarded route", measured, f"≥ {LEAST} of a bare route", ratio >= LEAST, remark)
    return [row]


class Lanes:
    """Connections that all send the same request, and know how long its answer is."""

    def __init__(self, host: Bed, request: bytes) -> None:
        address = ("127.0.0.1", host.server.port)
        self._sockets = [socket.create_connection(address) for _ in range(CONNECTIONS)]
        self._request = request
        self._length = self._first()

    def rate(self) -> float:
        """Return requests a second over some turns; in each turn every connection asks once."""
        start = time.perf_counter()
        for _ in range(TURNS):
            for lane in self._sockets:
                lane.sendall(self._request)
            for lane in self._sockets:
                self._skip(lane)
        return TURNS * CONNECTIONS / (time.perf_counter() - start)

    def close(self) -> None:
        """Hang up."""
        for lane in self._sockets:
            lane.close()

    def _first(self) -> int:
        lane = self._sockets[0]
        lane.sendall(self._request)
        read = lane.recv(65536)
        assert read.startswith(b"HTTP/1.1 2"), read
        time.sleep(0.05)
        lane.setblocking(False)
        with suppress(BlockingIOError):
            read += lane.recv(65536)
        lane.setblocking(True)
        return len(read)

    def _skip(self, lane: socket.socket) -> None:
        left = self._length
        while left > 0:
            left -= len(lane.recv(left))
