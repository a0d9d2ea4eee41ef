"""A path leads to an anchor of the firm, or there is none; its dates are another question."""

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st

from identity.certificates import paths
from identity.certificates.answers import Answer, unknown
from identity.certificates.refusals import TrustRefused
from tests.identity.certificates.signing_parties import (
    DAY,
    KINDS,
    NOW,
    TODAY,
    UNTIMED,
    YEAR,
    Party,
    key,
    named,
    openssl,
    trust,
    usage,
)

ROOT = Party.root()
ISSUING = ROOT.authority()
AMY = ISSUING.customer()
SECOND = timedelta(seconds=1)


def told(path):
    return path.chain.answer, path.chain.reason, path.validity.answer, path.validity.reason


def refused(leaf, trusted=None, hints=()):
    """Return why there is no chain; nobody vouches for its dates then."""
    path = (trusted or trust(ROOT)).path(leaf.certificate, NOW, [one.certificate for one in hints])
    assert path.chain.answer is Answer.NO
    assert path.validity == unknown("no_chain")
    assert (path.anchor, path.certificates) == ("", ())
    return path.chain.reason


@pytest.mark.clause("CC-17010.e.c")
@pytest.mark.parametrize("above", KINDS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_root_vouches_directly_or_through_one_below_it(desk, above, kind):
    root = Party.root("Root", above)
    issuing = root.authority("Issuing", above)
    for issuer, between in ((root, []), (issuing, [issuing])):
        amy = issuer.customer("Amy", kind)
        path = trust(root, intermediates=between).path(amy.certificate, NOW)
        assert told(path) == (Answer.YES, "", Answer.YES, "")
        assert path.anchor == "Root"
        ways = [amy, *between, root]
        assert path.certificates == tuple(one.certificate for one in ways)
        assert desk.vouches(amy, [root], between)


def test_the_answer_says_which_anchor_vouched():
    other = Party.root("Other")
    both = trust(ROOT, other)
    assert both.path(other.customer().certificate, NOW).anchor == "Other"
    assert both.path(ROOT.customer().certificate, NOW).anchor == "Root"


def test_an_anchor_need_not_be_a_root():
    path = trust(ISSUING).path(AMY.certificate, NOW)
    assert path.anchor == "Issuing"
    assert path.certificates == (AMY.certificate, ISSUING.certificate)


def test_what_the_sender_gives_is_a_hint_that_may_help():
    hints = [ISSUING.certificate, Party.root("Stranger").certificate, AMY.certificate]
    assert trust(ROOT).path(AMY.certificate, NOW, hints).chain
    assert refused(AMY) == "no_path"


def test_hints_are_bounded():
    crowd = [Party.root(f"Stranger {n}").certificate for n in range(paths.MOST_HINTS)]
    assert trust(ROOT).path(AMY.certificate, NOW, [*crowd[1:], ISSUING.certificate]).chain
    assert not trust(ROOT).path(AMY.certificate, NOW, [*crowd, ISSUING.certificate]).chain


def test_a_hint_is_no_anchor():
    stranger = Party.root("Stranger")
    assert refused(stranger.customer(), hints=[stranger]) == "no_path"


def test_two_authorities_between_are_one_too_many():
    deep = ISSUING.authority("Deep")
    assert refused(deep.customer(), trust(ROOT, intermediates=[ISSUING, deep])) == "no_path"
    assert trust(ISSUING, intermediates=[deep]).path(deep.customer().certificate, NOW).chain


def test_an_anchor_is_nobodys_own_certificate():
    assert refused(ROOT) == "leaf_is_anchor"


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"begins": TODAY - 3 * YEAR, "ends": TODAY - DAY}, "leaf_expired"),
        ({"begins": TODAY - YEAR, "ends": TODAY - SECOND}, "leaf_expired"),
        ({"begins": TODAY + SECOND, "ends": TODAY + YEAR}, "leaf_not_yet_valid"),
        ({"begins": TODAY + DAY, "ends": TODAY + 2 * YEAR}, "leaf_not_yet_valid"),
    ],
)
@pytest.mark.clause("ECD.5")
def test_a_certificate_out_of_its_time_has_a_good_chain(desk, options, why):
    amy = ISSUING.customer(**options)
    path = trust(ROOT, intermediates=[ISSUING]).path(amy.certificate, NOW)
    if options["begins"] < TODAY - 2 * YEAR:
        assert amy.certificate.not_valid_before_utc < ISSUING.certificate.not_valid_before_utc
    assert told(path) == (Answer.YES, "", Answer.NO, why)
    assert path.anchor == "Root"
    assert not desk.vouches(amy, [ROOT], [ISSUING])


