"""Proof of work: asked where a key is hot, made so that it buys one attempt of one caller.

The ALTCHA protocol (version 2, random mode) by its own library. A challenge says in its signed
`data` what it is `for` (a MAC over purpose, account and network, so that it names none of them)
and until when it is good. It is looked at in this order: signature, time, what it is for, and only
then the one derivation that shows the work was done. The library remembers nothing and reads the
machine's clock, so both are ours: expiry here, and the memory of what was spent where attempts are
counted (`identity.throttling.toll`). Clause: CC-17010.j.g
"""

from __future__ import annotations

import base64
import hmac
import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import altcha
import msgspec

from identity.errors import IdentityError
from identity.keys.mac import tag
from identity.keys.ring import KeyRing, Purpose

ALGORITHM = "PBKDF2/SHA-256"
"""What every browser has built in (Web Cryptography), so that no page brings code to do it."""

LIFETIME = 300.0
"""Seconds a challenge is good: long enough for the slowest telephone, and for a screen reader."""

LARGEST = 4096
"""Characters of a payload that are read; an honest one has about 700."""

LEAST, MOST = 1000, 10_000
"""Iterations of one derivation, cool and hot. A solver does 256 of them on average, we do one."""

REMEMBERED = 10_000
"""Challenges this process has judged and will not derive for again, whatever comes with them. That
they buy one attempt among all processes is the counters' to say; this only bounds the work of ours.
"""

_PREFIX = "00"
_LABEL = "trifactor/work/v1"


class WorkRefused(IdentityError):
    """The work that came is no good. `reason` is a stable word for the log."""

    code = "work_refused"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What an attempt is about. `account` is its id, a decoy's, or what stands for its name."""

    purpose: str
    account: str
    prefix: str


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """Work that was done. It is spent by its `id`, to be remembered `until` (Unix seconds)."""

    id: str
    until: float


class _Data(msgspec.Struct):
    for_: str = msgspec.field(name="for")
    until: int


class _Parameters(msgspec.Struct):
    data: _Data


class _Challenge(msgspec.Struct):
    parameters: _Parameters
    signature: str


class _Payload(msgspec.Struct):
    challenge: _Challenge

    @property
    def claim(self) -> Claim:
        """What it would be worth: its signature is a name that nobody else's challenge has."""
        signed = self.challenge
        return Claim(id=signed.signature[:64], until=float(signed.parameters.data.until))


class Works:
    """Asks for work, and judges what comes back."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()

    def asked(self, about: About, heat: float, now: float) -> Mapping[str, Any]:
        """Return a challenge as it goes out. `heat` is from 0 to 1."""
        challenge = altcha.create_challenge(
            ALGORITHM,
            round(LEAST * (MOST / LEAST) ** min(max(heat, 0.0), 1.0)),
            key_prefix=_PREFIX,
            data={"for": self._for(about), "until": int(now + LIFETIME)},
            hmac_secret=self._secret(),
        )
        return challenge.to_dict()

    def judged(self, payload: str, about: About, now: float) -> Claim:
        """Return what the payload, base64 of JSON, is worth, or raise `WorkRefused`."""
        sent = _decoded(payload)
        data, claim = sent.challenge.parameters.data, sent.claim
        if now >= claim.until:
            raise WorkRefused("expired")
        if not hmac.compare_digest(data.for_, self._for(about)):
            raise WorkRefused("foreign")
        if not self._first_seen(claim):
            raise WorkRefused("replayed")
        result = altcha.verify_solution(payload, self._secret())
        if not result.verified:
            raise WorkRefused("unsolved" if result.invalid_solution else "forged")
        return claim

    def _first_seen(self, claim: Claim) -> bool:
        """Whether no payload with this challenge was judged here: one derivation each, no more."""
        with self._lock:
            if claim.id in self._seen:
                return False
            self._seen[claim.id] = None
            while len(self._seen) > REMEMBERED:
                self._seen.popitem(last=False)
        return True

    def _for(self, about: About) -> str:
        message = msgspec.json.encode((about.purpose, about.account, about.prefix))
        made = tag(self._ring.current(Purpose.NAME), f"{_LABEL}/for", message)
        return base64.urlsafe_b64encode(made[:16]).rstrip(b"=").decode("ascii")

    def _secret(self) -> bytes:
        return tag(self._ring.current(Purpose.NAME), f"{_LABEL}/signature", b"")


def _decoded(payload: str) -> _Payload:
    if len(payload) > LARGEST:
        raise WorkRefused("malformed")
    try:
        return msgspec.json.decode(base64.b64decode(payload, validate=True), type=_Payload)
    except ValueError as error:
        raise WorkRefused("malformed") from error
