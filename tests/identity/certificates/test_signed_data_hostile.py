"""Whatever arrives is refused by its own reason or means what was signed; nothing else gets out."""

import base64
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.certificates import armour, signed_data
from identity.certificates.refusals import SignatureRefused, Unreadable
from identity.certificates.signatures import RawSignature
from tests.identity.certificates.signing_parties import ORDER, UNTIMED, Party

# PyCA warns of odd certificates before it refuses them; that is no promise of ours.
pytestmark = pytest.mark.filterwarnings("ignore")

WORD = re.compile(r"[a-z]+(_[a-z0-9]+)*")
SIZE = 10 * 1024 * 1024


@pytest.fixture(scope="module")
def amy():
    return Party.root().customer("Amy", "rsa")


@pytest.fixture(scope="module")
def ben():
    return Party.root().customer("Ben")


@pytest.fixture(scope="module")
def messages(desk, amy, ben):
    """One of every shape, small enough that its every byte can be tried."""
    return {
        "rsa": desk.sign(amy, "-nodetach"),
        "rsa_bare": desk.sign(amy, "-nodetach", "-noattr", "-keyid"),
        "pss": desk.sign(amy, "-nodetach", "-keyopt", "rsa_padding_mode:pss"),
        "ecdsa": desk.sign(ben, "-nodetach", "-cades"),
        "ecdsa_bare": desk.sign(ben, "-nodetach", "-noattr"),
    }


SHAPES = ("rsa", "rsa_bare", "pss", "ecdsa", "ecdsa_bare")


def outcome(data, certificate=None, content=None):
    """Return what was signed and its name, or why it is not taken; every other error gets out."""
    try:
        read = signed_data.read(data, content)
        signer = certificate or read.certificate
        return (read.content, read.check(signer)) if signer else "no_certificate"
    except SignatureRefused as refused:
        return refused.reason if WORD.fullmatch(refused.reason) else [refused.reason]


@pytest.mark.clause("CC-17010.e.c")
@pytest.mark.parametrize("shape", SHAPES)
def test_no_bit_can_be_turned_to_make_another_order(messages, amy, ben, shape):
    """The certificate is the firm's own here: whether the one that was sent is right, a path says.

    What still holds with a bit turned is the same order, and the bit is one of a certificate.
    """
    message = messages[shape]
    signer = (ben if "ecdsa" in shape else amy).certificate
    sent = (ben if "ecdsa" in shape else amy).der
    right = outcome(message, signer)
    certificate = range(message.index(sent), message.index(sent) + len(sent))
    for at in range(len(message)):
        for bit in range(8):
            turned = bytearray(message)
            turned[at] ^= 1 << bit
            found = outcome(bytes(turned), signer)
            assert isinstance(found, str) or (found == right and at in certificate), (at, bit)


@pytest.mark.parametrize("shape", SHAPES)
def test_no_byte_of_what_is_not_the_certificate_has_two_values(messages, amy, ben, shape):
    """All 255 others, with one exception: two identifiers of one RSA signature.

    rsaEncryption and sha256WithRSAEncryption say the same beside SHA-256 (RFC 3370 section 3.2),
    and both are in use. The order keeps its name.
    """
    message = messages[shape]
    party = ben if "ecdsa" in shape else amy
    right = outcome(message, party.certificate)
    others = [
        (at, value)
        for at in unsigned(message, party.der)
        for value in range(256)
        if value != message[at]
    ]
    spelled = []
    for at, value in others:
        found = outcome(message[:at] + bytes((value,)) + message[at + 1 :], party.certificate)
        if not isinstance(found, str):
            assert found == right
            spelled.append((message[at], value))
    assert spelled in ([], [(1, 11)])


def unsigned(message, certificate):
    """Return the places that no signature is over: all but content, attributes and certificate."""
    read = signed_data.read(message)
    covered = [certificate, read.content, read.signature, read.signed[3:] or b"\0" * 99]
    places = set(range(len(message)))
    for part in covered:
        if (start := message.find(part)) >= 0:
            places -= set(range(start, start + len(part)))
    return sorted(places)


@pytest.mark.parametrize("shape", SHAPES)
def test_no_part_of_a_message_is_one(messages, amy, shape):
    message = messages[shape]
    for end in range(len(message)):
        assert isinstance(outcome(message[:end]), str)
        assert isinstance(outcome(message[end + 1 :]), str)


@pytest.mark.parametrize("shape", SHAPES)
@UNTIMED
@given(data=st.data())
def test_a_spoilt_message_never_means_something_else(messages, shape, data):
    message = messages[shape]
    right = outcome(message)
    start = data.draw(st.integers(0, len(message)))
    end = data.draw(st.integers(start, min(len(message), start + 40)))
    spoilt = message[:start] + data.draw(st.binary(max_size=40)) + message[end:]
    found = outcome(spoilt)
    assert isinstance(found, str) or found[0] == right[0]


