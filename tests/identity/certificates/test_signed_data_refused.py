"""What a message may not be: each has its reason, and none of them is an order."""

import pytest
from asn1crypto import algos, cms, crl
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from identity.certificates import signed_data
from identity.certificates.refusals import SignatureRefused, Unreadable, Weak, Wrong
from identity.certificates.signatures import LARGEST_CONTENT, RawSignature
from tests.identity.certificates.rewrapping import (
    named_by_key,
)
from tests.identity.certificates.signing_parties import (
    DAY,
    ORDER,
    TODAY,
    reshaped,
)

PSS = ("-keyopt", "rsa_padding_mode:pss")


def refused(data, content=None, certificate=None):
    """Return why a message is not taken."""
    try:
        read = signed_data.read(data, content)
        read.check(certificate or read.certificate)
    except SignatureRefused as why:
        return why.reason
    return "taken"


@pytest.mark.parametrize(
    ("kind", "digest"), [("p256", "sha1"), ("p384", "sha1"), ("rsa", "sha1"), ("rsa", "md5")]
)
@pytest.mark.parametrize("shape", [(), ("-noattr",)], ids=["attributes", "no_attributes"])
def test_weak_digests_have_their_own_reason(desk, signers, kind, digest, shape):
    made = desk.sign(signers[kind], "-nodetach", "-md", digest, *shape)
    with pytest.raises(Weak, match="weak_digest"):
        signed_data.read(made)


def test_sha224_is_none_of_ours(desk, holder):
    assert refused(desk.sign(holder, "-nodetach", "-md", "sha224")) == "digest_algorithm"


def test_pss_without_its_parameters_means_sha1(desk, signers):
    made = desk.sign(signers["rsa"], "-nodetach", *PSS)

    def emptied(data):
        pss = bytes.fromhex("300d06092a864886f70d01010a3000")
        told = algos.SignedDigestAlgorithm.load(pss)
        data["signer_infos"][0]["signature_algorithm"] = told

    assert refused(reshaped(made, emptied)) == "weak_digest"


def test_pss_with_a_short_salt_is_refused(desk, signers):
    made = desk.sign(signers["rsa"], "-nodetach", *PSS, "-keyopt", "rsa_pss_saltlen:8")
    assert refused(made) == "pss_salt"


@pytest.mark.parametrize("kind", ["p521", "p192", "k256", "rsa1024", "rsa_e3"])
def test_a_key_outside_the_profile_proves_nothing(desk, root, kind):
    weak = root.customer("Weak", kind)
    reasons = {"rsa1024": "key_size", "rsa_e3": "key_exponent"}
    assert refused(desk.sign(weak, "-nodetach")) == reasons.get(kind, "key_curve")


def test_two_signers_are_one_too_many(desk, root, holder):
    ben = root.customer("Ben")
    (desk.folder / "ben.pem").write_bytes(ben.pem + ben.key_pem)
    made = desk.sign(holder, "-nodetach", "-signer", desk.folder / "ben.pem")
    assert refused(made) == "signers"


def test_no_signer_is_none(message):
    assert (
        refused(reshaped(message, lambda data: data.__setitem__("signer_infos", []))) == "signers"
    )


def test_content_is_inside_or_beside_and_never_both_or_neither(desk, holder, message):
    assert refused(message, ORDER) == "content_twice"
    assert refused(desk.sign(holder)) == "content_missing"


@pytest.mark.parametrize("shape", [(), ("-noattr",)], ids=["attributes", "no_attributes"])
def test_other_content_is_not_what_was_signed(desk, holder, shape):
    made = desk.sign(holder, *shape)
    reason = refused(made, ORDER + b"0")
    assert reason == ("signature_wrong" if shape else "content_differs")


def test_another_key_has_not_signed(root, message):
    ben = root.customer("Ben")
    assert refused(message, certificate=ben.certificate) == "signer_differs"
    as_ben = reshaped(message, named_by_key(ben))
    assert refused(as_ben, certificate=ben.certificate) == "signature_wrong"


