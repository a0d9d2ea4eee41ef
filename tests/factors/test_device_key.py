"""ES256 and key names, held against what others published."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from factors.device_key import (
    DECOY_POINT,
    decode,
    encode,
    exactly,
    has_signed,
    is_usable,
    read_jwk,
    thumbprint,
)
from tests.factors.bound_device import BoundDevice

RFC_7515 = {
    "kty": "EC",
    "crv": "P-256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
}
"""The key of RFC 7515 appendix A.3.1, its private half left out."""

RFC_7515_INPUT = (
    b"eyJhbGciOiJFUzI1NiJ9"
    b"."
    b"eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
    b"cGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
)

RFC_7515_SIGNATURE = (
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
)

RFC_6979 = {
    b"sample": "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716"
    "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8",
    b"test": "F1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367"
    "019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083",
}
"""RFC 6979 appendix A.2.5, with SHA-256: r and s by message. The key is our decoy's."""

RFC_9449 = {
    "kty": "EC",
    "crv": "P-256",
    "x": "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
    "y": "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA",
}
"""The key of RFC 9449 section 4.1; its RFC 7638 thumbprint is `jkt` in section 6.1."""

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""n of P-256 (FIPS 186-4 D.1.2.3)."""


def test_the_signature_of_rfc_7515():
    signature = exactly(RFC_7515_SIGNATURE, 64)
    assert has_signed(read_jwk(RFC_7515), RFC_7515_INPUT, signature)
    assert not has_signed(read_jwk(RFC_7515), RFC_7515_INPUT + b" ", signature)
    assert not has_signed(DECOY_POINT, RFC_7515_INPUT, signature)


@pytest.mark.parametrize("message", RFC_6979)
def test_the_signatures_of_rfc_6979(message):
    signature = bytes.fromhex(RFC_6979[message])
    assert has_signed(DECOY_POINT, message, signature)
    assert not has_signed(DECOY_POINT, message, signature[32:] + signature[:32])


def test_a_thumbprint_is_that_of_rfc_7638():
    assert thumbprint(read_jwk(RFC_9449)) == "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
    assert thumbprint(read_jwk(BoundDevice().jwk)) != thumbprint(read_jwk(RFC_9449))


def test_a_key_is_read_to_the_point_that_it_is():
    device = BoundDevice()
    numbers = device.key.public_key().public_numbers()
    point = b"\x04" + numbers.x.to_bytes(32) + numbers.y.to_bytes(32)
    assert read_jwk(device.jwk) == point
    assert is_usable(point)
    assert thumbprint(point) == device.thumbprint


@pytest.mark.parametrize(
    "changes",
    [
        {"kty": "RSA"},
        {"kty": ["EC"]},
        {"crv": "P-384"},
        {"crv": "secp256k1"},
        {"x": RFC_7515["x"] + "="},
        {"x": RFC_7515["x"][:-1]},
        {"x": "A" + RFC_7515["x"]},
        {"y": RFC_7515["y"][:-1] + "1"},
        {"y": RFC_7515["y"].replace("_", "/")},
        {"y": 7},
        {"y": None},
        {"d": "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"},
        {"key_ops": ["verify"]},
    ],
)
def test_what_is_no_public_key_of_p_256_is_none(changes):
    assert read_jwk(RFC_7515 | changes) is None


@pytest.mark.parametrize("jwk", [None, "EC", [], {}, {"kty": "EC", "crv": "P-256"}])
def test_what_is_no_key_at_all_is_none(jwk):
    assert read_jwk(jwk) is None


@given(x=st.binary(min_size=32, max_size=32), y=st.binary(min_size=32, max_size=32))
def test_a_point_off_the_curve_is_not_usable(x, y):
    """A point is on P-256 where y^2 = x^3 - 3x + b, and of random ones none ever is."""
    assert not is_usable(read_jwk(RFC_7515 | {"x": encode(x), "y": encode(y)}))


def test_a_neighbour_of_a_real_point_and_the_zero_point_are_not_usable():
    numbers = ec.EllipticCurvePublicKey.from_encoded_point(
        ec.SECP256R1(), DECOY_POINT
    ).public_numbers()
    off = encode((numbers.y + 1).to_bytes(32))
    assert not is_usable(read_jwk(RFC_7515 | {"x": encode(DECOY_POINT[1:33]), "y": off}))
    assert not is_usable(read_jwk(RFC_7515 | {"x": encode(bytes(32)), "y": encode(bytes(32))}))


@pytest.mark.parametrize("r", [0, 1, ORDER - 1, ORDER, 2**256 - 1])
@pytest.mark.parametrize("s", [0, 1, ORDER - 1, ORDER, 2**256 - 1])
def test_numbers_at_the_edge_are_signatures_of_nothing(r, s):
    """Zero signed everything in a library once (CVE-2022-21449)."""
    assert not has_signed(DECOY_POINT, b"sample", r.to_bytes(32) + s.to_bytes(32))


@given(data=st.binary(max_size=40))
def test_base64url_has_one_way_to_write_every_value(data):
    assert decode(encode(data), 40) == data
    assert encode(data) == base64.urlsafe_b64encode(data).decode().rstrip("=")


@given(text=st.text("AZaz09-_+/= \n", max_size=12) | st.text(max_size=6))
def test_whatever_is_read_is_written_the_same_again(text):
    data = decode(text, 9)
    assert data is None or (encode(data) == text and len(data) <= 9)


@pytest.mark.parametrize(
    "text", ["A", "AB", "AAB", "AA==", "A A", "AAA\n", "++", "\ud800", 3, None]
)
def test_what_is_no_base64url_is_none(text):
    assert decode(text, 100) is None


def test_no_more_is_read_than_was_asked_for():
    assert decode(encode(bytes(64)), 64) == bytes(64)
    assert decode(encode(bytes(65)), 64) is None
    assert exactly(encode(bytes(63)), 64) is None
