"""What a run came to: told by the service, expected by the lab, and whether the two agree."""

from __future__ import annotations

from typing import Literal

import msgspec

from demo_client.lab import masking
from demo_client.lab.expected import Verdict
from demo_client.lab.wire import Exchange

Came = Literal["accepted", "refused", "not_offered", "not_asked", "failed"]
"""What the service made of one factor.

`not_offered`: it was shown all the same, and not looked at. `not_asked`: the operation was allowed
before its turn came. `failed`: the service answered as the lab never expects.
"""


class Shown(msgspec.Struct, frozen=True):
    """One factor shown in a try, and what came of it."""

    kind: str
    came: Came
    code: str = ""


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One try of a combination: one kind of each method, in the order they were shown.

    `door` says whether what lies behind the operation was open afterwards, None where that was not
    tried. `ms` is what the calls of the try took together. `transcript` is a JSON list of masked
    exchanges. `problem` is what the lab did not expect, in words.
    """

    shown: tuple[Shown, ...]
    expected: Verdict
    actual: Verdict
    door: bool | None
    ms: float
    transcript: bytes = msgspec.field(default=b"[]")
    problem: str = ""

    @property
    def differs(self) -> bool:
        """Whether service and lab disagree in any way."""
        door = self.door is not None and self.door != self.actual.allowed
        return bool(self.problem) or door or self.actual != self.expected

    @property
    def difference(self) -> str:
        """In what they disagree, in words; "" where in nothing."""
        said = [self.problem] if self.problem else []
        if self.actual != self.expected:
            said.append(f"expected {told(self.expected)}, came {told(self.actual)}")
        if self.door is not None and self.door != self.actual.allowed:
            said.append(f"what lies behind was {'open' if self.door else 'closed'} afterwards")
        return "; ".join(said)


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One combination for one operation under one policy; it passes where one of its tries does."""

    profile: str
    operation: str
    kinds: tuple[str, ...]
    attempts: tuple[Attempt, ...]
    opened_by: tuple[str, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether the service allowed it."""
        return any(attempt.actual.allowed for attempt in self.attempts)

    @property
    def expected(self) -> bool:
        """Whether the lab expected that."""
        return any(attempt.expected.allowed for attempt in self.attempts)

    @property
    def differs(self) -> bool:
        """Whether the two disagree in any try."""
        return any(attempt.differs for attempt in self.attempts)

    @property
    def ms(self) -> float:
        """What its calls took, over all tries."""
        return sum(attempt.ms for attempt in self.attempts)


class WrongRun(msgspec.Struct, frozen=True, kw_only=True):
    """One wrong way, tried: what should have come of it, and what did.

    Both are words like ``401 refused``; several that are all right are joined by `` or ``.
    """

    profile: str
    way: str
    kind: str
    expected: str
    actual: str
    ms: float
    transcript: bytes = msgspec.field(default=b"[]")

    @property
    def differs(self) -> bool:
        """Whether the service answered otherwise."""
        return self.actual not in self.expected.split(" or ")


class Skipped(msgspec.Struct, frozen=True, kw_only=True):
    """What could not be run, and why, by the id of a text.

    `what` is an operation, a kind, or a wrong way with a kind (``replayed_same: mail_otp``).
    """

    profile: str
    what: str
    why: str


class Result(msgspec.Struct, kw_only=True):
    """Everything one session of the lab found. `seconds` is how long it took."""

    began: str
    seconds: float = 0.0
    runs: list[Run] = []
    wrong: list[WrongRun] = []
    skipped: list[Skipped] = []
    clauses: dict[str, dict[str, tuple[str, ...]]] = {}
    kinds: tuple[str, ...] = ()

    @property
    def differences(self) -> int:
        """How many runs came out otherwise than expected."""
        return sum(run.differs for run in self.runs) + sum(run.differs for run in self.wrong)

    @property
    def profiles(self) -> tuple[str, ...]:
        """The policies that were tried, in order."""
        tried = [run.profile for run in self.runs]
        return tuple(dict.fromkeys([*tried, *(run.profile for run in self.wrong)]))

    def operations(self, profile: str) -> tuple[str, ...]:
        """The operations that were tried under a policy, in order."""
        return tuple(dict.fromkeys(r.operation for r in self.runs if r.profile == profile))


def told(verdict: Verdict) -> str:
    """Return a verdict in words."""
    return "allowed" if verdict.allowed else f"refused ({', '.join(verdict.missing) or 'nothing'})"


def transcript(exchanges: list[Exchange]) -> bytes:
    """Return exchanges as they may be shown: a JSON list."""
    return msgspec.json.encode(
        [
            {
                "call": f"{it.method} {it.path}",
                "sent": masking.masked(it.sent),
                "status": it.status,
                "got": masking.masked(it.got),
                "ms": round(it.ms, 1),
            }
            for it in exchanges
        ]
    )
