"""Operators are accounts of their own kind, with a door of their own."""

import pytest

from identity.errors import Conflict, StepUpRequired
from tests.identity.kit import BINDING, DAY, LOGINS, SYNCED, Operator, initial_in, problem


@pytest.fixture
def otto(world):
    """The first operator, an administrator, signed in."""
    return world.operator("otto", "admin").signs_in()


@pytest.fixture
def cleo(world):
    """A clerk, signed in."""
    return world.operator("cleo", "clerk").signs_in()


@pytest.fixture
def olga(world):
    """A second administrator, signed in."""
    return world.operator("olga", "admin").signs_in()


APPLICANT = {
    "account": "oskar",
    "display_name": "Oskar Li",
    "email": "oskar@mail.example",
    "roles": ["clerk"],
    "reason": "hired",
}


def proposes(operator, **changes):
    return operator.client.post("/v1/operators", json=APPLICANT | changes)


def by_hand(world, account="otto", *roles):
    """Return an operator made by hand and not activated yet."""
    made = Operator(world=world, account=account, client=world.client())
    made.added(*roles or ("admin",))
    return made


@pytest.mark.clause("CC-17010.a.h")
def test_an_operator_signs_in_with_a_password_and_a_passkey(otto):
    told = otto.session().json()
    assert (told["purpose"], told["account"]["name"]) == ("operator", "otto")
    assert [piece["method"] for piece in told["evidence"]] == ["password", "webauthn"]


@pytest.mark.clause("CC-17010.a.h")
@pytest.mark.parametrize(
    "bound", [["password"], ["password", "totp"], ["passkey"], ["password", "synced"]]
)
def test_nobody_becomes_one_without_a_passkey_bound_to_its_device(world, bound):
    otto = by_hand(world)
    ways = {
        "password": otto.binds_password,
        "totp": otto.binds_totp,
        "passkey": otto.binds_passkey,
        "synced": lambda: otto.binds_passkey(SYNCED),
    }
    otto.begins_activation()
    assert [ways[name]().status_code for name in bound] == [201] * len(bound)
    told = problem(otto.ends_activation(), 409, "conflict")
    assert told["reason"] == "policy_unmet"
    problem(otto.opens("operator").password(otto.own), 401, "refused")


def test_totp_does_not_let_an_operator_in(otto):
    assert otto.binds_totp().status_code == 201
    otto.world.clock.forward(DAY)
    transaction = otto.opens("operator")
    transaction.password(otto.own)
    told = transaction.totp(otto.code()).json()
    assert told["state"] == "open"
    assert {lack["code"] for lack in told["missing"]} == {"required", "phishing_resistant"}
    assert transaction.webauthn(otto.passkey).json()["state"] == "succeeded"


@pytest.mark.clause("CC-18000.2.h")
def test_each_has_a_door_of_their_own(otto, amy):
    """To the other's door an account is as unknown as any."""
    for somebody, purpose in ((otto, "login"), (amy, "operator"), (otto, "recovery")):
        transaction = somebody.opens(purpose, client=otto.world.client())
        if purpose != "recovery":
            problem(transaction.password(somebody.own), 401, "refused")
        decoy = otto.world.events(kind="login:transaction:opened")[0].decoy
        assert decoy, (somebody.account, purpose)


@pytest.mark.clause("CC-18000.2.h")
def test_an_operator_does_no_customers_work(otto):
    order = {"purpose": "order", "binding": BINDING}
    problem(otto.client.post(LOGINS, json=order), 401, "not_signed_in")
    sessions = otto.world.running.services.sessions
    found = sessions.signed_in(otto.cookie())
    assert sessions.decision(found.session, "login").satisfied
    for operation in ("login", "order"):
        with pytest.raises(StepUpRequired, match=operation):
            sessions.require(found.session, operation)
    assert sessions.require(found.session, "operator").satisfied


@pytest.mark.clause("CC-18000.2.h")
def test_a_customer_does_no_operators_work(otto, amy):
    amy.signs_in()
    for method, path, body in (
        ("GET", "/v1/accounts", None),
        ("GET", "/v1/operators", None),
        ("GET", "/v1/proposals", None),
        ("POST", "/v1/operators", APPLICANT),
        ("POST", f"/v1/accounts/{amy.id}/readings", {"purpose": "curiosity"}),
        ("POST", f"/v1/accounts/{amy.id}/reissues", {"reason": "curiosity"}),
        ("POST", f"/v1/operators/{otto.id}/suspensions", {"reason": "curiosity"}),
    ):
        problem(amy.client.request(method, path, json=body), 403, "forbidden")
        problem(amy.world.client().request(method, path, json=body), 401, "not_signed_in")
    sessions = amy.world.running.services.sessions
    with pytest.raises(StepUpRequired, match="operator"):
        sessions.require(sessions.signed_in(amy.cookie()).session, "operator")


