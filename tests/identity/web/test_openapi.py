"""The OpenAPI document: complete, valid, true of every answer; and what it allows, survived."""

import json
import re
from copy import deepcopy
from functools import cache

import jsonschema_rs
import pytest
import requests
import schemathesis
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.core.transport import Response
from schemathesis.specs.openapi import checks as conform
from schemathesis.specs.openapi.definitions import OPENAPI_31
from starlette.routing import Match, Mount

from factors import registry
from factors.contract import Refused
from identity import errors
from identity.keys.ring import generate_ring
from identity.periodic import Periodic
from identity.throttling.work import About, Works
from identity.web import openapi, problems, shapes
from identity.web.endpoint import FORM, JSON, Endpoint, Reply, decoded
from identity.web.headers import POLICY
from identity.web.pools import Left
from identity.web.routes import ENDPOINTS, OPERATIONS, PUBLISHED, application
from tests.factors.world import context
from tests.factors.world import settings as factor_settings
from tests.identity.keys.sources import NOW, stream
from tests.identity.kit import BINDING, FACTORS, LOGINS, ORIGIN, Transaction, World, lab_limits

FACTORS_HERE = registry.build(factor_settings())
PLAIN = (*OPERATIONS.items(), *PUBLISHED.items())
DOCUMENT = openapi.document(ENDPOINTS, PLAIN, tuple(FACTORS_HERE))
DESCRIBED = [(m.upper(), path) for path, item in DOCUMENT["paths"].items() for m in item]
ROUTES = [route for route in application(lambda: None).routes if not isinstance(route, Mount)]
ASKED = Works(generate_ring(NOW, stream("asked"))).asked(
    About(purpose="login", account="a", prefix="192.0.2.1/32"), 0.5, NOW
)
FEW = settings(max_examples=10, deadline=None)  # each is a request or two
SOME = settings(max_examples=60, deadline=None)

CHECKS = [
    not_a_server_error,
    conform.status_code_conformance,
    conform.content_type_conformance,
    conform.response_headers_conformance,
    conform.response_schema_conformance,
    conform.negative_data_rejection,
    conform.unsupported_method,
]


def errors_below(kind=errors.IdentityError):
    """Return every error there is that may leave."""
    found = [error for below in kind.__subclasses__() for error in (below, *errors_below(below))]
    return [error for error in found if error not in {errors.SettingsError, Left}]


def template(method, path):
    """Return the address in the document that a request's path is one of."""
    scope = {"type": "http", "method": method, "path": path, "headers": []}
    route = next(route for route in ROUTES if route.matches(scope)[0] is Match.FULL)
    return re.sub(r"{(\w+):\w+}", r"{\1}", route.path)


@cache
def validator(method, path, status, media_type):
    """Return what judges an answer, strictly: a member that is not described is a fault."""
    responses = DOCUMENT["paths"][path][method.lower()]["responses"]
    schema = responses[str(status)]["content"][media_type].get("schema", {})
    components = {name: closed(kind) for name, kind in DOCUMENT["components"]["schemas"].items()}
    whole = {**schema, "components": {"schemas": components}}
    return jsonschema_rs.Draft202012Validator(whole)


def closed(schema):
    if schema.get("type") != "object":
        return schema
    return {"additionalProperties": False, **schema}


def check_described(answer):
    """Check one real answer against what the document says of its status."""
    method, path = answer.request.method, answer.request.url.path
    path = template(method, path)
    responses = DOCUMENT["paths"][path][method.lower()]["responses"]
    told = responses.get(str(answer.status_code))
    assert told, f"{method} {path} answered {answer.status_code} {answer.text}"
    if answer.is_success:
        check_allowed(answer.request, path)
    if "content" not in told:
        assert answer.content == b""
        return
    media_type = answer.headers["content-type"].partition(";")[0]
    assert media_type in told["content"], f"{method} {path} answered {media_type}"
    if media_type.endswith("json"):
        validator(method, path, answer.status_code, media_type).validate(answer.json())


def check_allowed(request, path):
    """Check that what was sent, and taken, is what the document lets be sent."""
    told = DOCUMENT["paths"][path][request.method.lower()].get("requestBody")
    if told is None:
        return
    schema = told["content"][JSON]["schema"]
    whole = {**schema, "components": DOCUMENT["components"]}
    jsonschema_rs.Draft202012Validator(whole).validate(json.loads(request.content))


