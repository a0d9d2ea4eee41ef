"""Seven answers to a signed order, each for its own reason; only all of them together count."""

from dataclasses import dataclass, field
from itertools import product

import msgspec
import pytest

from identity.certificates import signed_data, verdicts
from identity.certificates.answers import YES, Answer, Verdict, no, unknown
from identity.certificates.signatures import Method, RawSignature, Scheme
from identity.certificates.verdicts import QUESTIONS, Asking, Judgement, Sources, Status, judge
from identity.errors import StoreUnavailable
from tests.identity.certificates.signing_parties import (
    DAY,
    NOW,
    ORDER,
    TODAY,
    YEAR,
    Party,
    trust,
    usage,
)

ROOT = Party.root()
ISSUING = ROOT.authority()
AMY = ISSUING.customer()
TRUST = trust(ROOT, intermediates=[ISSUING])


@dataclass
class Firm:
    """A store that fits in a hand: what was issued to whom, and which orders were taken."""

    status: dict = field(default_factory=dict)
    owners: dict = field(default_factory=dict)
    taken: set | None = field(default_factory=set)
    asked: list = field(default_factory=list)

    def sources(self):
        return Sources(status=self._status, owner=self._owner, seen=self._seen)

    def _status(self, certificate, issuer):
        self.asked.append("status")
        certificate.verify_directly_issued_by(issuer)
        return self.status.get(certificate, Status.NOT_ISSUED)

    def _owner(self, certificate):
        self.asked.append("owner")
        return self.owners.get(certificate)

    def _seen(self, name):
        self.asked.append("seen")
        return None if self.taken is None else name in self.taken


@pytest.fixture
def firm():
    good = {AMY.certificate: Status.GOOD, ISSUING.certificate: Status.GOOD}
    return Firm(status=good, owners={AMY.certificate: "amy"})


@pytest.fixture(scope="module")
def order(desk):
    return desk.sign(AMY, "-nodetach")


def asking(**changed):
    return Asking(**{"account": "amy", "at": NOW, "agreed_device": True} | changed)


def judged(data, firm, trusted=TRUST, **changed):
    return judge(signed_data.read(data), trusted, firm.sources(), asking(**changed))


def answers(judgement):
    """Return what is not yes, and why."""
    found = {question: getattr(judgement, question) for question in QUESTIONS}
    return {
        question: (verdict.answer.value, verdict.reason)
        for question, verdict in found.items()
        if verdict != YES
    }


@pytest.mark.clause("CC-17010.e.c")
def test_an_order_of_the_customer_stands(order, firm):
    judgement = judged(order, firm)
    assert answers(judgement) == {}
    assert judgement.stands()
    assert judgement.anchor == "Root"
    assert judgement.certificate == AMY.certificate
    assert len(judgement.name) == 32


def test_an_order_that_was_taken_is_known_again(order, firm, desk):
    firm.taken.add(judged(order, firm).name)
    again = judged(order, firm)
    assert answers(again) == {"fresh": ("no", "seen_before")}
    assert not again.stands()
    assert judged(desk.sign(AMY, "-nodetach", content=b"another"), firm).stands()


@pytest.mark.clause("CC-17010.e.c")
def test_identity_and_account_must_agree(order, firm):
    judgement = judged(order, firm, account="ben")
    assert answers(judgement) == {"customer": ("no", "certificate_of_another")}
    assert not judgement.stands()


@pytest.mark.parametrize(
    ("agreed", "answer"),
    [(True, None), (False, ("no", "device_not_agreed")), (None, ("unknown", "device_not_told"))],
)
def test_a_certificate_says_nothing_of_the_device(order, firm, agreed, answer):
    judgement = judged(order, firm, agreed_device=agreed)
    assert answers(judgement).get("device") == answer
    assert judgement.stands() == (agreed is True)
    assert judgement.stands(device_asked=False)


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (Status.ON_HOLD, ("no", "on_hold")),
        (Status.REVOKED, ("no", "revoked")),
        (Status.NOT_ISSUED, ("no", "not_issued")),
        (Status.STALE, ("unknown", "status_stale")),
        (Status.UNAVAILABLE, ("unknown", "status_unavailable")),
    ],
)
def test_what_is_not_known_to_be_good_does_not_stand(order, firm, status, answer):
    firm.status[AMY.certificate] = status
    judgement = judged(order, firm)
    assert answers(judgement) == {"revocation": answer}
    assert not judgement.stands()


def test_every_status_is_answered(order, firm):
    for status in Status:
        firm.status[AMY.certificate] = status
        assert judged(order, firm).stands() == (status is Status.GOOD)


def test_an_authority_that_is_revoked_takes_its_customers_with_it(order, firm):
    firm.status[ISSUING.certificate] = Status.REVOKED
    assert answers(judged(order, firm)) == {"revocation": ("no", "issuer_revoked")}
    firm.status[AMY.certificate] = Status.UNAVAILABLE
    assert answers(judged(order, firm)) == {"revocation": ("no", "issuer_revoked")}


