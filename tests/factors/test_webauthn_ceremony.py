"""Which keys may sign, and that the library's exceptions end where they are raised."""

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from factors.webauthn_ceremony import DECOY_KEY, attempt, is_usable
from tests.factors.authenticator import cose

MODULUS = rsa.generate_private_key(65537, 2048).private_numbers().public_numbers.n


def rs256(modulus, exponent=65537):
    """Encode an RSA key as RFC 8230 section 4 says."""
    size = (modulus.bit_length() + 7) // 8
    return cbor2.dumps({1: 3, 3: -257, -1: modulus.to_bytes(size), -2: exponent.to_bytes(3)})


def eddsa():
    key = ed25519.Ed25519PrivateKey.generate().public_key()
    return cbor2.dumps({1: 1, 3: -8, -1: 6, -2: key.public_bytes(Encoding.Raw, PublicFormat.Raw)})


@pytest.mark.parametrize(
    "key",
    [
        cose(ec.generate_private_key(ec.SECP256R1()).public_key()),
        eddsa(),
        rs256(MODULUS),
        DECOY_KEY,
    ],
    ids=["ES256", "EdDSA", "RS256", "decoy"],
)
def test_these_keys_may_sign(key):
    assert is_usable(key)


@pytest.mark.parametrize(
    "key",
    [
        rs256(MODULUS >> 1024 | 1),
        rs256(MODULUS << 2056 | 1),
        rs256(MODULUS, 3),
        DECOY_KEY[:-1] + b"\0",
        b"",
    ],
    ids=["RSA too short", "RSA too long", "RSA with exponent 3", "off its curve", "nothing"],
)
def test_these_keys_may_not(key):
    assert not is_usable(key)


@given(st.binary(max_size=100))
@settings(deadline=None)
def test_garbage_is_no_key(key):
    assert not is_usable(key)


@pytest.mark.parametrize("raised", [ValueError, KeyError, RecursionError, MemoryError])
def test_whatever_the_library_raises_becomes_none(raised):
    def fails():
        raise raised

    assert attempt(fails) is None
    assert attempt(lambda: 7) == 7
