"""A deployment on each kind of database, with as many server processes as it can have."""

from contextlib import ExitStack, closing

import pytest

from identity.storage.sql.store import SqlStore
from tests.conftest import new_writer
from tests.hard.servers import deployed

# SQLite serves one process; PostgreSQL serves many.
EACH_DATABASE = [
    pytest.param(("sqlite", 1), id="sqlite"),
    pytest.param(("postgres", 2), id="postgres-two-processes", marks=pytest.mark.postgres),
]


@pytest.fixture
def deploy(tmp_path):
    """Return what makes a deployment in the test's folder, on SQLite unless it says not."""
    with ExitStack() as made:
        url = f"sqlite:///{tmp_path / 'identity.db'}"
        given = {"root": tmp_path, "database": url}
        yield lambda **changes: made.enter_context(deployed(**(given | changes)))


@pytest.fixture(params=EACH_DATABASE)
def spread(request, tmp_path):
    """Return what starts a deployment: one process on SQLite, two on PostgreSQL."""
    kind, count = request.param
    postgres = kind == "postgres"
    url = request.getfixturevalue("postgres_url") if postgres else f"sqlite:///{tmp_path / 'i.db'}"

    def start(**changes):
        deployment = made.enter_context(deployed(root=tmp_path, database=url, **changes))
        return deployment, deployment.start(count)

    with ExitStack() as made:
        yield start


@pytest.fixture
def looking():
    """Return what opens a deployment's store beside its servers."""
    with ExitStack() as opened:

        def look(deployment):
            url = deployment.database
            store = SqlStore(url, writer_id=new_writer, synchronous="NORMAL")
            return opened.enter_context(closing(store))

        yield look
