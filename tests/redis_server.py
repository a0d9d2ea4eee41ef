"""A Redis server of a test's own: started, killed as by a power cut, started again."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import redis

from tests import programs
from tests.hard.servers import free_port, until

SECONDS = 30


class RedisServer:
    """One process on a port of its own, in a folder of its own. It keeps nothing on disk."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._folder = folder
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *options: str) -> None:
        """Start it, and come back when it answers."""
        given = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self._folder)]
        bare = ["--save", "", "--appendonly", "no", "--daemonize", "no"]
        command = [programs.find(programs.REDIS_SERVER) or "redis-server", *given, *bare]
        self._process = subprocess.Popen(
            [*command, *self._options, *options], stdout=subprocess.DEVNULL
        )
        until(self._answers, SECONDS)

    def kill(self) -> None:
        """End it in the middle of anything."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(SECONDS)
            self._process = None

    def client(self, **given: str) -> redis.Redis:
        """Return a connection of the test's own, to look behind the counters' back."""
        return redis.Redis.from_url(self.url, **given)

    def _answers(self) -> bool:
        try:
            with closing(self.client()) as client:
                return bool(client.ping())
        except redis.AuthenticationError:
            return True
        except redis.RedisError:
            return False


@contextmanager
def redis_server(folder: Path, *options: str) -> Iterator[RedisServer]:
    """Give a server that runs, and end it afterwards."""
    server = RedisServer(folder, *options)
    try:
        server.start()
        yield server
    finally:
        server.kill()
