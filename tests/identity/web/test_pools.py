"""Calls cross into threads once, and are refused on the loop where there is no room."""

import asyncio
import threading
from contextlib import contextmanager

import pytest

from identity.errors import TooMany
from identity.web.lanes import OURS, Lane, Ticket
from identity.web.metrics import Metrics
from identity.web.pools import SHORT, Left, Pool, Pools

STRANGER = Ticket(Lane.STRANGER)
SECONDS = 30
LENGTH = 32
ROOM = LENGTH // 4
"""What strangers have of it."""


@contextmanager
def opened(threads=1, length=LENGTH, metrics=None):
    """Pools of which each has so many threads and a queue so long."""
    pools = Pools(
        hash_threads=threads,
        light_threads=threads,
        hash_queue=length,
        light_queue=length,
        metrics=metrics or Metrics(),
    )
    try:
        yield pools
    finally:
        pools.close()


class Held:
    """Work that has begun, and goes on until it is let go."""

    def __init__(self):
        self.begun = threading.Event()
        self.let_go = threading.Event()

    def __call__(self):
        self.begun.set()
        assert self.let_go.wait(SECONDS)
        return "held"

    async def begins(self):
        assert await asyncio.to_thread(self.begun.wait, SECONDS)


async def busy(pools, pool, threads=1):
    """Keep every thread of a pool at work; return what lets them go, and the calls."""
    held = [Held() for _ in range(threads)]
    calls = [asyncio.ensure_future(pools.run(pool, each)) for each in held]
    for each in held:
        await each.begins()
    return held, calls


async def queued(pools, pool, count, ticket=STRANGER, work=lambda: "done", **more):
    """Let `count` calls wait; return them."""
    calls = [asyncio.ensure_future(pools.run(pool, work, ticket, **more)) for _ in range(count)]
    await asyncio.sleep(0)  # each runs up to where it waits
    return calls


async def ended(held, *calls):
    """Let go what is held, and wait for every call; return what they came to."""
    for each in held:
        each.let_go.set()
    return await asyncio.wait_for(asyncio.gather(*calls, return_exceptions=True), SECONDS)


@pytest.mark.parametrize("pool", Pool)
def test_what_finds_no_room_is_refused_at_once_and_never_runs(pool):
    async def scene(pools):
        held, begun = await busy(pools, pool)
        waiting = await queued(pools, pool, ROOM)
        ran = []
        with pytest.raises(TooMany) as refused:
            await pools.run(pool, lambda: ran.append("ran"), STRANGER)
        known = await queued(pools, pool, 1, OURS)
        told = await ended(held, *begun, *waiting, *known)
        return refused.value, ran, told

    with opened() as pools:
        refused, ran, told = asyncio.run(scene(pools))
    assert refused.limit == {Pool.HASH: "hashing", Pool.LIGHT: "busy"}[pool]
    assert refused.retry_after >= 0
    assert ran == []
    assert told == ["held", *["done"] * (ROOM + 1)], "what was let in is answered"


def test_a_full_pool_is_none_of_the_other_pools_business():
    async def scene(pools):
        held, begun = await busy(pools, Pool.HASH)
        waiting = await queued(pools, Pool.HASH, ROOM)
        light = await pools.run(Pool.LIGHT, lambda: "light", STRANGER)
        await ended(held, *begun, *waiting)
        return light

    with opened() as pools:
        assert asyncio.run(scene(pools)) == "light"


@pytest.mark.parametrize("threads", [1, 2])
def test_no_more_run_at_once_than_there_are_threads(threads):
    """Each hash in progress holds Argon2's memory: this is what bounds it."""
    lock, now, most = threading.Lock(), [0], [0]

    def counted():
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        threading.Event().wait(0.001)
        with lock:
            now[0] -= 1

    async def scene(pools):
        await asyncio.gather(*[pools.run(Pool.HASH, counted) for _ in range(40)])

    with opened(threads, length=128) as pools:
        asyncio.run(scene(pools))
    assert most[0] <= threads


def test_a_known_device_that_comes_last_is_served_first():
    async def scene(pools):
        ran = []
        held, begun = await busy(pools, Pool.HASH)
        strangers = await queued(pools, Pool.HASH, 3, work=lambda: ran.append("stranger"))
        known = await queued(pools, Pool.HASH, 1, OURS, work=lambda: ran.append("known"))
        await ended(held, *begun, *strangers, *known)
        return ran

    with opened() as pools:
        assert asyncio.run(scene(pools)) == ["known", *["stranger"] * 3]


