"""What Redis alone does: forgets by itself, can be emptied behind our back, and can go away."""

import itertools
import socket
import time
from contextlib import closing

import pytest

from identity import entropy
from identity.errors import CountersUnavailable
from identity.storage.counters import News
from identity.storage.redis.counters import RedisCounters
from identity.storage.redis.server import Server
from tests.hard.servers import free_port
from tests.identity.storage.counting import NOW, REMEMBERS, server_at, spend
from tests.redis_server import redis_server

pytestmark = pytest.mark.redis_server
LATER = NOW + REMEMBERS


@pytest.fixture
def server(tmp_path):
    with redis_server(tmp_path) as started:
        yield started


@pytest.fixture
def counters(server):
    with closing(counting(server)) as opened:
        yield opened


def counting(server, **changes):
    return RedisCounters(server_at(f"{server.url}#p:", **changes), remembers=REMEMBERS)


def keys(server):
    with closing(server.client(decode_responses=True)) as client:
        return {key: client.pttl(key) for key in client.scan_iter("*")}


def fill(counters):
    taken = counters.reserve(None, [spend(), spend("other")], NOW)
    counters.mark(None, "set", b"a", 9, NOW + 30, NOW)
    counters.secret(None, "s", b"secret", NOW + 30, NOW)
    return taken


def test_every_key_has_the_prefix_and_an_end(server, counters):
    fill(counters)
    counters.refund(None, counters.reserve(None, [spend()], NOW))
    counters.tend(NOW)
    found = keys(server)
    assert set(found) == {"p:marker", "p:w:l/k", "p:w:l/other", "p:m:set", "p:s:s"}
    assert all(0 < left <= 90_000 for key, left in found.items() if key != "p:marker"), found
    assert 0 < found["p:marker"] <= 7 * 86_400_000


def test_two_prefixes_on_one_server_know_nothing_of_each_other(server, counters):
    with closing(RedisCounters(server_at(f"{server.url}#q:"), remembers=REMEMBERS)) as others:
        fill(counters)
        assert others.mark(None, "set", b"a", 9, NOW + 30, NOW).new
        assert others.secret(None, "s", b"other", NOW + 30, NOW) == b"other"


def test_it_is_sure_once_it_has_remembered_for_the_longest_window(counters):
    assert not counters.sure(NOW)
    assert counters.tend(NOW) == (News("emptied", until=LATER),)
    assert counters.tend(NOW + 1) == ()
    assert not counters.sure(LATER - 0.5)
    assert counters.sure(LATER)


def test_another_node_knows_since_when_it_remembers(server, counters):
    counters.tend(NOW)
    with closing(counting(server)) as second:
        assert not second.sure(LATER)
        assert second.tend(LATER) == ()
        assert second.sure(LATER)


@pytest.mark.parametrize(
    "meet",
    [
        lambda counters: counters.reserve(None, [spend()], LATER),
        lambda counters: counters.mark(None, "set", b"a", 9, LATER + 9, LATER),
        lambda counters: counters.secret(None, "s", b"s", LATER + 9, LATER),
        lambda counters: counters.tend(LATER),
    ],
)
def test_whatever_meets_a_server_that_was_emptied_notices_it(server, counters, meet):
    counters.tend(NOW)
    assert counters.sure(LATER)
    with closing(server.client()) as client:
        client.flushdb()
    meet(counters)
    assert not counters.sure(LATER)
    assert not counters.sure(LATER + REMEMBERS - 1)
    counters.tend(LATER + 1)
    assert counters.sure(LATER + 1 + REMEMBERS)


def test_a_restart_that_brought_an_older_state_back_counts_as_emptied(server, counters):
    counters.tend(NOW)
    with closing(server.client()) as client:
        client.save()
    assert counters.reserve(None, [spend(many=1)], NOW)
    server.kill()
    server.start()
    with closing(counting(server)) as second:
        assert second.look(None, [spend(many=1)], NOW) is None
        assert second.tend(LATER) == (News("emptied", until=LATER + REMEMBERS),)
        assert not second.sure(LATER)