@pytest.mark.parametrize("edge", [{"begins": TODAY}, {"ends": TODAY}])
@pytest.mark.parametrize("fraction", [0.0, 0.5, 0.999])
def test_both_ends_of_a_certificates_dates_are_inside(edge, fraction):
    amy = ISSUING.customer(**edge)
    path = trust(ROOT, intermediates=[ISSUING]).path(amy.certificate, NOW + fraction)
    assert told(path) == (Answer.YES, "", Answer.YES, "")


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"begins": TODAY - 2 * YEAR, "ends": TODAY - DAY}, "expired"),
        ({"begins": TODAY + DAY, "ends": TODAY + YEAR}, "not_yet_valid"),
    ],
)
def test_an_authority_out_of_its_time_is_told_apart(options, why):
    issuing = ROOT.authority("Late", **options)
    path = trust(ROOT, intermediates=[issuing]).path(issuing.customer().certificate, NOW)
    assert told(path) == (Answer.YES, "", Answer.NO, f"issuer_{why}")
    root = Party.root("Late", **options)
    path = trust(root).path(root.customer().certificate, NOW)
    assert told(path) == (Answer.YES, "", Answer.NO, f"anchor_{why}")


def test_the_customers_own_dates_are_told_first():
    issuing = ROOT.authority("Late", ends=TODAY - DAY)
    amy = issuing.customer(ends=TODAY - DAY)
    path = trust(ROOT, intermediates=[issuing]).path(amy.certificate, NOW)
    assert path.validity.reason == "leaf_expired"


def test_certificates_that_were_never_valid_together_are_no_chain():
    issuing = ROOT.authority("Late", begins=TODAY - 20 * DAY, ends=TODAY - 10 * DAY)
    amy = issuing.customer(begins=TODAY - 5 * DAY)
    assert refused(amy, trust(ROOT, intermediates=[issuing])) == "no_path"


def test_of_two_certificates_of_one_authority_the_valid_one_is_taken():
    old = ROOT.authority("Issuing", begins=TODAY - 3 * YEAR, ends=TODAY - DAY)
    for between in ([old, ISSUING], [ISSUING, old]):
        path = trust(ROOT, intermediates=between).path(AMY.certificate, NOW)
        assert told(path) == (Answer.YES, "", Answer.YES, "")
        assert ISSUING.certificate in path.certificates