@pytest.mark.clause("ECD.5")
def test_an_expired_certificate_says_so_and_nothing_worse(desk, firm):
    expired = ISSUING.customer(begins=TODAY - YEAR, ends=TODAY - DAY)
    firm.status[expired.certificate] = Status.GOOD
    firm.owners[expired.certificate] = "amy"
    judgement = judged(desk.sign(expired, "-nodetach"), firm)
    assert answers(judgement) == {"validity": ("no", "leaf_expired")}
    assert not judgement.stands()


def test_a_stranger_who_signs_for_himself_is_told_nothing_and_asks_nothing(desk, firm):
    """He has taken the customer's name, and could take any serial number."""
    stranger = Party.root("Amy", key_usage=usage(digital_signature=True), basic=False)
    judgement = judged(desk.sign(stranger, "-nodetach"), firm)
    assert answers(judgement) == {
        "chain": ("no", "no_path"),
        "validity": ("unknown", "no_chain"),
        "revocation": ("unknown", "no_chain"),
        "customer": ("unknown", "no_chain"),
    }
    assert firm.asked == ["seen"]
    assert not judgement.stands()


def test_a_wrong_signature_asks_for_no_order(order, firm):
    spoilt = order.replace(ORDER, ORDER[::-1])
    judgement = judged(spoilt, firm)
    assert answers(judgement) == {
        "signature": ("no", "content_differs"),
        "fresh": ("unknown", "not_signed"),
    }
    assert judgement.name is None
    assert "seen" not in firm.asked


def test_a_memory_that_cannot_be_asked_lets_nothing_through(order, firm):
    firm.taken = None
    judgement = judged(order, firm)
    assert answers(judgement) == {"fresh": ("unknown", "memory_unavailable")}
    assert not judgement.stands()


def test_a_certificate_of_nobody_is_not_the_customers(order, firm):
    firm.owners.clear()
    assert answers(judged(order, firm)) == {"customer": ("no", "certificate_of_nobody")}


def test_a_message_without_a_certificate_is_held_against_the_firms(desk, firm):
    made = desk.sign(AMY, "-nodetach", "-nocerts")
    assert judged(made, firm, certificate=AMY.certificate).stands()
    nothing = judged(made, firm)
    assert {answer for answer, _ in answers(nothing).values()} == {"unknown"}
    assert nothing.lacking() == QUESTIONS


def test_the_firms_certificate_wins_over_the_one_that_was_sent(order, firm):
    ben = ISSUING.customer("Ben")
    judgement = judged(order, firm, certificate=ben.certificate)
    assert judgement.signature == no("signer_differs")
    assert not judgement.stands()


def test_a_raw_signature_is_judged_alike(desk, firm):
    read = signed_data.read(desk.sign(AMY, "-nodetach", "-noattr"))
    raw = RawSignature(
        content=ORDER,
        signature=read.signature,
        method=Method(scheme=Scheme.ECDSA, digest="sha256"),
        certificate=AMY.certificate,
    )
    judgement = judge(raw, TRUST, firm.sources(), asking())
    assert judgement.stands()
    assert judgement.name == judge(read, TRUST, firm.sources(), asking()).name


def test_what_could_not_be_read_is_a_no_with_its_reason():
    judgement = verdicts.unread("malformed")
    assert judgement.signature == no("malformed")
    assert judgement.lacking() == QUESTIONS
    assert judgement.name is None


def test_a_store_that_fails_decides_nothing(order, firm):
    def failing(*_):
        raise StoreUnavailable

    for name in ("status", "owner", "seen"):
        sources = msgspec.structs.replace(firm.sources(), **{name: failing})
        with pytest.raises(StoreUnavailable):
            judge(signed_data.read(order), TRUST, sources, asking())


def test_a_claimed_signing_time_is_told_and_decides_nothing(order, firm):
    """The signer's clock is a word of the signer's: the message is as old or new as it says."""
    read = signed_data.read(order)
    claimed = judged(order, firm).signing_time
    assert claimed == read.signing_time
    long_ago = msgspec.structs.replace(read, signing_time=0.0)
    assert judge(long_ago, TRUST, firm.sources(), asking()).stands()


@pytest.mark.clause("CC-17010.e.c")
@pytest.mark.parametrize("device_asked", [True, False])
def test_only_yes_to_everything_counts(device_asked):
    """All 2187 judgements there are."""
    choices = [YES, no("wrong"), unknown("untold")]
    for given in product(choices, repeat=len(QUESTIONS)):
        judgement = Judgement(**dict(zip(QUESTIONS, given, strict=True)))
        asked = dict(zip(QUESTIONS, given, strict=True))
        if not device_asked:
            del asked["device"]
        assert judgement.stands(device_asked=device_asked) == all(
            verdict is YES for verdict in asked.values()
        )
        assert judgement.lacking(device_asked=device_asked) == tuple(
            question for question, verdict in asked.items() if verdict is not YES
        )


@pytest.mark.parametrize("answer", Answer)
def test_only_yes_is_true(answer):
    assert bool(Verdict(answer)) == (answer is Answer.YES)


def test_no_bit_of_an_order_can_be_turned(order, firm):
    """The whole message, the certificate inside it too."""
    for at in range(len(order)):
        turned = bytearray(order)
        turned[at] ^= 1 << at % 8
        try:
            judgement = judged(bytes(turned), firm)
        except verdicts.SignatureRefused:
            continue
        assert not judgement.stands(), at
