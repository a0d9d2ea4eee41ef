"""A world to try the service in: the real application over a real store, and customers of it.

Only time is not real (`FakeClock`), Argon2 is cheap, and letters are carried when they are looked
for. A `Customer` walks as people do, by HTTP: applies, reads the mail, activates, signs in.
"""

from __future__ import annotations

import os
import re
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pyotp
from starlette.testclient import TestClient

from demo_client.passwords import code_in
from demo_client.soft_card import SoftCard
from demo_client.soft_device import SoftDevice
from demo_client.soft_webauthn import SoftAuthenticator, Traits
from demo_client.soft_work import HEADER, solve
from identity import settings
from identity.accounts.lifecycle import Deed
from identity.accounts.operators import Applicant
from identity.app import build
from identity.audit.record import decode
from identity.model import Profile
from identity.web import cookies

ORIGIN = "https://testserver"
NOW = 1_800_000_000.0
HOUR = 3600.0
DAY = 24 * HOUR
STEP = 30
WORK_NEEDED = 428
HOME = "198.51.100.7"
ELSEWHERE = "203.0.113.9"
OWN = "quiet7harbour-ferry"
LOGINS = "/v1/logins"
FACTORS = "/v1/accounts/me/factors"
BINDING = "ab" * 32
PHONE = "+886912345678"
AAGUID = bytes(range(16))

SYNCED = Traits(backup_eligible=True, backed_up=True, counts=False)
CHEAP = settings.Argon2(memory_kib=8, time_cost=1)

WIDE = {
    name: {"burst": 100_000}
    for name in (
        "account",
        "account_prefix",
        "prefix_1",
        "prefix_2",
        "prefix_3",
        "password",
        "device",
        "opening",
        "opening_device",
        "service",
        "registration",
        "enrolment",
    )
}


class FakeClock:
    """Time that moves when it is told to. Unix seconds."""

    def __init__(self, now=NOW):
        self.now = now

    def __call__(self):
        return self.now

    def forward(self, seconds):
        self.now += seconds


def configured(root, **changes):
    """Return settings under `root`, as cheap as they may be."""
    given = {
        "database": settings.Database(
            url=f"sqlite:///{root / 'identity.db'}", synchronous="NORMAL"
        ),
        "password": settings.Password(argon2=CHEAP),
        "pools": settings.Pools(hash=1, light=4, hash_queue=4096),
    }
    return settings.embedded(root, ORIGIN, **(given | changes))


def lab_limits(root, rows):
    """Write a limits file; return the settings that lay it over the table."""
    file = root / "limits.toml"
    lines = [
        f"[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in row.items())
        for name, row in rows.items()
    ]
    file.write_text("\n".join(lines), encoding="utf-8")
    return {"mode": "lab", "lab": settings.Lab(limits_file=str(file))}


