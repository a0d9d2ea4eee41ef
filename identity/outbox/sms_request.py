"""The request that an SMS gateway wants, from the settings' templates: no gateway needs code.

Values are filled in and then encoded, so that nothing in a text can become another parameter.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from string import Template
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from identity.outbox.letter import Letter
from identity.settings import Sms

OWN: Final = frozenset({"phone", "text", "id"})
"""The placeholders that are a message's; all others are the credentials file's."""

CODECS: Final = {"utf-8": "utf-8", "big5": "cp950"}
"""Big5 as the gateways of Taiwan mean it: Windows' code page 950."""

_TRUNK = "0"  # what is dialled before a number of one's own country, in Taiwan as in most
_SECRET = re.compile(r"pass|pwd|secret|token|api.?key|authorization", re.IGNORECASE)
_HEADER = re.compile(r"[A-Za-z0-9-]+\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request. `target` is path and query. It holds secrets, and shows none."""

    method: str
    target: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


def built(settings: Sms, letter: Letter, credentials: Mapping[str, str]) -> Request:
    """Return the request that sends `letter`; `KeyError` where a placeholder has no value."""
    values = {
        **credentials,
        "phone": dialled(letter.address, settings.phone, settings.country),
        "text": letter.body.replace("\n", settings.line_break),
        "id": letter.id,
    }

    def filled(text: str) -> str:
        return Template(text).substitute(values)

    encoding = CODECS[settings.encoding]
    path = urlsplit(settings.url).path or "/"
    query = _pairs(settings.query, filled, encoding)
    headers, body = _body(settings, filled, encoding)
    if settings.auth == "basic":
        headers["authorization"] = _basic(credentials)
    given = {name.lower(): filled(text) for name, text in settings.headers.items()}
    return Request(
        method=settings.method,
        target=f"{path}?{query}" if query else path,
        headers={"user-agent": "Trifactor", "connection": "close", **headers, **given},
        body=body,
    )


def dialled(number: str, form: str, country: str) -> str:
    """Return an E.164 number as a gateway wants it; one of another country stays E.164."""
    digits = number.removeprefix("+")
    if form == "digits":
        return digits
    if form == "national" and digits.startswith(country):
        return _TRUNK + digits.removeprefix(country)
    return number


def faults(settings: Sms, credentials: Mapping[str, str]) -> list[str]:
    """Return a sentence for everything that would keep a request from being built."""
    return [*_in_templates(settings, credentials), *_in_rules(settings)]


def _in_templates(settings: Sms, credentials: Mapping[str, str]) -> Iterator[str]:
    told = [*_texts(settings.query), *_texts(settings.form), *_texts(settings.json)]
    headers = list(_texts(settings.headers))
    for name, text in told + headers:
        if not Template(text).is_valid():
            yield f"{name}: {text!r} is no template; write $name, or $$ for a dollar"
        elif _SECRET.search(name) and "$" not in text:
            yield f"{name}: a secret is not written here; put it into credentials_file, and $name"
    used = _placeholders(told)
    yield from (f"no value is ${name}, which the gateway must be told" for name in _missing(used))
    for name in sorted((used | _placeholders(headers)) - OWN - credentials.keys()):
        yield f"${name} is none of $phone, $text, $id, nor in credentials_file"
    if "text" in _placeholders(headers):
        yield "headers: $text does not fit into a header"
    for name in settings.headers:
        if not _HEADER.match(name):
            yield f"headers: {name!r} is no header's name"


def _in_rules(settings: Sms) -> Iterator[str]:
    if settings.method == "GET" and (settings.form or settings.json):
        yield "method: GET has no body; write form and json as query"
    if settings.form and settings.json:
        yield "form and json: a request has one body"
    if not (settings.country.isascii() and settings.country.isdigit()):
        yield "country: write the calling code in digits, like 886"
    if bool(settings.pointer) != bool(settings.values):
        yield "pointer and values belong together"
    elif settings.pointer and not settings.pointer.startswith("/"):
        yield "pointer: write one like /status/code (RFC 6901)"
    try:
        re.compile(settings.accepted)
    except re.error:
        yield "accepted: is no regular expression"


def _missing(used: set[str]) -> list[str]:
    return [name for name in ("phone", "text") if name not in used]


def _texts(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text in a tree of tables, each with the name it goes by."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, dict):
        for inner, held in value.items():
            yield from _texts(held, inner)
    elif isinstance(value, list):
        for held in value:
            yield from _texts(held, name)


def _placeholders(told: list[tuple[str, str]]) -> set[str]:
    return {name for _, text in told for name in Template(text).get_identifiers()}


def _body(
    settings: Sms, filled: Callable[[str], str], encoding: str
) -> tuple[dict[str, str], bytes]:
    if settings.json:
        return {"content-type": "application/json"}, msgspec.json.encode(
            _tree(settings.json, filled)
        )
    if settings.method == "GET":
        return {}, b""
    body = _pairs(settings.form, filled, encoding).encode("ascii")
    return {"content-type": "application/x-www-form-urlencoded"}, body


def _pairs(pairs: Mapping[str, str], filled: Callable[[str], str], encoding: str) -> str:
    """Encode parameters; what the encoding has no character for becomes a question mark."""
    told = [(name, filled(text)) for name, text in pairs.items()]
    return urlencode(told, quote_via=quote, encoding=encoding, errors="replace")


def _tree(value: Any, filled: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return filled(value)
    if isinstance(value, dict):
        return {name: _tree(held, filled) for name, held in value.items()}
    return [_tree(held, filled) for held in value] if isinstance(value, list) else value


def _basic(credentials: Mapping[str, str]) -> str:
    """Return the header of RFC 7617."""
    pair = f"{credentials['user']}:{credentials['password']}".encode()
    return "Basic " + base64.b64encode(pair).decode("ascii")
