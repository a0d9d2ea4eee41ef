"""What OpenSSL signs is read and holds, in every shape we claim; what it means is one order."""

import base64

import pytest
from asn1crypto import cms
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.serialization import pkcs7
from hypothesis import given
from hypothesis import strategies as st

from identity.certificates import signed_data, statements
from identity.certificates.signatures import RawSignature, Scheme
from tests.identity.certificates.rewrapping import (
    attributes_turned_around,
    detached,
    is_detached,
    named_by_key,
    other_s,
    with_more_certificates,
)
from tests.identity.certificates.signing_parties import (
    DAY,
    KINDS,
    ORDER,
    TODAY,
    UNTIMED,
    key,
    reshaped,
)

PSS = ("-keyopt", "rsa_padding_mode:pss")
SHAPES = {
    "attributes": (),
    "no_attributes": ("-noattr",),
    "key_id": ("-keyid",),
    "key_id_no_attributes": ("-keyid", "-noattr"),
    "cades": ("-cades",),
    "sha384": ("-md", "sha384"),
    "sha512": ("-md", "sha512"),
    "no_certificate": ("-nocerts",),
}


@pytest.mark.clause("CC-17010.e.c")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("detached", [False, True], ids=["attached", "detached"])
def test_what_openssl_signs_holds(desk, signers, kind, shape, detached):
    signer = signers[kind]
    made = desk.sign(signer, *SHAPES[shape], *(() if detached else ("-nodetach",)))
    read = signed_data.read(made, ORDER if detached else None)
    assert read.content == ORDER
    assert read.signer.names(signer.certificate)
    assert (read.certificate is None) == (shape == "no_certificate")
    assert (read.signing_time is None) == ("no_attributes" in shape)
    assert len(read.check(signer.certificate)) == 32


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("detached", [False, True], ids=["attached", "detached"])
def test_the_pkcs7_of_openssl_smime_holds(desk, signers, kind, detached):
    options = () if detached else ("-nodetach",)
    made = desk.sign(signers[kind], *options, tool="smime")
    read = signed_data.read(made, ORDER if detached else None)
    assert read.check(read.certificate)


@pytest.mark.parametrize("salt", ["digest", "max", "48"])
@pytest.mark.parametrize("shape", ["attributes", "no_attributes", "key_id"])
def test_pss_holds_with_any_salt_from_the_digest_on(desk, signers, shape, salt):
    options = (*SHAPES[shape], *PSS, "-keyopt", f"rsa_pss_saltlen:{salt}")
    read = signed_data.read(desk.sign(signers["rsa"], "-nodetach", *options))
    assert read.method.scheme is Scheme.PSS
    assert read.check(read.certificate)


@pytest.mark.parametrize("digest", [hashes.SHA256(), hashes.SHA384(), hashes.SHA512()])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("options", [[], ["NoAttributes"], ["NoCapabilities"]])
def test_what_pyca_signs_holds(signers, kind, digest, options):
    signer = signers[kind]
    made = (
        pkcs7.PKCS7SignatureBuilder()
        .set_data(ORDER)
        .add_signer(signer.certificate, signer.key, digest)
        .sign(
            serialization.Encoding.DER,
            [pkcs7.PKCS7Options.Binary, *(getattr(pkcs7.PKCS7Options, one) for one in options)],
        )
    )
    assert signed_data.read(made).check(signer.certificate)


def test_der_pem_and_base64_are_the_same_order(message):
    name = signed_data.read(message).check(signed_data.read(message).certificate)
    bare = base64.b64encode(message)
    lines = base64.encodebytes(message)
    pem = b"-----BEGIN %s-----\n" + lines + b"-----END %s-----\n"
    for form in (bare, lines, lines.replace(b"\n", b"\r\n"), pem % (b"CMS", b"CMS"),
                 pem % (b"PKCS7", b"PKCS7")):  # fmt: skip
        read = signed_data.read(form)
        assert read.check(read.certificate) == name


def test_the_signing_time_is_read_as_it_was_written(desk, holder, message):
    told = cms.ContentInfo.load(message)["content"]["signer_infos"][0]["signed_attrs"]
    written = next(one["values"][0].native for one in told if one["type"].native == "signing_time")
    assert signed_data.read(message).signing_time == written.timestamp()


def test_the_others_that_came_are_hints(desk, root, holder):
    other = root.authority("Other")
    read = signed_data.read(desk.sign(holder, "-nodetach", others=[other, root]))
    assert read.certificate == holder.certificate
    assert set(read.hints) == {other.certificate, root.certificate}


def test_an_order_wrapped_again_keeps_its_name(desk, root, holder, message):
    """Nobody without the key can make a second order out of one."""
    name = signed_data.read(message).check(holder.certificate)
    again = [
        reshaped(message, lambda data: data.__setitem__("certificates", None)),
        reshaped(message, with_more_certificates(root)),
        reshaped(message, named_by_key(holder)),
        reshaped(message, detached),
        attributes_turned_around(message),
        reshaped(message, other_s),
    ]
    assert len({message, *again}) == 7
    for data in again:
        content = ORDER if is_detached(data) else None
        assert signed_data.read(data, content).check(holder.certificate) == name


def test_a_renewed_certificate_with_the_same_key_signs_the_same_order(root, holder, message):
    renewed = root.customer("Amy p256", begins=TODAY - DAY)
    read = signed_data.read(reshaped(message, named_by_key(holder)))
    assert renewed.certificate != holder.certificate
    assert read.check(renewed.certificate) == read.check(holder.certificate)


def test_a_raw_signature_and_a_message_without_attributes_are_the_same_order(desk, holder):
    read = signed_data.read(desk.sign(holder, "-nodetach", "-noattr"))
    raw = RawSignature(content=ORDER, signature=read.signature, method=read.method)
    assert raw.check(holder.certificate) == read.check(holder.certificate)


def test_another_act_of_signing_has_another_name(desk, signers):
    names = [
        signed_data.read(desk.sign(signers[kind], "-nodetach", "-noattr", content=content)).check(
            signers[kind].certificate
        )
        for kind in KINDS
        for content in (ORDER, ORDER + b" ")
    ]
    assert len(set(names)) == 6


@UNTIMED
@given(st.lists(st.binary(max_size=40), min_size=4, max_size=4))
def test_names_differ_where_content_or_attributes_do(parts):
    public = key().public_key()
    one, other = (statements.name(public, *parts[at : at + 2]) for at in (0, 2))
    assert (one == other) == (parts[:2] == parts[2:])
