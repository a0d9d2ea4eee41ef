"""What a transcript may show: who reads `lab.html` must not find a code, a key or a cookie in it.

Where a factor speaks (an offer, a challenge, a response), only members known to be harmless are
shown, and everything else is told by its length. Elsewhere what is named like a secret is hidden.
A member that a new factor brings is therefore hidden until somebody lists it here.
"""

from __future__ import annotations

import base64
import json
from typing import Any, Final, TypeAlias

Json: TypeAlias = Any

SPOKEN: Final = frozenset({"response", "offer", "challenge"})
"""Members below which a factor speaks its own words."""

SECRET: Final = frozenset({"secret", "access_token", "client_secret", "email", "phone", "address"})
"""Members hidden wherever they are."""

HARMLESS: Final = frozenset(
    {
        # WebAuthn's options and answers
        "publicKey", "rp", "rpId", "name", "displayName", "pubKeyCredParams", "alg", "type",
        "timeout", "attestation", "authenticatorSelection", "residentKey", "requireResidentKey",
        "userVerification", "authenticatorAttachment", "allowCredentials", "excludeCredentials",
        "transports", "hints", "credential", "response", "clientExtensionResults", "credProps",
        "rk", "publicKeyAlgorithm", "user", "extensions", "attestationFormats", "crossOrigin",
        "topOrigin",
        # our factors' own
        "channel", "to", "digits", "expires_in", "period", "counter", "rows", "columns",
        "minimum", "maximum", "min_length", "max_length", "quality", "asked", "uses", "saved",
        "transaction", "purpose", "origin", "public_key", "kty", "crv", "keys", "key", "phone",
        "id", "rawId", "challenge", "clientDataJSON", "client_data", "cells",
    }
)  # fmt: skip
"""Members of a factor's own words that are shown."""

STATEMENTS: Final = frozenset({"clientDataJSON", "client_data"})
"""Members that are base64url of JSON which was signed: shown as that JSON."""

HIDDEN: Final = "•"
LONG: Final = 96


def masked(value: Json) -> Json:
    """Return `value` fit to be shown."""
    return _outside(value)


def _outside(value: Json) -> Json:
    if isinstance(value, dict):
        return {name: _member(name, inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_outside(inner) for inner in value]
    return value


def _member(name: str, value: Json) -> Json:
    if name in SPOKEN:
        return _inside(value)
    return _hidden(value) if name in SECRET else _outside(value)


def _inside(value: Json) -> Json:
    if isinstance(value, dict):
        return {name: _spoken(name, inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_inside(inner) for inner in value]
    return _short(value)


def _spoken(name: str, value: Json) -> Json:
    if name in STATEMENTS and isinstance(value, str):
        return _statement(value)
    if name == "cells":
        return _cells(value)
    return _inside(value) if name in HARMLESS else _hidden(value)


def _cells(value: Json) -> Json:
    """Show which cells of a card were asked and answered, not what is printed in them."""
    if isinstance(value, dict):
        return {name: _hidden(printed) for name, printed in value.items()}
    return f"{HIDDEN * 3} (the card)"


def _statement(text: str) -> Json:
    try:
        said = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except ValueError:
        return _short(text)
    return _inside(said) if isinstance(said, dict) else _short(text)


def _hidden(value: Json) -> Json:
    if isinstance(value, dict):
        return {name: _hidden(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return f"{HIDDEN * 3} ({len(value)} of them)"
    if isinstance(value, str):
        return f"{HIDDEN * 3} ({len(value)} characters)" if value else ""
    return value if value is None or isinstance(value, bool) else HIDDEN * 3


def _short(value: Json) -> Json:
    if isinstance(value, str) and len(value) > LONG:
        return f"{value[:24]}… ({len(value)} characters)"
    return value
