"""The generic cell rate algorithm, pure.

A window is one number, its theoretical arrival time (`tat`): when everything taken so far would
have been paid for at the limit's rate.

    now >= tat                       empty: the whole burst is there
    tat - now + interval <= burst    room for one more: tat moves up by one interval
    otherwise                        full, until tat + interval - burst

One number a key, no sliding lists; and since it only ever moves up by what was granted, as many
parallel requests as you like are granted exactly the burst. Where a window has a cap, tat is never
moved beyond now + cap, nor back. The stores do this arithmetic in one statement; this is what
their tests hold them against. Source: ITU-T I.371, virtual scheduling.
"""

from __future__ import annotations

import math

from identity.model import Spend


def take(tat: float | None, spend: Spend, now: float) -> tuple[float, float]:
    """Return `(tat, retry_after)`: the new state and 0, or the old one and seconds until room."""
    start = now if tat is None or tat < now else tat
    over = start + spend.interval - spend.burst - now
    if over > 0:
        return start if tat is not None else 0.0, over
    return max(start, min(start + spend.interval, now + spend.cap)), 0.0


def retry_after(seconds: float) -> int:
    """Round up to the whole seconds of a `Retry-After` header: never a moment too early."""
    return max(1, math.ceil(seconds))
