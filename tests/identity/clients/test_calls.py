"""An API client calls: how it proves itself, what it may do, and what the log has of it."""

import base64
import json

import pytest

from identity.errors import Malformed, StoreUnavailable
from identity.storage.sql.events import Events
from tests.identity.clients.test_assertions import ED25519, P256, public, signed
from tests.identity.kit import HOME, problem
from tests.identity.tokens.kit import API, add_client, asks, registry, token, token_world

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ISSUER = "https://testserver"


@pytest.fixture
def world(tmp_path):
    with token_world(tmp_path) as started:
        yield started


@pytest.fixture
def good(world):
    """A token that is good."""
    return token(world.customer().activated().signs_in())


@pytest.fixture
def backend(world):
    return add_client(world)


@pytest.fixture
def signer(world):
    return add_client(world, keys=(public(P256), public(ED25519))).client


def assertion(world, client, *, alg="ES256", key=None, **changes):
    said = {
        "iss": client.id,
        "sub": client.id,
        "aud": f"{ISSUER}/v1/introspect",
        "jti": str(id(changes)),
        "exp": world.clock() + 60,
    }
    form = {"client_assertion": signed(said | changes, alg, key)}
    return form | {"client_assertion_type": ASSERTION}


def refused(answer):
    """Check that a client was refused, and told nothing of why."""
    document = problem(answer, 401, "invalid_client")
    assert document["error"] == "invalid_client"
    assert document.keys() == {"type", "title", "status", "code", "error"}
    assert answer.headers["www-authenticate"].startswith("Basic ")


def reasons(world):
    return [event.reason for event in world.events(kind="client:call:refused")]


def test_by_its_secret_in_a_header_or_in_the_form(world, good, backend):
    in_form = {"client_id": backend.client.id, "client_secret": backend.secret}
    assert asks(world, good, backend).json()["active"]
    assert asks(world, good, **in_form).json()["active"]


@pytest.mark.parametrize("alg", ["ES256", "Ed25519", "EdDSA"])
@pytest.mark.parametrize("audience", [ISSUER, f"{ISSUER}/v1/introspect"])
def test_by_what_it_signs(world, good, signer, alg, audience):
    form = assertion(world, signer, alg=alg, aud=audience)
    assert asks(world, good, **form).json()["active"]
    form = assertion(world, signer, alg=alg, aud=audience, jti="another")
    assert asks(world, good, client_id=signer.id, **form).json()["active"]


def test_an_assertion_is_good_once(world, good, signer):
    form = assertion(world, signer)
    assert asks(world, good, **form).json()["active"]
    refused(asks(world, good, **form))
    world.clock.forward(59)
    refused(asks(world, good, **form))
    assert reasons(world) == ["assertion_spent"] * 2


def test_a_wrong_proof_is_refused_and_the_log_knows_why(world, good, backend, signer):
    id_ = backend.client.id
    for auth, form in (
        ((id_, "wrong"), {}),
        ((id_, ""), {}),
        (("client.nobody", backend.secret), {}),
        ((signer.id, ""), {}),
        ((signer.id, backend.secret), {}),
        (None, assertion(world, signer, key=type(P256).generate_key("P-256"))),
        (None, assertion(world, signer, aud="https://elsewhere.example")),
        (None, assertion(world, backend.client)),
        (None, assertion(world, signer) | {"client_id": id_}),
        (None, assertion(world, signer, exp=world.clock())),
        (None, {}),
    ):
        refused(asks(world, good, auth=auth, **form))
    assert reasons(world)[::-1] == [
        *["secret"] * 2,
        "unknown",
        *["secret"] * 2,
        "assertion_signature",
        "assertion_audience",
        *["assertion_signature"] * 2,
        "assertion_expired",
        "unknown",
    ]


@pytest.mark.parametrize(
    "header",
    ["Basic", "Basic !", "Basic YQ", "Bearer x", "Basic " + base64.b64encode(b"\xff:x").decode()],
)
def test_a_header_that_is_none_is_nobodys(world, good, header):
    answer = world.client().post(
        "/v1/introspect", data={"token": good}, headers={"Authorization": header}
    )
    refused(answer)


def test_a_client_proves_itself_in_one_way(world, good, backend, signer):
    in_form = {"client_id": backend.client.id, "client_secret": backend.secret}
    for form in (in_form, assertion(world, signer)):
        problem(asks(world, good, backend, **form), 400, "malformed")
    both = in_form | assertion(world, signer)
    problem(asks(world, good, **both), 400, "malformed")
    other = assertion(world, signer) | {"client_assertion_type": "urn:else"}
    assert problem(asks(world, good, **other), 400, "malformed")["field"]


