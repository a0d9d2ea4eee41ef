"""Raw signatures hold for the key, scheme, digest and bytes they were made with, and no other."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from hypothesis import given
from hypothesis import strategies as st

from identity.certificates import public_keys, signatures
from identity.certificates.refusals import SignatureRefused, Unreadable, Weak, Wrong
from identity.certificates.signatures import Method, RawSignature, Scheme
from tests.identity.certificates.signing_parties import KINDS, ORDER, UNTIMED, Party, key, openssl

DIGESTS = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}
SCHEMES = {
    "p256": (Scheme.ECDSA, Scheme.ECDSA_RAW),
    "p384": (Scheme.ECDSA, Scheme.ECDSA_RAW),
    "rsa": (Scheme.PKCS1, Scheme.PSS),
}
CASES = [(kind, scheme, digest) for kind in KINDS for scheme in SCHEMES[kind] for digest in DIGESTS]


def signed(kind, scheme, digest, content=ORDER):
    """Return a signature by the key of a kind."""
    made = DIGESTS[digest]
    match scheme:
        case Scheme.PKCS1:
            return key(kind).sign(content, padding.PKCS1v15(), made)
        case Scheme.PSS:
            pss = padding.PSS(padding.MGF1(made), salt_length=made.digest_size)
            return key(kind).sign(content, pss, made)
        case Scheme.ECDSA:
            return key(kind).sign(content, ec.ECDSA(made))
    size = key(kind).key_size // 8
    pair = decode_dss_signature(key(kind).sign(content, ec.ECDSA(made)))
    return b"".join(number.to_bytes(size) for number in pair)


def reason(kind, scheme, digest, content, signature):
    try:
        method = Method(scheme=scheme, digest=digest)
        signatures.verify(key(kind).public_key(), method, content, signature)
    except SignatureRefused as refused:
        return refused.reason
    return ""


@pytest.mark.clause("CC-17010.e.c")
@pytest.mark.parametrize(("kind", "scheme", "digest"), CASES)
def test_a_signature_holds_for_what_it_was_made_with_and_nothing_else(kind, scheme, digest):
    made = signed(kind, scheme, digest)
    held = [
        case
        for case in CASES
        if not reason(*case, ORDER, made) and case[0] == kind  # another kind has another key
    ]
    assert held == [(kind, scheme, digest)]
    assert reason(kind, scheme, digest, ORDER + b"0", made) == "signature_wrong"
    assert all(reason(*case, ORDER, made) for case in CASES if case[0] != kind)


@pytest.mark.parametrize(("kind", "scheme", "digest"), CASES)
def test_no_bit_of_a_signature_can_be_turned(kind, scheme, digest):
    made = signed(kind, scheme, digest)
    for at in range(len(made)):
        turned = made[:at] + bytes((made[at] ^ 1 << at % 8,)) + made[at + 1 :]
        assert reason(kind, scheme, digest, ORDER, turned)


@UNTIMED
@given(st.sampled_from(CASES), st.binary(max_size=600))
def test_noise_signs_nothing(case, noise):
    assert reason(*case, ORDER, noise)


@pytest.mark.parametrize("kind", KINDS)
def test_what_openssl_signs_holds(tmp_path, kind):
    party = Party.root("Signer", kind)
    (tmp_path / "key.pem").write_bytes(party.key_pem)
    (tmp_path / "order").write_bytes(ORDER)
    made = openssl("dgst", "-sha384", "-sign", tmp_path / "key.pem", tmp_path / "order").stdout
    scheme = Scheme.PKCS1 if kind == "rsa" else Scheme.ECDSA
    method = Method(scheme=scheme, digest="sha384")
    raw = RawSignature(content=ORDER, signature=made, method=method)
    assert len(raw.check(party.certificate)) == 32
    with pytest.raises(Wrong):
        RawSignature(content=b"", signature=made, method=method).check(party.certificate)


@pytest.mark.parametrize("digest", ["sha1", "md5"])
def test_weak_digests_have_their_own_reason(digest):
    with pytest.raises(Weak, match="weak_digest"):
        signatures.digest_named(digest)


@pytest.mark.parametrize("digest", ["sha224", "sha3_256", "", "SHA256"])
def test_other_digests_are_not_read(digest):
    with pytest.raises(Unreadable, match="digest_algorithm"):
        signatures.digest_named(digest)


@pytest.mark.parametrize(
    ("salt", "why"), [(31, "pss_salt"), (32, "signature_wrong"), (222, "signature_wrong"),
                      (223, "pss_salt"), (10**9, "pss_salt"), (-1, "pss_salt")]
)  # fmt: skip
def test_a_salt_is_as_long_as_the_digest_at_least_and_fits_the_key(salt, why):
    method = Method(scheme=Scheme.PSS, digest="sha256", salt=salt)
    with pytest.raises(SignatureRefused, match=why):
        signatures.verify(key("rsa").public_key(), method, ORDER, b"x" * 256)


@pytest.mark.parametrize(
    ("public", "why"),
    [
        (key("rsa").public_key(), ""),
        (key("p256").public_key(), ""),
        (key("p384").public_key(), ""),
        (key("rsa1024").public_key(), "key_size"),
        (key("rsa_e3").public_key(), "key_exponent"),
        (rsa.RSAPublicNumbers(2**32 + 1, 2**2047 + 1).public_key(), "key_exponent"),
        (rsa.RSAPublicNumbers(65537, 2**8192 + 1).public_key(), "key_size"),
        (key("p521").public_key(), "key_curve"),
        (key("p192").public_key(), "key_curve"),
        (key("k256").public_key(), "key_curve"),
        (ed25519.Ed25519PrivateKey.generate().public_key(), "key_type"),
        (None, "key_type"),
    ],
)
def test_which_keys_count(public, why):
    assert public_keys.fault(public) == why


def test_content_is_bounded_before_it_is_hashed():
    content = b"x" * (signatures.LARGEST_CONTENT + 1)
    made = signed("p256", Scheme.ECDSA, "sha256", content)
    method = Method(scheme=Scheme.ECDSA, digest="sha256")
    raw = RawSignature(content=content, signature=made, method=method)
    with pytest.raises(Unreadable, match="content_too_large"):
        raw.check(Party.root("Signer").certificate)


def test_a_key_for_pss_alone_is_no_key_of_ours(tmp_path):
    """PyCA forgets the limits that such a key carries."""
    made = tmp_path / "pss"
    openssl(
        "req", "-x509", "-newkey", "rsa-pss", "-pkeyopt", "rsa_keygen_bits:2048", "-nodes",
        "-keyout", tmp_path / "key", "-subj", "/CN=Amy", "-out", made,
    )  # fmt: skip
    assert public_keys.of(x509.load_pem_x509_certificate(made.read_bytes())) == "key_type"