def test_cades_holds_only_for_the_certificate_that_was_signed_for(desk, root, holder):
    renewed = root.customer("Amy p256", begins=TODAY - DAY)
    made = desk.sign(holder, "-nodetach", "-cades", "-keyid")
    with pytest.raises(Wrong, match="certificate_differs"):
        signed_data.read(made).check(renewed.certificate)


def test_content_of_another_kind_is_refused(desk, holder):
    made = desk.sign(holder, "-nodetach", "-econtent_type", "1.2.840.113549.1.9.16.1.4")
    assert refused(made) == "content_kind"


def test_other_messages_than_signed_data_are_refused(desk):
    made = cms.ContentInfo({"content_type": "data", "content": b"x"}).dump()
    assert refused(made) == "not_signed_data"


def test_indefinite_lengths_are_not_der(desk, holder):
    assert refused(desk.sign(holder, "-nodetach", "-stream", "-indef")) == "malformed"


def test_attributes_passed_off_as_content_are_refused(desk, holder, message):
    """The signature is right, and over bytes that nobody meant as an order."""
    read = signed_data.read(message)

    def turned(data):
        signer = data["signer_infos"][0]
        data["encap_content_info"]["content"] = read.signed
        signer["signed_attrs"] = None

    turned_message = reshaped(message, turned)
    assert desk.verifies(turned_message)
    assert refused(turned_message) == "content_is_attributes"
    raw = RawSignature(content=read.signed, signature=read.signature, method=read.method)
    with pytest.raises(Unreadable, match="content_is_attributes"):
        raw.check(holder.certificate)


def test_an_order_of_text_may_begin_with_the_digit_1(desk, holder):
    made = desk.sign(holder, "-nodetach", "-noattr", content=b"1000 shares")
    assert signed_data.read(made).check(holder.certificate)


# What only the signer can get wrong: attributes that are signed and do not say what they must.


def _without(kind):
    return lambda attributes: [one for one in attributes if one["type"].native != kind]


def _twice(kind):
    return lambda attributes: [
        *attributes,
        *(one.copy() for one in attributes if one["type"].native == kind),
    ]


def _valued(kind, *values):
    return lambda attributes: [
        *_without(kind)(attributes),
        cms.CMSAttribute({"type": kind, "values": values}),
    ]


def _protected(digest, signature):
    return lambda attributes: [
        *attributes,
        cms.CMSAttribute(
            {
                "type": "cms_algorithm_protection",
                "values": [
                    {
                        "digest_algorithm": {"algorithm": digest},
                        "signature_algorithm": {"algorithm": signature},
                    }
                ],
            }
        ),
    ]


def resigned(message, signer, change):
    """Return a message whose attributes were changed, and then signed."""

    def changed(data):
        info = data["signer_infos"][0]
        info["signed_attrs"] = cms.CMSAttributes(change([*info["signed_attrs"]]))
        signed = info["signed_attrs"].untag().dump(force=True)
        info["signature"] = signer.key.sign(signed, ec.ECDSA(hashes.SHA256()))

    return reshaped(message, changed)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_without("content_type"), "content_type_missing"),
        (_without("message_digest"), "digest_missing"),
        (_twice("content_type"), "attribute_twice"),
        (_twice("message_digest"), "attribute_twice"),
        (_twice("signing_time"), "attribute_twice"),
        (_valued("message_digest"), "attribute_values"),
        (_valued("message_digest", b"1" * 32, b"2" * 32), "attribute_values"),
        (_valued("message_digest", b"1" * 32), "content_differs"),
        (_valued("message_digest", b""), "content_differs"),
        (_valued("content_type", "signed_data"), "content_type_differs"),
        (_protected("sha512", "sha256_ecdsa"), "algorithms_differ"),
        (_protected("sha256", "sha512_ecdsa"), "algorithms_differ"),
    ],
)
def test_attributes_that_do_not_say_what_they_must_are_refused(holder, message, change, reason):
    assert refused(resigned(message, holder, change)) == reason


