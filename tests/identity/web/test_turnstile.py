"""The turnstile before strangers: one a turn, in order, and a crowd after known devices."""

import asyncio
import math
from itertools import pairwise

import pytest

from identity.web.turnstile import CROWD, Turnstile

MANY = 4 * CROWD


async def passing(turnstile, name, passed):
    await turnstile.turn()
    passed.append(name)


def queued(turnstile, count, passed):
    """Start as many callers; return their tasks."""
    return [asyncio.ensure_future(passing(turnstile, name, passed)) for name in range(count)]


async def turns(count):
    """Let the loop turn so many times."""
    for _ in range(count):
        await asyncio.sleep(0)


def test_they_pass_in_order_and_never_two_in_one_turn():
    async def main():
        turnstile, passed, seen = Turnstile(lambda: False), [], []
        tasks = queued(turnstile, MANY, passed)
        while not all(task.done() for task in tasks):
            await asyncio.sleep(0)
            seen.append(len(passed))
        return passed, [after - before for before, after in pairwise(seen)]

    passed, steps = asyncio.run(main())
    assert passed == list(range(MANY))
    assert max(steps) == 1


def test_who_comes_alone_passes_at_once():
    async def main():
        turnstile = Turnstile(lambda: True, math.inf)
        for _ in range(3):
            await turnstile.turn()  # it does not even give the loop back
            await turns(2)
        return turnstile.waiting()

    assert asyncio.run(main()) == 0


@pytest.mark.clause("CC-17010.j.g")
def test_a_crowd_waits_while_a_known_device_is_served():
    async def main():
        serving, passed = [True], []
        turnstile = Turnstile(lambda: bool(serving), math.inf)
        tasks = queued(turnstile, MANY, passed)
        await turns(2 * MANY)
        held = len(passed)
        serving.clear()
        await asyncio.gather(*tasks)
        return held, passed

    held, passed = asyncio.run(main())
    assert held <= 2, "the first comes before there is a crowd, and makes the others patient"
    assert passed == list(range(MANY))


def test_a_few_do_not_wait_for_anybody():
    async def main():
        passed = []
        turnstile = Turnstile(lambda: True, math.inf)
        await asyncio.gather(*queued(turnstile, CROWD, passed))
        return passed

    assert asyncio.run(main()) == list(range(CROWD))


def test_a_crowd_without_patience_goes_on():
    async def main():
        passed = []
        turnstile = Turnstile(lambda: True, 0.0)
        await asyncio.gather(*queued(turnstile, MANY, passed))
        return passed

    assert asyncio.run(main()) == list(range(MANY))


def test_who_has_gone_keeps_nobody_waiting():
    async def main():
        turnstile, passed = Turnstile(lambda: False), []
        tasks = queued(turnstile, MANY, passed)
        await turns(1)
        for task in tasks[::2]:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await turnstile.turn()
        return passed

    passed = asyncio.run(main())
    assert set(range(1, MANY, 2)) <= set(passed)
