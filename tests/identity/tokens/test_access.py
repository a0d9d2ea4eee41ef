"""A token as text: what opens it, and everything that does not."""

import base64
import hmac
import json
from string import ascii_letters, digits

import msgspec
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey
from msgspec.structs import replace

from identity.errors import InvalidToken
from identity.keys.ring import KeyRing, Purpose, generate, generate_ring
from identity.tokens.access import LIFETIME, PUBLISHED, Claims, Signer
from tests.identity.keys.sources import NOW, stream

ISSUER = "https://trade.example.com"
API = "https://api.example.com"
OTHER = "https://other.example.com"

RING = generate_ring(NOW, stream("tokens"))
SIGNER = Signer(RING, ISSUER)
CLAIMS = Claims(
    iss=ISSUER,
    sub="account",
    aud=API,
    client_id="pages",
    jti="one",
    iat=int(NOW),
    exp=int(NOW) + LIFETIME,
    auth_time=int(NOW) - 5,
    acr="urn:trifactor:acr:aal2",
    amr=("pwd", "otp", "mfa"),
    sid="session",
)
TOKEN = SIGNER.signed(CLAIMS)


def refused(token, *, audience=API, now=NOW, signer=SIGNER):
    with pytest.raises(InvalidToken):
        signer.opened(token, {audience}, now)


def b64(content):
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def signed(key, claims=None, **header):
    """Return a token made by hand; a header member that is None is left out."""
    given = {"typ": "at+jwt", "alg": "ES256", "kid": RING.current(Purpose.TOKEN).id} | header
    told = {name: value for name, value in given.items() if value is not None}
    payload = msgspec.json.encode(CLAIMS) if claims is None else json.dumps(claims).encode()
    registry = jws.JWSRegistry(algorithms=[told["alg"]], strict_check_header=False)
    return jws.serialize_compact(told, payload, key, registry=registry)


def ours():
    return SIGNER._key(RING.current(Purpose.TOKEN).id)


def test_it_says_what_was_signed():
    assert SIGNER.opened(TOKEN, {API}, NOW) == CLAIMS
    assert SIGNER.opened(signed(ours()), {OTHER, API}, NOW) == CLAIMS


def test_it_is_a_jwt_by_rfc_9068_that_anybody_can_check_by_the_published_key():
    head, body, signature = TOKEN.split(".")
    (public,) = SIGNER.published()["keys"]
    assert json.loads(unb64(head)) == {"typ": "at+jwt", "alg": "ES256", "kid": public["kid"]}
    assert {"iss", "exp", "aud", "sub", "client_id", "iat", "jti"} <= json.loads(unb64(body)).keys()
    x, y = (int.from_bytes(unb64(public[name]), "big") for name in "xy")
    key = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    r, s = (int.from_bytes(unb64(signature)[half], "big") for half in (slice(32), slice(32, 64)))
    key.verify(encode_dss_signature(r, s), f"{head}.{body}".encode(), ec.ECDSA(hashes.SHA256()))


def test_it_is_good_to_the_second_and_no_longer():
    assert SIGNER.opened(TOKEN, {API}, CLAIMS.exp - 0.001)
    refused(TOKEN, now=float(CLAIMS.exp))
    refused(TOKEN, now=CLAIMS.exp + 1.0)


def test_another_audience_or_issuer_does_not_open_it():
    refused(TOKEN, audience=OTHER)
    refused(TOKEN, signer=Signer(RING, OTHER))
    with pytest.raises(InvalidToken):
        SIGNER.opened(TOKEN, set(), NOW)


def test_a_foreign_key_signs_nothing():
    stranger = ECKey.generate_key("P-256")
    refused(signed(stranger))
    refused(signed(stranger, kid=stranger.thumbprint()))
    refused(Signer(generate_ring(NOW, stream("others")), ISSUER).signed(CLAIMS))


def test_the_header_may_not_bring_a_key_of_its_own():
    stranger = ECKey.generate_key("P-256")
    refused(signed(stranger, kid=None))
    refused(signed(stranger, jwk=stranger.as_dict(private=False)))
    refused(signed(stranger, kid=None, jwk=stranger.as_dict(private=False)))
    header = {"typ": "at+jwt", "alg": "ES256", "kid": RING.current(Purpose.TOKEN).id}
    refused(by_hand(header | {"crit": ["exp"], "exp": 1}, by_us))


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "HS256", "ES384", "RS256", "", 7, None])
@pytest.mark.parametrize("ending", ["", "x", TOKEN.rpartition(".")[2]])
def test_no_other_algorithm_is_taken(alg, ending):
    header = json.loads(unb64(TOKEN.partition(".")[0])) | {"alg": alg}
    refused(f"{b64(json.dumps(header).encode())}.{TOKEN.split('.')[1]}.{ending}")


def test_the_public_key_is_no_secret_to_sign_with():
    """The oldest trick: HMAC keyed by what everybody may read."""
    public = ours().as_pem(private=False)
    header = {"typ": "at+jwt", "alg": "HS256", "kid": RING.current(Purpose.TOKEN).id}
    refused(by_hand(header, lambda message: hmac.digest(public, message, "sha256")))


