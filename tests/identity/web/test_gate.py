"""One gate before every verifier: a path around it would not pass these tests."""

import ast
from pathlib import Path

import msgspec
import pytest

import identity
from identity.web.routes import ENDPOINTS
from tests.identity.kit import problem

HOUSE = Path(identity.__file__).parent

NO_FACTORS = {
    ("audit/checkpoint.py", "public.verify"): "a signature of our own",
    ("accounts/enrolments.py", "self._gate.confirm"): "through the gate",
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
    assert methods["confirm"].index(".reserve(") < methods["confirm"].index("].confirm(")


def judging():
    """Return the routes whose body brings something to be judged."""
    return [
        endpoint
        for endpoint in ENDPOINTS
        if endpoint.body and JUDGING & {f.name for f in msgspec.structs.fields(endpoint.body)}
    ]


def answers(amy):
    transaction = amy.opens()
    return transaction.path, {"method": "webauthn", "response": {}}


def confirmations(amy):
    amy.registers().begins_activation()
    begun = amy.enrols("totp").json()["id"]
    return f"/v1/accounts/me/factors/enrolments/{begun}", {"response": {}}


WAYS = {
    "/v1/logins/{id}/answers": answers,
    "/v1/accounts/me/factors/enrolments/{id}/confirmations": confirmations,
}
"""How to come to each route that judges. A new one needs a line here, and then passes or fails."""


@pytest.mark.clause("CC-17010.j.g")
@pytest.mark.parametrize("endpoint", judging(), ids=lambda endpoint: endpoint.path)
def test_every_route_that_judges_runs_out_of_tries(world, endpoint):
    amy = world.customer()
    path, body = WAYS[endpoint.path](amy)
    address = f"{path}/{endpoint.path.rpartition('/')[2]}"
    found = [amy.client.post(address, json=body) for _ in range(40)]
    assert 0 < sum(answer.status_code in {401, 422} for answer in found) < 40
    assert problem(found[-1], 429, "too_many")["limit"]