def check_headers(answer):
    """Check what every answer carries; public keys alone may be cached."""
    policy = {name: answer.headers.get(name) for name in POLICY}
    if answer.is_success and answer.request.url.path in PUBLISHED:
        assert policy.pop("Cache-Control").startswith("public, max-age=")
    assert policy.items() <= POLICY.items()


def test_work_that_is_asked_is_described_wherever_it_may_be(tmp_path):
    """At opening, at an answer, at an application: the header, the document, what is told."""
    hot = lab_limits(
        tmp_path, {name: {"free": 1} for name in ("opening", "account", "registration")}
    )
    with World(tmp_path, **hot) as world:
        amy, ben = world.customer("amy"), world.customer("ben")
        asked = [amy.applies(), ben.applies(), amy.asks_to_open(), amy.asks_to_open()]
        transaction = Transaction(amy.client, asked[2])
        asked += [transaction.password("wrong"), transaction.password("wrong")]
    assert [answer.status_code for answer in asked] == [202, 428, 201, 428, 401, 428]
    for answer in asked:
        check_described(answer)
        path = template("POST", answer.request.url.path)
        told = DOCUMENT["paths"][path]["post"]["parameters"]
        assert openapi.WORK in told


def test_who_is_never_asked_for_work_is_not_told_how_to_send_it():
    assert openapi.WORK not in DOCUMENT["paths"]["/v1/session"]["get"]["parameters"]


def references(node):
    """Return every `$ref` below `node`."""
    if isinstance(node, dict):
        inner = [ref for value in node.values() for ref in references(value)]
        return [*inner, *([node["$ref"]] if "$ref" in node else [])]
    return [ref for value in node for ref in references(value)] if isinstance(node, list) else []


def test_the_document_is_served_whole_and_made_once(shared):
    answer = shared.world.client().get("/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == DOCUMENT
    made = openapi.encoded.cache_info().misses
    shared.client.get("/openapi.json")
    assert openapi.encoded.cache_info().misses == made


def test_the_document_is_openapi_3_1():
    jsonschema_rs.Draft202012Validator(OPENAPI_31).validate(DOCUMENT)
    schemas = DOCUMENT["components"]["schemas"]
    assert [name for name, kind in schemas.items() if not jsonschema_rs.meta.is_valid(kind)] == []
    assert {ref.rpartition("/")[2] for ref in references(DOCUMENT)} == set(schemas)


def test_every_route_is_described_and_nothing_else():
    served = {(m, re.sub(r":\w+}", "}", r.path)) for r in ROUTES for m in r.methods - {"HEAD"}}
    assert set(DESCRIBED) == served


def test_operations_have_names_of_their_own_and_schemes_that_exist():
    told = [DOCUMENT["paths"][path][method.lower()] for method, path in DESCRIBED]
    names = [operation["operationId"] for operation in told]
    assert len(set(names)) == len(names)
    schemes = {name for operation in told for needed in operation["security"] for name in needed}
    assert schemes <= set(openapi.SCHEMES)
    assert all(operation["summary"] for operation in told)


@pytest.mark.parametrize("endpoint", [e for e in ENDPOINTS if e.body], ids=lambda e: e.path)
def test_a_body_says_that_it_takes_no_member_it_does_not_name(endpoint):
    """Except a form of OAuth's, where unknown members are ignored (RFC 6749 section 3.2)."""
    schema = DOCUMENT["components"]["schemas"][endpoint.body.__name__]
    assert ("additionalProperties" in schema) == (endpoint.media_type == JSON)
    assert schema.get("additionalProperties", False) is False


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda e: f"{e.method} {e.path}")
def test_who_says_that_he_refuses_strangers_says_by_what_they_are_known(endpoint):
    if errors.NotSignedIn in (endpoint.errors or ()):
        assert {"session", "transaction"} & set(endpoint.security)