def test_pressure_is_none_while_the_queue_is_short_and_grows_to_one():
    async def scene(pools):
        held, begun = await busy(pools, Pool.HASH)
        told, waiting = [pools.pressure()], []
        for _ in range(ROOM):
            waiting += await queued(pools, Pool.HASH, 1)
            told.append(pools.pressure())
        waiting += await queued(pools, Pool.HASH, LENGTH // 2, OURS)
        told.append(pools.pressure())
        await ended(held, *begun, *waiting)
        return told, pools.pressure()

    with opened() as pools:
        told, after = asyncio.run(scene(pools))
    short = ROOM // SHORT
    assert told[: short + 1] == [0.0] * (short + 1)
    assert told[short + 1 :] == sorted(told[short + 1 :])
    assert 0 < told[short + 1] < 1
    assert told[ROOM:] == [1.0, 1.0]
    assert after == 0.0


def test_a_call_that_is_cancelled_leaves_the_queue_and_never_runs():
    async def scene(pools):
        held, begun = await busy(pools, Pool.HASH)
        ran = []
        waiting = await queued(pools, Pool.HASH, ROOM, work=lambda: ran.append("ran"))
        for call in waiting:
            call.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        left = pools.waiting(Pool.HASH, Lane.STRANGER)
        others = await queued(pools, Pool.HASH, ROOM)
        await ended(held, *begun, *others)
        return ran, left

    with opened() as pools:
        assert asyncio.run(scene(pools)) == ([], 0)


def test_a_caller_who_hangs_up_while_he_waits_leaves_the_queue_and_nothing_is_run():
    async def scene(pools):
        held, begun = await busy(pools, Pool.HASH)
        ran, hangs_up = [], asyncio.Event()
        waiting = await queued(
            pools, Pool.HASH, 3, work=lambda: ran.append("ran"), gone=hangs_up.wait
        )
        hangs_up.set()
        told = await asyncio.gather(*waiting, return_exceptions=True)
        left = pools.waiting(Pool.HASH, Lane.STRANGER)
        await ended(held, *begun)
        return ran, left, told

    with opened() as pools:
        ran, left, told = asyncio.run(scene(pools))
    assert (ran, left) == ([], 0)
    assert [type(error) for error in told] == [Left] * 3


def test_a_caller_who_hangs_up_after_his_call_began_does_not_stop_it():
    async def scene(pools):
        hangs_up = asyncio.Event()
        held, begun = await busy(pools, Pool.HASH)
        later = Held()
        (call,) = await queued(pools, Pool.HASH, 1, work=later, gone=hangs_up.wait)
        held[0].let_go.set()
        await later.begins()
        hangs_up.set()
        await asyncio.sleep(0)
        return await ended([later], *begun, call)

    with opened() as pools:
        assert asyncio.run(scene(pools)) == ["held", "held"]


def test_closing_lets_what_waits_finish_and_takes_no_more():
    async def scene(pools):
        held, begun = await busy(pools, Pool.HASH)
        waiting = await queued(pools, Pool.HASH, 3)
        closing = asyncio.ensure_future(asyncio.to_thread(pools.close))
        told = await ended(held, *begun, *waiting)
        await closing
        with pytest.raises(RuntimeError):
            await pools.run(Pool.HASH, lambda: None)
        return told, pools.waiting(Pool.HASH, Lane.KNOWN)

    with opened() as pools:
        assert asyncio.run(scene(pools)) == (["held", *["done"] * 3], 0)


def test_what_waits_and_what_is_refused_is_counted_by_pool_and_lane():
    async def scene(pools):
        held, begun = await busy(pools, Pool.HASH)
        waiting = await queued(pools, Pool.HASH, ROOM + 2)
        during = metrics.exposed().decode()
        await ended(held, *begun, *waiting)
        return during

    metrics = Metrics()
    with opened(metrics=metrics) as pools:
        during = asyncio.run(scene(pools))
    after = metrics.exposed().decode()
    labels = '{lane="stranger",pool="hash"}'
    assert f"trifactor_queue_length{labels} {ROOM}.0" in during
    assert f"trifactor_queue_refused_total{labels} 2.0" in during
    assert f"trifactor_queue_length{labels} 0.0" in after
    assert f"trifactor_queue_wait_seconds_count{labels} {ROOM}.0" in after
