"""WebAuthn challenges: what one is bound to, and what the browser says that it signed.

A challenge counts for one account, one transaction and one purpose, until it expires; the shell
lets it be answered once. The library compares challenge and origin too, but looks at neither
`crossOrigin` nor `topOrigin`: a page that frames ours could have its visitor sign our challenge.

Source: W3C WebAuthn Level 3 sections 7.1, 7.2 and 13.4.9.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final

from webauthn import base64url_to_bytes
from webauthn.helpers import bytes_to_base64url

from factors.contract import Context, Json

CHALLENGE_SIZE: Final = 32
"""Bytes; section 13.4.3 asks for 16 at least."""


def new_challenge(ctx: Context, lifetime: float, allow: Sequence[str] = ()) -> dict[str, Json]:
    """Return a private offer: a challenge, good for `lifetime` seconds, and what it is bound to.

    `allow` are the base64url credential ids that may answer it, none where any may.
    """
    return {
        "challenge": bytes_to_base64url(ctx.entropy(CHALLENGE_SIZE)),
        "expires_at": ctx.now + lifetime,
        "account": ctx.account,
        "transaction": ctx.transaction,
        "purpose": ctx.purpose,
        "allow": list(allow),
    }


def challenge_bytes(private: Mapping[str, Json]) -> bytes:
    """Return the challenge of a private offer as the library wants it."""
    return base64url_to_bytes(private["challenge"])


def challenge_fault(private: Mapping[str, Json], ctx: Context) -> str | None:
    """Return what keeps it from being answered, or None.

    The reasons are `challenge_missing`, `challenge_expired` and `challenge_misplaced`.
    """
    if not private:
        return "challenge_missing"
    if ctx.now >= private["expires_at"]:
        return "challenge_expired"
    bound = (private["account"], private["transaction"], private["purpose"])
    return None if bound == (ctx.account, ctx.transaction, ctx.purpose) else "challenge_misplaced"


def client_data_fault(
    client_data: bytes, private: Mapping[str, Json], origins: Sequence[str]
) -> str | None:
    """Return what is wrong with the browser's words, or None.

    The reasons are `malformed`, `wrong_challenge`, `wrong_origin`, `cross_origin` and
    `wrong_top_origin`. That they are signed is the library's to check.
    """
    try:
        said = json.loads(client_data)
    except (ValueError, RecursionError):
        return "malformed"
    if not isinstance(said, dict):
        return "malformed"
    return _fault(said, private["challenge"], origins)


def _fault(said: Mapping[str, Json], challenge: str, origins: Sequence[str]) -> str | None:
    if said.get("challenge") != challenge:
        return "wrong_challenge"
    if said.get("origin") not in origins:
        return "wrong_origin"
    if said.get("crossOrigin", False) is not False:
        return "cross_origin"
    if "topOrigin" in said and said["topOrigin"] not in origins:
        return "wrong_top_origin"
    return None
