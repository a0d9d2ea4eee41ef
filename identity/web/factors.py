"""The factors of one's own account over HTTP: listed, added, replaced, renamed, removed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import segno

from identity.accounts.enrolments import Wish
from identity.errors import (
    Conflict,
    EnrolmentRefused,
    Expired,
    NotSignedIn,
    StepUpRequired,
    TooMany,
    Unknown,
)
from identity.sessions.entrances import RECOVERY
from identity.web import bodies, card, cookies, views
from identity.web.endpoint import Call, Endpoint, Reply
from identity.web.pools import Pool


def listed(call: Call) -> Reply:
    """List the account's factors."""
    authenticators = call.services.authenticators
    rows = authenticators.of(call.signed_in())
    told = tuple(views.factor(row, authenticators) for row in rows)
    return Reply(body=bodies.Factors(factors=told))


def enrol(call: Call) -> Reply:
    """Begin an enrolment."""
    body: bodies.Enrolling = call.body
    wish = Wish(method=body.method, label=body.label, address=body.address, replaces=body.replaces)
    begun = call.services.enrolments.begin(call.signed_in(), wish)
    return Reply(status=201, body=views.enrolment(begun, _drawn(call, begun.public)))


def delivery(call: Call) -> Reply:
    """Tell how far the code of an enrolment has come."""
    state = call.services.enrolments.delivery(call.signed_in(), call.path["id"])
    return Reply(body=bodies.DeliveryView(state=state))


def confirm(call: Call) -> Reply:
    """Finish an enrolment. A password set in a recovery ends every session, this one too."""
    body: bodies.Confirming = call.body
    authenticators, signed_in = call.services.authenticators, call.signed_in()
    row = call.services.enrolments.confirm(signed_in, call.path["id"], body.response)
    over = signed_in.session.purpose == RECOVERY
    dropped = (cookies.dropped(cookies.SESSION),) if over else ()
    return Reply(status=201, body=views.factor(row, authenticators), cookies=dropped)


def rename(call: Call) -> Reply:
    """Call a factor something else."""
    body: bodies.Renaming = call.body
    call.services.authenticators.rename(call.signed_in(), call.path["id"], body.label)
    return Reply(status=204)


def remove(call: Call) -> Reply:
    """Take a factor away."""
    call.services.authenticators.remove(call.signed_in(), call.path["id"])
    return Reply(status=204)


def reopen(call: Call) -> Reply:
    """Give a kind of factor back the failures that others used up."""
    body: bodies.Reopening = call.body
    call.services.authenticators.reopen(call.signed_in(), body.method)
    return Reply(status=204)


def demands(call: Call) -> Reply:
    """Tell what the account asks beyond the policy."""
    asked = call.services.demands.of(call.signed_in())
    return Reply(body=bodies.DemandsView(demands=tuple(asked)))


def demand(call: Call) -> Reply:
    """Ask these from now on, and nothing else."""
    body: bodies.Demanding = call.body
    call.services.demands.set(call.signed_in(), body.demands)
    return Reply(status=204)


def _drawn(call: Call, public: Mapping[str, Any]) -> Mapping[str, Any]:
    """Add what is looked at, not typed: a QR code of a URI, a card to print.

    Black on white, whatever the page's colours.
    """
    if "cells" in public:
        return card.drawn(public, call.locale, call.services.firm)
    if "uri" not in public:
        return public
    code = segno.make(public["uri"], error="m", micro=False)
    return {**public, "qr": code.svg_data_uri(scale=4, border=4, dark="#000", light="#fff")}


def _confirm_pool(call: Call) -> Pool:
    """An enrolment's id begins with its method, so that the pool is known before crossing."""
    factor = call.services.factors.get(call.path["id"].partition(".")[0])
    return Pool.HASH if factor is not None and factor.hashes else Pool.LIGHT


_MINE = "/v1/accounts/me"
_ENROLMENTS = f"{_MINE}/factors/enrolments"

ENDPOINTS = (
    Endpoint(
        method="GET",
        path=f"{_MINE}/factors",
        handle=listed,
        summary="List the account's factors",
        answer=bodies.Factors,
        errors=(NotSignedIn,),
        security=("session",),
    ),
    Endpoint(
        method="POST",
        path=_ENROLMENTS,
        handle=enrol,
        summary="Begin to add a factor",
        body=bodies.Enrolling,
        answer=bodies.EnrolmentView,
        status=201,
        errors=(NotSignedIn, StepUpRequired, Unknown, TooMany),
        security=("session",),
    ),
    Endpoint(
        method="GET",
        path=f"{_ENROLMENTS}/{{id}}/delivery",
        handle=delivery,
        summary="How far the code of an enrolment has come",
        answer=bodies.DeliveryView,
        errors=(NotSignedIn, Expired),
        security=("session",),
    ),
    Endpoint(
        method="POST",
        path=f"{_ENROLMENTS}/{{id}}/confirmations",
        handle=confirm,
        summary="Finish adding a factor",
        body=bodies.Confirming,
        answer=bodies.FactorView,
        status=201,
        errors=(NotSignedIn, Expired, Conflict, EnrolmentRefused, TooMany),
        security=("session",),
        pool=_confirm_pool,
    ),
    Endpoint(
        method="POST",
        path=f"{_MINE}/factors/reopenings",
        handle=reopen,
        summary="Forgive the failures counted against a kind of factor, vouched for by two others",
        body=bodies.Reopening,
        status=204,
        errors=(NotSignedIn, StepUpRequired),
        security=("session",),
    ),
    Endpoint(
        method="PATCH",
        path=f"{_MINE}/factors/{{id}}",
        handle=rename,
        summary="Rename a factor",
        body=bodies.Renaming,
        status=204,
        errors=(NotSignedIn,),
        security=("session",),
    ),
    Endpoint(
        method="DELETE",
        path=f"{_MINE}/factors/{{id}}",
        handle=remove,
        summary="Remove a factor",
        status=204,
        errors=(NotSignedIn, StepUpRequired, Conflict),
        security=("session",),
    ),
    Endpoint(
        method="GET",
        path=f"{_MINE}/demands",
        handle=demands,
        summary="What the account asks beyond the policy",
        answer=bodies.DemandsView,
        errors=(NotSignedIn,),
        security=("session",),
    ),
    Endpoint(
        method="PUT",
        path=f"{_MINE}/demands",
        handle=demand,
        summary="Ask more than the policy does: the strictest wins",
        body=bodies.Demanding,
        status=204,
        errors=(NotSignedIn, StepUpRequired, Conflict),
        security=("session",),
    ),
)