class World:
    """The service, started while the block lasts."""

    def __init__(self, root: Path, *, entropy=os.urandom, **changes):
        self.root = root
        self.clock = FakeClock()
        self.settings = configured(root, **changes)
        self.identity = build(self.settings, clock=self.clock, entropy=entropy)
        self._stack = ExitStack()
        self.inside = None

    def __enter__(self):
        self.inside = TestClient(self.identity, base_url=ORIGIN, client=(HOME, 50000))
        self._stack.enter_context(self.inside)
        return self

    def __exit__(self, *exception):
        self._stack.close()

    @property
    def running(self):
        return self.identity._running

    @property
    def store(self):
        return self.running.store

    def client(self, address=HOME, *, app=None, headers=None):
        """Return a browser's or program's own cookie jar, calling from `address`."""
        client = TestClient(
            app or self.identity, base_url=ORIGIN, client=(address, 50000), headers=headers
        )
        client.portal = self.inside.portal  # one event loop for all, as in one process
        return client

    def letters(self, to, text=""):
        """Return the letters to an address whose subject or body has `text`, oldest first."""
        self._carry()
        files = sorted((self.root / "inbox").glob("*.json"), key=lambda file: file.stat().st_mtime)
        letters = [msgspec.json.decode(file.read_bytes()) for file in files]
        return [
            letter
            for letter in letters
            if letter["to"] == to and text in letter["subject"] + letter["body"]
        ]

    def events(self, account_id="", kind=""):
        """Return the events of an account (or of all), newest first, by the type's beginning."""
        with self.store.read() as work:
            if account_id:
                rows = work.events.of_account(account_id, 1000)
            else:
                writers = [writer for writer, _ in self.store.writers()]
                rows = [row for name in writers for row in work.events.after(name, 0, 10_000)][::-1]
        return [decode(row.body).event for row in rows if row.kind.startswith(kind)]

    def blocked(self):
        """Write down what was blocked until now; return those events, newest first."""
        assert self.running.blocked.attempt(self.running.blocked.write_all)
        return self.events(kind="throttling:attempts:blocked")

    def customer(self, account="amy", **kept):
        return Customer(world=self, account=account, client=self.client(), **kept)

    def operator(self, account, *roles):
        """Return an operator made by hand, active and not signed in."""
        return Operator(world=self, account=account, client=self.client()).made(*roles)

    def moves(self, customer, verb, by="cli"):
        """Move an account on as the command line does."""
        lifecycle = self.running.services.desk._lifecycle
        now = self.clock()
        with self.store.write() as work:
            account = work.accounts.by_name(customer.account)
            drawn = lifecycle.drawn(verb, account.id, now)
            lifecycle.do(work, verb, account, Deed(by=by, now=now, drawn=drawn))

    def _carry(self):
        """Carry what is due; where the courier's thread has a letter in hand, wait for it."""
        end = time.monotonic() + 5
        while time.monotonic() < end:
            self.running.courier.run_once()
            with self.store.read() as work:
                if not work.outbox.due(self.clock() + DAY, 1):
                    return
            time.sleep(0.005)
        raise AssertionError("the outbox was not emptied")


def worked(asked):
    """Return the header of whoever did the work that was asked: by a 428, or at opening."""
    return {HEADER: solve(asked.json()["work"])}


class Transaction:
    """A login transaction as one client sees it. `headers` go with each answer."""

    def __init__(self, client, opened):
        assert opened.status_code == 201, opened.text
        self.client = client
        self.opened = opened
        self.id = opened.json()["id"]
        self.secret = opened.json().get("secret", "")
        self.headers = {}

    @property
    def path(self):
        return f"{LOGINS}/{self.id}"

    def look(self):
        return self.client.get(self.path)

    def methods(self):
        """Return the methods that are offered now."""
        return [offer["method"] for offer in self.look().json()["methods"]]

    def ask(self, method):
        return self.client.post(f"{self.path}/challenges", json={"method": method})

    def answer(self, method, **response):
        body = {"method": method, "response": response}
        return self.client.post(f"{self.path}/answers", json=body, headers=self.headers)

    def does(self, asked):
        """Do the work that was asked, and send it with the answers that follow."""
        self.headers = worked(asked)
        return self

    def password(self, text):
        return self.answer("password", password=text)

    def totp(self, code):
        return self.answer("totp", code=code)

    def webauthn(self, authenticator):
        """Ask for an assertion and give the authenticator's."""
        asked = self.ask("webauthn")
        assert asked.status_code == 200, asked.text
        options = asked.json()["challenge"]["publicKey"]
        return self.answer("webauthn", credential=authenticator.get(options, ORIGIN))


