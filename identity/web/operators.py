"""Operators' accounts over HTTP: who they are, who is to be one, and with which roles."""

from __future__ import annotations

from identity.accounts import roles
from identity.accounts.operators import Applicant
from identity.errors import Forbidden, NotSignedIn
from identity.model import AccountKind, Profile
from identity.web import bodies, views
from identity.web.desk import acting, answered, doing
from identity.web.endpoint import Call, Endpoint, Reply


def listed(call: Call) -> Reply:
    """List the operators by name: roles and state, nothing personal."""
    after = call.query.get("after", "")
    found = call.services.desk.listed(call.signed_in(), AccountKind.OPERATOR, after=after)
    return Reply(body=bodies.AccountRows(accounts=tuple(map(views.account, found))))


def propose(call: Call) -> Reply:
    """Propose an operator, who gets the initial password once a second operator approves."""
    body: bodies.OperatorApplication = call.body
    applicant = Applicant(
        name=body.account,
        profile=Profile(display_name=body.display_name, email=body.email),
        roles=body.roles,
        locale=body.locale,
    )
    outcome = call.services.operators.propose(call.signed_in(), applicant, body.reason)
    return answered(call, outcome)


def assign(call: Call) -> Reply:
    """Give an operator these roles and no others; the sessions of before end."""
    body: bodies.Assigning = call.body
    words = roles.named(body.roles)
    outcome = call.services.desk.act(
        call.signed_in(), "operator.roles", call.path["id"], body.reason, words
    )
    return answered(call, outcome)


_OPERATOR = "/v1/operators/{id}"

ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/v1/operators",
        handle=listed,
        summary="The operators, a page by name",
        answer=bodies.AccountRows,
        query=("after",),
        errors=(NotSignedIn, Forbidden),
        security=("session",),
    ),
    acting(
        "/v1/operators",
        "operator.add",
        "Propose an operator",
        propose,
        bodies.OperatorApplication,
    ),
    acting(f"{_OPERATOR}/roles", "operator.roles", "Assign roles", assign, bodies.Assigning),
    doing(f"{_OPERATOR}/suspensions", "operator.suspend", "Suspend an operator"),
    doing(f"{_OPERATOR}/resumptions", "operator.resume", "Resume a suspended operator"),
    doing(f"{_OPERATOR}/closures", "operator.close", "Close an operator's account for good"),
    doing(
        f"{_OPERATOR}/reissues",
        "operator.reissue",
        "Issue a new initial password to an operator who lost a factor",
    ),
)
