"""What may go wrong on the claimant's side. Every error's text is for the person at the terminal.

`Refused` is the service saying no; the others are reasons not to have asked.
"""

from __future__ import annotations

from typing import Any


class ClientError(Exception):
    """The virtual client cannot go on."""


class Refused(ClientError):
    """The service answered with a problem (RFC 9457). `code` is its stable short word."""

    def __init__(self, status: int, problem: dict[str, Any], retry_after: float | None) -> None:
        super().__init__(_in_words(status, problem, retry_after))
        self.status = status
        self.problem = problem
        self.code = str(problem.get("code", "unknown"))
        self.retry_after = retry_after


class Unfinished(ClientError):
    """Everything asked for was shown, and the service still asks for more."""


class Unreachable(ClientError):
    """There was no answer at all."""


class WeakCookie(ClientError):
    """A `__Host-` cookie without Secure, with a Domain, or with another Path than `/`."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} does not keep the promise of its prefix; a browser drops it")


class NotHeld(ClientError):
    """The virtual customer does not have what the next step needs."""


class Taken(ClientError):
    """What is to be made new is there already and would be lost."""


class TooHard(ClientError):
    """The work that was asked was not done in time."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the work that was asked was not done in {seconds:.0f} s")


class CeremonyRefused(ClientError):
    """The authenticator, or the browser before it, will not do this ceremony.

    `name` is the DOMException a browser would throw (WebAuthn Level 3, section 5.1).
    """

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(f"{name}: {detail}")
        self.name = name


def _in_words(status: int, problem: dict[str, Any], retry_after: float | None) -> str:
    words = [str(problem.get("title") or f"HTTP {status}")]
    words += [str(problem[key]) for key in ("detail", "reason", "limit") if problem.get(key)]
    if retry_after is not None:
        words.append(f"try again in {retry_after:.0f} s")
    return ", ".join(words)
