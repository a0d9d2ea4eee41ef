"""NIST's suite through the closed profile: no false accept, and every deviation by its name.

Every letter's signature is checked as an order's, and its path is looked for with nothing but the
suite's anchor and what the letter brought along. What we accept is asked of two other
implementations, OpenSSL and pyhanko-certvalidator; what we refuse and the suite does not is listed
below with the reason. General path validation by RFC 5280 is not claimed (`paths`).
"""

import asyncio
from datetime import UTC, datetime

import pytest
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko_certvalidator import CertificateValidator, ValidationContext

from identity.certificates.paths import Anchor, Trust
from identity.certificates.refusals import SignatureRefused
from identity.certificates.verdicts import Asking, Sources, Status, judge
from tests.identity.certificates import pkits
from tests.identity.certificates.signing_parties import openssl

# The suite has serial numbers below zero, and PyCA warns of them.
pytestmark = pytest.mark.filterwarnings("ignore:Parsed a serial number")

# What the suite accepts and the closed profile refuses.
DEVIATIONS = {
    # An authority demands or limits policies, which we do not process.
    "policy_constraints": """
        AllCertificatesAnyPolicyTest11 AllCertificatesSamePoliciesTest10
        AllCertificatesSamePoliciesTest13 AnyPolicyTest14 DifferentPoliciesTest12
        DifferentPoliciesTest4 DifferentPoliciesTest5 DifferentPoliciesTest7
        DifferentPoliciesTest8 DifferentPoliciesTest9 OverlappingPoliciesTest6
        UserNoticeQualifierTest18 ValidRequireExplicitPolicyTest1
        ValidRequireExplicitPolicyTest2 ValidRequireExplicitPolicyTest4
        ValidSelfIssuedinhibitAnyPolicyTest7 ValidSelfIssuedinhibitAnyPolicyTest9
        ValidSelfIssuedrequireExplicitPolicyTest6 ValidinhibitAnyPolicyTest2
        inhibitAnyPolicyTest3
    """,
    # An authority maps policies, which we do not process.
    "policy_mappings": """
        ValidPolicyMappingTest1 ValidPolicyMappingTest11 ValidPolicyMappingTest12
        ValidPolicyMappingTest13 ValidPolicyMappingTest14 ValidPolicyMappingTest3
        ValidPolicyMappingTest5 ValidPolicyMappingTest6 ValidPolicyMappingTest9
        ValidSelfIssuedinhibitPolicyMappingTest7 ValidinhibitPolicyMappingTest2
        ValidinhibitPolicyMappingTest4
    """,
    # An authority is limited to names, which we do not process.
    "name_constraints": """
        ValidDNSnameConstraintsTest30 ValidDNSnameConstraintsTest32
        ValidDNandRFC822nameConstraintsTest27 ValidDNnameConstraintsTest1
        ValidDNnameConstraintsTest11 ValidDNnameConstraintsTest14
        ValidDNnameConstraintsTest18 ValidDNnameConstraintsTest4 ValidDNnameConstraintsTest5
        ValidDNnameConstraintsTest6 ValidRFC822nameConstraintsTest21
        ValidRFC822nameConstraintsTest23 ValidRFC822nameConstraintsTest25
        ValidSelfIssuedDNnameConstraintsTest19 ValidURInameConstraintsTest34
        ValidURInameConstraintsTest36
    """,
    # More than one authority between the anchor and the signer.
    "levels": """
        DifferentPoliciesTest3 ValidpathLenConstraintTest13
    """,
    # An authority vouches for its own next key: that is a level more here, or is not found.
    "own_new_key": """
        ValidBasicSelfIssuedNewWithOldTest3 ValidBasicSelfIssuedOldWithNewTest1
        ValidSelfIssuedpathLenConstraintTest15 ValidSelfIssuedpathLenConstraintTest17
    """,
    # Names are compared byte by byte, not without regard to case, blanks or string type.
    "names_by_byte": """
        ValidNameChainingCapitalizationTest5 ValidNameChainingWhitespaceTest3
        ValidNameChainingWhitespaceTest4 ValidRolloverfromPrintableStringtoUTF8StringTest10
        ValidUTF8StringCaseInsensitiveMatchTest11
    """,
    # A date before 2050 written as GeneralizedTime, against RFC 5280 section 4.1.2.5.
    "time_form": """
        ValidGeneralizedTimenotBeforeDateTest4
    """,
    # The signer is an authority; a customer is none.
    "authority_signs": """
        ValidonlyContainsCACertsCRLTest13 ValidpathLenConstraintTest14
        ValidpathLenConstraintTest8
    """,
    # DSA is none of our algorithms.
    "dsa": """
        ValidDSAParameterInheritanceTest5 ValidDSASignaturesTest4
    """,
    # The letter's authority is of another making than the suite's, and its anchor vouches not.
    "other_letter": """
        ValidNameChainingUIDsTest6
    """,
}

