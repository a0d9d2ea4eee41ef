"""What a stranger cannot do to a customer: delay him on his own device, or keep him off a new one.

The limits are small here, so that few requests reach where many would, and the work is light. Time
stands still but where it is said to move: nothing heals by itself.
"""

from itertools import count

import pytest

from identity.keys.ring import generate_ring
from identity.sessions.device_cookies import DeviceCookies
from identity.throttling import work
from identity.web import cookies
from tests.identity.keys.sources import NOW, stream
from tests.identity.kit import (
    ELSEWHERE,
    HOME,
    LOGINS,
    Transaction,
    World,
    lab_limits,
    problem,
    worked,
)

SHARE = 6
"""Failures of each kind that are ever had from elsewhere."""

TIGHT = {
    "account": {"free": 3, "burst": 8, "interval": 3600, "refuses": "false"},
    "account_prefix": {"free": 2, "burst": 20, "interval": 3600},
    "prefix_1": {"free": 3, "burst": 6, "interval": 3600},
    "prefix_2": {"free": 6, "burst": 60, "interval": 3600},
    "opening": {"free": 4, "burst": 6, "interval": 3600},
    "service": {"free": 40, "burst": 60, "interval": 3600, "refuses": "false"},
    "failures": {"burst": SHARE},
}


@pytest.fixture
def tight(tmp_path, monkeypatch):
    """A service with little room for strangers, whose work is light."""
    monkeypatch.setattr(work, "LEAST", 1)
    monkeypatch.setattr(work, "MOST", 2)
    monkeypatch.setattr(work, "PREFIX", "0")
    with World(tmp_path, **lab_limits(tmp_path, TIGHT)) as world:
        yield world


@pytest.fixture
def amy(tight):
    """A customer with password and app, known from the device in hand, and not signed in."""
    return signed_out(tight.customer("amy").activated().signs_in())


def signed_out(customer):
    assert customer.client.delete("/v1/session").status_code == 204
    return customer


class Stranger:
    """Somebody with many networks who sends whatever he likes, and works where that helps him."""

    def __init__(self, world, *, works=False):
        self.world = world
        self.works = works
        self.met = []
        self._guesses = count()

    def opens(self, account, client, purpose="login"):
        """Open a transaction, or return None where that was not to be had."""
        opened = self.send(client, LOGINS, {"purpose": purpose, "account": account})
        return Transaction(client, opened) if opened.status_code == 201 else None

    def guesses(self, transaction, method, **response):
        body = {"method": method, "response": response}
        return self.send(transaction.client, f"{transaction.path}/answers", body)

    def send(self, client, path, body):
        answer = client.post(path, json=body)
        if answer.status_code == 428 and self.works:
            answer = client.post(path, json=body, headers=worked(answer))
        self.met.append(answer)
        return answer

    def hammers(self, customer, networks=8, tries=4, **answer):
        """Guess from many networks: passwords, or by a method what it is answered by."""
        for number in range(networks):
            client = self.world.client(f"192.0.{number}.77")
            transaction = self.opens(customer.account, client)
            if transaction is None:
                continue
            self.goes_on(customer, transaction, tries, **answer)
        return self

    def goes_on(self, customer, transaction, tries, **answer):
        """Guess in one transaction: passwords, each another one, or by a method after the right."""
        if answer:
            self.guesses(transaction, "password", password=customer.own)
        for _ in range(tries):
            wrong = {"password": {"password": f"wrong-{next(self._guesses)}"}}
            for method, response in (answer or wrong).items():
                self.guesses(transaction, method, **response)

    def floods_openings(self, customer, address):
        """Open until nobody opens any more from there who is not known."""
        client = self.world.client(address)
        while self.opens(customer.account, client):
            pass
        return self

    @property
    def statuses(self):
        return {answer.status_code for answer in self.met}


def uses_up(customer, **answer):
    """Use up the share of failures from elsewhere: slowly, from many networks, and paying."""
    stranger = Stranger(customer.world, works=True)
    for number in range(SHARE + 1):
        customer.world.clock.forward(3600)
        client = customer.world.client(f"203.0.{number}.9")
        stranger.goes_on(customer, stranger.opens(customer.account, client), 1, **answer)
    assert problem(stranger.met[-1], 429, "too_many")["limit"] == "failures_elsewhere"


