"""What lies behind each operation: a call that must be open after it, and closed without it.

A transaction that says `succeeded` proves little if the door it is for opens to everybody, or to
nobody; so each run tries the door too.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Any, NamedTuple

from demo_client.lab.customers import ENROLMENTS, FACTORS
from demo_client.lab.wire import Browser


class Door(NamedTuple):
    """A call, and the status it answers with where it is open; 401 is closed."""

    method: str
    path: str
    body: Any
    open: int


CLOSED = 401

_ADDING = {"method": "webauthn"}
_NEW_PASSWORD = {"method": "password"}

DOORS = MappingProxyType(
    {
        "login": Door("GET", "/session/check?operation=login", None, 204),
        "operator": Door("GET", "/session/check?operation=operator", None, 204),
        "order": Door("GET", "/session/check?operation=order", None, 204),
        "activation": Door("GET", FACTORS, None, 200),
        "recovery": Door("POST", ENROLMENTS, _NEW_PASSWORD, 201),
        "factor.add": Door("POST", ENROLMENTS, _ADDING, 201),
        # No factor has this name, which is told only to those who might remove one.
        "factor.remove": Door("DELETE", f"{FACTORS}/none", None, 404),
        "password.change": Door("POST", ENROLMENTS, _NEW_PASSWORD, 201),
    }
)
"""The operations that have a route, and what each is for."""


def is_open(browser: Browser, operation: str) -> bool | None:
    """Try the door of an operation: True for open, False for closed, None for neither."""
    door = DOORS[operation]
    reply = browser.call(door.method, door.path, door.body)
    if reply.status == door.open:
        return True
    return False if reply.status == CLOSED else None
