"""Proof of work: asked where a key is hot, made so that it buys one attempt of one caller.

The ALTCHA protocol (version 2, random mode) by its own library. A challenge says in its signed
`data` what it is `for` (a MAC over purpose, account and network, so that it names none of them)
and until when it is good. What comes back is looked at in this order: signature, time, what it is
for, whether it was judged before, and only then the one derivation that shows the work was done.
The library remembers nothing and reads the machine's clock, so both are ours: expiry here, and the
memory of what was spent where attempts are counted (`identity.throttling.toll`).

A solver tries 4096 counters on average, we try one. CPU on a server's core (EPYC, CPython with
OpenSSL), seconds in Chromium's Web Cryptography on the same core, one worker, mean:

    heat   iterations   one derivation, and of an Argon2id verify   a browser's work
    0      250          0.06 ms   1/320                             0.3 s
    0.5    1000         0.23 ms   1/80                              0.8 s
    1      4000         0.89 ms   1/20                              2.3 s

How long it takes is a matter of luck: one in twenty takes three times the mean. Iterations are few
and tries many, because each iteration costs us too and each further try only the solver.
Clause: CC-17010.j.g
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

from identity.keys.mac import short, tag
from identity.keys.ring import Key, KeyRing, Purpose

ALGORITHM = "PBKDF2/SHA-256"
"""What every browser has built in (Web Cryptography), so that no page brings code to do it."""

PREFIX = "000"
"""What a derived key must begin with, in hexadecimal: one in 4096 does."""

LEAST, MOST = 250, 4000
"""Iterations of one derivation, cool and hot."""

LIFETIME = 300
"""Seconds a challenge is good: long enough for the slowest telephone, and for a screen reader."""

LARGEST = 4096
"""Characters of a payload that are read; an honest one has about 620."""

REMEMBERED = 10_000
"""Challenges this process has judged and will not derive for again, whatever comes with them. That
they buy one attempt among all processes is the counters' to say; this only bounds the work of ours.
Nothing is remembered that does not carry our signature, or junk would flush what does.
"""

_LABEL = "trifactor/work/v1"


class WorkRefused(Exception):
    """The work that came is no good. `reason` is a stable word for the log.

    It never leaves as it is: whoever brings bad work is asked for good one (`WorkNeeded`).
    """

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


class _Data(msgspec.Struct, forbid_unknown_fields=True):
    for_: str = msgspec.field(name="for")
    until: int


class _Parameters(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    algorithm: str
    cost: int
    key_length: int
    key_prefix: str
    nonce: str
    salt: str
    data: _Data


class _Challenge(msgspec.Struct, forbid_unknown_fields=True):
    parameters: _Parameters
    signature: str


class _Solution(msgspec.Struct, rename="camel"):
    counter: int
    derived_key: str


class _Payload(msgspec.Struct):
    challenge: _Challenge
    solution: _Solution


_read = msgspec.json.Decoder(_Payload).decode


class Works:
    """Asks for work, and judges what comes back."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()

    def asked(self, about: About, heat: float, now: float) -> Mapping[str, Any]:
        """Return a challenge as it goes out. `heat` is from 0 to 1."""
        key = self._key()
        challenge = altcha.create_challenge(
            ALGORITHM,
            round(LEAST * (MOST / LEAST) ** min(max(heat, 0.0), 1.0)),
            key_prefix=PREFIX,
            data={"for": _for(key, about), "until": int(now) + LIFETIME},
            hmac_secret=_secret(key),
        )
        return challenge.to_dict()

    def judged(self, payload: str, about: About, now: float) -> Claim:
        """Return what the payload, base64 of JSON, is worth, or raise `WorkRefused`.

        Whatever was sent, nothing else is raised, and a key is derived only for a challenge of
        ours that is good, for this attempt, and was not judged here before.
        """
        sent, key = _decoded(payload), self._key()
        data, signature = sent.challenge.parameters.data, sent.challenge.signature

        def derive(parameters: altcha.ChallengeParameters, salt: bytes, password: bytes) -> bytes:
            # The library comes here once, when it has found the signature to be ours.
            if now >= data.until:
                raise WorkRefused("expired")
            if not hmac.compare_digest(data.for_, _for(key, about)):
                raise WorkRefused("foreign")
            if not self._first_seen(signature):
                raise WorkRefused("replayed")
            return altcha.derive_key_pbkdf2(parameters, salt, password)

        result = altcha.verify_solution(_as_library(sent), _secret(key), derive)
        if not result.verified:
            raise WorkRefused("unsolved" if result.invalid_solution else "forged")
        return Claim(id=signature, until=float(data.until))

    def outstanding(self, payload: str, now: float) -> bool:
        """Whether it carries a challenge of ours that is good and was not judged here.

        Nothing is derived, so it does not say that the work was done, nor what for: whoever brings
        it was asked for it, and may bring it once.
        """
        try:
            sent = _decoded(payload)
            altcha.verify_solution(_as_library(sent), _secret(self._key()), _ours)
        except WorkRefused:
            return False
        except _OursError:
            fresh = sent.challenge.signature not in self._seen
            return fresh and now < sent.challenge.parameters.data.until
        return False

    def _first_seen(self, signature: str) -> bool:
        """Whether no payload with this challenge was judged here: one derivation each, no more."""
        with self._lock:
            if signature in self._seen:
                return False
            self._seen[signature] = None
            if len(self._seen) > REMEMBERED:
                self._seen.popitem(last=False)
        return True

    def _key(self) -> Key:
        # The newest alone: an account's id outlives a rotation and a decoy's does not, and which
        # of the two it is must not show by whether work done before it still counts.
        return self._ring.current(Purpose.NAME)


class _OursError(Exception):
    """The library found the signature to be ours."""


def _ours(_parameters: altcha.ChallengeParameters, _salt: bytes, _password: bytes) -> bytes:
    raise _OursError


def _for(key: Key, about: About) -> str:
    message = msgspec.json.encode((about.purpose, about.account, about.prefix))
    made = tag(key, f"{_LABEL}/for", message)
    return short(made)


def _secret(key: Key) -> bytes:
    return tag(key, f"{_LABEL}/signature", b"")


def _decoded(payload: str) -> _Payload:
    if len(payload) > LARGEST:
        raise WorkRefused("malformed")
    try:
        return _read(base64.b64decode(payload, validate=True))
    except (ValueError, RecursionError) as error:
        raise WorkRefused("malformed") from error


def _as_library(sent: _Payload) -> altcha.Payload:
    """Return it in the library's words, read by us: the library takes any JSON for a parameter."""
    parameters = msgspec.structs.asdict(sent.challenge.parameters)
    parameters["data"] = msgspec.to_builtins(sent.challenge.parameters.data)
    return altcha.Payload(
        altcha.Challenge(altcha.ChallengeParameters(**parameters), sent.challenge.signature),
        altcha.Solution(sent.solution.counter, sent.solution.derived_key),
    )
