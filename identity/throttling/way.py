"""How a caller comes in: by a device we know, or from somewhere on the network.

Innocent people share addresses (carrier NAT, offices), and one attacker owns whole prefixes. So
a network is counted at several widths with rising limits, and a device that completed a login
before is counted by itself and never by its network.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import msgspec

WIDTHS = {4: (32, 24), 6: (64, 56, 48)}
"""Prefix lengths that are counted, narrowest first. An IPv6 customer owns a /64 at least."""


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """The way in. `device_id` is "" unless this account completed a login from that device."""

    device_id: str
    prefixes: tuple[str, ...]

    @property
    def known(self) -> bool:
        """Whether it is a device that this account is known from."""
        return bool(self.device_id)

    @property
    def share(self) -> str:
        """Which of the two shares of failures it draws on."""
        return "known" if self.known else "elsewhere"

    @property
    def name(self) -> str:
        """A stable name for it: the bucket of ECD.4's wrong entries."""
        return f"device:{self.device_id}" if self.known else f"prefix:{self.prefixes[0]}"


def prefixes(address: str) -> tuple[str, ...]:
    """Return the networks an address is counted under, narrowest first.

    IPv4-mapped IPv6 counts as IPv4 and a zone id is dropped, or one host would have many names.
    What is no address at all (a Unix socket's peer) counts as one place, named "local".
    """
    found = parsed(address)
    if found is None:
        return ("local",)
    return tuple(str(ip_network((found, width), strict=False)) for width in WIDTHS[found.version])


def parsed(address: str) -> IPv4Address | IPv6Address | None:
    """Return an address in its one form, or None where it is none."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found