@dataclass
class Customer:
    """Somebody with an account, or about to have one. `client` is the device in hand."""

    world: World
    account: str
    client: TestClient = field(repr=False)
    own: str = OWN
    initial: str = ""
    secret: str = ""
    passkey: SoftAuthenticator | None = None
    spent: int = -1
    phone: str = ""
    card: SoftCard | None = None
    device: SoftDevice | None = None
    recovery: list[str] = field(default_factory=list, repr=False)

    @property
    def mail(self):
        return f"{self.account}@mail.example"

    @property
    def id(self):
        """The account's id, as the store has it."""
        with self.world.store.read() as work:
            return work.accounts.by_name(self.account).id

    def code(self):
        """Return a code that was not used before, waiting for the next one where need be."""
        if self.spent >= self.world.clock() // STEP:
            self.world.clock.forward(STEP)
        self.spent = self.world.clock() // STEP
        return pyotp.TOTP(self.secret).at(self.world.clock())

    def wrong_code(self):
        """Return a code that no step near now has."""
        near = {
            pyotp.TOTP(self.secret).at(self.world.clock() + STEP * step) for step in range(-3, 4)
        }
        return next(code for code in map("{:06d}".format, range(10)) if code not in near)

    def applies(self, **changes):
        body = {"account": self.account, "display_name": "Amy Lin", "email": self.mail}
        body |= {"phone": self.phone} if self.phone else {}
        return self.client.post("/v1/accounts", json=body | changes)

    def registers(self):
        """Apply, and take the initial password out of the mail."""
        assert self.applies().status_code == 202
        self.initial = initial_in(self.world.letters(self.mail, "initial")[-1])
        return self

    def opens(self, purpose="login", client=None, **more):
        """Open a transaction from the device in hand, or another `client`; work where asked."""
        client = client or self.client
        opened = self.asks_to_open(purpose, client, **more)
        if opened.status_code == WORK_NEEDED:
            opened = self.asks_to_open(purpose, client, worked(opened), **more)
        return Transaction(client, opened)

    def asks_to_open(self, purpose="login", client=None, headers=None, **more):
        """Return the answer to an opening, whatever it is."""
        body = {"purpose": purpose, "account": self.account} | more
        return (client or self.client).post(LOGINS, json=body, headers=headers)

    def steps_up(self, purpose, **more):
        return Transaction(self.client, self.client.post(LOGINS, json={"purpose": purpose, **more}))

    def begins_activation(self):
        assert self.opens("activation").password(self.initial).status_code == 200
        return self

    def enrols(self, method, **more):
        """Begin an enrolment; return the answer."""
        return self.client.post(f"{FACTORS}/enrolments", json={"method": method, **more})

    def confirms(self, begun, **response):
        path = f"{FACTORS}/enrolments/{begun.json()['id']}/confirmations"
        return self.client.post(path, json={"response": response})

    def binds_password(self, password=""):
        self.own = password or self.own
        return self.confirms(self.enrols("password"), password=self.own)

    def binds_totp(self):
        begun = self.enrols("totp")
        self.secret = begun.json()["offer"]["secret"]
        return self.confirms(begun, code=self.code())

    def binds_passkey(self, traits=None, replaces="", **attestation):
        begun = self.enrols("webauthn", replaces=replaces)
        self.passkey = SoftAuthenticator([], os.urandom, traits or Traits(), **attestation)
        made = self.passkey.create(begun.json()["offer"]["publicKey"], ORIGIN)
        return self.confirms(begun, credential=made)

    def binds_sms(self, phone=PHONE):
        """Bind a telephone number, by the code that is sent to it."""
        begun = self.enrols("sms_otp", address=phone)
        return self.confirms(begun, code=self.texted(phone))

    def binds_device(self):
        """Bind a key that stays in this browser or app."""
        begun = self.enrols("device")
        self.device = SoftDevice.made(os.urandom)
        return self.confirms(begun, **self.device.bind(begun.json()["offer"], ORIGIN))

    def binds_card(self):
        begun = self.enrols("grid_card")
        self.card = SoftCard.printed(begun.json()["offer"])
        asked = begun.json()["offer"]["asked"]
        return self.confirms(begun, cells=self.card.look_up(asked))

    def binds_recovery_codes(self):
        begun = self.enrols("recovery_codes")
        self.recovery = list(begun.json()["offer"]["codes"])
        return self.confirms(begun, saved=True)

    def mailed_code(self):
        """Return the code in the newest letter."""
        return code_in(self.world.letters(self.mail, "Your code")[-1]["body"], 6)

    def texted(self, phone=PHONE):
        """Return the code in the newest SMS to a number."""
        return code_in(self.world.letters(phone)[-1]["body"], 6)

    def binds_biometric(self, maker, **traits):
        """Bind a passkey of the maker's model that checks its user by a biometric."""
        made = maker.model(AAGUID, os.urandom, self.world.clock())
        bound = self.binds_passkey(Traits(aaguid=AAGUID, **traits), attestation=made)
        assert bound.status_code == 201, bound.text

    def ends_activation(self):
        return self.client.post("/v1/accounts/me/activation", json={})

    def activated(self, *, totp=True, passkey=False):
        """Go all the way to an active account with the factors named."""
        self.registers().begins_activation()
        bound = [self.binds_password()]
        bound += [self.binds_totp()] if totp else []
        bound += [self.binds_passkey()] if passkey else []
        assert [answer.status_code for answer in bound] == [201] * len(bound)
        assert self.ends_activation().status_code == 200
        return self

    def signs_in(self, client=None):
        """Sign in with the password, then TOTP or the passkey."""
        transaction = self.opens(client=client)
        assert transaction.password(self.own).status_code == 200
        done = transaction.totp(self.code()) if self.secret else transaction.webauthn(self.passkey)
        assert done.json().get("state") == "succeeded", done.text
        return self

    def approves(self, purpose="order", binding=BINDING):
        """Give the proof a step-up asks, for `binding` where it binds something."""
        more = {"binding": binding} if purpose == "order" else {}
        self.world.clock.forward(1)
        step_up = self.steps_up(purpose, **more)
        if purpose == "password.change":
            assert step_up.password(self.own).json()["state"] == "open"
        done = step_up.totp(self.code())
        assert done.json().get("state") == "succeeded", done.text
        return self

    def factors(self):
        return self.client.get(FACTORS).json()["factors"]

    def factor_id(self, method):
        return next(factor["id"] for factor in self.factors() if factor["method"] == method)

    def session(self):
        return self.client.get("/v1/session")

    def cookie(self, name=cookies.SESSION):
        return self.client.cookies.get(name)


