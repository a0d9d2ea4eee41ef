"""Every limit there is, in one table: what it counts, how much, who asks, both dangers.

Windows (GCRA) bound speed and heal by themselves. Most have two marks: what is `free`, and the
`burst`; between them work is asked (see `identity.throttling.backoff`). Failures per authenticator
bound the total and do not heal: NIST SP 800-63B-4 3.2.2 allows at most 100 in a row before the
authenticator is closed. They are split in two shares, so that a stranger can use up only his own
and never closes the way in of a device the customer is known from; a success refills only the
share it came by, and the strangers' once a month at most, or the customer's daily login would
refill a stranger's guesses.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from identity.clock import DAY
from identity.errors import SettingsError
from identity.throttling.way import Way

REFILLS = 30 * DAY
"""Seconds between two refills of the strangers' share by right answers from unknown devices."""


class Use(NamedTuple):
    """One limit, and for whom it is counted."""

    limit: str
    key: str


class Limit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`burst` at once, then one every `interval` seconds; 0 means that none ever comes back.

    `key` says of whom or what it is counted; it is `own` where that is the caller's alone.
    Of the burst, `free` pass without work; None means that work is never asked. Where it does not
    refuse, more than the burst passes too, with the hardest work. `source` is the clause or
    reason, `stops` the attack, `harm` what a value set too low does.
    """

    name: str
    key: str
    own: bool = False
    burst: int
    interval: float
    free: int | None = None
    refuses: bool = True
    source: str
    stops: str
    harm: str


_ROWS = (
    Limit(
        name="account",
        key="the account, or what stands for a name nobody has",
        free=10,
        burst=60,
        interval=60,
        refuses=False,
        source="CC-17010.j.g, ASVS 5.0 6.1.1",
        stops="guessing one account from many networks at once",
        harm="a stranger makes the customer's browser work at a first login from a new device",
    ),
    Limit(
        name="account_prefix",
        key="the account and the caller's address (/32, /64)",
        free=5,
        burst=30,
        interval=60,
        source="CC-17010.j.g",
        stops="guessing one account from one network",
        harm="a family or an office sharing an address makes its own members work, then wait",
    ),
    Limit(
        name="prefix_1",
        key="the caller's address (/32, /64)",
        own=True,
        free=20,
        burst=300,
        interval=2,
        source="CC-17010.j.g",
        stops="trying many accounts from one address (IPv4 /32, IPv6 /64)",
        harm="customers behind one carrier NAT make each other work, then wait",
    ),
    Limit(
        name="prefix_2",
        key="the caller's network (/24, /56)",
        own=True,
        free=80,
        burst=1200,
        interval=0.5,
        source="CC-17010.j.g",
        stops="trying many accounts from one small network (IPv4 /24, IPv6 /56)",
        harm="as above, for more of them",
    ),
    Limit(
        name="prefix_3",
        key="the caller's network (IPv6 /48)",
        own=True,
        free=320,
        burst=4800,
        interval=0.125,
        source="CC-17010.j.g",
        stops="trying many accounts from one allocation (IPv6 /48)",
        harm="as above, for more of them",
    ),
    Limit(
        name="password",
        key="the password's fingerprint of the day",
        free=20,
        burst=60,
        interval=60,
        refuses=False,
        source="CC-17010.j.g, ASVS 5.0 6.3.1",
        stops="trying one password on many accounts from so many networks that none is hot",
        harm="customers who mistype alike, on devices not known yet, work before they are answered",
    ),
    Limit(
        name="device",
        key="the account and the known device",
        own=True,
        burst=20,
        interval=15,
        source="CC-17010.j.g",
        stops="guessing with a stolen device cookie",
        harm="a customer who mistypes a lot waits",
    ),
    Limit(
        name="opening",
        key="the caller's address (/32, /64)",
        own=True,
        free=60,
        burst=600,
        interval=0.5,
        source="CC-17010.j.g",
        stops="filling the store with transactions that are never answered, from one address",
        harm="customers behind one carrier NAT make each other work, then wait",
    ),
    Limit(
        name="opening_device",
        key="the known device, or the session",
        own=True,
        burst=60,
        interval=1,
        source="CC-17010.j.g",
        stops="filling the store with transactions, with a stolen device cookie or session",
        harm="a customer who opens many tabs waits",
    ),
    Limit(
        name="service",
        key="nothing: all strangers together",
        free=500,
        burst=5000,
        interval=0.02,
        refuses=False,
        source="CC-17010.j.g",
        stops="filling the store with transactions from so many addresses that none is hot",
        harm="at the opening of the market, customers on new devices work before they sign in",
    ),
    Limit(
        name="registration",
        key="the caller's address (/32, /64)",
        own=True,
        free=5,
        burst=50,
        interval=60,
        source="CC-17010.j.g",
        stops="filling the store, and other people's mailboxes, with applications",
        harm="customers behind one carrier NAT make each other work, then wait",
    ),
    Limit(
        name="enrolment",
        key="the account",
        burst=20,
        interval=30,
        source="CC-17010.j.g",
        stops="guessing through the enrolment of a factor in a stolen session",
        harm="a customer who mistypes a lot waits",
    ),
    Limit(
        name="delivery",
        key="the account and the channel",
        burst=5,
        interval=120,
        source="CC-17010.j.g, NIST SP 800-63B-4 3.1.3",
        stops="ringing a customer's phone, and running up the gateway's bill, with codes",
        harm="a customer whose codes arrive late asks again and waits",
    ),
    Limit(
        name="client",
        key="the caller's address (/32, /64)",
        own=True,
        burst=30,
        interval=10,
        source="RFC 6749 section 2.3.1: what takes a secret is protected against brute force",
        stops="filling the log with calls of programs that are none of our clients",
        harm="a client with a wrong secret on the same network learns later that it is wrong",
    ),
    Limit(
        name="failures",
        key="the account, the kind of factor, and the share",
        burst=50,
        interval=0,
        source="NIST SP 800-63B-4 3.2.2: at most 100 in a row, here in two shares",
        stops="guessing a password or a code with unlimited patience",
        harm="a customer must bind the factor anew, or vouch for it with two others",
    ),
)

TABLE: Mapping[str, Limit] = {row.name: row for row in _ROWS}


def from_file(path: Path) -> Mapping[str, Limit]:
    """Return the table with the rows of a TOML file laid over it. Lab mode only."""
    try:
        rows = tomllib.loads(path.read_text(encoding="utf-8"))
        given = {name: _over(name, row) for name, row in rows.items()}
    except (
        OSError,
        tomllib.TOMLDecodeError,
        msgspec.ValidationError,
        TypeError,
        KeyError,
    ) as error:
        raise SettingsError(f"limits file {path}: {error}") from error
    return {**TABLE, **given}


def longest(table: Mapping[str, Limit]) -> float:
    """Return how many seconds the longest window needs to empty once it is full.

    In the table as shipped that is the account's: 60 times a minute, one hour.
    """
    return max(row.burst * row.interval for row in table.values())


def uses(way: Way, account_id: str) -> tuple[Use, ...]:
    """Return what one attempt is counted under, in the order in which it is asked.

    Clause: CC-17010.j.g
    """
    if way.known:
        return (Use("device", f"{account_id}:{way.device_id}"),)
    return (
        Use("account", account_id),
        Use("account_prefix", f"{account_id}:{way.prefixes[0]}"),
        *by_prefix(way),
    )


def by_prefix(way: Way) -> tuple[Use, ...]:
    """Return the caller's networks alone."""
    return tuple(Use(f"prefix_{rank}", prefix) for rank, prefix in enumerate(way.prefixes, start=1))


def _over(name: str, row: dict[str, object]) -> Limit:
    """Return a row laid over the table's; one that says its burst and not what is free has none."""
    bare = {"free": None, "refuses": True} if "burst" in row else {}
    return msgspec.convert({**msgspec.structs.asdict(TABLE[name]), **bare, **row}, Limit)
