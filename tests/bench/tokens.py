"""What a token costs beside the library alone, and what asking costs beside a bare route."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from statistics import median
from urllib.parse import urlencode

import msgspec
from joserfc import jwt

from identity.entropy import system
from identity.keys.ring import generate_ring
from identity.tokens.access import ALGORITHM, LIFETIME, TYPE, Claims, Signer
from tests.bench.bed import API, Bed, bed, signed_in
from tests.bench.guard import PAIRS, Lanes
from tests.bench.rows import Row
from tests.hard.customers import SESSION, Customer, joins
from tests.hard.wire import encoded

ROUNDS = 15
EACH = 200
NOW = 1_800_000_000.0
ISSUER = "https://trade.example.com"


def rows() -> list[Row]:
    """Measure tokens by themselves, then what is asked over HTTP."""
    return [*alone(), *asked()]


def alone() -> list[Row]:
    """Sign and verify in this process, in turns with the library."""
    signer = Signer(generate_ring(NOW - LIFETIME, system), ISSUER)
    claims = Claims(
        iss=ISSUER,
        sub="AAAAAAAAAAAAAAAAAAAAAA",
        aud=API,
        client_id="pages",
        jti="AAAAAAAAAAAAAAAAAAAAAA",
        iat=int(NOW),
        exp=int(NOW) + LIFETIME,
        auth_time=int(NOW),
        acr="urn:trifactor:acr:aal2",
        amr=("pwd", "otp", "mfa"),
        sid="AAAAAAAAAAAAAAAAAAAAAA",
    )
    token = signer.signed(claims)
    key = signer._in_use(NOW)
    header = {"typ": TYPE, "alg": ALGORITHM, "kid": key.id}
    raw, plain = signer._key(key.id), msgspec.to_builtins(claims)
    return [
        beside(
            "sign an access token",
            lambda: signer.signed(claims),
            lambda: jwt.encode(header, plain, raw, [ALGORITHM]),
        ),
        beside(
            "verify an access token",
            lambda: signer.opened(token, {API}, NOW),
            lambda: jwt.decode(token, raw, [ALGORITHM]),
        ),
    ]


def beside(what: str, ours: Callable[[], object], library: Callable[[], object]) -> Row:
    """Compare in rounds that alternate; CPU microseconds of one."""
    pairs = [(cpu(ours), cpu(library)) for _ in range(ROUNDS)]
    ratio = median(mine / bare for mine, bare in pairs)
    mine, bare = (median(found) for found in zip(*pairs, strict=True))
    return Row(what, f"{ratio:.2f} of joserfc alone ({mine:.0f} / {bare:.0f} µs CPU)")


def cpu(one: Callable[[], object]) -> float:
    """Return the CPU microseconds of one, as the mean of many."""
    before = time.process_time()
    for _ in range(EACH):
        one()
    return 1e6 * (time.process_time() - before) / EACH


def asked() -> list[Row]:
    """Ask over HTTP, in turns with a bare route."""
    with bed() as host:
        amy = signed_in(host, joins(host.deployment, host.server, "amy"))
        cookie = {"Cookie": f"{SESSION}={amy.cookies[SESSION]}"}
        check = encoded("GET", "/v1/session/check", None, cookie)
        order = encoded("GET", "/v1/session/check?operation=order", None, cookie)
        return [
            against(host, "session/check (remembered for 2 s)", check),
            against(host, "session/check?operation=order (reads the store)", order),
            against(host, "introspect, client by secret (an event each)", introspection(host, amy)),
        ]


def against(host: Bed, what: str, request: bytes) -> Row:
    """Compare the rates of a request and of a bare route."""
    bare, asking = Lanes(host, encoded("GET", "/bare", None, {})), Lanes(host, request)
    pairs = [(bare.rate(), asking.rate()) for _ in range(PAIRS)]
    bare.close()
    asking.close()
    ratio = median(behind / before for before, behind in pairs)
    before, behind = (median(rates) for rates in zip(*pairs, strict=True))
    return Row(what, f"{ratio:.2f} of a bare route ({behind:.0f} / {before:.0f} requests/s)")


def introspection(host: Bed, amy: Customer) -> bytes:
    """Return the bytes of an introspection by a new client, of a new token of the customer's."""
    command = ("clients", "add", "bench", "--scope", "introspect", "--audience", API, "--secret")
    said = host.deployment.identity(*command).stdout.split()
    proof = base64.b64encode(f"{said[1]}:{said[3]}".encode()).decode()
    token = amy.call("POST", "/v1/session/tokens", {"audience": API}, 201).body["access_token"]
    content = urlencode({"token": token}).encode()
    lines = [
        "POST /v1/introspect HTTP/1.1",
        "host: localhost",
        f"authorization: Basic {proof}",
        "content-type: application/x-www-form-urlencoded",
        f"content-length: {len(content)}",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + content