def nothing_delays(customer):
    """Walk through a day on the device in hand; everything must be answered, and at once."""
    seen = []
    customer.client.event_hooks = {"response": [seen.append]}
    mistyped = customer.opens()
    assert "work" not in mistyped.opened.json()
    assert mistyped.password("mistyped").status_code == 401
    customer.signs_in().approves("order")
    mistyped = customer.opens()
    assert mistyped.password(customer.own).status_code == 200
    assert mistyped.totp(customer.wrong_code()).status_code == 401
    customer.client.event_hooks = {"response": []}
    assert {answer.status_code for answer in seen} <= {200, 201, 401}


def arrives(customer, address=ELSEWHERE):
    """Sign in for the first time from a new device, doing the work that is asked; count it."""
    client, paid = customer.world.client(address), 0

    def send(path, body):
        nonlocal paid
        answer = client.post(path, json=body)
        if answer.status_code == 428:
            paid += 1
            answer = client.post(path, json=body, headers=worked(answer))
        return answer

    opened = send(LOGINS, {"purpose": "login", "account": customer.account})
    path = f"{Transaction(client, opened).path}/answers"
    first = send(path, {"method": "password", "response": {"password": customer.own}})
    assert first.status_code == 200, first.text
    done = send(path, {"method": "totp", "response": {"code": customer.code()}})
    assert done.json().get("state") == "succeeded", done.text
    return client, paid


# --- what a stranger does, and what the customer feels of it ---


@pytest.mark.clause("CC-17010.j.g")
@pytest.mark.parametrize("works", [False, True], ids=["without work", "with work"])
def test_guessing_passwords_from_many_networks_delays_no_known_device(amy, works):
    stranger = Stranger(amy.world, works=works).hammers(amy)
    assert (401 in stranger.statuses, stranger.met[-1].status_code) == (True, 429 if works else 428)
    nothing_delays(amy)


@pytest.mark.clause("CC-17010.j.g")
@pytest.mark.parametrize("works", [False, True], ids=["without work", "with work"])
def test_guessing_codes_with_the_right_password_delays_no_known_device(amy, works):
    stranger = Stranger(amy.world, works=works)
    stranger.hammers(amy, totp={"code": amy.wrong_code()})
    assert 401 in stranger.statuses
    nothing_delays(amy)


@pytest.mark.clause("CC-17010.j.g")
@pytest.mark.parametrize("works", [False, True], ids=["without work", "with work"])
def test_opening_transactions_from_the_very_same_address_delays_no_known_device(amy, works):
    stranger = Stranger(amy.world, works=works).floods_openings(amy, HOME)
    assert stranger.met[-1].status_code == (429 if works else 428)
    nothing_delays(amy)


@pytest.mark.clause("CC-17010.j.g")
@pytest.mark.parametrize("works", [False, True], ids=["without work", "with work"])
def test_the_strangers_share_used_up_closes_nothing_on_a_known_device(amy, works):
    uses_up(amy)
    Stranger(amy.world, works=works).hammers(amy)
    nothing_delays(amy)


@pytest.mark.clause("CC-17010.j.g")
def test_the_strangers_share_of_codes_used_up_closes_nothing_on_a_known_device(amy):
    uses_up(amy, totp={"code": amy.wrong_code()})
    nothing_delays(amy)


@pytest.mark.clause("CC-17010.j.g")
def test_all_of_it_at_once_delays_no_known_device(amy):
    for works in (False, True):
        stranger = Stranger(amy.world, works=works)
        stranger.hammers(amy).hammers(amy, totp={"code": amy.wrong_code()})
        stranger.floods_openings(amy, HOME).floods_openings(amy, ELSEWHERE)
        nothing_delays(amy)
    uses_up(amy)
    stranger.hammers(amy).floods_openings(amy, HOME)
    nothing_delays(amy)


