"""A real store in a file, and a journal on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

import pytest

from identity.audit.record import Journal
from identity.keys.ring import KeyRing, generate_ring
from identity.storage.sql.store import SqlStore
from tests.identity.keys.sources import NOW, stream


@pytest.fixture
def node(store_url) -> Iterator[Callable[[], SqlStore]]:
    """Open the test's store once more, as another process would: its writers are others."""
    names, opened = count(1), []

    def open_() -> SqlStore:
        opened.append(
            SqlStore(store_url, writer_id=lambda: f"w{next(names)}", synchronous="NORMAL")
        )
        return opened[-1]

    yield open_
    for store in opened:
        store.close()


@pytest.fixture
def store(node) -> SqlStore:
    return node()


@pytest.fixture(scope="session")
def ring() -> KeyRing:
    return generate_ring(NOW, stream("audit"))


@pytest.fixture
def journal(ring) -> Journal:
    return Journal(ring, lab=False)