@pytest.mark.parametrize("error", errors_below(), ids=lambda error: error.code)
def test_every_problem_has_the_members_that_are_described(error):
    """Where an error got a member, `identity.web.shapes.PROBLEMS` has to say so."""
    given = {
        errors.Malformed: ("missing member", "account"),
        errors.StepUpRequired: ("order", ()),
        errors.Conflict: ("last_needed",),
        errors.EnrolmentRefused: ("too_short",),
        errors.TooMany: ("account", 2.0),
        errors.WorkNeeded: ("account", ASKED),
    }
    leaves = problems.response(error(*given.get(error, ())), "en")
    endpoint = Endpoint(
        method="GET", path="/x", handle=lambda _: Reply(), summary="x", errors=(error,)
    )
    told = openapi.document([endpoint], (), ())
    told["components"]["schemas"] = {
        name: closed(schema) for name, schema in told["components"]["schemas"].items()
    }
    response = told["paths"]["/x"]["get"]["responses"][str(leaves.status_code)]
    schema = response["content"][problems.MEDIA_TYPE]["schema"]
    whole = jsonschema_rs.Draft202012Validator({**schema, "components": told["components"]})
    whole.validate(json.loads(leaves.body))


def test_every_answer_on_a_customers_way_is_described(wide_world):
    """From the application to the sign-out, with every factor, refusals and a step-up."""
    seen = set()

    def heard(answer):
        answer.read()
        check_described(answer)
        check_headers(answer)
        path = template(answer.request.method, answer.request.url.path)
        seen.add((answer.request.method, path, answer.status_code))

    amy = wide_world.customer()
    amy.client.event_hooks = {"response": [heard]}
    for path, _ in PLAIN:
        amy.client.get(path)
    Periodic.stop(wide_world.running.sequencer)  # nobody beats, so that it soon is not ready
    amy.activated(passkey=True).signs_in()
    amy.opens().password("wrong")
    amy.opens().totp("000000")
    amy.opens().webauthn(amy.passkey)
    amy.steps_up("order", binding=BINDING).totp("0")
    wide_world.clock.forward(600)
    amy.enrols("totp")
    amy.approves("factor.add")
    amy.confirms(amy.enrols("totp"), code="0")
    amy.confirms(amy.enrols("webauthn"), credential={})
    amy.client.get(FACTORS)
    amy.client.post(f"{FACTORS}/reopenings", json={"method": "totp"})
    amy.client.delete(f"{FACTORS}/nothing")
    amy.session()
    assert amy.client.get("/readyz").status_code == 503
    amy.client.delete("/v1/session")
    amy.session()
    for told in [
        ("POST", LOGINS, 201),
        ("POST", f"{LOGINS}/{{id}}/challenges", 200),
        ("POST", f"{LOGINS}/{{id}}/answers", 200),
        ("POST", f"{LOGINS}/{{id}}/answers", 401),
        ("POST", f"{LOGINS}/{{id}}/answers", 409),
        ("POST", f"{FACTORS}/enrolments", 201),
        ("POST", f"{FACTORS}/enrolments", 401),
        ("POST", f"{FACTORS}/enrolments/{{id}}/confirmations", 201),
        ("POST", f"{FACTORS}/enrolments/{{id}}/confirmations", 422),
        ("GET", "/v1/session", 200),
        ("GET", "/v1/session", 401),
        ("GET", "/readyz", 200),
        ("GET", "/readyz", 503),
    ]:
        assert told in seen, sorted(seen)


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=40),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["password", "code", "credential", "x"]), inner)
    ),
    max_leaves=6,
)


def test_every_method_is_described():
    assert set(shapes.METHODS) == set(FACTORS_HERE)


@pytest.mark.parametrize("method", FACTORS_HERE)
@SOME
@given(response=plain)
def test_what_a_method_is_not_said_to_read_it_does_not_read(method, response):
    factor, ctx = FACTORS_HERE[method], context()
    schema = DOCUMENT["components"]["schemas"][shapes.METHODS[method].response.__name__]
    private = factor.challenge({}, ctx).private
    verdict = factor.verify({}, private, response, ctx)
    if not jsonschema_rs.is_valid(schema, response):
        assert isinstance(verdict, Refused)
        assert verdict.reason == "malformed"


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        (b"method=totp", "totp"),
        (b"method=t%6ftp", "totp"),
        (b"method=totp&method=totp", None),
        (b"method=totp&more=1", None),
        (b"method", None),
        (b"", None),
        (b"method=%ff", None),
        (b"method=\xff", None),
        (b"&".join([b"method=totp"] * 100), None),
    ],
)
def test_a_form_is_read_as_strictly_as_json(sent, says):
    kind = next(endpoint.body for endpoint in ENDPOINTS if endpoint.path.endswith("/challenges"))
    if says is None:
        with pytest.raises(errors.Malformed):
            decoded(sent, kind, FORM)
    else:
        assert decoded(sent, kind, FORM).method == says


