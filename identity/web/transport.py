"""What a request says of its caller, and what may be believed of it.

The address is the peer's, unless the peer is a proxy we trust: then it is the last one in
`X-Forwarded-For` that is no such proxy. A header from anybody else is not looked at. Browsers must
show an Origin that is ours on every call that changes something; programs send none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_network
from typing import TypeAlias

from starlette.requests import HTTPConnection, Request

from identity.errors import Malformed, OriginRefused, TooLarge
from identity.sessions.caller import Caller
from identity.throttling.way import parsed, prefixes
from identity.web import cookies
from identity.web.texts import spoken

LARGEST = 64 * 1024
"""Bytes of a body that are read. The largest honest one, an attested passkey, has under 16 KiB."""

SLOWEST = 10.0
"""Seconds that a body may take to come. Until it is there it holds no place in any queue."""

WORK = "trifactor-work"
"""The header that carries proof of work, on whatever call it was asked for."""

Address: TypeAlias = IPv4Address | IPv6Address

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Transport:
    """Reads callers and bodies off requests."""

    def __init__(self, *, origins: Sequence[str], trusted: Sequence[str]) -> None:
        self._origins = frozenset(origins)
        self._trusted = tuple(ip_network(network) for network in trusted)

    def caller(self, request: HTTPConnection) -> Caller:
        """Return who calls, as far as the transport can tell."""
        sent = request.cookies
        return Caller(
            prefixes=_prefixes(self.address(request)),
            session_secret=sent.get(cookies.SESSION, ""),
            device_secrets=cookies.devices(sent.get(cookies.DEVICE, "")),
            locale=locale(request),
            payment=request.headers.get(WORK, ""),
        )

    def address(self, request: HTTPConnection) -> str:
        """Return the address the call comes from, in its one form.

        The peer's, also where a proxy's header holds what is no address: whoever sent that may
        have sent the rest.
        """
        peer = request.client.host if request.client else ""
        found = parsed(peer)
        return str(self._forwarded(request, found) or found or peer)

    def _forwarded(self, request: HTTPConnection, peer: Address | None) -> Address | None:
        """Return the last hop that is no proxy of ours, None where none is believed."""
        if not self._is_trusted(peer):
            return None
        lines = request.headers.getlist("x-forwarded-for")
        hops = (parsed(hop.strip()) for hop in reversed(",".join(lines).split(",")))
        return next((hop for hop in hops if not self._is_trusted(hop)), None)

    def is_foreign(self, request: Request) -> bool:
        """Whether a browser says that this comes from a page that is not ours."""
        origin = request.headers.get("origin")
        return origin is not None and origin not in self._origins

    def check_origin(self, request: Request) -> None:
        """Raise `OriginRefused` where a browser calls from a page that is not ours."""
        if request.method in SAFE:
            return
        origin = request.headers.get("origin")
        if origin is None and "sec-fetch-site" not in request.headers:
            return
        if origin not in self._origins:
            raise OriginRefused

    def _is_trusted(self, address: Address | None) -> bool:
        return address is not None and any(address in network for network in self._trusted)


def is_browser(request: Request) -> bool:
    """Whether the caller keeps secrets in cookies by itself."""
    return "origin" in request.headers or "sec-fetch-site" in request.headers


def locale(request: HTTPConnection) -> str:
    """Return the language to answer in."""
    return spoken(request.headers.get("accept-language", ""))


async def body(request: Request, expected: str) -> bytes:
    """Return the body, a media type's, or raise `TooLarge` as soon as it is."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != expected:
        raise Malformed(f"send {expected}", "content-type")
    read = bytearray()
    try:
        async with asyncio.timeout(SLOWEST):
            async for chunk in request.stream():
                read += chunk
                if len(read) > LARGEST:
                    raise TooLarge
    except TimeoutError as error:
        raise Malformed("the body came too slowly") from error
    return bytes(read)


async def gone(request: Request) -> None:
    """Come back when the caller has hung up. The body must have been read before."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


_prefixes = lru_cache(maxsize=4096)(prefixes)
