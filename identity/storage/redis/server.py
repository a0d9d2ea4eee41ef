"""The connection to a Redis server, and the marker that shows when it lost its memory.

The marker is a key like the others: `SINCE LIFE NONCE`, where SINCE is when it was set (Unix
seconds of our clock) and LIFE names the server's run and how many keys it has evicted. It is gone
where everything is (restart without persistence, FLUSHDB), and every script that counts sees that.
A restart with persistence brings back what was some seconds or minutes ago, and an eviction takes
single windows: `tend` finds that the server's life is another than the marker's. In all these
cases a new marker is set, and every node that meets it knows since when this place remembers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeAlias, cast

import redis
from redis.backoff import NoBackoff
from redis.credentials import CredentialProvider
from redis.exceptions import RedisError
from redis.retry import Retry

from factors.contract import Entropy
from identity.errors import CountersUnavailable, SettingsError
from identity.storage.redis import scripts

Value: TypeAlias = str | bytes | int | float

MARKER_KEPT = 7 * 86_400_000
"""Milliseconds that a marker lives on without a node that tends it."""

CONNECTIONS = 1024
"""A bound for what can be no more than one for each thread."""

_NONCE = 8


class Call(NamedTuple):
    """One script, its keys without the prefix (the marker's is put before them), its values."""

    script: str
    key: str
    values: tuple[Value, ...]


class _Password(CredentialProvider):
    """Reads the password for every connection, so that it can be changed while the service runs."""

    def __init__(self, user: str, password: Callable[[], str]) -> None:
        self._user = user
        self._password = password

    def get_credentials(self) -> tuple[str] | tuple[str, str]:
        password = self._password()
        return (self._user, password) if self._user else (password,)


class Server:
    """Runs scripts on the server at `url` (``redis://``, ``rediss://`` or ``unix://``).

    `timeout` is in seconds, for connecting and for each answer; nothing is tried twice. `grace`
    is how many seconds a key outlives what it is needed for, for clocks that do not agree.
    """

    def __init__(  # noqa: PLR0913  # each is a setting of its own
        self,
        url: str,
        *,
        prefix: str,
        timeout: float,
        grace: float,
        entropy: Entropy,
        user: str = "",
        password: Callable[[], str] | None = None,
        ca_file: str = "",
    ) -> None:
        self.prefix = prefix
        self.marker = ""
        self._grace = round(grace * 1000)
        self._entropy = entropy
        given: dict[str, Any] = {
            "socket_timeout": timeout,
            "socket_connect_timeout": timeout,
            "retry": Retry(NoBackoff(), 0),
            "max_connections": CONNECTIONS,
            "protocol": 2,
            "driver_info": None,  # says who we are by two more questions at each connection
        }
        if password is not None:
            given["credential_provider"] = _Password(user, password)
        if ca_file:
            given["ssl_ca_certs"] = ca_file
        try:
            self._redis = redis.Redis.from_url(url, **given)
        except ValueError as error:
            raise SettingsError("counters.url: write redis://, rediss:// or unix://") from error

    def run(self, calls: Sequence[Call], now: float) -> tuple[str, list[Any]]:
        """Run scripts that look at the marker first, in one round trip.

        Returns the marker and their answers. They are apart: between two of them another caller's
        may run.
        """
        begun = self._begun(now, "-")
        with self._unavailable(), self._redis.pipeline(transaction=False) as pipe:
            for call in calls:
                pipe.eval(call.script, 2, *self._keys(call.key), *begun, *call.values)
            answers = pipe.execute()
        self.marker = marker = str(answers[0][0], "ascii")
        return marker, [answer[1:] for answer in answers]

    def refund(self, calls: Sequence[Call]) -> None:
        """Run scripts that bring the marker they know with them."""
        with self._unavailable(), self._redis.pipeline(transaction=False) as pipe:
            for call in calls:
                pipe.eval(call.script, 2, *self._keys(call.key), *call.values)
            pipe.execute()

    def read(self, keys: Sequence[str]) -> list[bytes | None]:
        """Return what some keys hold, None for each that is not there."""
        with self._unavailable():
            return cast("list[bytes | None]", self._redis.mget(map(self.named, keys)))

    def drop(self, key: str) -> None:
        """Delete a key."""
        with self._unavailable():
            self._redis.delete(self.named(key))

    def tend(self, now: float) -> str:
        """Compare the server's life with the marker's; return the marker in force."""
        with self._unavailable():
            told = self._redis.info("server", "stats")
            life = f"{told['run_id']}/{told['evicted_keys']}"
            since, kept, _ = self._begun(now, life)
            found = self._redis.eval(scripts.TEND, 1, self.named("marker"), since, kept, life)
        self.marker = marker = str(cast("bytes", found), "ascii")
        return marker

    def named(self, key: str) -> str:
        """Return a key's name on the server."""
        return f"{self.prefix}{key}"

    def close(self) -> None:
        """Hang up."""
        self._redis.close()

    def _keys(self, key: str) -> tuple[str, str]:
        return self.named("marker"), self.named(key)

    def _begun(self, now: float, life: str) -> tuple[str, int, int]:
        return f"{now!r} {life} {self._entropy(_NONCE).hex()}", MARKER_KEPT, self._grace

    @contextmanager
    def _unavailable(self) -> Iterator[None]:
        try:
            yield
        except (RedisError, OSError, SettingsError, LookupError, ValueError) as error:
            raise CountersUnavailable(type(error).__name__) from error


def since(marker: str) -> float:
    """Return when a marker was set; infinity for what is none, which no time is after."""
    try:
        return float(marker.partition(" ")[0])
    except ValueError:
        return float("inf")
