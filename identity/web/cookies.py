"""Our cookies: `__Host-` ones, which no other host can set and no plain connection carries."""

from __future__ import annotations

from collections.abc import Sequence

SESSION = "__Host-trifactor-session"
DEVICE = "__Host-trifactor-device"
TRANSACTION = "__Host-trifactor-login-"
"""Followed by the transaction's id: two tabs may sign in at once."""

YEAR = 365 * 24 * 3600

SHARED = 4
"""Accounts one browser is remembered for: a family's. The one unused longest is forgotten."""


def devices(value: str) -> tuple[str, ...]:
    """Return the device secrets in a cookie's value, the latest last."""
    return tuple(value.rsplit(".", SHARED))[-SHARED:] if value else ()


def of_devices(secrets: Sequence[str]) -> str:
    """Return the cookie's value that holds these device secrets, or the latest of them."""
    return ".".join(secrets[-SHARED:])


def kept(name: str, secret: str, seconds: float) -> str:
    """Return the `Set-Cookie` value that keeps `secret` for `seconds`."""
    return f"{name}={secret}; Max-Age={int(seconds)}; Path=/; Secure; HttpOnly; SameSite=Lax"


def dropped(name: str) -> str:
    """Return the `Set-Cookie` value that forgets it."""
    return kept(name, "", 0)
