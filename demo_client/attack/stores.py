"""The stores that the race is run on: those of this machine that answer, each left as it was."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from demo_client.attack import loopback
from demo_client.lab.errors import LabError
from demo_client.lab.process import Tables
from demo_client.world import real

POSTGRES: Final = "postgresql://postgres@127.0.0.1:5432/postgres"
REDIS: Final = "redis://127.0.0.1:6379/0"

SECONDS: Final = 10

PROCESSES: Final = 2
"""Of one service, on the store that many may share."""


@dataclass(frozen=True)
class Store:
    """A store by its name; `settings` makes a fresh one, gives what names it, and takes it away."""

    name: str
    settings: Callable[[], AbstractContextManager[Tables]]


def stores(postgres: str, redis: str) -> tuple[Store, ...]:
    """Return every store to try, there or not; a URL that is "" leaves its store out."""
    found = [Store("sqlite", _sqlite)]
    if postgres:
        found.append(Store("postgresql", lambda: _postgres(postgres)))
    if redis:
        found.append(Store("redis", lambda: _redis(redis)))
    return tuple(found)


@contextmanager
def _sqlite() -> Iterator[Tables]:
    yield {}


@contextmanager
def _postgres(url: str) -> Iterator[Tables]:
    """Make a database, and drop it; by PostgreSQL's own programs, for lack of a driver here."""
    parts = urlsplit(loopback.checked(url))
    name = f"trifactor_attack_{real().entropy(6).hex()}"
    _ran("createdb", url, name)
    try:
        fresh = urlunsplit(parts._replace(scheme="postgresql+psycopg", path=f"/{name}"))
        yield {"database": {"url": fresh}, "": {"workers": PROCESSES}}
    finally:
        _ran("dropdb", url, "--force", name)


@contextmanager
def _redis(url: str) -> Iterator[Tables]:
    """Use a part of a Redis that nobody else has; what is left there expires by itself."""
    prefix = f"trifactor-attack-{real().entropy(6).hex()}:"
    yield {"counters": {"kind": "redis", "url": loopback.checked(url), "prefix": prefix}}


def _ran(program: str, url: str, *words: str) -> None:
    found = shutil.which(program)
    if found is None:
        raise LabError(f"{program} is not there")
    done = subprocess.run(  # noqa: S603 - our own words, and no shell reads them
        [found, "--maintenance-db", url, *words],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    if done.returncode:
        raise LabError(f"{program}: {done.stderr.strip()}")
