"""Letters go through a real SMTP server, and what goes wrong is tried again and told nobody."""

from __future__ import annotations

import smtplib
import ssl
import time
from email import message_from_bytes, policy

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from identity.audit.record import decode
from identity.errors import SettingsError
from identity.outbox import smtp as module
from identity.outbox.courier import Courier
from identity.outbox.letter import Letter
from identity.outbox.smtp import SmtpCarrier, written
from identity.settings import Smtp
from tests.identity.keys.sources import NOW, stream
from tests.identity.outbox.relay import (
    HOST,
    PASSWORD,
    USER,
    Authority,
    Box,
    free_port,
    own_name,
    relay,
    talker,
)

SENDER = "no-reply@broker.example"
LETTER = Letter(
    id="a-letters-id",
    at=NOW,
    channel="mail",
    address="amy@mail.example",
    subject="您的電子密碼已變更",
    body="親愛的林小姐:\n\n您的電子密碼已變更。\n.\n一行點,之後還有。\n",
)
VALUES = {"account": "amy", "password": "s3cret-Pa55", "days": "30"}


@pytest.fixture
def box() -> Box:
    return Box()


@pytest.fixture(scope="module")
def authority(tmp_path_factory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def password_file(tmp_path):
    file = tmp_path / "relay-password"
    file.touch(mode=0o600)
    file.write_text(PASSWORD + "\n", encoding="utf-8")
    return file


def carrier(port, **more) -> SmtpCarrier:
    given = {"security": "none", "host": HOST, "sender": SENDER, "timeout": 5.0}
    return SmtpCarrier(Smtp(port=port, **given | more), "證券")


def read(content):
    return message_from_bytes(content, policy=policy.default)


def test_a_letter_arrives_as_it_was_written(box) -> None:
    with relay(box) as port:
        carrier(port).carry(LETTER)
    [(sender, recipients, content)] = box.taken
    message = read(content)
    assert (sender, recipients) == (SENDER, ["amy@mail.example"])
    assert message["Subject"] == LETTER.subject
    assert message.get_content().replace("\r\n", "\n") == LETTER.body
    assert message["From"].addresses[0].display_name == "證券"
    assert message["To"] == "amy@mail.example"
    assert message["Message-ID"] == "<a-letters-id@broker.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"].datetime.timestamp() == NOW
    assert message.get_content_charset() == "utf-8"


def test_on_the_wire_it_is_ascii_so_that_every_relay_takes_it() -> None:
    for line in written(LETTER, SENDER, "證券").as_bytes().split(b"\r\n"):
        assert line.isascii()
        assert len(line) <= 998


@given(
    body=st.text(st.characters(exclude_categories=["Cs", "Cc"])),
    subject=st.text("a證 é", max_size=300),
)
def test_any_text_is_read_back(body, subject) -> None:
    letter = Letter(**LETTER_FIELDS | {"body": body + "\n", "subject": f"x{subject}x"})
    message = read(written(letter, SENDER, "Firm").as_bytes())
    assert message.get_content().replace("\r\n", "\n") == body + "\n"
    assert message["Subject"] == letter.subject


LETTER_FIELDS = {name: getattr(LETTER, name) for name in Letter.__struct_fields__}


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "one\nBcc: eve@mail.example"},
        {"address": "amy@mail.example\nBcc: eve@mail.example"},
        {"address": "amy@mail.example, eve@mail.example"},
        {"address": ""},
    ],
)
def test_a_letter_that_would_say_more_than_one_thing_is_not_sent(box, changes) -> None:
    with relay(box) as port, pytest.raises(Exception, match=r"."):  # whatever it is: tried again
        carrier(port).carry(Letter(**LETTER_FIELDS | changes))
    assert box.taken == []


def test_it_carries_mail_alone(box) -> None:
    with relay(box) as port, pytest.raises(ValueError, match="sms"):
        carrier(port).carry(Letter(**LETTER_FIELDS | {"channel": "sms"}))


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_with_tls_the_relay_is_verified_and_the_password_given(
    box, authority, password_file, security
) -> None:
    with relay(box, **{security: authority.server(own_name())}, auth=True) as port:
        carrier(
            port,
            security=security,
            ca_file=str(authority.file),
            user=USER,
            password_file=str(password_file),
        ).carry(LETTER)
    assert len(box.taken) == 1
    assert box.signed_in == [USER.encode()]


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("fault", ["authority", "name"])
def test_a_relay_that_cannot_show_who_it_is_gets_nothing(box, authority, security, fault) -> None:
    name = own_name() if fault == "authority" else x509.DNSName("elsewhere.example")
    ca_file = "" if fault == "authority" else str(authority.file)
    with (
        relay(box, **{security: authority.server(name)}) as port,
        pytest.raises(ssl.SSLCertVerificationError),
    ):
        carrier(port, security=security, ca_file=ca_file).carry(LETTER)
    assert box.taken == []


