"""Mounted in Starlette and in FastAPI, as docs/embedding.md tells it, by customers over HTTP."""

import re
import time
from contextlib import contextmanager

import msgspec
import pyotp
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from demo_client.passwords import initial_password
from identity.app import build
from identity.cli.main import app as command_line
from tests.embedding.conftest import EXAMPLES
from tests.identity.kit import ORIGIN, OWN, configured, problem

PAGE = (EXAMPLES.parent / "embedding.md").read_text(encoding="utf-8")


@contextmanager
def served(app):
    with TestClient(app, base_url=ORIGIN, follow_redirects=False) as client:
        yield client


def signed_in(client, root, mount="/identity"):
    """Join and sign in with nothing but HTTP and the mail: password, then a code."""
    api = f"{mount}/v1"

    def post(path, body, status):
        answer = client.post(api + path, json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    def answers(purpose, *proofs):
        opened = post("/logins", {"purpose": purpose, "account": "amy"}, 201)
        for method, response in proofs:
            path = f"/logins/{opened['id']}/answers"
            post(path, {"method": method, "response": response}, 200)

    def binds(method, confirm):
        begun = post("/accounts/me/factors/enrolments", {"method": method}, 201)
        path = f"/accounts/me/factors/enrolments/{begun['id']}/confirmations"
        post(path, {"response": confirm(begun["offer"])}, 201)
        return begun["offer"]

    post("/accounts", {"account": "amy", "display_name": "Amy", "email": "a@mail.example"}, 202)
    end = time.monotonic() + 10
    while not (mail := list((root / "inbox").glob("*.json"))):
        assert time.monotonic() < end
        time.sleep(0.01)
    initial = initial_password(msgspec.json.decode(mail[0].read_bytes())["body"])
    answers("activation", ("password", {"password": initial}))
    binds("password", lambda _: {"password": OWN})
    seed = binds("totp", lambda o: {"code": pyotp.TOTP(o["secret"]).at(time.time() - 30)})["secret"]
    post("/accounts/me/activation", {}, 200)
    code = pyotp.TOTP(seed).at(time.time())
    answers("login", ("password", {"password": OWN}), ("totp", {"code": code}))


def test_in_starlette(example, tmp_path):
    with served(example("mounted_starlette").make_app(configured(tmp_path))) as client:
        assert client.get("/identity/readyz").json()["status"] == "ready"
        problem(client.get("/portfolio"), 401, "not_signed_in")
        sent = client.get("/portfolio", headers={"Accept": "text/html"})
        assert (sent.status_code, sent.headers["location"]) == (303, "/login?next=%2Fportfolio")
        signed_in(client, tmp_path)
        assert client.get("/portfolio").json() == {"account": "amy"}


def test_in_starlette_with_a_lifespan_of_its_own(example, tmp_path):
    app = example("own_lifespan").make_app(configured(tmp_path))
    with served(app) as client:
        assert app.state.open
        assert client.get("/identity/readyz").json()["status"] == "ready"
    assert not app.state.open
    problem(TestClient(app, base_url=ORIGIN).get("/identity/readyz"), 503, "not_started")


def test_in_fastapi(example, tmp_path):
    with served(example("mounted_fastapi").make_app(configured(tmp_path))) as client:
        assert client.get("/identity/readyz").json()["status"] == "ready"
        problem(client.get("/orders/open"), 401, "not_signed_in")
        signed_in(client, tmp_path)
        assert client.get("/orders/open").json() == {"account": "amy"}
        assert client.get("/identity/v1/session").json()["account"]["name"] == "amy"
        assert client.get("/openapi.json").json()["info"]["title"] == "FastAPI"
        assert client.get("/identity/openapi.json").json()["info"]["title"] == "Trifactor"


def unheeding(identity):
    """A host that mounted us and forgot our lifespan."""
    return Starlette(routes=[Mount("/identity", app=identity)])


def test_a_host_that_forgot_the_lifespan_is_told_what_to_do(tmp_path):
    identity = build(configured(tmp_path))
    with served(unheeding(identity)) as client:
        for path in ("/readyz", "/v1/session", "/.well-known/jwks.json", "/v1/session/check"):
            told = problem(client.get(f"/identity{path}"), 503, "not_started")
            assert "enter identity.lifespan" in told["detail"]
        problem(client.post("/identity/v1/introspect"), 503, "not_started")


@pytest.mark.parametrize("name", ["mounted_starlette", "mounted_fastapi", "own_lifespan"])
def test_an_example_whose_lifespan_is_not_entered_answers_503(example, tmp_path, name):
    client = TestClient(example(name).make_app(configured(tmp_path)), base_url=ORIGIN)
    problem(client.get("/identity/v1/session"), 503, "not_started")


def test_every_example_is_told_of_and_every_link_leads_somewhere():
    links = set(re.findall(r"\]\(((?!https?:)[^)#]+)", PAGE))
    assert {f"embedding/{file.name}" for file in EXAMPLES.iterdir() if file.is_file()} <= links
    assert [link for link in links if not (EXAMPLES.parent / link).exists()] == []


def test_what_is_typed_is_a_command():
    words = [
        line.split() for line in PAGE.splitlines() if re.match(r"(\.venv/bin/)?identity ", line)
    ]
    groups = {info.name for info in command_line.registered_groups}
    assert words
    assert {line[1] for line in words} <= groups | {"serve"}