class Operator(Customer):
    """Somebody who works for the firm, with a password and a passkey."""

    def made(self, *roles):
        """Be made by hand, and activate."""
        return self.added(*roles).activates()

    def added(self, *roles):
        """Be made by hand, as from the command line."""
        profile = Profile(display_name="Otto Wu", email=self.mail)
        applicant = Applicant(name=self.account, profile=profile, roles=roles, locale="en")
        self.initial = self.world.running.services.operators.add_by_hand(applicant)
        return self

    def activates(self):
        self.begins_activation()
        assert [self.binds_password().status_code, self.binds_passkey().status_code] == [201] * 2
        assert self.ends_activation().status_code == 200
        return self

    def signs_in(self, client=None):
        transaction = self.opens("operator", client=client)
        assert transaction.password(self.own).status_code == 200
        done = transaction.webauthn(self.passkey)
        assert done.json().get("state") == "succeeded", done.text
        return self

    def acts(self, subject, deed, why="as agreed", **more):
        """Do something to an account, a customer's or an operator's."""
        folder = "operators" if isinstance(subject, Operator) else "accounts"
        body = {"reason": why} | more
        return self.client.post(f"/v1/{folder}/{subject.id}/{deed}", json=body)

    def decides(self, proposal_id, decision="approve", why="looked at"):
        path = f"/v1/proposals/{proposal_id}/decisions"
        return self.client.post(path, json={"decision": decision, "reason": why})

    def reads(self, subject, purpose="a complaint"):
        path = f"/v1/accounts/{subject.id}/readings"
        return self.client.post(path, json={"purpose": purpose})

    def proposes(self, subject, deed, **more):
        """Propose what needs a second operator; return the proposal's id."""
        told = self.acts(subject, deed, **more)
        assert (told.status_code, told.json()["state"]) == (202, "waiting"), told.text
        return told.json()["proposal"]["id"]


def initial_in(letter):
    """Return the initial password that a letter holds, alone on its line."""
    return re.search(r"^\s+(\S{12,})\s*$", letter["body"], re.MULTILINE).group(1)


def problem(answer, status, code):
    """Check that an answer is the problem it should be; return its document."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    assert (document["status"], document["code"]) == (status, code), document
    assert document["title"]
    return document