@UNTIMED
@given(st.binary(max_size=400))
def test_noise_is_refused(noise):
    assert isinstance(outcome(noise), str)
    assert isinstance(outcome(b"\x30" + noise), str)


@UNTIMED
@given(st.lists(st.integers(0, 255), max_size=60))
def test_noise_that_looks_like_a_message_is_refused(tags):
    """Elements in elements, each with a right length, under the identifier of SignedData."""
    inner = b""
    for tag in tags:
        inner = element(tag, inner)
    signed = element(0x06, bytes.fromhex("2a864886f70d010702"))
    assert isinstance(outcome(element(0x30, signed + element(0xA0, inner))), str)


def element(tag, inside):
    """Return a DER element."""
    size = len(inside)
    if size < 0x80:
        return bytes((tag, size)) + inside
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes((tag, 0x80 + len(length))) + length + inside


@pytest.mark.parametrize("tag", [0x30, 0x31, 0xA0, 0x24])
@pytest.mark.parametrize("depth", [100, 10_000, 100_000])
def test_a_nested_bomb_is_refused(tag, depth):
    bomb = b""
    for _ in range(min(depth, 10_000)):
        bomb = element(tag, bomb)
    endless = bytes((tag, 0x80)) * depth + b"\0\0" * depth
    signed = element(0x06, bytes.fromhex("2a864886f70d010702"))
    for inside in (bomb, endless):
        assert isinstance(outcome(element(0x30, inside)), str)
        assert isinstance(outcome(element(0x30, signed + element(0xA0, inside))), str)


@pytest.mark.parametrize(
    "data",
    [
        b"\x30" * SIZE,
        b"\x30\x84\x00\xa0\x00\x00" + b"\0" * SIZE,
        b"A" * SIZE,
        b"-----BEGIN CMS-----\n" + b"A" * SIZE,
        b" " * SIZE,
    ],
    ids=["der", "der_with_its_length", "base64", "pem", "blanks"],
)
def test_ten_megabytes_are_not_looked_at(data):
    assert outcome(data) == "too_large"


def test_ten_megabytes_beside_a_message_are_refused(desk, amy):
    assert outcome(desk.sign(amy), content=b"x" * SIZE) == "content_too_large"


@UNTIMED
@given(st.binary(min_size=1, max_size=200))
def test_one_reading_or_none(noise):
    """No two texts that differ in more than blanks open to the same bytes."""
    try:
        opened = armour.opened(noise, 1000)
    except Unreadable:
        return
    assert opened == noise or base64.b64encode(opened) == b"".join(noise.split())


@pytest.mark.parametrize(
    "change",
    [
        lambda pem: b"x" + pem,
        lambda pem: b"\n" + pem,
        lambda pem: pem + b"x",
        lambda pem: pem + pem,
        lambda pem: pem.replace(b"BEGIN CMS", b"BEGIN PKCS7"),
        lambda pem: pem.replace(b"CMS", b"CERTIFICATE"),
        lambda pem: pem.replace(b"\n", b"\nProc-Type: 4,ENCRYPTED\n\n", 1),
        lambda pem: pem.replace(b"\n", b"\n!", 1),
        lambda pem: pem.replace(b"=", b""),
        lambda pem: pem.replace(b"-----END CMS-----", b""),
    ],
)
def test_pem_is_one_block_and_nothing_else(change):
    body = b"0" + bytes(100)
    pem = b"-----BEGIN CMS-----\n" + base64.encodebytes(body) + b"-----END CMS-----\n"
    assert armour.opened(pem, 1000) == body
    with pytest.raises(Unreadable, match="not_der_pem_or_base64"):
        armour.opened(change(pem), 1000)


def test_stray_bits_of_base64_are_refused():
    assert armour.opened(b"MA==", 10) == b"0"
    for stray in (b"MB==", b"MA=", b"MA", b"MA===", b"MA==MA==", b"M-=="):
        with pytest.raises(Unreadable):
            armour.opened(stray, 10)


def test_nothing_of_a_message_is_in_a_refusal(desk, amy):
    """The order's words stay out of logs."""
    spoilt = desk.sign(amy, "-nodetach").replace(ORDER, ORDER[::-1])
    with pytest.raises(SignatureRefused) as caught:
        signed_data.read(spoilt).check(amy.certificate)
    assert str(caught.value) == caught.value.reason == "content_differs"
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_nothing_of_an_order_is_in_what_is_printed_of_it(desk, amy):
    read = signed_data.read(desk.sign(amy, "-nodetach", "-noattr", content=b"sell everything"))
    raw = RawSignature(content=read.content, signature=read.signature, method=read.method)
    for printed in (repr(read), repr(raw)):
        assert "sell" not in printed
        assert "15 bytes" in printed