@UNTIMED
@given(st.floats(NOW - 4 * 365 * 86400, NOW + 4 * 365 * 86400), st.data())
def test_dates_are_right_where_all_dates_are(at, data):
    """Held against the plain definition, for any three spans of time."""

    def span():
        start = data.draw(st.integers(-1000, 1000))
        return {
            "begins": TODAY + start * DAY,
            "ends": TODAY + (start + data.draw(st.integers(0, 1000))) * DAY,
        }

    spans = [span() for _ in range(3)]
    root = Party.root(**spans[0])
    issuing = root.authority(**spans[1])
    amy = issuing.customer(**spans[2])
    path = trust(root, intermediates=[issuing]).path(amy.certificate, at)
    second = TODAY + timedelta(seconds=at // 1 - NOW)
    together = max(one["begins"] for one in spans) <= min(one["ends"] for one in spans)
    inside = all(one["begins"] <= second <= one["ends"] for one in spans)
    assert bool(path.chain) == together
    assert bool(path.validity) == inside
    assert path.validity.answer is not Answer.UNKNOWN or not together


OTHER = (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), True)
MAPPING = bytes.fromhex("30123010 06062b0601040101 06062b0601040102")
LIMITS = {
    "name_constraints": x509.NameConstraints([x509.DirectoryName(named("Amy"))], None),
    "policy_constraints": x509.PolicyConstraints(0, 0),
    "inhibit_any_policy": x509.InhibitAnyPolicy(0),
}
MAPPINGS = {
    "policy_mappings": x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.33"), MAPPING),
}


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"kind": "rsa1024"}, "key_size"),
        ({"kind": "rsa_e3"}, "key_exponent"),
        ({"kind": "p192"}, "key_curve"),
        ({"kind": "p521"}, "key_curve"),
        ({"kind": "k256"}, "key_curve"),
        ({"key_usage": usage(key_encipherment=True)}, "leaf_key_usage"),
        ({"key_usage": usage(digital_signature=True, key_cert_sign=True)}, "leaf_key_usage"),
        ({"key_usage": False}, "leaf_key_usage"),
        ({"usages": [ExtendedKeyUsageOID.SERVER_AUTH]}, "leaf_extended_key_usage"),
        ({"usages": [ExtendedKeyUsageOID.OCSP_SIGNING]}, "leaf_extended_key_usage"),
        ({"usages": [ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE]}, "leaf_extended_key_usage"),
        ({"more": [OTHER]}, "no_path"),
        *(({"more": [(one, False)]}, why) for why, one in LIMITS.items()),
    ],
)
def test_a_customers_certificate_outside_the_profile_has_no_chain(options, why):
    assert refused(ROOT.customer(**options)) == why


@pytest.mark.parametrize(
    "options",
    [
        {"usages": ()},
        {"basic": False},
        {"key_usage": usage(content_commitment=True)},
        {"usages": [ExtendedKeyUsageOID.EMAIL_PROTECTION, ExtendedKeyUsageOID.CODE_SIGNING]},
        {"more": [(x509.SubjectAlternativeName([x509.RFC822Name("amy@example.com")]), False)]},
    ],
)
def test_a_customers_certificate_may_leave_open_what_the_profile_leaves_open(options):
    assert trust(ROOT).path(ROOT.customer(**options).certificate, NOW).chain


def test_a_firm_may_name_the_usage_of_its_authority():
    own = x509.ObjectIdentifier("1.3.6.1.4.1.99999.1")
    amy = ROOT.customer(usages=[own])
    assert refused(amy) == "leaf_extended_key_usage"
    assert trust(ROOT, usages=frozenset({own.dotted_string})).path(amy.certificate, NOW).chain


def test_an_authority_is_no_customer():
    assert refused(ISSUING) == "leaf_is_authority"


UNFIT = [
    ({"kind": "rsa1024"}, "key_size"),
    ({"kind": "rsa_e3"}, "key_exponent"),
    ({"kind": "p521"}, "key_curve"),
    ({"key_usage": usage(digital_signature=True)}, "authority_key_usage"),
    ({"key_usage": False}, "authority_key_usage"),
    ({"basic": False}, "authority_is_none"),
    (
        {"more": [(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)]},
        "authority_extended_key_usage",
    ),
    *(({"more": [(one, False)]}, why) for why, one in (LIMITS | MAPPINGS).items()),
]


@pytest.mark.parametrize(("options", "why"), UNFIT)
def test_an_authority_outside_the_profile_vouches_for_nobody(options, why):
    unfit = ROOT.authority("Unfit", **options)
    assert refused(unfit.customer(), hints=[unfit]) == "no_path"
    with pytest.raises(TrustRefused, match=why):
        trust(ROOT, intermediates=[unfit])
    with pytest.raises(TrustRefused, match=why):
        trust(unfit)


def test_a_customer_is_no_authority():
    mallory = ROOT.customer("Mallory")
    assert refused(mallory.customer("Amy"), hints=[mallory]) == "no_path"


def test_a_length_of_path_is_kept():
    none_below = x509.BasicConstraints(ca=True, path_length=0)
    ended = Party.root("Ended", basic=False, more=[(none_below, True)])
    below = ended.authority("Below")
    assert refused(below.customer(), trust(ended, intermediates=[below])) == "no_path"
    assert trust(ended).path(ended.customer().certificate, NOW).chain