def by_hand(header, sign):
    """Return a token that says `CLAIMS`, whatever a library would say to its header."""
    signing = f"{b64(json.dumps(header).encode())}.{b64(msgspec.json.encode(CLAIMS))}"
    return f"{signing}.{b64(sign(signing.encode()))}"


def by_us(message):
    der = ours().get_op_key("sign").sign(message, ec.ECDSA(hashes.SHA256()))
    return b"".join(number.to_bytes(32, "big") for number in decode_dss_signature(der))


@pytest.mark.parametrize("typ", [None, "JWT", "jwt", "logout+jwt", "", 1])
def test_a_jwt_that_is_no_access_token_is_refused(typ):
    header = {"alg": "ES256", "kid": RING.current(Purpose.TOKEN).id}
    assert SIGNER.opened(by_hand(header | {"typ": "at+jwt"}, by_us), {API}, NOW) == CLAIMS
    refused(by_hand(header if typ is None else header | {"typ": typ}, by_us))


@pytest.mark.parametrize("claim", ["iss", "sub", "aud", "jti", "exp", "iat", "sid", "acr", "amr"])
@pytest.mark.parametrize("value", [None, 7.5, True, [], {}, "absent"])
def test_a_claim_of_another_shape_is_refused_even_where_we_signed_it(claim, value):
    claims = msgspec.to_builtins(CLAIMS) | {claim: value}
    if value == "absent":
        del claims[claim]
    if not (claim == "amr" and value == []):
        refused(signed(ours(), claims))


@pytest.mark.parametrize(
    "text", ["", ".", "..", "...", "a.b.c", TOKEN + ".", f".{TOKEN}", TOKEN * 40, "\udcff.a.b", "é"]
)
def test_what_is_no_token_is_refused(text):
    refused(text)


@given(st.integers(0, len(TOKEN) - 1), st.sampled_from(ascii_letters + digits + "-_.=+/ \n"))
def test_no_other_character_anywhere_is_accepted(at, other):
    changed = TOKEN[:at] + other + TOKEN[at + 1 :]
    if changed != TOKEN:
        refused(changed)


@given(
    st.dictionaries(st.sampled_from([*CLAIMS.__struct_fields__, "scope"]), st.text(), min_size=1)
)
def test_no_change_of_a_claim_is_accepted_under_the_old_signature(changes):
    head, body, signature = TOKEN.split(".")
    claims = json.loads(unb64(body))
    changed = json.dumps(claims | changes, separators=(",", ":")).encode()
    if changed != unb64(body):
        refused(f"{head}.{b64(changed)}.{signature}")


@given(
    st.dictionaries(
        st.sampled_from(["alg", "typ", "kid", "jwk", "jku", "x5u", "crit", "b64", "cty"]),
        st.one_of(st.text(), st.none(), st.booleans(), st.lists(st.text(), max_size=2)),
        min_size=1,
    )
)
def test_no_change_of_the_header_is_accepted_under_the_old_signature(changes):
    head, body, signature = TOKEN.split(".")
    changed = json.dumps(json.loads(unb64(head)) | changes, separators=(",", ":")).encode()
    if changed != unb64(head):
        refused(f"{b64(changed)}.{body}.{signature}")


def test_a_new_key_signs_once_everybody_had_time_to_read_it():
    newer = generate(Purpose.TOKEN, NOW + 1000, stream("newer"))
    signer = Signer(KeyRing([*RING.every(), newer]), ISSUER)

    def signed_with(at):
        head = signer.signed(replace(CLAIMS, iat=int(at))).partition(".")[0]
        return json.loads(unb64(head))["kid"]

    old = RING.current(Purpose.TOKEN).id
    assert [signed_with(NOW + 1000 + at) for at in (0, PUBLISHED - 1)] == [old] * 2
    assert signed_with(NOW + 1000 + PUBLISHED) == newer.id


def test_what_the_old_key_signed_opens_while_the_ring_holds_it_and_both_are_published():
    newer = generate(Purpose.TOKEN, NOW + 1, stream("newer"))
    kept = RING.every()
    both = Signer(KeyRing([*kept, newer]), ISSUER)
    assert both.opened(TOKEN, {API}, NOW) == CLAIMS
    ids = [key["kid"] for key in both.published()["keys"]]
    assert ids == [newer.id, RING.current(Purpose.TOKEN).id]
    others = [key for key in kept if key.purpose is not Purpose.TOKEN]
    refused(TOKEN, signer=Signer(KeyRing([*others, newer]), ISSUER))


def test_what_is_published_holds_no_private_key():
    for key in SIGNER.published()["keys"]:
        assert key.keys() == {"kty", "crv", "x", "y", "kid", "use", "alg"}
        assert (key["kty"], key["crv"], key["use"], key["alg"]) == ("EC", "P-256", "sig", "ES256")
