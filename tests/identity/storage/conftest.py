"""What the store's own suites need: raw SQL behind its back, and other processes."""

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.pool import NullPool

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