def test_a_relay_without_starttls_gets_nothing(box) -> None:
    """Somebody in between can take the offer out of the relay's greeting."""
    with relay(box) as port, pytest.raises(smtplib.SMTPNotSupportedError):
        carrier(port, security="starttls").carry(LETTER)
    assert box.taken == []


def test_a_wrong_password_is_a_failure_and_a_new_one_is_read(box, authority, password_file) -> None:
    with relay(box, starttls=authority.server(own_name()), auth=True) as port:
        ours = carrier(
            port,
            security="starttls",
            ca_file=str(authority.file),
            user=USER,
            password_file=str(password_file),
        )
        password_file.write_text("wrong", encoding="utf-8")
        with pytest.raises(smtplib.SMTPAuthenticationError):
            ours.carry(LETTER)
        password_file.write_text(PASSWORD, encoding="utf-8")
        ours.carry(LETTER)
    assert len(box.taken) == 1


@pytest.mark.parametrize("says", ["550 no such user", "451 come again"])
@pytest.mark.parametrize("to", ["to_recipient", "to_data"])
def test_a_refusal_is_a_failure(box, says, to) -> None:
    setattr(box, to, says)
    with relay(box) as port, pytest.raises(smtplib.SMTPException):
        carrier(port).carry(LETTER)
    assert box.taken == []


def silent(connection, ended) -> None:
    ended.wait(20)


def garbage(connection, ended) -> None:
    connection.sendall(b"\x00\xff\xfe garbage\r\n" * 1000)


def endless(connection, ended) -> None:
    while not ended.is_set():
        connection.sendall(b"x" * 65536)


def hangs_up(connection, ended) -> None:
    connection.sendall(b"220 hello\r\n")


def drips(connection, ended) -> None:
    while not ended.wait(0.05):
        connection.sendall(b"2")


@pytest.mark.parametrize("talk", [silent, garbage, endless, hangs_up, drips])
@pytest.mark.parametrize("security", ["none", "tls"])
def test_whatever_talks_there_it_ends_and_is_a_failure(talk, security, monkeypatch) -> None:
    monkeypatch.setattr(module, "LONGEST", 1.0)
    with talker(talk) as port:
        began = time.monotonic()
        with pytest.raises((OSError, smtplib.SMTPException)):
            carrier(port, timeout=0.5, security=security).carry(LETTER)
        assert time.monotonic() - began < 5


def test_nobody_there_is_a_failure() -> None:
    with pytest.raises(OSError, match="refused"):
        carrier(free_port()).carry(LETTER)


@pytest.mark.parametrize("fault", ["mode", "gone"])
def test_a_password_that_others_may_read_is_refused_at_the_start(password_file, fault) -> None:
    if fault == "mode":
        password_file.chmod(0o644)
    else:
        password_file.unlink()
    with pytest.raises(SettingsError, match="SMTP password file"):
        carrier(25, user=USER, password_file=str(password_file))


def test_authorities_that_are_none_are_refused_at_the_start(tmp_path) -> None:
    (tmp_path / "ca.pem").write_text("none", encoding="utf-8")
    for name in ("ca.pem", "gone.pem"):
        with pytest.raises(SettingsError, match="ca_file"):
            carrier(25, ca_file=str(tmp_path / name))


class Hand:
    """A clock that stands where it is set."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


def reasons(store) -> list[str]:
    with store.read() as work:
        rows = work.events.of_account("account")
    return [getattr(decode(row.body).event, "reason", row.kind) for row in rows][::-1]


@pytest.mark.clause("CC-17010.k")
def test_through_every_failure_a_letter_waits_and_then_arrives_once(  # noqa: PLR0913, PLR0917 - each is a fixture
    store, sealer, journal, outbox, account, profile, box
) -> None:
    clock, port = Hand(), free_port()
    courier = Courier(store, sealer, carrier(port), clock, journal)
    with store.write() as work:
        outbox.queue(work, account, profile, "initial_password", VALUES, NOW, stream("ids"))
    with capture_logs() as logs:
        assert courier.run_once()  # nobody there
        clock.now += 3600
        box.to_recipient = "550 amy@mail.example is unknown: s3cret-Pa55"
        with relay(box, port=port):
            assert courier.run_once()
            box.to_recipient = ""
            assert courier.run_once()  # not due yet
            assert box.taken == []
            clock.now += 3600
            assert courier.run_once()
            clock.now += 3600
            assert courier.run_once()
    assert len(box.taken) == 1
    assert VALUES["password"] in read(box.taken[0][2]).get_content()
    assert reasons(store) == [
        "outbox:message:queued",
        "ConnectionRefusedError",
        "SMTPRecipientsRefused",
        "outbox:message:delivered",
    ]
    assert courier.errors == 2
    with store.read() as work:
        told = b"".join(row.body for row in work.events.of_account("account"))
    for secret in ("amy@mail.example", VALUES["password"]):
        assert secret not in str(logs)
        assert secret.encode() not in told
