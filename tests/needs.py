"""A pytest plugin: tests say what they need beyond Python, and a lack is told in one line.

`@pytest.mark.browser`, `oathtool`, `nginx`, `postgres`, `redis` and `redis_server` name the need.
Where it is not met the test is skipped, and the last lines of the run say `left out: ...`. Under
`CI` a lack of Chromium, PostgreSQL or Redis ends the run before it starts: a green run there means
that all was tested.
"""

from __future__ import annotations

import os
import socket
from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache

import psycopg
import pytest

from tests import programs

POSTGRES = "postgresql://postgres@127.0.0.1:5432/test"
REDIS = ("127.0.0.1", 6379)

SECONDS_TO_ANSWER = 5


def no_browser() -> str:
    """Return "" where Chromium is there, else what is missing."""
    return "" if programs.find(programs.CHROMIUM) else "Chromium"


def no_oathtool() -> str:
    """Return "" where oathtool is there, else what is missing."""
    return "" if programs.find(programs.OATHTOOL) else "oathtool"


def no_nginx() -> str:
    """Return "" where nginx is there, else what is missing."""
    return "" if programs.find(programs.NGINX) else "nginx"


def no_redis_server() -> str:
    """Return "" where a Redis of a test's own can be started, else what is missing."""
    return "" if programs.find(programs.REDIS_SERVER) else "redis-server"


def no_postgres() -> str:
    """Return "" where PostgreSQL answers on its default local port, else what is missing."""
    try:
        with psycopg.connect(POSTGRES, connect_timeout=SECONDS_TO_ANSWER) as connection:
            connection.execute("SELECT 1")
    except psycopg.Error:
        return f"PostgreSQL ({POSTGRES})"
    return ""


def no_redis() -> str:
    """Return "" where Redis answers on its default local port, else what is missing."""
    try:
        with socket.create_connection(REDIS, SECONDS_TO_ANSWER) as connection:
            connection.sendall(b"PING\r\n")
            if connection.recv(5) == b"+PONG":
                return ""
    except OSError:
        pass
    return "Redis ({}:{})".format(*REDIS)


LACKS: Mapping[str, Callable[[], str]] = {
    "browser": cache(no_browser),
    "oathtool": cache(no_oathtool),
    "nginx": cache(no_nginx),
    "postgres": cache(no_postgres),
    "redis": cache(no_redis),
    "redis_server": cache(no_redis_server),
}
"""What is missing, by marker; asked once a run, and only where a test needs it."""

ASKED_OF_CI = ("browser", "postgres", "redis")

LEFT_OUT: pytest.StashKey[Counter[str]] = pytest.StashKey()


def pytest_sessionstart() -> None:
    """End the run at once where CI lacks what it must have."""
    missing = [lack for need in ASKED_OF_CI if os.environ.get("CI") and (lack := LACKS[need]())]
    if missing:
        message = f"CI must have {', '.join(missing)}: a run without it would promise too much"
        raise pytest.UsageError(message)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip the tests whose needs are not met."""
    left_out = config.stash.setdefault(LEFT_OUT, Counter())
    for item in items:
        lacks = [
            lack for need in LACKS if item.get_closest_marker(need) and (lack := LACKS[need]())
        ]
        if lacks:
            left_out.update(lacks)
            item.add_marker(pytest.mark.skip(reason=f"needs {', '.join(lacks)}"))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say in one line what was left out."""
    left_out = config.stash.get(LEFT_OUT, Counter())
    told = [
        f"{count} test{'s' * (count > 1)} for lack of {lack}" for lack, count in left_out.items()
    ]
    if told:
        terminalreporter.write_line(f"left out: {'; '.join(told)}", yellow=True)