@pytest.mark.clause("CC-17010.j.g")
def test_an_operator_is_not_delayed_on_the_device_he_is_known_from(tight):
    otto = tight.operator("otto", "clerk").signs_in()
    signed_out(otto)
    stranger = Stranger(tight, works=True).hammers(otto)
    for number in range(3):
        client = tight.client(f"192.0.{number}.78")
        if transaction := stranger.opens("otto", client, purpose="operator"):
            stranger.goes_on(otto, transaction, 2)
    stranger.floods_openings(otto, HOME)
    seen = []
    otto.client.event_hooks = {"response": [seen.append]}
    otto.signs_in()
    assert {answer.status_code for answer in seen} <= {200, 201}


@pytest.mark.clause("CC-17010.j.g")
@pytest.mark.parametrize("works", [False, True], ids=["without work", "with work"])
def test_a_first_login_from_a_new_device_gets_through_with_work(amy, works):
    """Some of the strangers' share must be left: he who works for his guesses uses it up."""
    Stranger(amy.world, works=works).hammers(amy, networks=4 if works else 12, tries=1)
    client, paid = arrives(amy)
    assert paid > 0
    assert client.cookies.get(cookies.DEVICE)
    amy.client = client
    amy.client.delete("/v1/session")
    nothing_delays(amy)


@pytest.mark.clause("CC-17010.j.g")
def test_a_new_device_at_an_address_from_which_a_stranger_floods_gets_through_with_work(amy):
    Stranger(amy.world).floods_openings(amy, ELSEWHERE)
    assert arrives(amy, ELSEWHERE)[1] > 0


# --- the cookie ---


def token_of(customer):
    return customer.cookie(cookies.DEVICE).partition("~")[0]


def forged(amy, ben):
    cookie = amy.cookie(cookies.DEVICE)
    return cookie[:-1] + ("A" if cookie[-1] != "A" else "Q")


def of_another_account(amy, ben):
    return ben.cookie(cookies.DEVICE)


def of_another_firm(amy, ben):
    return DeviceCookies(generate_ring(NOW, stream("another firm"))).made(token_of(amy), "amy")


def signed_for_another(amy, ben):
    return amy.world.running.services.device_cookies.made(token_of(amy), "ben")


def truncated(amy, ben):
    return amy.cookie(cookies.DEVICE)[:-1]


def its_token_alone(amy, ben):
    return token_of(amy)


def nothing(amy, ben):
    return ""


NOT_HERS = [forged, of_another_account, of_another_firm, signed_for_another, truncated]
NOT_HERS += [its_token_alone, nothing]


def doubled(cookie):
    return f"{cookie}.{cookie}"


def beside_garbage(cookie):
    return f"planted.{cookie}...."[: len(cookie) + 9]


def bearing(world, cookie, address=ELSEWHERE):
    client = world.client(address)
    client.cookies.set(cookies.DEVICE, cookie, domain="testserver.local", path="/")
    return client


@pytest.mark.clause("CC-17010.j.g")
@pytest.mark.parametrize("made", NOT_HERS, ids=lambda made: made.__name__)
def test_a_cookie_that_is_not_this_accounts_buys_nothing_and_asks_nothing(amy, made, statements):
    ben = signed_out(amy.world.customer("ben").activated().signs_in(amy.world.client("192.0.9.1")))
    cookie = made(amy, ben)
    Stranger(amy.world).floods_openings(amy, ELSEWHERE)
    statements.clear()
    problem(amy.asks_to_open(client=bearing(amy.world, cookie)), 428, "work_needed")
    assert not [text for text in statements if "devices" in text]
    opened = amy.opens(client=bearing(amy.world, cookie, "192.0.8.1"))
    assert not amy.world.events(amy.id, "login:transaction:opened")[0].known_device
    assert opened.opened.status_code == 201
    assert not [text for text in statements if "devices" in text]


@pytest.mark.clause("CC-17010.j.g")
@pytest.mark.parametrize("sent", [str, doubled, beside_garbage], ids=lambda sent: sent.__name__)
def test_her_own_is_known_alone_doubled_and_beside_what_is_none(amy, sent, statements):
    Stranger(amy.world).floods_openings(amy, ELSEWHERE)
    cookie = sent(amy.cookie(cookies.DEVICE))
    statements.clear()
    amy.opens(client=bearing(amy.world, cookie))
    assert amy.world.events(amy.id, "login:transaction:opened")[0].known_device
    asked = [text for text in statements if "devices" in text]
    assert len(asked) == 1