def test_attributes_that_name_the_algorithms_right_hold(holder, message):
    made = resigned(message, holder, _protected("sha256", "sha256_ecdsa"))
    assert signed_data.read(made).check(holder.certificate)


def test_a_message_without_a_signing_time_claims_none(holder, message):
    made = resigned(message, holder, _without("signing_time"))
    assert signed_data.read(made).signing_time is None
    assert signed_data.read(made).check(holder.certificate)


@pytest.mark.parametrize(
    ("number", "largest"), [(28, True), (29, False)], ids=["as many as are read", "one more"]
)
def test_attributes_are_bounded(holder, message, number, largest):
    def more(attributes):
        return [
            *attributes,
            *(cms.CMSAttribute({"type": f"1.2.3.{n}", "values": []}) for n in range(number)),
        ]

    reason = refused(resigned(message, holder, more))
    assert reason == ("attribute_values" if largest else "too_many_attributes")


# What nobody signed is not carried along.


def test_unsigned_attributes_are_refused(message):
    def marked(data):
        data["signer_infos"][0]["unsigned_attrs"] = [
            {"type": "counter_signature", "values": []},
        ]

    assert refused(reshaped(message, marked)) == "malformed"


def test_a_revocation_list_inside_is_refused(root, message):
    listed = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(root.certificate.subject)
        .last_update(TODAY)
        .next_update(TODAY + DAY)
        .sign(root.key, hashes.SHA256())
        .public_bytes(serialization.Encoding.DER)
    )

    def listing(data):
        data["crls"] = [cms.RevocationInfoChoice("crl", crl.CertificateList.load(listed))]

    assert refused(reshaped(message, listing)) == "malformed"


def test_a_version_says_how_the_signer_is_named(holder, message):
    def renumbered(version):
        return reshaped(
            message, lambda data: data["signer_infos"][0].__setitem__("version", version)
        )

    assert refused(renumbered("v3")) == "version"
    assert refused(reshaped(message, lambda data: data.__setitem__("version", "v5"))) == "version"


def test_the_digests_told_first_are_the_signers(message):
    def told(*names):
        return reshaped(
            message,
            lambda data: data.__setitem__(
                "digest_algorithms", [{"algorithm": name} for name in names]
            ),
        )

    for names in ((), ("sha512",), ("sha256", "sha512")):
        assert refused(told(*names)) == "digests_differ"


def test_a_digest_that_differs_from_the_signatures_is_refused(message):
    def changed(data):
        data["signer_infos"][0]["signature_algorithm"]["algorithm"] = "sha384_ecdsa"

    assert refused(reshaped(message, changed)) == "digests_differ"


@pytest.mark.parametrize("name", ["dsa", "ed25519", "sha224_rsa", "2.16.840.1.101.3.4.3.14"])
def test_other_signatures_are_not_read(message, name):
    def changed(data):
        data["signer_infos"][0]["signature_algorithm"] = {"algorithm": name}

    assert refused(reshaped(message, changed)) == "signature_algorithm"


def test_certificates_are_bounded(root, message):
    many = [root.customer(f"Other {n}") for n in range(8)]

    def crowded(data):
        for party in many:
            data["certificates"].append(
                cms.CertificateChoices("certificate", asn1_x509.Certificate.load(party.der))
            )

    assert refused(reshaped(message, crowded)) == "too_many_certificates"


@pytest.mark.parametrize("beside", [False, True])
def test_content_is_bounded(desk, holder, beside):
    for size, kept in ((LARGEST_CONTENT, True), (LARGEST_CONTENT + 1, False)):
        content = b"x" * size
        made = desk.sign(holder, *(() if beside else ("-nodetach",)), content=content)
        if kept:
            assert signed_data.read(made, content if beside else None).check(holder.certificate)
        else:
            assert refused(made, content if beside else None) == "content_too_large"
