"""The demo's inbox as its customer reads it: the initial password, and codes on their way.

A letter takes a moment to come, so the inbox is looked at until it is there. Which one is new is
known by what was there before: `mark` what is there, then ask for a code, then wait for it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from demo_client import said
from demo_client.errors import NotHeld
from demo_client.passwords import code_in, initial_password
from demo_client.visit import Visit

Json: TypeAlias = Any

LOOKS = 20
"""How often the inbox is read before the letter counts as lost, `PAUSE` seconds apart."""

PAUSE = 0.5


def mark(visit: Visit) -> None:
    """Take all that is in the inbox for read."""
    visit.letters_read.update(letter["id"] for letter in _letters(visit))


def mailed_password(visit: Visit) -> str:
    """Wait for the initial password."""
    address = visit.wallet.email

    def look(letter: Json) -> str | None:
        return initial_password(letter["body"]) if letter["to"] == address else None

    return _awaited(visit, look, f"no mail with an initial password for {address}")


def sent_code(visit: Visit, channel: str, address: str, digits: int) -> str:
    """Wait for the code that comes to `address` after the last `mark`, and mark its letter."""

    def look(letter: Json) -> str | None:
        meant = (letter["channel"], letter["to"]) == (channel, address)
        if not meant or letter["id"] in visit.letters_read:
            return None
        code = code_in(letter["body"], digits)
        if code:
            visit.letters_read.add(letter["id"])
        return code

    return _awaited(visit, look, f"no code came by {channel} to {address}")


def _awaited(visit: Visit, look: Callable[[Json], str | None], missing: str) -> str:
    for _ in range(LOOKS):
        for letter in _letters(visit):
            if found := look(letter):
                return found
        visit.world.sleep(PAUSE)
    raise NotHeld(missing)


def _letters(visit: Visit) -> Json:
    """Return the inbox, newest first."""
    return visit.client.site("GET", "/inbox.json", None, said.inbox)