def test_a_body_of_another_media_type_is_described_as_one():
    kind = next(endpoint.body for endpoint in ENDPOINTS if endpoint.body)
    endpoint = Endpoint(
        method="POST",
        path="/x",
        handle=lambda _: Reply(),
        summary="x",
        body=kind,
        media_type=FORM,
    )
    told = openapi.document([endpoint], (), ())["paths"]["/x"]["post"]
    assert list(told["requestBody"]["content"]) == [FORM]


def loaded(*, security):
    """Return the document as schemathesis takes it; without security for who brings cookies."""
    copied = deepcopy(DOCUMENT)
    for item in copied["paths"].values():
        for told in item.values():
            told["security"] = told["security"] if security else []
    return schemathesis.openapi.from_dict(copied, config=CONFIG)


REFUSALS = ["400", "401", "403", "404", "405", "409", "410", "413", "422", "428", "429"]
CONFIG = SchemathesisConfig.from_dict(
    {"checks": {"negative_data_rejection": {"expected-statuses": REFUSALS}}}
)
SCHEMA = loaded(security=True)
SIGNED_IN = loaded(security=False)


def sent(client, case):
    """Send what was drawn from the document; return the answer, its headers looked at."""
    drawn = case.as_transport_kwargs(base_url=ORIGIN)
    made = requests.Request(**{k: v for k, v in drawn.items() if k in REQUEST}).prepare()
    headers = {name: value for name, value in made.headers.items() if name != "Cookie"}
    answer = client.request(made.method, made.url, headers=headers, content=made.body)
    check_headers(answer)
    return answer


REQUEST = {"method", "url", "headers", "params", "data", "json", "files"}


@SCHEMA.parametrize()
@FEW
def test_a_stranger_gets_what_is_described(case, shared):
    """And what says that it needs a session, or a transaction's secret, does not do without."""
    answer = sent(shared.world.client("192.0.2.77"), case)
    case.validate_response(answer, checks=CHECKS)
    assert answer.is_error or is_open(case)


def is_open(case):
    told = DOCUMENT["paths"][case.path].get(case.method.lower(), {})
    return {} in (told.get("security") or [{}])


@SIGNED_IN.exclude(method=["DELETE", "PUT"]).parametrize()
@FEW
def test_a_customer_gets_what_is_described(case, shared):
    """Halfway through a login or an enrolment, where the address names one.

    Left out is what takes something from those that follow: factors, or what proofs suffice.
    """
    if "id" in case.path_parameters and case.method == "POST":
        case.path_parameters["id"] = live(shared, case.path)
    case.validate_response(sent(shared.client, case), checks=CHECKS)


def live(customer, path):
    """Return the id of what was begun just now."""
    if path.startswith(LOGINS):
        return customer.opens().id
    begun = customer.enrols("totp")
    if begun.status_code == 401:
        customer.approves("factor.add")
        begun = customer.enrols("totp")
    return begun.json()["id"]


def linked():
    """Return the operations that link to others, and those others; what deletes is left out."""
    names = set()
    for item in DOCUMENT["paths"].values():
        for told in item.values():
            links = [
                link for answer in told["responses"].values() for link in answer.get("links", ())
            ]
            names |= {told["operationId"], *links} if links else set()
    deleting = {
        item["delete"]["operationId"] for item in DOCUMENT["paths"].values() if "delete" in item
    }
    return sorted(names - deleting)


def test_calls_that_follow_each_other_get_what_is_described(shared):
    """In any order, each going on by the document's links with what an earlier one made."""
    seen = set()

    class Walk(SIGNED_IN.include(operation_id=linked()).as_state_machine()):
        def before_call(self, case):
            if case.path == LOGINS:
                case.body = {"purpose": "order"}  # hardly a word that is drawn is a purpose

        def call(self, case, **options):
            answer = sent(shared.client, case)
            seen.add((case.method, case.path, answer.status_code))
            return Response.from_any(answer)

        def validate_response(self, response, case, **options):
            case.validate_response(response, checks=CHECKS)

    steps = settings(max_examples=30, stateful_step_count=8, deadline=None)
    run_state_machine_as_test(Walk, settings=steps)
    assert {200, 401} & {status for _, path, status in seen if path.startswith(f"{LOGINS}/{{id}}")}
