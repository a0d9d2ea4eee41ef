"""The one rule that the attacks keep themselves: nothing is sent beyond this machine."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from demo_client.lab.errors import LabError


class NotHere(LabError):
    """Something is on another machine, or may be."""


def checked(url: str) -> str:
    """Return `url` where its host is this machine's loopback by its very name, or raise `NotHere`.

    Names are not looked up: whoever answers for one may send us anywhere.
    """
    host = urlsplit(url).hostname or ""
    if host != "localhost" and not _is_loopback(host):
        raise NotHere(f"{host or 'no host'}: attacks are for this machine alone (127.0.0.1)")
    return url


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
