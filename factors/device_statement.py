"""What a bound device signs: a small JSON object that says what the signature is for.

    {"type": "trifactor.device.prove", "challenge": "...", "transaction": "...",
     "purpose": "order", "origin": "https://trade.example.com"}

The signature is over the very bytes that arrive, so nothing has to be written canonically; they
are read once, strictly, because two readers who disagree about a member twice would be a hole.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from factors.contract import Context, Json
from factors.response import is_encodable

BIND: Final = "trifactor.device.bind"
"""The type of a statement that ends an enrolment."""

PROVE: Final = "trifactor.device.prove"
"""The type of a statement that answers a challenge; neither counts for the other."""

MAX_SIZE: Final = 2048
"""Bytes of a statement; one with the longest ids and origin has a quarter of that."""


class Statement(NamedTuple):
    """The members of a statement, all of them text."""

    type: str
    challenge: str
    transaction: str
    purpose: str
    origin: str


def read_statement(raw: bytes) -> Statement | None:
    """Return what was signed, or None: these five members, each once, as UTF-8 text."""
    try:
        members = json.loads(raw.decode("utf-8"), object_pairs_hook=_each_once)
    except (ValueError, RecursionError):
        return None
    if not isinstance(members, dict) or members.keys() != set(Statement._fields):
        return None
    texts = [text for text in members.values() if isinstance(text, str) and is_encodable(text)]
    return Statement(**members) if len(texts) == len(members) else None


def statement_fault(
    said: Statement, kind: str, challenge: str, origins: Sequence[str], ctx: Context
) -> str | None:
    """Return what is wrong with a statement that should be of type `kind`, or None.

    The reasons are `wrong_type`, `wrong_challenge`, `wrong_transaction`, `wrong_purpose` and
    `wrong_origin`.
    """
    right = {
        "wrong_type": said.type == kind,
        "wrong_challenge": hmac.compare_digest(said.challenge.encode(), challenge.encode()),
        "wrong_transaction": said.transaction == ctx.transaction,
        "wrong_purpose": said.purpose == ctx.purpose,
        "wrong_origin": said.origin in origins,
    }
    return next((reason for reason, is_right in right.items() if not is_right), None)


def _each_once(pairs: Sequence[tuple[str, Json]]) -> Mapping[str, Json]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member twice")
    return members
