"""What a request says of its caller, and what may be believed of it.

The address is the peer's, unless the peer is a proxy we trust: then it is the last one in
`X-Forwarded-For` that is no such proxy. A header from anybody else is not looked at. Browsers must
show an Origin that is ours on every call that changes something; programs send none.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import ip_network

from starlette.requests import HTTPConnection, Request

from identity.errors import Malformed, OriginRefused, TooLarge
from identity.sessions.caller import Caller
from identity.throttling.way import parsed, prefixes
from identity.web import cookies
from identity.web.texts import spoken

LARGEST = 64 * 1024
"""Bytes of a body that are read. The largest honest one, an attested passkey, has under 16 KiB."""

WORK = "trifactor-work"
"""The header that carries proof of work, on whatever call it was asked for."""

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
        """Return the address the call comes from."""
        peer = request.client.host if request.client else ""
        if not self._is_trusted(peer):
            return peer
        lines = request.headers.getlist("x-forwarded-for")
        hops = [hop.strip() for hop in ",".join(lines).split(",")]
        for hop in reversed(hops):
            if parsed(hop) is None:
                return peer
            if not self._is_trusted(hop):
                return hop
        return peer

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

    def _is_trusted(self, address: str) -> bool:
        found = parsed(address)
        return found is not None and any(found in network for network in self._trusted)


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
    async for chunk in request.stream():
        read += chunk
        if len(read) > LARGEST:
            raise TooLarge
    return bytes(read)


_prefixes = lru_cache(maxsize=4096)(prefixes)