def test_an_operator_keeps_factors_of_their_own(otto):
    otto.world.clock.forward(301)
    assert otto.enrols("webauthn").status_code == 401
    step_up = otto.steps_up("factor.add")
    assert step_up.webauthn(otto.passkey).json()["state"] == "succeeded"
    assert otto.binds_totp().status_code == 201
    step_up = otto.steps_up("factor.remove")
    assert step_up.webauthn(otto.passkey).json()["state"] == "succeeded"
    path = f"/v1/accounts/me/factors/{otto.factor_id('webauthn')}"
    assert problem(otto.client.delete(path), 409, "conflict")["reason"] == "last_needed"


@pytest.mark.clause("CC-17020.b.h")
@pytest.mark.parametrize(("seconds", "status"), [(599, 200), (600, 401)])
def test_an_operators_session_ends_sooner_when_idle(otto, seconds, status):
    otto.world.clock.forward(seconds)
    assert otto.session().status_code == status


@pytest.mark.clause("CC-18000.2.g")
def test_a_later_one_is_proposed_by_one_and_approved_by_another(otto, olga):
    told = proposes(otto)
    assert (told.status_code, told.json()["state"]) == (202, "waiting")
    proposal = told.json()["proposal"]
    assert otto.world.letters("oskar@mail.example") == []
    assert problem(otto.decides(proposal["id"]), 409, "conflict")["reason"] == (
        "second_operator_needed"
    )
    assert olga.decides(proposal["id"]).json()["account"]["state"] == "registered"
    oskar = Operator(world=otto.world, account="oskar", client=otto.world.client())
    oskar.initial = initial_in(otto.world.letters("oskar@mail.example", "initial")[-1])
    oskar.activates().signs_in()
    assert problem(oskar.client.get("/v1/operators"), 403, "forbidden")
    made = {type(event).__name__: event for event in otto.world.events(oskar.id)}
    assert made["OperatorAdded"].by == otto.id
    assert (made["AccountApproved"].by, made["AccountApproved"].proposal_id) == (
        olga.id,
        proposal["id"],
    )


def test_one_who_was_turned_down_is_none_and_the_name_is_free(otto, olga):
    proposal = proposes(otto).json()["proposal"]["id"]
    assert problem(proposes(otto), 409, "conflict")["reason"] == "taken"
    told = olga.decides(proposal, "reject").json()
    assert (told["proposal"]["state"], told["account"]["state"]) == ("rejected", "closed")
    assert otto.world.letters("oskar@mail.example") == []
    assert proposes(otto).status_code == 202


def test_one_whom_nobody_decided_on_may_be_proposed_again(otto):
    assert proposes(otto).status_code == 202
    otto.world.clock.forward(7 * DAY)
    otto.signs_in()
    assert proposes(otto).status_code == 202


def test_a_name_that_is_a_customers_is_taken(otto, amy):
    assert problem(proposes(otto, account="amy"), 409, "conflict")["reason"] == "taken"


@pytest.mark.parametrize("roles", [[], ["boss"], ["clerk", "boss"]])
def test_a_role_that_is_none_is_malformed(otto, roles):
    assert problem(proposes(otto, roles=roles), 400, "malformed")["field"] == "roles"


@pytest.mark.clause("CC-18000.2.h")
def test_roles_change_by_four_eyes_and_end_what_is_open(cleo, otto, olga):
    assert cleo.client.get("/v1/accounts").status_code == 200
    proposal = otto.proposes(cleo, "roles", roles=["admin"])
    assert cleo.client.get("/v1/accounts").status_code == 200
    assert olga.decides(proposal).json()["account"]["roles"] == ["admin"]
    problem(cleo.session(), 401, "not_signed_in")
    problem(cleo.signs_in().client.get("/v1/accounts"), 403, "forbidden")
    assert cleo.client.get("/v1/operators").status_code == 200


@pytest.mark.clause("CC-18000.2.g")
def test_a_suspended_operator_is_out_at_once(otto, olga):
    assert otto.acts(olga, "suspensions").json()["state"] == "done"
    problem(olga.session(), 401, "not_signed_in")
    problem(olga.opens("operator").password(olga.own), 401, "refused")
    assert otto.acts(olga, "resumptions").json()["account"]["state"] == "active"
    olga.signs_in()
    problem(otto.acts(otto, "suspensions"), 409, "conflict")


def test_operators_are_listed_with_their_roles_and_no_customers_among_them(otto, amy):
    rows = otto.client.get("/v1/operators").json()["accounts"]
    assert [(row["name"], row["state"], row["roles"]) for row in rows] == [
        ("otto", "active", ["admin"])
    ]
    assert "Otto" not in str(rows)


@pytest.mark.clause("ECD.3.4")
def test_one_made_by_hand_activates_in_time_or_is_made_again(world):
    otto = by_hand(world)
    world.clock.forward(30 * DAY)
    problem(otto.opens("activation").password(otto.initial), 401, "refused")
    again = by_hand(world)
    assert again.initial != otto.initial
    again.activates().signs_in()


def test_nobody_is_made_by_hand_once_two_could_propose_it(otto, olga):
    with pytest.raises(Conflict, match="propose_instead"):
        by_hand(otto.world, "oskar", "clerk")
    assert otto.acts(olga, "suspensions").status_code == 200
    by_hand(otto.world, "oskar", "clerk").activates().signs_in()