# Wrong for what revocation lists say and for nothing else: a path does not ask for it.
REVOCATION_ALONE = """
    InvalidBadCRLIssuerNameTest5 InvalidBadCRLSignatureTest4
    InvalidBasicSelfIssuedCRLSigningKeyTest7 InvalidBasicSelfIssuedNewWithOldTest5
    InvalidIDPwithindirectCRLTest23 InvalidIDPwithindirectCRLTest26
    InvalidLongSerialNumberTest18 InvalidOldCRLnextUpdateTest11 InvalidRevokedEETest3
    InvalidSeparateCertificateandCRLKeysTest20 InvalidSeparateCertificateandCRLKeysTest21
    InvalidUnknownCRLEntryExtensionTest8 InvalidUnknownCRLExtensionTest10
    InvalidUnknownCRLExtensionTest9 InvalidWrongCRLTest6 InvalidcRLIssuerTest27
    InvalidcRLIssuerTest31 InvalidcRLIssuerTest32 InvalidcRLIssuerTest34 InvalidcRLIssuerTest35
    InvaliddeltaCRLIndicatorNoBaseTest1 InvaliddeltaCRLTest10 InvaliddeltaCRLTest3
    InvaliddeltaCRLTest4 InvaliddeltaCRLTest6 InvaliddeltaCRLTest9 InvaliddistributionPointTest2
    InvaliddistributionPointTest3 InvaliddistributionPointTest6 InvaliddistributionPointTest8
    InvaliddistributionPointTest9 InvalidkeyUsageCriticalcRLSignFalseTest4
    InvalidkeyUsageNotCriticalcRLSignFalseTest5 InvalidonlyContainsAttributeCertsTest14
    InvalidonlyContainsCACertsCRLTest12 InvalidonlySomeReasonsTest15
    InvalidonlySomeReasonsTest16 InvalidonlySomeReasonsTest17 InvalidonlySomeReasonsTest20
    InvalidonlySomeReasonsTest21 Invalidpre2000CRLnextUpdateTest12
    MissingCRLTest1
"""

UNSIGNED = {
    "InvalidDSASignatureTest6": "weak_digest",
    "ValidDSASignaturesTest4": "weak_digest",
    "ValidDSAParameterInheritanceTest5": "malformed",
}
"""Letters that are refused before any path: DSA, and one certificate that PyCA does not read."""

OPENSSL_IS_STRICTER = {"ValidbasicConstraintsNotCriticalTest4"}
"""`-x509_strict` wants it critical, as issuers must make it; the suite says to accept it."""

# Right ones that stay out where OpenSSL is asked for revocation, all lists in one file: theirs are
# signed with another key than the certificates, and it does not get to that key's certificate.
LISTED_BY_ANOTHER = """
    ValidBasicSelfIssuedCRLSigningKeyTest6 ValidBasicSelfIssuedNewWithOldTest4
    ValidIDPwithindirectCRLTest24 ValidIDPwithindirectCRLTest25
    ValidSeparateCertificateandCRLKeysTest19 ValidcRLIssuerTest28 ValidcRLIssuerTest29
    ValidcRLIssuerTest30 ValidcRLIssuerTest33
"""


@pytest.fixture(scope="module")
def trust():
    return Trust([Anchor("suite", pkits.root())])


@pytest.fixture(scope="module")
def signed():
    """Every letter that has a signature of ours, as it was read."""
    return {one.name: one.read() for one in pkits.letters() if one.name not in UNSIGNED}


