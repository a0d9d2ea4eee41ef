"""Places to count in: the port `Counters` over every store of it, each with its units of work.

A place's name is a URL, so that another process can open the same one: a store's, or
``redis://host:port/0#prefix``. "process" is the one in memory, which has none.
"""

from contextlib import closing, contextmanager, nullcontext

from identity import entropy
from identity.model import Exceeded, Spend
from identity.storage.memory.counters import MemoryCounters
from identity.storage.redis.counters import RedisCounters
from identity.storage.redis.server import Server
from identity.storage.sql.counters import SqlCounters
from identity.storage.sql.store import SqlStore
from tests.conftest import new_writer

NOW = 1_700_000_000.0
REMEMBERS = 3600.0
PATIENT = 30.0


def spend(key="k", limit="l", interval=6.0, many=10, cap=float("inf")):
    return Spend(key=key, limit=limit, interval=interval, burst=many * interval, cap=cap)


class Place:
    """Counters, and a unit of work around each thing that is asked of them."""

    def __init__(self, counters, write):
        self.counters = counters
        self.write = write

    def reserve(self, spends, now=NOW):
        with self.write() as work:
            return self.counters.reserve(work, spends, now)

    def refused(self, spends, now=NOW):
        """Reserve; return what was in the way, None where nothing was."""
        found = self.reserve(spends, now)
        return found if isinstance(found, Exceeded) else None

    def refund(self, taken):
        with self.write() as work:
            self.counters.refund(work, taken)

    def look(self, spends, now=NOW):
        with self.write() as work:
            return self.counters.look(work, spends, now)

    def mark(self, key, item, cap, until, now=NOW):
        with self.write() as work:
            return self.counters.mark(work, key, item, cap, until, now)

    def forget(self, key):
        with self.write() as work:
            self.counters.forget(work, key)

    def secret(self, name, made, until, now=NOW):
        with self.write() as work:
            return self.counters.secret(work, name, made, until, now)


def server_at(url, **changes):
    """Return a `Server` at ``redis://host:port/0#prefix``."""
    bare, _, prefix = url.partition("#")
    given = {"prefix": prefix, "timeout": PATIENT, "grace": 60.0, "entropy": entropy.system}
    return Server(bare, **(given | changes))


@contextmanager
def place_at(url):
    """Open the place of a URL, or a new one in memory."""
    if url == "process":
        yield Place(MemoryCounters(NOW, remembers=REMEMBERS), nullcontext)
    elif url.startswith("redis"):
        with closing(RedisCounters(server_at(url), remembers=REMEMBERS)) as counters:
            yield Place(counters, nullcontext)
    else:
        with closing(SqlStore(url, writer_id=new_writer, synchronous="NORMAL")) as store:
            yield Place(SqlCounters(), store.write)
