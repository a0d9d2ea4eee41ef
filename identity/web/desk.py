"""The operators' desk over HTTP: applications, accounts, personal data, proposals.

All of it is for sessions of the purpose `operator`; anybody else is told 403, whatever there is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TypeVar

from identity.accounts.actions import ACTIONS
from identity.accounts.desk import Outcome
from identity.accounts.lifecycle import DRAWING
from identity.errors import Conflict, Expired, Forbidden, Malformed, NotSignedIn
from identity.model import AccountKind, AccountState, ProposalState
from identity.web import bodies, views
from identity.web.endpoint import Call, Endpoint, Reply
from identity.web.pools import Pool

W = TypeVar("W", bound=StrEnum)

DECISIONS = {"approve": ProposalState.APPROVED, "reject": ProposalState.REJECTED}


def listed(call: Call) -> Reply:
    """List customers' accounts by name: nothing personal, so no trail."""
    state = word(AccountState, call.query, "state")
    after = call.query.get("after", "")
    found = call.services.desk.listed(
        call.signed_in(), AccountKind.CUSTOMER, state=state, after=after
    )
    return Reply(body=bodies.AccountRows(accounts=tuple(map(views.account, found))))


def read(call: Call) -> Reply:
    """Show a customer's personal data, and leave in the audit log who looked, and what for."""
    body: bodies.Reading = call.body
    services = call.services
    shown = services.personal_data.read(call.signed_in(), call.path["id"], body.purpose)
    return Reply(
        body=bodies.ProfileView(
            account=views.account(shown.account),
            display_name=shown.profile.display_name,
            email=shown.profile.email,
            phone=shown.profile.phone,
        )
    )


def proposals(call: Call) -> Reply:
    """List the newest proposals."""
    state, desk = word(ProposalState, call.query, "state"), call.services.desk
    found = desk.proposals(call.signed_in(), state)
    told = tuple(views.proposal(one, desk.stands(one)) for one in found)
    return Reply(body=bodies.Proposals(proposals=told))


def decide(call: Call) -> Reply:
    """Decide on what another operator proposed; an approval does it."""
    body: bodies.Deciding = call.body
    desk, state = call.services.desk, DECISIONS[body.decision]
    outcome = desk.decide(call.signed_in(), call.path["id"], state, body.reason)
    account = views.account(outcome.account)
    told = views.proposal(outcome.proposal, desk.stands(outcome.proposal))
    return Reply(body=bodies.Decided(proposal=told, account=account))


def answered(call: Call, outcome: Outcome) -> Reply:
    """Answer 200 for what was done, 202 for what waits for a second operator."""
    if outcome.proposal is None:
        return Reply(body=bodies.Done(account=views.account(outcome.account)))
    told = views.proposal(outcome.proposal, call.services.desk.stands(outcome.proposal))
    return Reply(status=202, body=bodies.Waits(proposal=told))


def word(vocabulary: type[W], query: Mapping[str, str], name: str) -> W | None:
    """Return the member of the query that is a word of `vocabulary`, None where there is none."""
    text = query.get(name)
    if text is None:
        return None
    try:
        return vocabulary(text)
    except ValueError as error:
        raise Malformed(f"one of {', '.join(vocabulary)}", name) from error


def doing(path: str, action: str, summary: str) -> Endpoint:
    """Return the endpoint of an action on the account that `path` names."""

    def handle(call: Call) -> Reply:
        body: bodies.Acting = call.body
        outcome = call.services.desk.act(call.signed_in(), action, call.path["id"], body.reason)
        return answered(call, outcome)

    kind, _, verb = action.partition(".")
    return acting(path, action, summary, named(handle, f"{verb}_{kind}", summary), bodies.Acting)


def acting(
    path: str,
    action: str,
    summary: str,
    handle: Callable[[Call], Reply],
    body: type[bodies.Body],
) -> Endpoint:
    """Return an endpoint that does an action, or has it wait for a second operator."""
    pool = Pool.HASH if ACTIONS[action].verb in DRAWING else Pool.LIGHT
    return Endpoint(
        method="POST",
        path=path,
        handle=handle,
        summary=summary,
        body=body,
        answer=bodies.Done,
        accepted=bodies.Waits,
        errors=(NotSignedIn, Forbidden, Conflict),
        security=("session",),
        pool=lambda _: pool,
    )


def named(handle: Callable[[Call], Reply], name: str, told: str) -> Callable[[Call], Reply]:
    """Give a handler that was made the name and the docstring that the API's document tells."""
    handle.__name__, handle.__doc__ = name, f"{told}, at once or by a second operator's approval."
    return handle


_ACCOUNT = "/v1/accounts/{id}"

ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/v1/accounts",
        handle=listed,
        summary="Customers' accounts, a page by name",
        answer=bodies.AccountRows,
        query=("state", "after"),
        errors=(NotSignedIn, Forbidden, Malformed),
        security=("session",),
    ),
    Endpoint(
        method="POST",
        path=f"{_ACCOUNT}/readings",
        handle=read,
        summary="Read a customer's personal data, with a trail",
        body=bodies.Reading,
        answer=bodies.ProfileView,
        errors=(NotSignedIn, Forbidden),
        security=("session",),
    ),
    doing(f"{_ACCOUNT}/approvals", "account.approve", "Approve an application"),
    doing(f"{_ACCOUNT}/rejections", "account.reject", "Turn an application down"),
    doing(f"{_ACCOUNT}/suspensions", "account.suspend", "Suspend an account"),
    doing(f"{_ACCOUNT}/resumptions", "account.resume", "Resume a suspended account"),
    doing(f"{_ACCOUNT}/closures", "account.close", "Close an account for good"),
    doing(
        f"{_ACCOUNT}/reissues",
        "account.reissue",
        "Issue a new initial password to a customer who was identified in person",
    ),
    Endpoint(
        method="GET",
        path="/v1/proposals",
        handle=proposals,
        summary="What operators proposed, the newest first",
        answer=bodies.Proposals,
        query=("state",),
        errors=(NotSignedIn, Forbidden, Malformed),
        security=("session",),
    ),
    Endpoint(
        method="POST",
        path="/v1/proposals/{id}/decisions",
        handle=decide,
        summary="Decide on what another operator proposed",
        body=bodies.Deciding,
        answer=bodies.Decided,
        errors=(NotSignedIn, Forbidden, Conflict, Expired),
        security=("session",),
        pool=lambda _: Pool.HASH,
    ),
)
