"""What is promised, and whether what was measured keeps it. Pure.

A promise about time on this machine is `timed`: it is shown, and fails no run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from demo_client.attack import odds
from demo_client.attack.auc import Area
from demo_client.attack.outcomes import KNOWN, NEW, Cost, Felt, Promise, Remembered

MOST_OF_NEW: Final = 0.99
"""The part of logins from new devices that must come through."""

CHEAP: Final = 1 / 20
"""What a blocked attempt may cost, in Argon2id verifies."""

SLOWER: Final = 3.0
"""How many times the unloaded p99 of known devices may be under attack."""

GROWTH_MIB: Final = 192.0
"""What the service's memory may grow by. Two hashes at a time take 38 of it; the rest is caches."""

SHARE: Final = 50
"""Wrong answers that strangers have for one authenticator, for good (NIST SP 800-63B-4 3.2.2)."""

COIN: Final = (0.45, 0.55)
"""Where the area under the curve of response times must lie, with its whole interval."""


def exactly(reached: int, limit: int, where: str = "") -> Promise:
    """Of so many at once exactly as many as the limit reach a verifier."""
    return Promise(
        id=f"exactly{where and '.'}{where}",
        kept=reached == limit,
        was=str(reached),
        bound=str(limit),
    )


def nobody_in(opened: int) -> Promise:
    """No account is opened."""
    return Promise(id="nobody_in", kept=opened == 0, was=str(opened), bound="0")


def books(counted: int, seen: int) -> Promise:
    """The service's own metrics count as many verdicts as all clients were given."""
    return Promise(id="books", kept=counted == seen, was=str(counted), bound=str(seen))


def share(reached: int) -> Promise:
    """One account's authenticator is guessed at no more often than the share of strangers."""
    return Promise(id="share", kept=reached <= SHARE, was=str(reached), bound=f"≤ {SHARE}")


def limited(reached: int, most: int) -> Promise:
    """No more guesses reach a verifier than the limits let through without work."""
    return Promise(id="limited", kept=reached <= most, was=str(reached), bound=f"≤ {most}")


def year(chance: float) -> Promise:
    """A year of patience does not guess a code."""
    return Promise(
        id="odds", kept=chance <= odds.MOST, was=percent(chance), bound=f"≤ {percent(odds.MOST)}"
    )


def customers(felt: Mapping[str, Felt]) -> list[Promise]:
    """Known devices always come through, new ones nearly always."""
    found = []
    for device, least in ((KNOWN, 1.0), (NEW, MOST_OF_NEW)):
        each = felt.get(device)
        if each is not None and each.tried:
            was = f"{percent(each.rate)} ({len(each.ms)}/{each.tried})"
            kept = each.rate >= least
            found.append(
                Promise(id=f"customers.{device}", kept=kept, was=was, bound=f"≥ {percent(least)}")
            )
    return found


def quick(felt: Mapping[str, Felt], unloaded: Mapping[str, Felt]) -> list[Promise]:
    """A known device is not much slower than when nobody attacks."""
    before, meanwhile = unloaded.get(KNOWN), felt.get(KNOWN)
    if before is None or meanwhile is None or not before.ms or not meanwhile.ms:
        return []
    ratio = meanwhile.p99 / before.p99
    return [
        Promise(
            id="quick",
            kept=ratio <= SLOWER,
            was=f"{ratio:.1f} x",
            bound=f"≤ {SLOWER:g} x",
            timed=True,
        )
    ]


def cheap(costs: Iterable[Cost], argon2_ms: float) -> list[Promise]:
    """A blocked attempt costs a small part of a hash."""
    return [
        Promise(
            id=f"cheap.{cost.where}",
            kept=cost.ms / argon2_ms <= CHEAP,
            was=f"1/{argon2_ms / cost.ms:.0f} ({cost.ms:.2f} ms)" if cost.ms else "0",
            bound="≤ 1/20",
            timed=True,
        )
        for cost in costs
    ]


def bounded(memory: Remembered | None) -> list[Promise]:
    """Memory grows by no more than what was planned."""
    if memory is None:
        return []
    growth = memory.peak - memory.before
    return [
        Promise(
            id="memory",
            kept=growth <= GROWTH_MIB,
            was=f"+{growth:.0f} MiB",
            bound=f"≤ {GROWTH_MIB:.0f} MiB",
        )
    ]


def alike(shapes: Sequence[object]) -> Promise:
    """All kinds of accounts are answered alike."""
    same = all(shape == shapes[0] for shape in shapes)
    return Promise(id="alike", kept=same, was="=" if same else "≠", bound="=")


def coin(areas: Mapping[str, Area]) -> Promise:
    """Response times tell accounts apart no better than a coin does."""
    worst = max(areas.values(), key=lambda area: max(0.5 - area.low, area.high - 0.5))
    return Promise(
        id="coin",
        kept=COIN[0] <= worst.low and worst.high <= COIN[1],
        was=f"{worst.area:.3f} [{worst.low:.3f}, {worst.high:.3f}]",
        bound=f"{COIN[0]:.2f} to {COIN[1]:.2f}",
        timed=True,
    )


def percent(part: float) -> str:
    """Write a part of one, with as many digits as tell something."""
    return f"{part * 100:.4g} %"
