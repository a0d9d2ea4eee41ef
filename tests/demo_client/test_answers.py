"""The virtual customer reads its letters, and answers by what its wallet holds."""

from __future__ import annotations

import httpx2
import pytest

from demo_client import mailbox, said
from demo_client.answers import ANSWERS, answer
from demo_client.enrolments import CONFIRMATIONS, begin
from demo_client.errors import NotHeld
from demo_client.soft_device import SoftDevice
from demo_client.soft_webauthn import SoftAuthenticator, Traits
from demo_client.visit import Visit
from demo_client.wallet import Wallet
from demo_client.world import World
from tests.demo_client.test_client import HERE, NOW, client_of, entropy_of

# Letters


class Post:
    """A site in memory whose letters come one a look; time passes by being slept."""

    def __init__(self, *letters):
        self.coming = list(letters)
        self.there = []
        self.slept = 0.0

    def __call__(self, _request):
        if self.coming:
            self.there.insert(0, self.coming.pop(0))
        return httpx2.Response(200, json=[each for each in self.there if each])

    def sleep(self, seconds):
        self.slept += seconds


def letter(name, body, channel="sms", to="+886900000001"):
    return {"id": name, "channel": channel, "to": to, "subject": "", "body": body}


def visit_of(post, **wallet):
    wallet = Wallet(account="amy", url=HERE, email="amy@example.com", **wallet)
    outside = World(clock=lambda: NOW, entropy=entropy_of("post"), sleep=post.sleep)
    device = SoftAuthenticator([], outside.entropy, Traits())
    return Visit(client_of(post, []), wallet, device, outside, lambda _: None)


def test_a_code_is_awaited_and_the_one_before_is_not_taken_for_it():
    post = Post(letter("1", "code 111111"), None, letter("2", "code 222222"))
    visit = visit_of(post)
    mailbox.mark(visit)
    assert mailbox.sent_code(visit, "sms", "+886900000001", 6) == "222222"
    assert post.slept == mailbox.PAUSE


def test_a_letter_is_read_once():
    visit = visit_of(Post(letter("1", "code 111111"), letter("2", "code 222222")))
    codes = [mailbox.sent_code(visit, "sms", "+886900000001", 6) for _ in range(2)]
    assert codes == ["111111", "222222"]


@pytest.mark.parametrize(
    "other",
    [
        letter("1", "code 111111", to="+886900000002"),
        letter("1", "code 111111", channel="mail"),
        letter("1", "a factor was added"),
        letter("1", "code 11111111"),
    ],
)
def test_no_code_is_made_of_somebody_elses_letter(other):
    post = Post(other)
    with pytest.raises(NotHeld, match=r"no code came by sms to \+886900000001"):
        mailbox.sent_code(visit_of(post), "sms", "+886900000001", 6)
    assert post.slept == mailbox.LOOKS * mailbox.PAUSE


def test_the_initial_password_is_awaited():
    post = Post(None, letter("1", "Hello\n\n  Ab3d-Ef6h-Jk8m\n", "mail", "amy@example.com"))
    assert mailbox.mailed_password(visit_of(post)) == "Ab3d-Ef6h-Jk8m"


# Answers


def test_every_method_that_can_be_bound_can_be_answered():
    assert CONFIRMATIONS.keys() == ANSWERS.keys()


@pytest.mark.parametrize("method", sorted(ANSWERS.keys() - {"webauthn"}))
def test_what_is_not_in_the_wallet_is_not_answered(method):
    asked = {"digits": 6, "asked": ["A1"], "keys": []}
    with pytest.raises(NotHeld, match="comes first"):
        answer(visit_of(Post()), method, asked)


def test_a_method_that_is_none_is_not_asked_for():
    visit = visit_of(Post())
    with pytest.raises(NotHeld, match="no such method here: palm"):
        answer(visit, "palm", {})
    with pytest.raises(NotHeld, match="no such method here: palm"):
        begin(visit, "palm")


def test_a_device_signs_with_the_key_that_is_asked_for():
    first, second = (SoftDevice.made(entropy_of(seed)) for seed in (1, 2))
    visit = visit_of(Post(), devices=[first, second])
    asked = {"challenge": "c", "transaction": "t", "purpose": "login"}
    keys = [[first.name()], [], ["another"]]
    shown = [answer(visit, "device", {**asked, "keys": keys[n]})["key"] for n in range(2)]
    assert shown == [first.name(), second.name()]
    with pytest.raises(NotHeld):
        answer(visit, "device", {**asked, "keys": keys[2]})


# What is said of it


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"publicKey": {}}, "a challenge"),
        ({"serial": "1", "asked": ["B3", "F1"]}, "cells asked: B3, F1"),
        ({"channel": "sms", "to": "•••• 678"}, "a code goes by sms to •••• 678"),
        ({"channel": "mail", "to": ""}, "a code goes by mail to where it was agreed"),
    ],
)
def test_a_challenge_is_told_in_a_few_words(asked, words):
    assert said.challenge({"challenge": asked}) == words


def test_an_offer_is_told_without_its_secrets():
    offer = {"secret": "GEZDGNBV", "uri": "otpauth://hotp/x", "codes": ["abcd"]}
    assert said.offered("hotp")({"offer": offer}) == "hotp is on offer"
