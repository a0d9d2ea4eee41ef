"""What may be sent: anything that is not as documented is 400 or 413, and never a fault of ours."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identity.web import bodies
from identity.web import endpoint as edge
from identity.web.routes import ENDPOINTS
from identity.web.transport import LARGEST
from tests.identity.kit import LOGINS, ORIGIN, problem

JSON = {"Content-Type": "application/json"}
BODIES = [e for e in ENDPOINTS if e.body and e.media_type == "application/json"]
GOOD = {
    bodies.Answering: {"method": "password", "response": {"password": "x"}},
    bodies.Asking: {"method": "webauthn"},
    bodies.Confirming: {"response": {}},
    bodies.Renaming: {"label": "x"},
    bodies.Reading: {"purpose": "a test"},
    bodies.Acting: {"reason": "a test"},
    bodies.Assigning: {"roles": ["clerk"], "reason": "a test"},
    bodies.Deciding: {"decision": "reject", "reason": "a test"},
}
"""A body that will do, for every route with an id."""
FEW = settings(max_examples=20, deadline=None)  # each is a request or two
DEEP = "[" * 20_000 + "]" * 20_000


def posts(customer, content, path=LOGINS, headers=JSON):
    return customer.client.post(path, content=content, headers=headers)


@pytest.mark.parametrize("endpoint", BODIES, ids=lambda endpoint: endpoint.path)
@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 400, "malformed"),
        (b"not json", 400, "malformed"),
        (b"{", 400, "malformed"),
        (b"[]", 400, "malformed"),
        (b"null", 400, "malformed"),
        (b'{"a":1}', 400, "malformed"),
        (b'{"account":"\xff"}', 400, "malformed"),
        (DEEP.encode(), 400, "malformed"),
        (b'{"response":' + DEEP.encode() + b"}", 400, "malformed"),
        (b" " * (LARGEST + 1), 413, "too_large"),
    ],
    ids=["empty", "text", "open", "list", "null", "unknown", "utf8", "deep", "inside", "large"],
)
def test_what_is_no_body_of_this_route_is_refused(shared, endpoint, content, status, code):
    path = endpoint.path.replace("{id}", "password.x")
    answer = shared.client.request(endpoint.method, path, content=content, headers=JSON)
    problem(answer, status, code)


def test_as_much_as_is_read_is_read(shared):
    body = json.dumps({"purpose": "login", "account": "nobody"}).encode()
    assert posts(shared, body + b" " * (LARGEST - len(body))).status_code == 201


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "", "application/jsonx"]
)
def test_only_json_is_read(shared, kind):
    answer = posts(shared, b'{"purpose":"login","account":"amy"}', headers={"Content-Type": kind})
    assert problem(answer, 400, "malformed")["field"] == "content-type"


@pytest.mark.parametrize(
    "kind", ["application/json", "application/json; charset=utf-8", "application/JSON"]
)
def test_json_is_read_however_its_type_is_written(shared, kind):
    """Media types are case-insensitive: RFC 9110 section 8.3.1."""
    body = b'{"purpose":"login","account":"amy"}'
    assert posts(shared, body, headers={"Content-Type": kind}).status_code == 201


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"purpose": "login", "account": "amy", "extra": 1}, "extra"),
        ({"account": "amy"}, "purpose"),
        ({"purpose": 7, "account": "amy"}, "purpose"),
        ({"purpose": "login", "account": ["amy"]}, "account"),
        ({"purpose": "login", "account": "amy", "binding": "x"}, "binding"),
        ({"purpose": "Login!", "account": "amy"}, "purpose"),
        ({"purpose": "no.such.purpose", "account": "amy"}, "purpose"),
        ({"purpose": "login"}, "account"),
        ({"purpose": "login", "account": "a" * 129}, "account"),
        ({"purpose": "login", "account": "amy\x00"}, "account"),
        ({"purpose": "login", "account": "am\ny"}, "account"),
    ],
)
def test_a_wrong_member_is_named(shared, body, field):
    assert problem(shared.client.post(LOGINS, json=body), 400, "malformed")["field"] == field


@pytest.mark.parametrize("text", [r'"\ud800"', r'"a\udc00"', r'"\ud800\ud800"'])
def test_half_a_character_is_no_text(shared, text):
    for member in ("account", "purpose", "binding"):
        body = {"purpose": '"login"', "account": '"amy"', member: text}
        content = "{" + ",".join(f'"{k}":{v}' for k, v in body.items()) + "}"
        problem(posts(shared, content), 400, "malformed")


@pytest.mark.parametrize(
    "text", [r'"\ud800"', r'"\u0000"', r'"a\u0000b"', '"' + "x" * 60_000 + '"']
)
def test_a_password_of_strange_characters_is_a_wrong_password(shared, text):
    transaction = shared.opens(client=shared.world.client("192.0.2.55"))
    content = '{"method":"password","response":{"password":' + text + "}}"
    answer = posts(transaction, content, f"{transaction.path}/answers")
    assert answer.status_code in {400, 401}
    assert answer.json()["code"] in {"malformed", "refused"}


@pytest.mark.parametrize(
    "sent",
    ["%00", "%ff", "a%00b", "..", "%2e%2e", "x" * 5000, "%F0%9F%98%80", "a%0d%0ab", "'--", "%20"],
)
@pytest.mark.parametrize(
    "endpoint", [e for e in ENDPOINTS if "{id}" in e.path], ids=lambda e: e.summary
)
def test_a_name_of_odd_characters_names_nothing(shared, endpoint, sent):
    body = GOOD[endpoint.body] if endpoint.body else None
    path = endpoint.path.replace("{id}", sent)
    answer = shared.client.request(endpoint.method, path, json=body)
    assert answer.status_code in {401, 403, 404, 405}, answer.text
    if endpoint.path.startswith(LOGINS) and answer.status_code != 405:
        problem(answer, 404, "unknown")


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=12,
)
words = st.sampled_from(
    ["login", "activation", "order", "factor.add", "password", "totp", "webauthn", "amy", "en"]
)
members = st.sampled_from(
    [
        *("purpose", "account", "binding", "method", "response", "label", "display_name"),
        *("email", "phone", "locale", "credential", "password", "code"),
    ]
)
nearly = st.dictionaries(
    members, words | plain | st.dictionaries(members, words | plain), max_size=6
)


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda e: f"{e.method} {e.path}")
@FEW
@given(body=plain | nearly, browser=st.booleans(), known=st.booleans())
def test_nothing_that_is_sent_is_a_fault_of_ours(shared, endpoint, body, browser, known):
    client = shared.client if known else shared.world.client("192.0.2.44")
    path = endpoint.path.replace("{id}", "nothing")
    content = json.dumps(body).encode() if endpoint.body else None
    headers = JSON | ({"Origin": ORIGIN} if browser else {})
    if known and endpoint.method == "DELETE":
        return  # signing out would end the others' session
    answer = client.request(endpoint.method, path, content=content, headers=headers)
    assert answer.status_code < 500, answer.text
    assert answer.status_code < 400 or problem(answer, answer.status_code, answer.json()["code"])


@pytest.mark.parametrize("method", ["password", "totp", "webauthn"])
@FEW
@given(response=plain | nearly, asked=st.booleans())
def test_no_answer_at_all_is_a_fault_of_ours(shared, method, response, asked):
    """Also where nothing was asked: a stranger need not keep to the order of things."""
    if method == "password":
        transaction = shared.opens(client=shared.world.client("192.0.2.66"))
    else:
        transaction = shared.opens("order", account="")
    if method != "password" and asked:
        assert transaction.ask(method).status_code == 200
    content = json.dumps({"method": method, "response": response})
    answer = posts(transaction, content, f"{transaction.path}/answers")
    assert answer.status_code in {400, 401, 409, 429}, answer.text


@pytest.mark.parametrize("method", ["password", "totp", "webauthn"])
@FEW
@given(response=plain | nearly)
def test_nor_is_any_end_of_an_enrolment(shared, method, response):
    path = f"/v1/accounts/me/factors/enrolments/{enrolment(shared, method)}/confirmations"
    answer = posts(shared, json.dumps({"response": response}), path)
    assert answer.status_code in {400, 422, 429}, answer.text


def enrolment(shared, method):
    """Return an enrolment that was begun, after the step-up it asks."""
    begun = shared.enrols(method)
    if begun.status_code == 401:
        shared.approves("password.change" if method == "password" else "factor.add")
        begun = shared.enrols(method)
    return begun.json()["id"]


def test_a_member_at_fault_is_found_in_what_the_decoder_says():
    """The decoder's words are a library's: where they change, this says so."""
    cases = {
        b'{"purpose":1}': ("wrong value", "purpose"),
        b"{}": ("missing member", "purpose"),
        b'{"x":1}': ("unknown member", "x"),
    }
    opening = next(endpoint for endpoint in ENDPOINTS if endpoint.path == LOGINS)
    for content, told in cases.items():
        with pytest.raises(edge.Malformed) as refused:
            edge.decoded(content, opening.body)
        assert (str(refused.value), refused.value.field) == told
