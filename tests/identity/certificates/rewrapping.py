"""The same order wrapped again, by somebody without the key: none of it makes another order."""

from asn1crypto import cms
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)


def with_more_certificates(*parties):
    def change(data):
        for party in parties:
            data["certificates"].append(
                cms.CertificateChoices("certificate", asn1_x509.Certificate.load(party.der))
            )

    return change


def named_by_key(party):
    identifier = x509.SubjectKeyIdentifier.from_public_key(party.key.public_key()).digest

    def change(data):
        info = data["signer_infos"][0]
        data["version"] = info["version"] = "v3"
        info["sid"] = cms.SignerIdentifier("subject_key_identifier", identifier)

    return change


def detached(data):
    data["encap_content_info"]["content"] = None


def is_detached(message):
    inside = cms.ContentInfo.load(message)["content"]["encap_content_info"]
    return inside["content"].native is None


def other_s(data):
    """The second signature that is as right: n - s for s."""
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    info = data["signer_infos"][0]
    r, s = decode_dss_signature(info["signature"].native)
    info["signature"] = encode_dss_signature(r, order - s)


def attributes_turned_around(message):
    """The signed attributes in another order, which the signature is not over."""
    info = cms.ContentInfo.load(message)["content"]["signer_infos"][0]
    parts = [one.dump() for one in info["signed_attrs"]]
    return message.replace(b"".join(parts), b"".join(reversed(parts)))
