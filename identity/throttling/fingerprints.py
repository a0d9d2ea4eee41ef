"""What stands for a wrong answer that is remembered: an HMAC under a key of the day.

The key is drawn at the first use of a day (UTC) and lives where attempts are counted, never in the
key ring, a backup of it or a log; with the day it is gone, and what was made by it tells nothing
any more. No password and no bare hash is ever kept, and only wrong answers are.
"""

from __future__ import annotations

import hmac
import threading
import unicodedata
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from factors.contract import Entropy
from identity.clock import DAY
from identity.storage.counters import Counters
from identity.storage.ports import Work

SIZE = 16
"""Bytes of a fingerprint: 128 bits, so that no two answers of a day meet."""

KEY = 32
"""Bytes of the key."""

BELIEVED = 60.0
"""Seconds a process believes the key it has read: where the counters were lost, it was too."""

_NAME = "fingerprints"


class _Held(NamedTuple):
    key: bytes
    since: float
    until: float

    def holds(self, now: float) -> bool:
        return self.since <= now < self.until


class Prints(NamedTuple):
    """An answer's fingerprints: of the answer alone, and of it as this account's."""

    alone: bytes
    own: bytes


class Fingerprints:
    """Makes fingerprints by the key of the day."""

    def __init__(self, counters: Counters, entropy: Entropy) -> None:
        self._counters = counters
        self._entropy = entropy
        self._held: _Held | None = None
        self._lock = threading.Lock()

    def of(self, work: Work, method: str, account_id: str, response: Any, now: float) -> Prints:
        """Return the fingerprints of a response, any JSON value."""
        print_ = _printer(self._key(work, now))
        text = canonical(response)
        return Prints(print_("answer", method, text), print_("own", method, account_id, text))

    def _key(self, work: Work, now: float) -> bytes:
        with self._lock:
            held = self._held
        if held is None or not held.holds(now):
            end = (now // DAY + 1) * DAY
            key = self._counters.secret(work, _NAME, self._entropy(KEY), end, now)
            held = _Held(key, now, min(end, now + BELIEVED))
            with self._lock:
                self._held = held
        return held.key


def canonical(response: Any) -> str:
    """Return the one text of a JSON value: members sorted, composed characters (NFC)."""
    text = msgspec.json.encode(response, order="sorted").decode("utf-8", "replace")
    return unicodedata.normalize("NFC", text)


def _printer(key: bytes) -> Callable[..., bytes]:
    def made(*parts: str) -> bytes:
        return hmac.digest(key, msgspec.json.encode(parts), "sha256")[:SIZE]

    return made
