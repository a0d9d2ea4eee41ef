"""What a client signs of itself: taken once it says the right things, and never otherwise."""

import json
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from identity.clients import assertions
from identity.clients.assertions import MOST, Refused, claimed, proven

NOW = 1_800_000_000.0
CLIENT = "client.1"
US = frozenset({"https://trade.example.com", "https://trade.example.com/v1/introspect"})

P256 = ECKey.generate_key("P-256")
ED25519 = OKPKey.generate_key("Ed25519")
RSA = RSAKey.generate_key(2048)
KEYS = {"ES256": P256, "Ed25519": ED25519, "EdDSA": ED25519, "RS256": RSA}


class Anything(jws.JWSRegistry):
    """Signs with whatever is asked, without a warning."""

    def get_alg(self, name):
        return self.algorithms[name]


def public(key):
    return key.as_dict(private=False)


def claims(**changes):
    given = {
        "iss": CLIENT,
        "sub": CLIENT,
        "aud": "https://trade.example.com",
        "jti": secrets.token_hex(8),
        "exp": NOW + 60,
    } | changes
    return {name: value for name, value in given.items() if value is not None}


def signed(said=None, alg="ES256", key=None, **header):
    payload = json.dumps(claims() if said is None else said)
    told = {"alg": alg} | header
    return jws.serialize_compact(told, payload, key or KEYS.get(alg), registry=Anything())


def prove(assertion, *keys, now=NOW):
    held = [public(key) for key in keys or (P256,)]
    return proven(assertion, held, CLIENT, US, now)


def refused(reason, assertion, *keys, **more):
    with pytest.raises(Refused) as caught:
        prove(assertion, *keys, **more)
    assert str(caught.value) == reason


@pytest.mark.parametrize("alg", KEYS)
@pytest.mark.parametrize("audience", [*US, [*US], ["https://elsewhere.example", *US]])
def test_a_client_proves_itself_by_its_own_key(alg, audience):
    said = claims(aud=audience)
    found = prove(signed(said, alg), KEYS[alg])
    assert (found.sub, found.jti) == (CLIENT, said["jti"])


def test_by_any_of_its_keys_or_by_the_one_it_names():
    old, new = ({**public(key), "kid": kid} for key, kid in ((P256, "old"), (ED25519, "new")))
    for assertion in (signed(), signed(alg="Ed25519"), signed(kid="old")):
        assert proven(assertion, [old, new], CLIENT, US, NOW)
    with pytest.raises(Refused, match="signature"):
        proven(signed(kid="new"), [old, new], CLIENT, US, NOW)


def test_not_by_anothers_key():
    refused("assertion_signature", signed(key=ECKey.generate_key("P-256")))
    refused("assertion_signature", signed(), ED25519, RSA)
    with pytest.raises(Refused, match="assertion_signature"):
        proven(signed(), [], CLIENT, US, NOW)


@pytest.mark.parametrize("alg", ["none", "HS256", "PS256", "ES384", "RS512", "ES256K", "Ed448"])
def test_not_by_another_algorithm(alg):
    head, body, signature = signed().split(".")
    del head
    for given_ in ("", signature):
        refused("assertion_algorithm", f"{_b64({'alg': alg})}.{body}.{given_}")


def _b64(header):
    return jws.serialize_compact(
        {"alg": "HS256"}, json.dumps(header), OctKey.generate_key(256), registry=Anything()
    ).split(".")[1]


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("assertion_subject", {"iss": "client.2"}),
        ("assertion_subject", {"sub": "client.2"}),
        ("assertion_audience", {"aud": "https://elsewhere.example"}),
        ("assertion_audience", {"aud": []}),
        ("assertion_audience", {"aud": "https://trade.example.com/"}),
        ("assertion_expired", {"exp": NOW}),
        ("assertion_expired", {"exp": NOW - 1}),
        ("assertion_expired", {"nbf": NOW + 1}),
        ("assertion_too_long", {"exp": NOW + MOST + 1}),
        ("assertion_jti", {"jti": ""}),
        ("assertion_jti", {"jti": "x" * 1000}),
        ("assertion_malformed", {"jti": None}),
        ("assertion_malformed", {"exp": None}),
        ("assertion_malformed", {"exp": "soon"}),
        ("assertion_malformed", {"iss": None}),
        ("assertion_malformed", {"aud": None}),
        ("assertion_malformed", {"aud": {"a": 1}}),
    ],
)
def test_not_where_it_says_something_else(reason, changes):
    refused(reason, signed(claims(**changes)))


def test_it_is_good_to_the_second():
    said = signed(claims(exp=NOW + MOST))
    assert prove(said)
    assert prove(said, now=NOW + MOST - 0.001)
    refused("assertion_expired", said, now=NOW + MOST)
    refused("assertion_too_long", said, now=NOW - 0.001)


GOOD = signed(claims(jti="good"))


@given(st.integers(0, len(GOOD) - 1), st.characters(codec="utf-8"))
def test_no_other_character_anywhere_is_accepted(at, other):
    changed = GOOD[:at] + other + GOOD[at + 1 :]
    if changed != GOOD:
        with pytest.raises(Refused):
            prove(changed)


@given(st.text())
def test_what_is_no_assertion_claims_nothing_and_proves_nothing(text):
    assert claimed(text) == ""
    refused("assertion_malformed", text)


def test_whom_it_claims_to_be_of_is_known_before_it_is_proven():
    assert claimed(signed(key=ECKey.generate_key("P-256"))) == CLIENT


def test_keys_that_will_do():
    assert assertions.faults([public(P256), public(ED25519), public(RSA)]) == []


@pytest.mark.parametrize(
    ("key", "told"),
    [
        (OctKey.generate_key(256).as_dict(private=True), "not a JWK of type"),
        (P256.as_dict(private=True), "stays with the client"),
        (RSA.as_dict(private=True), "stays with the client"),
        (public(ECKey.generate_key("P-384")), "must be P-256"),
        (public(OKPKey.generate_key("Ed448")), "must be Ed25519"),
        (public(OKPKey.generate_key("X25519")), "must be Ed25519"),
        ({"kty": "EC", "crv": "P-256"}, "cannot be read"),
        ({"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}, "cannot be read"),
        ({"kty": "RSA", "n": 7, "e": "AQAB"}, "cannot be read"),
        ({"kty": ["EC"]}, "not a JWK of type"),
        ("text", "not a JWK of type"),
    ],
)
def test_keys_that_will_not_do_are_told_why(key, told):
    (fault,) = assertions.faults([key])
    assert fault.startswith("key 1: ")
    assert told in fault


def test_short_rsa_will_not_do():
    short = {"kty": "RSA", "e": "AQAB", "n": "w" * 171}
    assert "2048 bits" in assertions.faults([short])[0]


@pytest.mark.parametrize("count", [0, 9])
def test_a_set_has_one_key_or_a_few(count):
    assert "1 to 8 keys" in assertions.faults([public(P256)] * count)[0]