@pytest.mark.clause("CC-17010.j.g")
def test_a_stolen_cookie_buys_its_own_bucket_and_no_more(amy):
    other, _ = arrives(amy)
    other.delete("/v1/session")
    thief = bearing(amy.world, amy.cookie(cookies.DEVICE))
    opened = [amy.asks_to_open(client=thief).status_code for _ in range(70)]
    assert opened == [201] * 60 + [429] * 10
    amy.client = other
    nothing_delays(amy)


@pytest.mark.clause("CC-17010.j.g")
def test_a_stolen_cookie_that_was_revoked_opens_a_bounded_number_and_guesses_as_a_stranger(amy):
    stolen = amy.cookie(cookies.DEVICE)
    amy.client = arrives(amy)[0]
    devices = amy.client.get("/v1/devices").json()["devices"]
    (old,) = [device["id"] for device in devices if not device["current"]]
    assert amy.client.delete(f"/v1/devices/{old}").status_code == 204
    Stranger(amy.world).hammers(amy)
    thief = bearing(amy.world, stolen, "192.0.100.1")
    transaction = amy.opens(client=thief)
    assert "work" in transaction.opened.json()
    assert not amy.world.events(amy.id, "login:transaction:opened")[0].known_device
    problem(transaction.password("wrong"), 428, "work_needed")
    opened = [amy.asks_to_open(client=thief).status_code for _ in range(70)]
    assert (opened.count(201), opened.count(429)) == (59, 11)


@pytest.mark.clause("CC-17010.j.g")
def test_only_a_login_that_was_completed_makes_a_device_known(tight):
    """Not the activation, nor a step on the way, nor a step-up."""
    amy = tight.customer("amy").registers().begins_activation()
    amy.binds_password()
    amy.binds_totp()
    amy.ends_activation()
    assert amy.cookie(cookies.DEVICE) is None
    transaction = amy.opens()
    assert transaction.password(amy.own).status_code == 200
    assert amy.cookie(cookies.DEVICE) is None
    assert transaction.totp(amy.code()).status_code == 200
    made = amy.cookie(cookies.DEVICE)
    assert tight.running.services.device_cookies.signed([made])
    amy.client.cookies.delete(cookies.DEVICE)
    amy.approves("order")
    assert amy.cookie(cookies.DEVICE) is None


@pytest.mark.clause("CC-17010.j.g")
def test_a_recovery_makes_no_device_known(biometric_world, maker):
    amy = biometric_world.customer().registers().begins_activation()
    amy.binds_biometric(maker)
    amy.binds_password()
    assert amy.ends_activation().status_code == 200
    assert amy.opens("recovery").webauthn(amy.passkey).json()["state"] == "succeeded"
    assert amy.cookie()
    assert amy.cookie(cookies.DEVICE) is None


def test_signing_out_keeps_the_device_known_and_forgetting_it_ends_that(amy):
    made = amy.cookie(cookies.DEVICE)
    amy.signs_in()
    amy.client.delete("/v1/session")
    assert amy.cookie(cookies.DEVICE) == made
    amy.signs_in()
    assert amy.world.events(amy.id, "login:transaction:opened")[0].known_device
    (device,) = amy.client.get("/v1/devices").json()["devices"]
    assert amy.client.delete(f"/v1/devices/{device['id']}").status_code == 204
    amy.signs_in()
    assert not amy.world.events(amy.id, "login:transaction:opened")[0].known_device
    assert amy.cookie(cookies.DEVICE) != made
    assert "." not in amy.cookie(cookies.DEVICE)  # the new one took the forgotten one's place
    amy.signs_in()
    assert amy.world.events(amy.id, "login:transaction:opened")[0].known_device


def test_a_family_of_four_is_known_from_one_browser_and_the_fifth_takes_the_oldest_place(
    wide_world,
):
    names = ["amy", "ben", "cat", "dan", "eve"]
    family = [wide_world.customer(name).activated() for name in names]
    browser = wide_world.client()
    for one in family:
        one.signs_in(client=browser)
        wide_world.clock.forward(30)
    for one in family:
        one.opens(client=browser)
    known = {
        one.account
        for one in family
        if wide_world.events(one.id, "login:transaction:opened")[0].known_device
    }
    assert known == {"ben", "cat", "dan", "eve"}
