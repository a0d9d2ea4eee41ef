"""From the one tree of errors inside to RFC 9457 outside, in one place.

A customer sees a short sentence and a stable code, never a detail of what failed: that is in the
audit log. Whatever is not ours is `internal`, logged by
its type and place, since its text may quote what somebody typed, and told nothing of.
Clause: CC-19000.12
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import structlog
from starlette.responses import Response

from identity.errors import (
    ClientRefused,
    Conflict,
    EnrolmentRefused,
    IdentityError,
    Malformed,
    NotStarted,
    ScopeMissing,
    StepUpRequired,
    StoreUnavailable,
    TooMany,
    WorkNeeded,
    raised_at,
)
from identity.policy.decide import Missing
from identity.throttling.gcra import retry_after
from identity.throttling.limits import TABLE
from identity.web import bodies
from identity.web.texts import text
from identity.web.views import missing, work

_log = structlog.get_logger(__name__)
_encode = msgspec.json.Encoder().encode

MEDIA_TYPE = "application/problem+json"


def response(error: Exception, locale: str) -> Response:
    """Return the document for `error`, in the caller's language."""
    if not isinstance(error, IdentityError):
        _log.error("internal", error=type(error).__name__, where=raised_at(error))
        return problem(500, "internal", locale)
    if isinstance(error, StoreUnavailable):
        _log.error(error.code, reason=str(error))
    return problem(error.status, error.code, locale, _extra(error, locale), _headers(error))


def problem(
    status: int,
    code: str,
    locale: str,
    extra: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a problem document. `type` is about:blank: `code` is the name programs use."""
    body = {
        "type": "about:blank",
        "title": text(code, locale),
        "status": status,
        "code": code,
        **(extra or {}),
    }
    return Response(_encode(body), status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def _extra(  # noqa: PLR0911  # a line for each error that tells more than its code
    error: IdentityError, locale: str
) -> dict[str, Any]:
    match error:
        case Malformed():
            return {"detail": str(error), "field": error.field}
        case StepUpRequired():
            return {"purpose": error.purpose, "missing": _asked(error.missing, locale)}
        case EnrolmentRefused():
            return {"reason": error.reason}
        case Conflict():
            told = {"missing": _asked(error.missing, locale)} if error.missing else {}
            return {"reason": error.reason, **told}
        case ClientRefused() | ScopeMissing():
            return {"error": error.code}  # RFC 6749 section 5.2
        case NotStarted():
            return {"detail": str(error)}  # for whoever mounts us: it names the fix
        case TooMany():
            return {"limit": error.limit}
        case WorkNeeded():
            return {"work": work(error.challenge)}
        case _:
            return {}


def _asked(items: tuple[object, ...], locale: str) -> list[bodies.Missing]:
    return [missing(item, locale) for item in items if isinstance(item, Missing)]


def _headers(error: IdentityError) -> dict[str, str]:
    if isinstance(error, ClientRefused):
        return {"WWW-Authenticate": 'Basic realm="trifactor", charset="UTF-8"'}
    if isinstance(error, TooMany) and error.retry_after is not None:
        return _patience(error.limit, retry_after(error.retry_after))
    return {}


def _patience(limit: str, seconds: int) -> dict[str, str]:
    """Tell when to come back, and which limit of the caller's own it is that is used up.

    `RateLimit` is draft-ietf-httpapi-ratelimit-headers'. Of an account's limits nothing is told.
    """
    row = TABLE.get(limit)
    used_up = {"RateLimit": f'"{limit}";r=0;t={seconds}'} if row and row.own else {}
    return {"Retry-After": str(seconds), **used_up}
