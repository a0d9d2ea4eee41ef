"""What a limit asks of the next request: nothing, work, or patience. Pure.

One window a key (`identity.throttling.gcra`) with two marks in it. What is owed decides:

    owed <= free            free < owed <= burst                    burst < owed
    +------+  a request     +-----------------------------+  paid  +---------------+
    | COOL | -------------> | WARM: work, harder the more | -----> | FULL: 429 and |
    |      | <------------- | is owed; unpaid, it is asked| <----- | Retry-After   |
    +------+  time, success | (428) and takes nothing     |  time  +---------------+
                            +-----------------------------+

A limit without `free` goes from COOL to FULL: for callers whom work is not asked of. One that does
not refuse has no FULL: what would be owed beyond the burst is taken and forgotten, and the work is
as hard as it gets. Such are the limits that a stranger could fill for somebody else, above all an
account's. A request that was not paid for takes nothing once it is warm, so that nobody makes
others work for free. Clause: CC-17010.j.g
"""

from __future__ import annotations

import math
from typing import NamedTuple

from identity.model import Exceeded, Spend
from identity.throttling.limits import Limit, Use

_ROUNDING = 1 + 1e-6
"""The burst is a millionth wider than told, so that the rounding of sums never costs a request."""

FULLEST_BY_SIGNAL = 0.9
"""How much of a burst signals may use up: they make work harder, and never refuse by themselves."""


class Ask(NamedTuple):
    """Work is asked. `heat` is 0 where it just began to be, 1 where the limit is all used up."""

    heat: float


class Refuse(NamedTuple):
    """There is no room, and work would not buy any: come back in `retry_after` seconds."""

    retry_after: float


def spend(limit: Limit, use: Use, *, paid: bool) -> Spend:
    """Return one request against `limit`, with the room it has if paid for or not."""
    room = limit.burst if paid or limit.free is None else limit.free
    refuses = limit.refuses or not paid
    return Spend(
        key=f"{use.limit}:{use.key}",
        limit=use.limit,
        interval=limit.interval,
        burst=room * limit.interval * _ROUNDING if refuses else math.inf,
        cap=math.inf if limit.refuses else limit.burst * limit.interval,
    )


def warmed(limit: Limit, use: Use, weight: float) -> Spend:
    """Return what a suspicion adds to `limit`: as much as `weight` requests, short of the burst."""
    return Spend(
        key=f"{use.limit}:{use.key}",
        limit=use.limit,
        interval=limit.interval * weight,
        burst=math.inf,
        cap=limit.burst * FULLEST_BY_SIGNAL * limit.interval,
    )


def asked(limit: Limit, exceeded: Exceeded, *, paid: bool) -> Ask | Refuse:
    """Return what to answer where the spend of `paid` found no room, for one who may work."""
    if paid or limit.free is None:
        return Refuse(exceeded.retry_after)
    beyond = exceeded.retry_after / limit.interval
    span = limit.burst - limit.free
    if limit.refuses and beyond > span:
        return Refuse(exceeded.retry_after - span * limit.interval)
    return Ask(min(1.0, beyond / span) if span else 1.0)
