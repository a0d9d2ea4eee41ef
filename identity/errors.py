"""One tree of errors inside; `identity.web.problems` maps it to RFC 9457 at the edge.

`code` is the stable short word the customer sees. Whatever else an error knows stays inside: the
customer never learns which check failed, the audit log always does. Clause: CC-19000.12
"""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from typing import Any, ClassVar

PLACES = 6
"""How many frames `raised_at` tells."""


class IdentityError(Exception):
    """Anything this service refuses on purpose."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500


class Malformed(IdentityError):
    """The request is not of the shape we document. `field` names the member at fault."""

    code = "malformed"
    status = 400

    def __init__(self, detail: str, field: str = "") -> None:
        super().__init__(detail)
        self.field = field


class TooLarge(IdentityError):
    """The body is larger than we read."""

    code = "too_large"
    status = 413


class OriginRefused(IdentityError):
    """A browser sent this from a page that is not ours."""

    code = "origin_refused"
    status = 403


class NotSignedIn(IdentityError):
    """No session, or one that has ended."""

    code = "not_signed_in"
    status = 401


class InvalidToken(NotSignedIn):
    """An access token that opens nothing. Which check it failed is told to nobody."""


class ClientRefused(IdentityError):
    """A program that is none of our API clients, or did not prove that it is (RFC 6749 5.2)."""

    code = "invalid_client"
    status = 401


class ScopeMissing(IdentityError):
    """An API client that was not given the scope this needs (RFC 6750 section 3.1)."""

    code = "insufficient_scope"
    status = 403


class Forbidden(IdentityError):
    """Signed in, and not somebody who may do this: no role of theirs has the permission."""

    code = "forbidden"
    status = 403


class StepUpRequired(IdentityError):
    """The session is real and not enough. `missing` says what is asked, `purpose` for what."""

    code = "step_up_required"
    status = 401

    def __init__(self, purpose: str, missing: tuple[object, ...]) -> None:
        super().__init__(purpose)
        self.purpose = purpose
        self.missing = missing


class Unknown(IdentityError):
    """No such thing, or not the caller's: the two look alike."""

    code = "unknown"
    status = 404


class Expired(IdentityError):
    """It was the caller's, and it is over."""

    code = "expired"
    status = 410


class Conflict(IdentityError):
    """The thing is not in the state this needs. `reason` is a stable word that may be told.

    `missing` says what would be needed, where that is a matter of policy.
    """

    code = "conflict"
    status = 409

    def __init__(self, reason: str, missing: tuple[object, ...] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.missing = missing


class EnrolmentRefused(IdentityError):
    """What the customer wants to enrol will not do. `reason` is told: it is their own."""

    code = "enrolment_refused"
    status = 422

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TooMany(IdentityError):
    """A limit was reached. `retry_after` is in seconds, None where waiting does not help."""

    code = "too_many"
    status = 429

    def __init__(self, limit: str, retry_after: float | None) -> None:
        super().__init__(limit)
        self.limit = limit
        self.retry_after = retry_after


class WorkNeeded(IdentityError):
    """Too hot to answer for nothing. `challenge` is the proof of work that is asked (ALTCHA).

    `reason` says why: a limit's name, or what was wrong with the work that came.
    """

    code = "work_needed"
    status = 428

    def __init__(self, reason: str, challenge: Mapping[str, Any]) -> None:
        super().__init__(reason)
        self.reason = reason
        self.challenge = challenge


class NotStarted(IdentityError):
    """The host mounted us and never entered our lifespan."""

    code = "not_started"
    status = 503


class StoreUnavailable(IdentityError):
    """The store cannot be reached, is locked or full. Nothing was half-written."""

    code = "store_unavailable"
    status = 503


class AuditUnavailable(StoreUnavailable):
    """An event could not be written, so what it records did not happen. Clause: CC-18000.4.d"""

    code = "audit_unavailable"


class CountersUnavailable(StoreUnavailable):
    """Where attempts are counted cannot be reached. What was asked may have been counted."""


class SealBroken(IdentityError):
    """Sealed data does not open: the wrong key, or a row that is not the one that was written."""

    code = "seal_broken"
    status = 503


class ClockError(IdentityError):
    """The lab's clock does not tell the time."""

    code = "clock"
    status = 503


class SettingsError(IdentityError):
    """The configuration will not do. The text says which setting, and what to write instead."""

    code = "settings"


def raised_at(error: BaseException) -> str:
    """Return where it was raised, innermost first, as files and lines and nothing else.

    The text of an error from below, and the values in its frames, may be what a customer typed:
    a log names the places only.
    """
    frames = traceback.extract_tb(error.__traceback__)[-PLACES:]
    return " < ".join(f"{frame.filename}:{frame.lineno}" for frame in reversed(frames))
