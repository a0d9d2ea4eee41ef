"""A cookie jar for one origin, with a browser's rules for `__Host-` cookies.

The jars of HTTP libraries withhold `Secure` cookies from `http://localhost`; browsers, for which
that is a trustworthy origin (W3C Secure Contexts, section 3.1), do not. Ours follows the browsers,
and the service need not be asked for a weaker cookie. Rules: RFC 6265 section 5 and the cookie
prefixes of RFC 6265bis.
"""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import TypeAlias
from urllib.parse import urlsplit

import msgspec

from demo_client.errors import WeakCookie

HOST_PREFIX = "__Host-"

_Attributes: TypeAlias = dict[str, str]


class Cookie(msgspec.Struct, frozen=True, kw_only=True):
    """One cookie. `expires_at` is Unix time in seconds, None for the length of a session."""

    value: str
    secure: bool
    expires_at: float | None = None


class CookieJar:
    """The cookies of one origin, by name. `cookies` may be stored and handed in again."""

    def __init__(self, origin: str, cookies: dict[str, Cookie]) -> None:
        self.cookies = cookies
        self._trustworthy = _is_trustworthy(origin)

    def take(self, set_cookie: str, now: float) -> None:
        """Keep or delete what one `Set-Cookie` header says; `WeakCookie` for a broken promise."""
        name, value, attributes = _parse(set_cookie)
        if name.startswith(HOST_PREFIX):
            _require_host_promise(name, attributes)
        expires_at = _expiry(attributes, now)
        if expires_at is not None and expires_at <= now:
            self.cookies.pop(name, None)
            return
        self.cookies[name] = Cookie(
            value=value, secure="secure" in attributes, expires_at=expires_at
        )

    def header(self, now: float) -> str:
        """Return the `Cookie` header to send at `now`, empty when there is nothing to send."""
        self._forget_expired(now)
        return "; ".join(
            f"{name}={cookie.value}"
            for name, cookie in self.cookies.items()
            if self._trustworthy or not cookie.secure
        )

    def _forget_expired(self, now: float) -> None:
        for name, cookie in list(self.cookies.items()):
            if cookie.expires_at is not None and cookie.expires_at <= now:
                del self.cookies[name]


def _is_trustworthy(origin: str) -> bool:
    parts = urlsplit(origin)
    host = parts.hostname or ""
    return parts.scheme == "https" or host == "localhost" or host.endswith(".localhost")


def _parse(set_cookie: str) -> tuple[str, str, _Attributes]:
    pair, *rest = set_cookie.split(";")
    name, _, value = pair.partition("=")
    attributes: _Attributes = {}
    for part in rest:
        key, _, setting = part.partition("=")
        attributes[key.strip().lower()] = setting.strip()
    return name.strip(), value.strip(), attributes


def _require_host_promise(name: str, attributes: _Attributes) -> None:
    kept = "secure" in attributes and "domain" not in attributes and attributes.get("path") == "/"
    if not kept:
        raise WeakCookie(name)


def _expiry(attributes: _Attributes, now: float) -> float | None:
    # Max-Age wins over Expires where both are there (RFC 6265 section 5.3, step 3).
    if "max-age" in attributes:
        return now + int(attributes["max-age"])
    if "expires" in attributes:
        return parsedate_to_datetime(attributes["expires"]).timestamp()
    return None
