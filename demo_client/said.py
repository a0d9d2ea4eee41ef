"""Answers of the service in words, for the line that a step prints."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

Json: TypeAlias = Any


def login(body: Json) -> str:
    """Say where a login transaction stands."""
    if body["state"] == "succeeded":
        return f"{body['purpose']} succeeded"
    shown = _names(body["satisfied"]) or "nothing yet"
    asked = "; ".join(each["text"].rstrip(".。") for each in body["missing"])
    return f"{body['purpose']} is open; shown: {shown}; asked: {asked} ({_names(body['methods'])})"


def challenge(body: Json) -> str:
    """Say what a challenge asks for."""
    asked = body["challenge"]
    if "channel" in asked:
        return sent(asked)
    if "asked" in asked:
        return f"cells asked: {', '.join(asked['asked'])}"
    return "a challenge"


def offered(method: str) -> Callable[[Json], str]:
    """Say that a factor can be had, and where its code goes."""

    def words(body: Json) -> str:
        offer = body["offer"]
        more = f"; {sent(offer)}" if "channel" in offer else ""
        return f"{method} is on offer{more}"

    return words


def sent(asked: Json) -> str:
    """Say that a code is on its way. `to` is masked."""
    return f"a code goes by {asked['channel']} to {asked['to'] or 'where it was agreed'}"


def session(body: Json) -> str:
    """Say who is signed in and by what."""
    return (
        f"{body['account']['name']} is signed in by {_names(body['evidence'])} (AAL {body['aal']})"
    )


def factors(body: Json) -> str:
    """Name the factors."""
    return f"holds {_names(body['factors'])}"


def quote(body: Json) -> str:
    """Say what is to be approved."""
    return f"to approve: {body['summary']}"


def placed(body: Json) -> str:
    """Say that the order stands."""
    return f"order {body['id']} is placed: {body['summary']}"


def inbox(body: Json) -> str:
    """Say how many messages there are."""
    return f"{len(body)} in the inbox"


def _names(entries: Json) -> str:
    return ", ".join(each["method"] for each in entries)