@pytest.fixture(scope="module")
def accepted(trust, signed):
    """The letters with a good chain within its dates, and the way that was found."""
    ways = {
        name: trust.path(message.certificate, pkits.AT, message.hints)
        for name, message in signed.items()
    }
    return {name: way.certificates for name, way in ways.items() if way.chain and way.validity}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("pkits")
    (made / "root").write_bytes(pem(pkits.root()))
    (made / "between").write_bytes(b"".join(pem(one) for one in pkits.authorities()))
    (made / "lists").write_bytes(b"".join(pem(one) for one in pkits.lists()))
    return made


def pem(thing):
    return thing.public_bytes(Encoding.PEM)


def der_read(certificate):
    """Return a certificate as asn1crypto has it."""
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))


def openssl_vouches(folder, certificate, *options):
    """Whether `openssl verify` takes a signer, with every authority of the suite at hand."""
    (folder / "leaf").write_bytes(pem(certificate))
    done = openssl(
        "verify", "-x509_strict", "-policy", "2.5.29.32.0", "-attime", int(pkits.AT),
        "-trusted", folder / "root", "-untrusted", folder / "between", *options, folder / "leaf",
        check=False,
    )  # fmt: skip
    return done.returncode == 0


def pyhanko_vouches(certificates):
    """Whether pyhanko-certvalidator takes a signer with what came along."""
    own, *others = (
        asn1_x509.Certificate.load(one.public_bytes(Encoding.DER)) for one in certificates
    )
    context = ValidationContext(
        trust_roots=[der_read(pkits.root())],
        other_certs=others,
        moment=datetime.fromtimestamp(pkits.AT, UTC),
        allow_fetching=False,
        revocation_mode="soft-fail",
    )
    validator = CertificateValidator(own, validation_context=context)
    return bool(asyncio.run(validator.async_validate_path()))


def test_the_suite_is_whole():
    assert len(pkits.letters()) == 224
    assert len(pkits.lists()) == 173


@pytest.mark.parametrize("letter", pkits.letters(), ids=lambda letter: letter.name)
def test_nists_own_signatures_hold(letter):
    if letter.name in UNSIGNED:
        with pytest.raises(SignatureRefused, match=UNSIGNED[letter.name]):
            letter.read()
    else:
        read = letter.read()
        assert len(read.check(read.certificate)) == 32


@pytest.mark.clause("CC-17010.e.c")
def test_no_path_is_accepted_that_the_suite_refuses(accepted):
    """But for those whose fault is in a revocation list alone, named above."""
    false = set(accepted) & pkits.invalid()
    assert false == set(REVOCATION_ALONE.split())


def test_every_deviation_is_named(accepted, signed):
    right = {one.name for one in pkits.letters()} - pkits.invalid()
    refused = right - set(accepted)
    named = [name for names in DEVIATIONS.values() for name in names.split()]
    assert len(named) == len(set(named))
    assert set(named) == refused


def test_openssl_accepts_every_path_that_we_accept(folder, accepted):
    refused = {name for name, way in accepted.items() if not openssl_vouches(folder, way[0])}
    assert refused == OPENSSL_IS_STRICTER


def test_pyhanko_accepts_every_path_that_we_accept(accepted):
    assert [name for name, way in accepted.items() if not pyhanko_vouches(way[:-1])] == []


@pytest.mark.clause("CC-17010.e.c")
def test_with_revocation_asked_no_order_stands_that_the_suite_refuses(
    trust, signed, accepted, folder
):
    """OpenSSL reads the suite's lists here, complete, delta and indirect, as the firm's table."""
    lists = ("-crl_check_all", "-extended_crl", "-use_deltas", "-CRLfile", folder / "lists")

    def status(certificate, _issuer):
        way = next(way for way in accepted.values() if certificate in way)
        if certificate != way[0]:
            return Status.GOOD  # asked with the signer's own, all the way
        return Status.GOOD if openssl_vouches(folder, way[0], *lists) else Status.REVOKED

    sources = Sources(status=status, owner=lambda _: "nist", seen=lambda _: False)
    asking = Asking(account="nist", at=pkits.AT, agreed_device=True)
    standing = {name for name in accepted if judge(signed[name], trust, sources, asking).stands()}
    assert standing & pkits.invalid() == set()
    right = set(accepted) - pkits.invalid()
    assert standing == right - OPENSSL_IS_STRICTER - set(LISTED_BY_ANOTHER.split())
