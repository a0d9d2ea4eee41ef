"""The virtual client keeps cookies as a browser does, its wallet to itself, and its word."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import os
import re
import subprocess
from email.utils import formatdate

import altcha
import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from demo_client import soft_work
from demo_client.__main__ import app
from demo_client.answers import usual_methods
from demo_client.client import Client, connect
from demo_client.cookies import Cookie, CookieJar
from demo_client.errors import NotHeld, Refused, Taken, TooHard, Unreachable, WeakCookie
from demo_client.passwords import choose, code_in, initial_password
from demo_client.soft_card import SoftCard
from demo_client.soft_device import SoftDevice
from demo_client.soft_hotp import SoftHotp
from demo_client.soft_pattern import SoftPattern
from demo_client.soft_sheet import SoftSheet
from demo_client.soft_totp import SoftTotp
from demo_client.soft_webauthn import Passkey, Traits
from demo_client.wallet import Wallet, Wallets

HERE = "http://localhost:8000"
NOW = 1_800_000_000.0
PROMISE = "Path=/; Secure; HttpOnly; SameSite=Lax"

# The secret and codes of RFC 6238 appendix B (SHA-1), whose 8 digits end in these 6.
RFC_SECRET = b"12345678901234567890"
RFC_CODES = {59: "287082", 1111111109: "081804", 1234567890: "005924", 20000000000: "353130"}


def entropy_of(seed):
    numbers = itertools.count()

    def entropy(size):
        return hashlib.shake_256(f"{seed}/{next(numbers)}".encode()).digest(size)

    return entropy


def totp_of(secret):
    name = base64.b32encode(secret).decode().rstrip("=")
    return SoftTotp(uri=f"otpauth://totp/Firm:amy?secret={name}&issuer=Firm")


# Cookies


def test_a_cookie_is_sent_until_its_age_is_over():
    jar = CookieJar(HERE, {})
    jar.take(f"__Host-s=abc; Max-Age=60; {PROMISE}", NOW)
    assert jar.header(NOW + 59) == "__Host-s=abc"
    assert jar.header(NOW + 60) == ""


def test_a_session_cookie_stays_and_a_later_one_replaces_it():
    jar = CookieJar(HERE, {})
    jar.take(f"__Host-s=old; {PROMISE}", NOW)
    jar.take(f"__Host-s=new; {PROMISE}", NOW)
    jar.take("lang=en; Path=/", NOW)
    assert jar.header(NOW + 1e9) == "__Host-s=new; lang=en"


@pytest.mark.parametrize(
    "ending", ["Max-Age=0", "Max-Age=-1", f"Expires={formatdate(0, usegmt=True)}"]
)
def test_a_cookie_is_deleted_when_told_so(ending):
    jar = CookieJar(HERE, {})
    jar.take(f"__Host-s=abc; {PROMISE}", NOW)
    jar.take(f"__Host-s=; {ending}; {PROMISE}", NOW)
    assert jar.header(NOW) == ""


def test_max_age_wins_over_expires():
    jar = CookieJar(HERE, {})
    jar.take(f"a=b; Max-Age=10; Expires={formatdate(0, usegmt=True)}", NOW)
    assert jar.header(NOW) == "a=b"


@pytest.mark.parametrize(
    "attributes", ["Path=/", "Secure", "Secure; Path=/v1", "Secure; Path=/; Domain=localhost"]
)
def test_a_host_cookie_that_breaks_its_promise_is_refused(attributes):
    jar = CookieJar(HERE, {})
    with pytest.raises(WeakCookie, match="__Host-s"):
        jar.take(f"__Host-s=abc; {attributes}", NOW)
    assert jar.cookies == {}


@pytest.mark.parametrize(
    ("origin", "sent"),
    [
        ("https://trade.example", True),
        ("http://localhost:8000", True),
        ("http://trade.example", False),
        ("http://localhost.example", False),
    ],
)
def test_a_secure_cookie_travels_only_where_nobody_listens(origin, sent):
    jar = CookieJar(origin, {"__Host-s": Cookie(value="abc", secure=True)})
    assert bool(jar.header(NOW)) is sent


# The client


class TinyService:
    """A service in memory: hands out a cookie at `/identity/v1/in`, and knows it at `/me`."""

    def __init__(self):
        self.seen = []

    def __call__(self, request):
        self.seen.append(request)
        if request.url.path == "/identity/v1/in":
            return httpx2.Response(200, json={}, headers={"Set-Cookie": f"__Host-s=k; {PROMISE}"})
        if request.headers.get("cookie") == "__Host-s=k":
            return httpx2.Response(200, json={"name": "amy"})
        problem = {"title": "未登入", "code": "not_signed_in", "status": 401}
        return httpx2.Response(401, json=problem, headers={"Retry-After": "7"})


def client_of(service, steps, locale="en"):
    http = connect(HERE, locale, httpx2.MockTransport(service))
    return Client(http, CookieJar(HERE, {}), lambda: NOW, steps.append, "/identity")


def test_the_session_cookie_is_kept_and_sent():
    steps = []
    client = client_of(TinyService(), steps)
    client.service("POST", "/in", {}, "in")
    answer = client.service("GET", "/me", None, lambda body: f"hello {body['name']}")
    assert answer == {"name": "amy"}
    assert [(s.method, s.path, s.status, s.means, s.code) for s in steps] == [
        ("POST", "/identity/v1/in", 200, "in", ""),
        ("GET", "/identity/v1/me", 200, "hello amy", ""),
    ]


def test_the_client_says_its_language_and_no_origin():
    service = TinyService()
    client_of(service, [], "zh-TW").service("POST", "/in", {}, "in")
    headers = service.seen[0].headers
    assert headers["accept-language"] == "zh-TW"
    assert "origin" not in headers
    assert "sec-fetch-site" not in headers


def test_a_refusal_is_told_in_the_words_of_the_service():
    steps = []
    with pytest.raises(Refused) as caught:
        client_of(TinyService(), steps).service("GET", "/me", None, "me")
    assert (caught.value.status, caught.value.code) == (401, "not_signed_in")
    assert steps[0].means == "未登入, try again in 7 s"
    assert steps[0].code == "not_signed_in"


def test_a_page_in_place_of_an_answer_is_a_refusal_too():
    def page(_request):
        return httpx2.Response(502, html="<h1>Bad gateway</h1>")

    with pytest.raises(Refused, match="HTTP 502"):
        client_of(page, []).service("GET", "/me", None, "me")


def test_nobody_there_is_told_as_such():
    def nobody(request):
        raise httpx2.ConnectError("refused", request=request)

    with pytest.raises(Unreachable, match=r"GET /inbox\.json"):
        client_of(nobody, []).site("GET", "/inbox.json", None, "mail")


# TOTP


@pytest.mark.parametrize(("now", "code"), RFC_CODES.items())
def test_codes_are_those_of_rfc_6238(now, code):
    assert totp_of(RFC_SECRET).code(now) == code


def test_a_code_counts_once_and_the_next_one_is_awaited():
    totp = totp_of(RFC_SECRET)
    assert totp.wait(NOW) == 0
    totp.code(NOW + 12)
    assert totp.wait(NOW + 12) == 18
    assert totp.wait(NOW + 30) == 0


@given(st.floats(0, 2e9), st.floats(0, 120))
def test_after_the_wait_the_code_is_of_a_later_step(first, pause):
    totp = totp_of(RFC_SECRET)
    totp.code(first)
    used = totp.last_step
    later = first + pause
    totp.code(later + totp.wait(later))
    assert totp.last_step > used


@pytest.mark.oathtool
@pytest.mark.parametrize("at", [0, 59, 1_800_000_000])
def test_codes_agree_with_oathtool(at):
    secret = hashlib.sha256(str(at).encode()).digest()[:20]
    asked = ["oathtool", "--totp", f"--now=@{at}", secret.hex()]
    said = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    assert totp_of(secret).code(at) == said


# Passwords


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("Hello Amy,\n\n  Ab3d-Ef6h-Jk8m\n\nIt lapses in a month.", "Ab3d-Ef6h-Jk8m"),
        ("您的初始電子密碼:\r\nk7m2pq9xw4\r\n謝謝", "k7m2pq9xw4"),
        ("Welcome\nhttps://example.com/activate2\n20261122\nGoodbye", None),
        ("The code abcd1234 stands in a sentence.", None),
    ],
)
def test_the_initial_password_is_found_alone_on_its_line(body, found):
    assert initial_password(body) == found


@pytest.mark.parametrize(
    ("body", "digits", "found"),
    [
        ("Your code: 123456, good for 10 minutes.", 6, "123456"),
        ("登入驗證碼123456 10分鐘內有效\n@trade.example #123456", 6, "123456"),
        ("Order 20261122 of account 1234567: 12345678", 8, "20261122"),
        ("Call 0800-080-888 or 1234567", 6, None),
        ("", 6, None),
    ],
)
def test_a_code_is_found_by_its_length(body, digits, found):
    assert code_in(body, digits) == found


@given(st.integers())
def test_a_chosen_password_keeps_the_common_rules(seed):
    password = choose(entropy_of(seed))
    assert len(password) == 23
    assert any(map(str.isdigit, password))
    assert any(map(str.isalpha, password))
    assert all(abs(ord(a) - ord(b)) > 1 for a, b in itertools.pairwise(password))


def test_passwords_are_not_chosen_twice():
    entropy = entropy_of("one generator")
    assert len({choose(entropy) for _ in range(100)}) == 100


# The wallet


def full_wallet():
    passkey = Passkey(
        id=b"\x00id", private=bytes(31) + b"\x01", rp_id="localhost", user_handle=b"h",
        sign_count=3, traits=Traits(aaguid=bytes(range(16)), backup_eligible=True),
    )  # fmt: skip
    return Wallet(
        account="amy", url=HERE, email="amy@example.com", password="pw",
        totp=totp_of(RFC_SECRET), passkeys=[passkey], phone="+886900000001",
        pattern=SoftPattern(nodes=[4, 0, 8]), hotp=SoftHotp(uri="otpauth://hotp/x", presses=7),
        sms_codes_to="+886900000001", mail_codes_to="amy@example.com",
        card=SoftCard(serial="17", cells={"A1": "7K"}), devices=[SoftDevice(private=b"k" * 32)],
        sheet=SoftSheet(codes=["abcd"], used=["efgh"]),
        cookies={"__Host-s": Cookie(value="k", secure=True, expires_at=NOW)},
    )  # fmt: skip


def test_a_wallet_comes_back_whole_by_name_and_as_the_latest(tmp_path):
    wallets = Wallets(tmp_path / "client")
    wallets.save(full_wallet())
    assert wallets.load("amy") == wallets.load("AMY") == wallets.load("") == full_wallet()


def test_a_wallet_of_an_older_client_is_read(tmp_path):
    """As it was written before the factors of this version came."""
    old = {
        "account": "amy",
        "url": HERE,
        "service": "/identity",
        "locale": "en",
        "email": "amy@example.com",
        "password": "pw",
        "totp": {"uri": "otpauth://totp/Firm:amy?secret=GEZDGNBV", "last_step": 3},
        "passkeys": [],
        "cookies": {},
    }
    (tmp_path / "amy.json").write_text(json.dumps(old), encoding="utf-8")
    wallet = Wallets(tmp_path).load("amy")
    assert (wallet.password, wallet.totp.last_step) == ("pw", 3)
    assert usual_methods(wallet) == ["totp"]
    assert (wallet.phone, wallet.hotp, wallet.devices) == ("", None, [])


def test_what_is_shown_beside_the_password_needs_no_waiting_first():
    assert usual_methods(full_wallet()) == [
        "webauthn",
        "device",
        "hotp",
        "grid_card",
        "sms_otp",
        "totp",
    ]
    assert usual_methods(Wallet(account="amy", url=HERE)) == []


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_what_is_written_is_for_its_owner_alone_even_over_an_open_file(tmp_path):
    wallets = Wallets(tmp_path / "client")
    wallets.save(full_wallet())
    (tmp_path / "client" / "amy.json").chmod(0o644)
    wallets.save(full_wallet())
    wallets.authority(entropy_of(1), NOW)
    modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "client").iterdir()}
    assert modes == {0o600}


@pytest.mark.parametrize("name", ["../amy", "a/b", "ab", "amy\x00", "..\\amy"])
def test_a_name_that_is_none_reaches_no_file(tmp_path, name):
    with pytest.raises(NotHeld):
        Wallets(tmp_path).save(Wallet(account=name, url=HERE))
    assert list(tmp_path.iterdir()) == []


def test_a_wallet_in_use_is_not_replaced(tmp_path):
    wallets = Wallets(tmp_path)
    wallets.save(Wallet(account="ben", url=HERE))
    wallets.require_free("ben")
    wallets.save(full_wallet())
    with pytest.raises(Taken):
        wallets.require_free("amy")


def test_the_authority_of_a_folder_stays_the_same(tmp_path):
    wallets = Wallets(tmp_path)
    made = wallets.authority(entropy_of(1), NOW)
    assert wallets.authority(entropy_of(2), NOW + 1).root == made.root
    assert (tmp_path / "attestation-root.pem").read_bytes() == made.root_pem


# The command line


def run(tmp_path, *words):
    return CliRunner().invoke(app, [*words, "--state", str(tmp_path)])


def test_without_a_wallet_the_command_stops_and_says_what_comes_first(tmp_path):
    result = run(tmp_path, "login")
    assert result.exit_code == 1
    assert "`register` comes first" in result.output


def test_a_factor_that_is_none_is_a_command_that_makes_no_sense(tmp_path):
    assert run(tmp_path, "enrol", "palm").exit_code == 2


def test_a_customer_gets_a_telephone_that_nobody_gave(tmp_path):
    """The number is kept also where the service was not there to take it."""
    nobody = ["--url", "http://localhost:1"]
    for account, more in (("amy", []), ("ben", ["--phone", "+886912345678"])):
        assert run(tmp_path, "register", "--account", account, *nobody, *more).exit_code == 1
    phones = [Wallets(tmp_path).load(account).phone for account in ("amy", "ben")]
    assert re.fullmatch(r"\+88690000[0-9]{4}", phones[0])
    assert phones[1] == "+886912345678"


def test_machines_read_the_reason_too(tmp_path):
    Wallets(tmp_path).save(Wallet(account="amy", url="http://localhost:1"))
    result = run(tmp_path, "logout", "--json")
    assert result.exit_code == 1
    last = json.loads(result.output.splitlines()[-1])
    assert (last["result"], last["code"]) == ("stopped", "Unreachable")


# Work


def working(answers):
    """Return a client towards a service that asks for work, and the headers it was sent."""
    sent = []

    def served(request):
        sent.append(request.headers.get("trifactor-work", ""))
        return httpx2.Response(**answers[len(sent) - 1])

    steps = []
    client = Client(
        http=connect(HERE, "en", httpx2.MockTransport(served)),
        jar=CookieJar(HERE, {}),
        clock=lambda: NOW,
        watch=steps.append,
        prefix="",
    )
    return client, sent, steps


ASKED = altcha.create_challenge("PBKDF2/SHA-256", 1, key_prefix="0", hmac_secret="x").to_dict()
NEEDED = {
    "status_code": 428,
    "json": {"code": "work_needed", "title": "Work first", "work": ASKED},
}


def test_work_that_is_asked_is_done_and_the_call_made_again():
    client, sent, steps = working([NEEDED, {"status_code": 200, "json": {"ok": True}}])
    assert client.service("POST", "/logins", {}, "opened") == {"ok": True}
    assert sent[0] == ""
    assert altcha.verify_solution(sent[1], "x").verified
    assert [(step.status, step.code) for step in steps] == [(428, "work_needed"), (200, "")]


def test_work_that_is_asked_again_at_once_is_given_up():
    client, sent, _ = working([NEEDED, NEEDED])
    with pytest.raises(Refused, match="Work first") as caught:
        client.service("POST", "/logins", {}, "opened")
    assert (caught.value.code, len(sent)) == ("work_needed", 2)


def test_work_that_was_told_beforehand_goes_with_the_call():
    client, sent, _ = working([{"status_code": 200, "json": {}}])
    client.service("POST", "/logins/x/answers", {}, "answered", ASKED)
    assert altcha.verify_solution(sent[0], "x").verified


def test_work_that_is_too_hard_is_given_up(monkeypatch):
    monkeypatch.setattr(soft_work, "PATIENCE", 0.001)
    never = {**ASKED, "parameters": {**ASKED["parameters"], "keyPrefix": "0" * 40}}
    with pytest.raises(TooHard, match="not done"):
        soft_work.solve(never)
