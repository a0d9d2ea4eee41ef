"""Addresses that strangers and customers come from, each as far from the next as they like.

They are told by `X-Forwarded-For`, which the attacked service believes of this machine. All are
from ranges that are nobody's: 10.0.0.0/8 for strangers, 198.18.0.0/15 (RFC 2544) for customers.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address
from itertools import count
from typing import Final

_STRANGERS: Final = int(IPv4Address("10.0.0.1"))
_CUSTOMERS: Final = int(IPv4Address("198.18.0.1"))
NETWORK: Final = 256
"""Addresses of one /24, the widest network that counts together."""

NETWORKS: Final = 65_536
"""So many /24 are in the strangers' range."""


def stranger(number: int) -> str:
    """Return an address in a /24 of its own, the same for the same number."""
    return str(IPv4Address(_STRANGERS + number % NETWORKS * NETWORK))


def neighbour(number: int) -> str:
    """Return an address in one and the same /24 for all numbers."""
    return str(IPv4Address(_STRANGERS + number % (NETWORK - 2)))


def customers() -> Iterator[str]:
    """Yield a new customer's address every time, each in a /24 of its own."""
    return (
        str(IPv4Address(_CUSTOMERS + number % 512 * NETWORK + number // 512)) for number in count()
    )