@pytest.mark.filterwarnings("ignore:.*SHA-?1")  # PyCA may warn of it, and it is the case
def test_a_signature_over_sha1_vouches_for_nothing(desk):
    asked = x509.CertificateSigningRequestBuilder().subject_name(named("Amy"))
    request = asked.sign(key("p256", "Amy"), hashes.SHA256()).public_bytes(Encoding.PEM)
    for name, data in (("root", ROOT.pem), ("key", ROOT.key_pem), ("request", request)):
        (desk.folder / name).write_bytes(data)
    (desk.folder / "extensions").write_text("keyUsage=critical,digitalSignature\n")
    root = Party.root(begins=TODAY - 9 * YEAR, ends=TODAY + 900 * YEAR)
    chains = {}
    for digest in ("sha1", "sha256"):
        made = openssl(
            "x509", "-req", "-in", desk.folder / "request", "-CA", desk.folder / "root",
            "-CAkey", desk.folder / "key", f"-{digest}", "-set_serial", 7,
            "-extfile", desk.folder / "extensions",
        ).stdout  # fmt: skip
        signed = x509.load_pem_x509_certificate(made)
        begins = signed.not_valid_before_utc.timestamp()
        chains[digest] = bool(trust(root).path(signed, begins).chain)
    assert chains == {"sha1": False, "sha256": True}


def test_the_name_of_an_authority_is_not_its_key():
    impostor = Party(Party.root("Root", "p384").certificate, key("p384", "Root"))
    assert refused(impostor.customer()) == "no_path"


def test_a_self_signed_certificate_has_no_chain():
    amy = Party.root("Amy", key_usage=usage(digital_signature=True), basic=False)
    assert refused(amy) == "no_path"


@pytest.mark.parametrize(
    ("anchors", "between", "why"),
    [
        ([], [], "no_anchors"),
        ([ROOT, ROOT], [], "anchor_named_twice"),
        ([ROOT, Party.root("Root", "p384")], [], "anchor_named_twice"),
        ([Party.root(f"Root {n}") for n in range(paths.MOST_ANCHORS + 1)], [], "too_many"),
        ([ROOT], [ISSUING] * (paths.MOST_INTERMEDIATES + 1), "too_many"),
        ([AMY], [], "authority_is_none"),
    ],
)
def test_what_a_firm_may_not_trust(anchors, between, why):
    with pytest.raises(TrustRefused, match=why):
        trust(*anchors, intermediates=between)


def loaded(der):
    """Return a certificate, or None."""
    try:
        return x509.load_der_x509_certificate(der)
    except (ValueError, x509.InvalidVersion):
        return None


# PyCA warns of odd certificates before it refuses them; that is no promise of ours.
@pytest.mark.filterwarnings("ignore")
def test_no_bit_of_a_certificate_can_be_turned():
    trusted = trust(ROOT, intermediates=[ISSUING])
    for at in range(len(AMY.der)):
        for bit in range(8):
            turned = bytearray(AMY.der)
            turned[at] ^= 1 << bit
            leaf = loaded(bytes(turned))
            assert leaf is None or not trusted.path(leaf, NOW).chain


@pytest.mark.filterwarnings("ignore")
@UNTIMED
@given(st.binary(max_size=60), st.integers(0, 2000), st.integers(0, 60))
def test_a_spoilt_certificate_never_raises(noise, start, length):
    trusted = trust(ROOT, intermediates=[ISSUING])
    start %= len(AMY.der)
    spoilt = AMY.der[:start] + noise + AMY.der[start + length :]
    leaf = loaded(spoilt)
    if leaf is not None:
        path = trusted.path(leaf, NOW, [leaf, ISSUING.certificate])
        assert not path.chain or leaf == AMY.certificate
        assert trusted.path(AMY.certificate, NOW, [leaf]).chain


def test_digests_of_certificates_may_be_the_longer_ones():
    for digest in (hashes.SHA384(), hashes.SHA512()):
        amy = ROOT.customer(digest=digest)
        assert trust(ROOT).path(amy.certificate, NOW).chain