def test_a_server_that_evicts_keys_is_not_sure(tmp_path):
    options = ("--maxmemory", "3mb", "--maxmemory-policy", "allkeys-lru")
    with redis_server(tmp_path, *options) as server, closing(counting(server)) as counters:
        counters.tend(NOW)
        assert counters.sure(LATER)
        for number in itertools.count():
            counters.mark(None, f"set {number}", b"a" * 10_000, 9, NOW + 3600, NOW)
            with closing(server.client()) as client:
                if client.info("stats")["evicted_keys"]:
                    break
        assert [news.what for news in counters.tend(LATER)] == ["emptied"]
        assert not counters.sure(LATER)


def test_a_server_that_is_full_and_does_not_evict_is_unavailable(tmp_path):
    options = ("--maxmemory", "1", "--maxmemory-policy", "noeviction")
    with (
        redis_server(tmp_path, *options) as server,
        closing(counting(server)) as counters,
        pytest.raises(CountersUnavailable, match="OutOfMemoryError"),
    ):
        counters.reserve(None, [spend()], NOW)


def test_what_was_taken_before_it_was_emptied_is_not_given_back_afterwards(server, counters):
    taken = counters.reserve(None, [spend(many=2)], NOW)
    with closing(server.client()) as client:
        client.flushdb()
    counters.reserve(None, [spend(many=2)], NOW)
    counters.reserve(None, [spend(many=2)], NOW)
    counters.refund(None, taken)
    assert counters.look(None, [spend(many=2)], NOW) is not None


def every_call(counters):
    yield lambda: counters.reserve(None, [spend()], NOW)
    yield lambda: counters.look(None, [spend()], NOW)
    yield lambda: counters.mark(None, "set", b"a", 9, NOW + 9, NOW)
    yield lambda: counters.forget(None, "set")
    yield lambda: counters.secret(None, "s", b"made", NOW + 9, NOW)
    yield lambda: counters.tend(NOW)


def test_a_server_that_is_gone_is_unavailable_to_all_and_gives_nothing_away(server, counters):
    taken = fill(counters)
    server.kill()
    for call in (*every_call(counters), lambda: counters.refund(None, taken)):
        with pytest.raises(CountersUnavailable) as raised:
            call()
        assert str(raised.value) == "ConnectionError"


def test_a_server_that_never_answers_costs_one_timeout_for_each_call():
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"redis://127.0.0.1:{mute.getsockname()[1]}/0#p:"
        with closing(RedisCounters(server_at(url, timeout=0.05), remembers=1.0)) as counters:
            for call in every_call(counters):
                with pytest.raises(CountersUnavailable, match="TimeoutError"):
                    call()


def test_a_password_is_read_for_each_connection_and_shown_nowhere(tmp_path):
    words = ["wrong-9f", "hush-4711"]
    with redis_server(tmp_path, "--requirepass", "hush-4711") as server:
        at = server_at(f"{server.url}#p:", password=lambda: words[0])
        with closing(RedisCounters(at, remembers=REMEMBERS)) as counters:
            with pytest.raises(CountersUnavailable) as raised:
                counters.tend(NOW)
            assert str(raised.value) == "AuthenticationError"
            words.pop(0)
            assert counters.reserve(None, [spend()], NOW).spends
            assert "hush" not in f"{at!r} {vars(at)!r} {counters!r}"


def test_nothing_is_asked_before_the_first_call():
    """A Redis that is down is no reason not to start."""
    url = f"redis://127.0.0.1:{free_port()}/0"
    server = Server(url, prefix="p:", timeout=1.0, grace=60.0, entropy=entropy.system)
    with closing(RedisCounters(server, remembers=1.0)) as counters:
        assert not counters.sure(time.time())
