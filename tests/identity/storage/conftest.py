"""What the store's own suites need: raw SQL behind its back, and other processes."""

import os
import subprocess
import sys
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import redis
import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from tests import needs
from tests.conftest import database
from tests.identity.storage.counting import place_at

HOUSE = Path(__file__).parents[3]


@pytest.fixture
def behind(store_url):
    """Run SQL on the store's database on a connection that is not the store's."""

    def run(statement, **parameters):
        engine = sa.create_engine(store_url, poolclass=NullPool)
        with engine.begin() as connection:
            done = connection.execute(sa.text(statement), parameters)
            return done.all() if done.returns_rows else None

    return run


@pytest.fixture
def processes():
    """Start processes that do `what` on `url` at the same moment; give what they print."""

    @contextmanager
    def start(what, url, count=1):
        command = [sys.executable, "-m", "tests.identity.storage.process", what, url]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        started = [subprocess.Popen(command, cwd=HOUSE, **pipes) for _ in range(count)]
        try:
            for process in started:
                assert process.stdout.readline() == "ready\n"
            yield started
        finally:
            for process in started:
                process.kill()
                process.communicate()

    return start


@pytest.fixture
def together(processes):
    """Let `count` processes do `what` at once; return what each printed."""

    def run(what, url, count):
        with processes(what, url, count) as started:
            for process in started:
                process.stdin.write("go\n")
                process.stdin.flush()
            outputs = [process.communicate(timeout=60)[0] for process in started]
            assert [process.returncode for process in started] == [0] * count
            return outputs

    return run


@pytest.fixture
def redis_url():
    """A prefix of its own on the local Redis; nothing under it is left behind."""
    prefix = f"test-{os.urandom(8).hex()}:"
    url = "redis://{}:{}/0".format(*needs.REDIS)
    yield f"{url}#{prefix}"
    with closing(redis.Redis.from_url(url)) as client:
        for key in client.scan_iter(f"{prefix}*", count=1000):
            client.delete(key)


COMMON = [
    "sqlite",
    pytest.param("postgres", marks=pytest.mark.postgres),
    pytest.param("redis", marks=pytest.mark.redis),
]
"""Where several processes count."""


def place_url(request):
    if request.param == "postgres":
        with database(request.getfixturevalue("migrated_postgres")) as url:
            yield url
    elif request.param == "process":
        yield "process"
    else:
        yield request.getfixturevalue(f"{request.param}_url")


common_url = pytest.fixture(params=COMMON, name="common_url")(place_url)
any_url = pytest.fixture(params=[*COMMON, "process"], name="any_url")(place_url)


@pytest.fixture
def place(any_url):
    with place_at(any_url) as opened:
        yield opened
