"""One gate before every verifier: a path around it would not pass these tests."""

import ast
from pathlib import Path

import msgspec
import pytest

import identity
from identity.policy.table import ENTRANCES, STEP_UPS
from identity.web import cookies
from identity.web.routes import ENDPOINTS
from tests.identity.kit import BINDING, ELSEWHERE, problem

HOUSE = Path(identity.__file__).parent

NO_FACTORS = {
    ("audit/checkpoint.py", "public.verify"): "a signature of our own",
    ("accounts/enrolments.py", "self._gate.confirm"): "through the gate",
    ("certificates/paths.py", "verifier.verify"): "a certificate's path, and nobody's login",
    ("certificates/signatures.py", "key.verify"): "an order's signature, and nobody's login",
    ("certificates/signed_data.py", "signatures.verify"): "an order's signature, as above",
    ("web/factors.py", "call.services.enrolments.confirm"): "the service, which asks the gate",
}
"""Calls of these names that judge no factor, or go through the gate, and why."""

JUDGING = {"response", "password", "code", "credential", "secret", "pin"}
"""Members of a body that bring something to be judged."""


def calls(names):
    """Return (file, callee) of every call of a method with one of these names."""
    for file in sorted(HOUSE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            called = node.func if isinstance(node, ast.Call) else None
            if isinstance(called, ast.Attribute) and called.attr in names:
                yield file.relative_to(HOUSE).as_posix(), ast.unparse(called)


@pytest.mark.clause("CC-17010.j.g")
def test_only_the_gate_calls_a_factors_verifier():
    found = set(calls({"verify", "confirm"}))
    around = {call for call in found if not call[0].startswith("gate/")}
    assert around <= NO_FACTORS.keys()
    assert {callee for file, callee in found if file.startswith("gate/")} == {
        "factor.verify",
        "self._ground.factors[method].confirm",
    }


@pytest.mark.clause("CC-17010.j.g")
def test_the_gate_counts_before_it_verifies():
    """In `attempt` the reservation stands before the verifier, in `confirm` before the factor."""
    tree = ast.parse((HOUSE / "gate/gate.py").read_text(encoding="utf-8"))
    methods = {n.name: ast.unparse(n) for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}
    assert methods["attempt"].index("self._reserve(") < methods["attempt"].index(".verify(")
    assert methods["confirm"].index(".charge(") < methods["confirm"].index("].confirm(")
    toll, share = methods["_reserve"].index("tolls.take("), methods["_reserve"].index("_refusal(")
    assert toll < share


COMPARING = {
    "certificates/signed_attributes.py": "a digest of what was signed: no secret",
    "clients/authentication.py": "a client's secret of 256 bits, behind the limit `client`",
    "keys/mac.py": "a MAC of our own",
    "login/standing.py": "a transaction's secret of 256 bits",
    "sessions/device_cookies.py": "a signature of our own",
    "sessions/marks.py": "a signature of our own",
    "throttling/work.py": "a signature of our own",
}
"""Where a secret is compared outside a factor, and why nobody can guess it."""


@pytest.mark.clause("CC-17010.j.g")
def test_nothing_that_can_be_guessed_is_compared_outside_the_gate():
    assert {file for file, _ in calls({"compare_digest"})} == COMPARING.keys()


JUDGED = {
    ("POST", "/v1/logins/{id}/answers"),
    ("POST", "/v1/accounts/me/factors/enrolments/{id}/confirmations"),
}
"""What brings something to be judged, and runs out of tries below."""

TOLLED = {
    ("POST", "/v1/logins"): {"purpose": "login", "account": "nobody"},
    ("POST", "/v1/accounts"): {"account": "", "display_name": "A", "email": "a@mail.example"},
}
"""What anybody may do, and asks for work before it is done often."""

PROGRAMS = ("POST", "/v1/introspect")
ENDING = ("DELETE", "/v1/session")
"""Done by whoever holds the session's secret; without it, it does nothing."""

UNSAFE = {(e.method, e.path): e for e in ENDPOINTS if e.method not in {"GET", "HEAD"}}
FOR_THE_SIGNED_IN = sorted(UNSAFE.keys() - JUDGED - TOLLED.keys() - {PROGRAMS, ENDING})


def test_what_brings_something_to_be_judged_is_known_by_its_body():
    found = {
        route
        for route, endpoint in UNSAFE.items()
        if endpoint.body and JUDGING & {f.name for f in msgspec.structs.fields(endpoint.body)}
    }
    assert found == JUDGED


FITTING = {
    "method": "totp",
    "label": "mine",
    "demands": [],
    "reason": "as agreed",
    "purpose": "a complaint",
    "decision": "approve",
    "account": "x",
    "display_name": "A",
    "email": "a@mail.example",
    "roles": ["clerk"],
    "audience": "https://api.example.com",
}
"""A value for every member that must be there, so that a body is no reason to be refused."""


def fitting(body):
    return {f.name: FITTING[f.name] for f in msgspec.structs.fields(body) if f.required}


@pytest.mark.clause("CC-17010.j.g")
@pytest.mark.parametrize("route", FOR_THE_SIGNED_IN, ids=" ".join)
def test_every_other_route_that_changes_something_is_for_whoever_is_signed_in(shared, route):
    """A path that comes later, and listens to a stranger without a toll, is found here."""
    (method, path), body = route, UNSAFE[route].body
    more = {"json": fitting(body)} if body else {}
    answer = shared.world.client().request(method, path.replace("{id}", "x"), **more)
    assert (answer.status_code, answer.json()["code"]) in {(401, "not_signed_in"), (404, "unknown")}


def test_without_a_session_there_is_none_to_end(shared):
    method, path = ENDING
    shared.world.client().request(method, path)
    assert shared.session().status_code == 200


def until_refused(send, most=100):
    """Send until it is not let through; return all answers."""
    answers = []
    while len(answers) < most and not {a.status_code for a in answers} & {428, 429}:
        answers.append(send(len(answers)))
    return answers


@pytest.mark.clause("CC-17010.j.g")
@pytest.mark.parametrize("route", TOLLED, ids=" ".join)
def test_what_anybody_may_do_asks_for_work_before_long(world, route):
    def send(number):
        body = TOLLED[route] | {"account": f"nobody{number}"}
        return world.client().request(*route, json=body)

    *passed, refused = until_refused(send)
    assert passed
    assert problem(refused, 428, "work_needed")["work"]["signature"]


@pytest.mark.clause("CC-17010.j.g")
def test_programs_that_are_none_of_ours_run_out_of_tries(world):
    def send(number):
        return world.client().request(*PROGRAMS, data={"token": "x", "client_id": f"x{number}"})

    *passed, refused = until_refused(send)
    assert {answer.status_code for answer in passed} == {401}
    problem(refused, 429, "too_many")


@pytest.mark.clause("CC-17010.j.g")
@pytest.mark.parametrize("purpose", sorted(ENTRANCES))
def test_every_entrance_runs_out_of_tries(ben, purpose):
    """And so does a name that nobody has, or that has another entrance."""
    stranger = ben.world.client(ELSEWHERE)
    transaction = ben.opens(purpose, client=stranger)
    runs_out(ben.world, transaction, 428)


@pytest.mark.clause("CC-17010.j.g")
@pytest.mark.parametrize(("cookie", "status"), [(True, 429), (False, 428)])
@pytest.mark.parametrize("purpose", sorted(STEP_UPS))
def test_every_step_up_runs_out_of_tries(ben, purpose, cookie, status):
    """With a stolen session alone, and with the device's cookie beside it: password change too."""
    ben.signs_in()
    if not cookie:
        ben.client.cookies.delete(cookies.DEVICE)
    more = {"binding": BINDING} if purpose == "order" else {}
    runs_out(ben.world, ben.steps_up(purpose, **more), status)


def runs_out(world, transaction, status):
    """Answer wrongly until that is not looked at any more; each that was is an event, no other."""
    method = "webauthn" if "webauthn" in transaction.methods() else transaction.methods()[0]
    before = len(world.events(kind="login:answer:refused"))
    *passed, refused = until_refused(lambda _: transaction.answer(method))
    assert {answer.status_code for answer in passed} == {401}
    assert refused.status_code == status, refused.text
    judged = len(world.events(kind="login:answer:refused")) - before
    assert judged == len(passed) > 0


@pytest.mark.clause("CC-17010.j.g")
@pytest.mark.parametrize("method", ["totp", "password", "webauthn", "device"])
def test_every_enrolment_runs_out_of_tries(world, method):
    amy = world.customer().registers().begins_activation()
    begun = amy.enrols(method)
    *passed, refused = until_refused(lambda _: amy.confirms(begun))
    assert {answer.status_code for answer in passed} == {422}
    assert problem(refused, 429, "too_many")["limit"] == "enrolment"
