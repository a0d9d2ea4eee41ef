"""Which factors are shown together, and in which order.

A combination is a set of one, two or three kinds. The service asks a method once in a transaction,
so a combination with two kinds of one method (a synced passkey and an attested one) is as many
*tries* as there are ways to pick one of each method, and it passes where one of them does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import combinations, product

from demo_client.lab.facts import Kind

Combination = tuple[Kind, ...]

LARGEST = 3


def every(kinds: Sequence[Kind], largest: int = LARGEST) -> Iterator[Combination]:
    """Yield every combination of one to `largest` kinds, smaller ones first."""
    for size in range(1, largest + 1):
        yield from combinations(kinds, size)


def picks(combination: Combination) -> Iterator[Combination]:
    """Yield every way to pick one kind of each method in a combination."""
    by_method: dict[str, list[Kind]] = {}
    for kind in combination:
        by_method.setdefault(kind.method, []).append(kind)
    yield from product(*by_method.values())


def in_order(
    pick: Combination, first: Collection[str], worth: Mapping[str, int]
) -> tuple[Kind, ...]:
    """Return the order to show a pick in: one that can begin, if there is one.

    `first` are the methods that may be asked before anything was proven; `worth` is how many
    classes each kind counts as by itself. What counts most comes first, so that nothing is left
    unasked because something weaker seemed to do; what travels or is used up comes last.
    """
    return tuple(
        sorted(
            pick,
            key=lambda kind: (
                kind.method not in first,
                -worth.get(kind.id, 0),
                kind.travels,
                kind.spends,
            ),
        )
    )


def name_of(kinds: Collection[Kind]) -> str:
    """Return how a combination is called: ``password + totp``."""
    return " + ".join(kind.id for kind in kinds)
