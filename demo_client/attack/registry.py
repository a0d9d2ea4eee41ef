"""Every attack, one line each, in the order of the page. A new one is a module and a line here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from demo_client.attack import (
    brute_force,
    distributed,
    enumeration,
    flood,
    lockout,
    race,
    slow,
    spraying,
    stuffing,
    totp_year,
)
from demo_client.attack.outcomes import Found
from demo_client.attack.stage import Run
from demo_client.lab.errors import LabError

ATTACKS: Final[Mapping[str, Callable[[Run], Found]]] = {
    "brute_force": brute_force.run,
    "spraying": spraying.run,
    "stuffing": stuffing.run,
    "distributed": distributed.run,
    "slow": slow.run,
    "race": race.run,
    "totp_year": totp_year.run,
    "lockout": lockout.run,
    "enumeration": enumeration.run,
    "flood": flood.run,
}
"""By name. Its texts in `texts.toml` have the same name."""


def chosen(names: Iterable[str]) -> tuple[str, ...]:
    """Return the attacks of these names in the page's order, all for none.

    Raises `LabError` for a name that is none.
    """
    wanted = set(names)
    if unknown := sorted(wanted - ATTACKS.keys()):
        raise LabError(f"no attack is called {unknown[0]!r}; there are {', '.join(ATTACKS)}")
    return tuple(name for name in ATTACKS if not wanted or name in wanted)
