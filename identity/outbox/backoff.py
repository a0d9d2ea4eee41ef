"""When to try again what could not be carried."""

from __future__ import annotations

FIRST = 30.0
"""Seconds before the second try: longer than a carrier may take, because until then another node
leaves the message alone."""

LONGEST = 3600.0
"""Seconds between tries at most: an outage of a night is made good within the hour."""

SOON = 2.0
"""Seconds before the second try where somebody waits, once it is known that the first failed."""

LATEST = 60.0
"""Seconds between such tries at most: of a code's ten minutes not many may be lost."""

_MOST = 16  # doublings: far beyond the longest wait, and far below what a float can hold


def delay(attempts: int) -> float:
    """Return the seconds to wait after so many tries before this one: each time twice as long."""
    return min(FIRST * float(1 << min(attempts, _MOST)), LONGEST)


def delay_while_waited_for(attempts: int) -> float:
    """Return the same for what is of use for minutes only: tries after 0, 2, 6, 14 seconds …"""
    return min(SOON * float(1 << min(attempts, _MOST)), LATEST)
