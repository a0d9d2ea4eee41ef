"""A verdict: yes, no or unknown, and a word why. Unknown never counts as yes."""

from __future__ import annotations

from enum import Enum
from typing import Final

import msgspec


class Answer(Enum):
    """What is known of one question."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Verdict(msgspec.Struct, frozen=True):
    """An answer, and its reason in snake_case: for the audit log, and for the firm's programs."""

    answer: Answer
    reason: str = ""

    def __bool__(self) -> bool:
        """Whether the answer is yes."""
        return self.answer is Answer.YES


YES: Final = Verdict(Answer.YES)


def no(reason: str) -> Verdict:
    """Return a no."""
    return Verdict(Answer.NO, reason)


def unknown(reason: str) -> Verdict:
    """Return that it cannot be told."""
    return Verdict(Answer.UNKNOWN, reason)