def test_the_secret_is_stored_nowhere(world, backend):
    with world.store.read() as work:
        kept = work.clients.get(backend.client.id)
    assert backend.secret.encode() not in kept.secret_hash
    assert backend.secret not in repr(kept)
    assert len(base64.urlsafe_b64decode(backend.secret + "==")) == 32
    files = [file.read_bytes() for file in world.root.rglob("*") if file.is_file()]
    assert not [content for content in files if backend.secret.encode() in content]


def test_a_client_lives_until_its_day(world, good):
    short = add_client(world, days=1)
    world.clock.forward(86399)
    assert asks(world, good, short).status_code == 200
    world.clock.forward(1)
    refused(asks(world, good, short))
    assert reasons(world) == ["expired"]


def test_a_revoked_client_is_refused_at_once(world, good, backend):
    assert asks(world, good, backend).status_code == 200
    registry(world).revoke(backend.client.id)
    refused(asks(world, good, backend))
    assert reasons(world) == ["revoked"]
    assert world.events(kind="client:lifecycle:revoked")[0].client_id == backend.client.id


@pytest.mark.clause("CC-18000.2.h")
def test_a_client_without_the_scope_may_not(world, good, backend):
    with world.store.write() as work:
        client = type(backend.client)
        given = {name: getattr(backend.client, name) for name in client.__struct_fields__}
        work.clients.add(client(**given | {"id": "client.less", "scopes": ()}))
    document = problem(
        asks(world, good, auth=("client.less", backend.secret)), 403, "insufficient_scope"
    )
    assert document["error"] == "insufficient_scope"
    assert "active" not in document
    assert reasons(world) == ["scope"]


@pytest.mark.clause("CC-18000.2.h")
def test_every_call_is_in_the_log_with_its_function_and_scope(world, good, backend):
    asks(world, good, backend)
    asks(world, "nonsense", backend)
    called = world.events(kind="client:call:made")
    assert [(e.client_id, e.function, e.scope) for e in called] == [
        (backend.client.id, "introspect", "introspect")
    ] * 2
    assert {event.prefix for event in called} == {"192.0.2.10/32"}


def test_failures_are_counted_by_network_and_lock_no_client_out(world, good, backend):
    found = [asks(world, good, auth=(backend.client.id, "wrong")) for _ in range(40)]
    assert [answer.status_code for answer in found] == [401] * 30 + [429] * 10
    assert int(found[-1].headers["retry-after"]) > 0
    assert len(reasons(world)) == 30
    assert asks(world, good, backend).json()["active"]
    refused(asks(world, good, auth=(backend.client.id, "wrong"), address=HOME))


def test_what_the_form_has_besides_is_no_matter_and_what_it_lacks_is(world, good, backend):
    assert asks(world, good, backend, token_type_hint="access_token", resource="x").json()["active"]
    client = world.client()
    auth = (backend.client.id, backend.secret)
    problem(client.post("/v1/introspect", data={}, auth=auth), 400, "malformed")
    problem(client.post("/v1/introspect", json={"token": good}, auth=auth), 400, "malformed")
    twice = "token=a&token=b"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    problem(client.post("/v1/introspect", content=twice, headers=form, auth=auth), 400, "malformed")


def test_where_the_log_cannot_be_written_nothing_is_told(world, good, backend, monkeypatch):
    def fails(*_):
        raise StoreUnavailable("full")

    monkeypatch.setattr(Events, "append", fails)
    problem(asks(world, good, backend), 503, "audit_unavailable")


def test_only_what_will_do_is_added(world):
    add = registry(world).add
    good = {"scopes": ["introspect"], "audiences": [API], "days": 30}
    for changes in (
        {"scopes": ["everything"]},
        {"scopes": []},
        {"days": 0},
        {"days": 367},
        {"keys": [P256.as_dict(private=True)]},
    ):
        with pytest.raises(Malformed):
            add("backend", **good | changes)
    for name in ("", " ", "a\nb"):
        with pytest.raises(Malformed):
            add(name, **good)
    assert registry(world).listed() == []
    added = add("backend", **good | {"keys": [json.loads(json.dumps(public(P256)))]})
    assert (added.secret, added.client.secret_hash) == ("", None)
