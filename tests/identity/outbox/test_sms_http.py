"""Codes go through a real HTTP gateway, and whatever it does is a failure that says nothing."""

from __future__ import annotations

import json
import logging
import ssl
import time

import pytest
from cryptography import x509
from structlog.testing import capture_logs

from identity.audit.record import decode
from identity.errors import SettingsError
from identity.outbox import sms_http as module
from identity.outbox.courier import SMS, Courier
from identity.outbox.letter import Letter
from identity.outbox.port import GatewayRefused, GatewayUnreachable, Undelivered
from identity.outbox.sms_http import LARGEST, SmsGateway
from identity.settings import Sms
from tests.identity.keys.sources import NOW, stream
from tests.identity.outbox.gateway import Desk, gateway
from tests.identity.outbox.relay import HOST, Authority, free_port, own_name, talker

CODE, PHONE, PASSWORD = "924817", "+886912345678", "gateway-Pa55"
LETTER = Letter(
    id="a-letters-id",
    at=NOW,
    channel="sms",
    address=PHONE,
    subject="您的驗證碼",
    body=f"【範例證券】「登入」驗證碼{CODE}、10分鐘內有效。",
)
PRIVATE = (CODE, "912345678", PASSWORD, "範例", "smbody")


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture(scope="module")
def authority(tmp_path_factory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def credentials_file(tmp_path):
    file = tmp_path / "gateway"
    file.touch(mode=0o600)
    file.write_text(f"# of the gateway\n\nuser = us\npassword={PASSWORD}\n", encoding="utf-8")
    return file


def carrier(url, **more) -> SmsGateway:
    given = {"form": {"dstaddr": "$phone", "smbody": "$text"}, "accepted": r"^statuscode=[0-4]"}
    return SmsGateway(Sms(url=url, **given | more))


def failure(url, **more) -> Undelivered:
    """Carry the letter, which must fail; return how, having looked that it says nothing."""
    ours = carrier(url, **more)
    with pytest.raises(Undelivered) as caught:
        ours.carry(LETTER)
    error = caught.value
    assert error.__cause__ is error.__context__ is None
    for private in (*PRIVATE, url, HOST):
        assert private not in str(error) + repr(error)
    return error


def test_a_letter_arrives_as_the_settings_say(desk, credentials_file) -> None:
    form = {"username": "$user", "password": "$password", "dstaddr": "$phone", "smbody": "$text"}
    with gateway(desk) as url:
        carrier(
            url,
            query={"CharsetURL": "UTF-8"},
            form=form | {"clientid": "$id"},
            phone="national",
            credentials_file=str(credentials_file),
        ).carry(LETTER)
    [sent] = desk.sent
    assert (sent.method, sent.query()) == ("POST", {"CharsetURL": "UTF-8"})
    assert sent.form() == {
        "username": "us",
        "password": PASSWORD,
        "dstaddr": "0912345678",
        "smbody": LETTER.body,
        "clientid": "a-letters-id",
    }
    assert sent.headers["accept-encoding"] == "identity"


def test_it_speaks_big5_both_ways(desk) -> None:
    desk.says("statuscode=1\r\n結果=成功".encode("cp950"))
    with gateway(desk) as url:
        carrier(url, encoding="big5", accepted="^結果=成功").carry(LETTER)
    assert desk.sent[0].form("cp950")["smbody"] == LETTER.body


def test_by_get_with_a_password_in_a_header(desk, credentials_file) -> None:
    with gateway(desk) as url:
        carrier(
            url,
            method="GET",
            form={},
            query={"to": "$phone", "text": "$text"},
            auth="basic",
            credentials_file=str(credentials_file),
        ).carry(LETTER)
    [sent] = desk.sent
    assert (sent.method, sent.body) == ("GET", b"")
    assert sent.query() == {"to": PHONE, "text": LETTER.body}
    assert sent.headers["authorization"].startswith("Basic ")


JSON = {"form": {}, "json": {"to": "$phone", "text": "$text"}, "accepted": ""}


@pytest.mark.parametrize(
    ("answer", "taken"),
    [
        ({"results": [{"status": "OK"}]}, True),
        ({"results": [{"status": 0}]}, True),
        ({"results": [{"status": "error"}]}, False),
        ({"results": [{"status": False}]}, False),
        ({"results": []}, False),
        ({"results": {"0": {"status": "OK"}}}, True),
        ([], False),
        ("OK", False),
        (None, False),
    ],
)
def test_an_answer_in_json_is_looked_into(desk, answer, taken) -> None:
    desk.says(json.dumps(answer).encode())
    rule = {"pointer": "/results/0/status", "values": ("OK", "0")}
    with gateway(desk) as url:
        if taken:
            carrier(url, **JSON, **rule).carry(LETTER)
        else:
            assert failure(url, **JSON, **rule).reason == "gateway_not_accepted"
    assert json.loads(desk.sent[0].body) == {"to": PHONE, "text": LETTER.body}


@pytest.mark.parametrize("key", ["a/b", "m~n", ""])
def test_a_pointer_may_name_any_member(desk, key) -> None:
    """RFC 6901 section 3: `~1` is a slash, `~0` a tilde, and a name may be empty."""
    desk.says(json.dumps({key: "yes"}).encode())
    pointer = "/" + key.replace("~", "~0").replace("/", "~1")
    with gateway(desk) as url:
        carrier(url, **JSON, pointer=pointer, values=("yes",)).carry(LETTER)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"statuscode=e\r\nError=...",
        b"\xff\xfe\x00garbage" * 100,
        b"[" * 10_000,
        b"<html>statuscode</html>",
        b"x statuscode=1",
    ],
)
def test_whatever_does_not_say_that_it_was_taken_was_not(desk, body) -> None:
    desk.says(body)
    with gateway(desk) as url:
        assert failure(url).reason == "gateway_not_accepted"
        rule = {"pointer": "/a", "values": ("1",), "accepted": ""}
        assert failure(url, **rule).reason == "gateway_not_accepted"


def test_a_rule_is_found_on_any_line(desk) -> None:
    desk.says(b"[1]\r\nmsgid=0892448417\r\nstatuscode=1\r\nAccountPoint=97\r\n")
    with gateway(desk) as url:
        carrier(url).carry(LETTER)


@pytest.mark.parametrize("status", [204, 400, 401, 404, 429, 500, 503])
def test_a_status_that_is_not_among_those_named_is_a_refusal(desk, status) -> None:
    desk.says(b"statuscode=1", status)
    with gateway(desk) as url:
        error = failure(url)
    assert isinstance(error, GatewayRefused)
    assert error.reason == f"gateway_status_{status}"
    assert not error.final


def test_a_status_that_is_named_is_enough_where_nothing_else_is_asked(desk) -> None:
    desk.says(b"", 204)
    with gateway(desk) as url:
        carrier(url, status=(204,), accepted="").carry(LETTER)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(desk, status) -> None:
    elsewhere = Desk()
    with gateway(elsewhere) as other, gateway(desk) as url:
        desk.says(b"statuscode=1", status, Location=other)
        assert failure(url).reason == f"gateway_status_{status}"
    assert (len(desk.sent), elsewhere.sent) == (1, [])


def test_an_endless_answer_is_not_read_to_its_end(desk) -> None:
    desk.says(b"statuscode=1\n" + b"x" * (LARGEST * 4))
    with gateway(desk) as url:
        assert failure(url).reason == "gateway_not_accepted"
        carrier(url, accepted="").carry(LETTER)


def test_no_environment_says_by_whom_it_goes(desk, monkeypatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://{HOST}:{free_port()}")
        monkeypatch.setenv(name.lower(), f"http://{HOST}:{free_port()}")
    with gateway(desk) as url:
        carrier(url).carry(LETTER)
    assert len(desk.sent) == 1


def silent(connection, ended) -> None:
    ended.wait(60)


def garbage(connection, ended) -> None:
    connection.sendall(b"\x00\xff\xfe garbage\r\n" * 1000)
    ended.wait(0.2)


def endless(connection, ended) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while not ended.is_set():
        connection.sendall(b"X-Header: " + b"x" * 4096 + b"\r\n")


def hangs_up(connection, ended) -> None:
    connection.recv(1)


def drips_headers(connection, ended) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Header: ")
    while not ended.wait(0.05):
        connection.sendall(b"x")


def drips_body(connection, ended) -> None:
    connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n")
    while not ended.wait(0.05):
        connection.sendall(b"x")


def drips_a_handshake(connection, ended) -> None:
    """Say that a record of 16 KiB follows, and send it a byte at a time (RFC 8446 section 5.1)."""
    connection.sendall(b"\x16\x03\x03\x40\x00")
    while not ended.wait(0.05):
        connection.sendall(b"\x02")


@pytest.mark.parametrize(
    "talk", [silent, garbage, endless, hangs_up, drips_headers, drips_body, drips_a_handshake]
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_whatever_talks_there_it_ends_and_is_a_failure(talk, scheme, monkeypatch) -> None:
    monkeypatch.setattr(module, "LONGEST", 1.0)
    with talker(talk) as port:
        began = time.monotonic()
        error = failure(f"{scheme}://{HOST}:{port}/send", timeout=0.5)
        assert time.monotonic() - began < 30  # the others would go on for ever
    assert error.reason.startswith("gateway_")


@pytest.mark.parametrize(
    ("talk", "scheme"),
    [(silent, "http"), (drips_headers, "http"), (drips_a_handshake, "https")],
)
def test_one_that_takes_too_long_is_said_to(talk, scheme, monkeypatch) -> None:
    monkeypatch.setattr(module, "LONGEST", 1.0)
    with talker(talk) as port:
        error = failure(f"{scheme}://{HOST}:{port}/send", timeout=0.5)
    assert isinstance(error, GatewayUnreachable)
    assert error.reason == "gateway_timeout"


def test_nobody_there_is_a_failure() -> None:
    assert failure(f"http://{HOST}:{free_port()}/send").reason == "gateway_unreachable"
    assert failure("http://no-such-host.invalid/send").reason == "gateway_unreachable"


def test_with_tls_the_gateway_is_verified(desk, authority) -> None:
    with gateway(desk, tls=authority.server(own_name())) as url:
        carrier(url, ca_file=str(authority.file)).carry(LETTER)
    assert len(desk.sent) == 1


@pytest.mark.parametrize("fault", ["authority", "name"])
def test_a_gateway_that_cannot_show_who_it_is_gets_nothing(desk, authority, fault) -> None:
    name = own_name() if fault == "authority" else x509.DNSName("elsewhere.example")
    ca_file = "" if fault == "authority" else str(authority.file)
    with gateway(desk, tls=authority.server(name)) as url:
        assert failure(url, ca_file=ca_file).reason == "gateway_tls"
    assert desk.sent == []


def test_a_header_that_cannot_be_written_is_not_sent(desk, credentials_file) -> None:
    credentials_file.write_text("token=密碼\n", encoding="utf-8")
    with gateway(desk) as url:
        error = failure(url, headers={"X-Token": "$token"}, credentials_file=str(credentials_file))
    assert error.reason == "gateway_request"
    assert desk.sent == []


def test_it_carries_sms_alone(desk) -> None:
    mail = Letter(
        **{name: getattr(LETTER, name) for name in LETTER.__struct_fields__} | {"channel": "mail"}
    )
    with gateway(desk) as url, pytest.raises(ValueError, match="mail"):
        carrier(url).carry(mail)
    assert desk.sent == []


def test_a_new_password_is_read_while_it_runs(desk, credentials_file) -> None:
    form = {"to": "$phone", "text": "$text", "pw": "$password"}
    with gateway(desk) as url:
        ours = carrier(url, form=form, credentials_file=str(credentials_file))
        ours.carry(LETTER)
        credentials_file.write_text("password=another one\n", encoding="utf-8")
        ours.carry(LETTER)
    assert [sent.form()["pw"] for sent in desk.sent] == [PASSWORD, "another one"]


@pytest.mark.parametrize("fault", ["mode", "gone", "binary", "lines"])
def test_a_credentials_file_that_will_not_do_is_refused_at_the_start(
    credentials_file, fault
) -> None:
    if fault == "mode":
        credentials_file.chmod(0o644)
    elif fault == "gone":
        credentials_file.unlink()
    else:
        credentials_file.write_bytes(b"\xff" if fault == "binary" else b"user=us\n")
    with pytest.raises(SettingsError, match="credentials"):
        carrier("https://sms.example", auth="basic", credentials_file=str(credentials_file))


def test_authorities_that_are_none_are_refused_at_the_start(tmp_path) -> None:
    (tmp_path / "ca.pem").write_text("none", encoding="utf-8")
    for name in ("ca.pem", "gone.pem"):
        with pytest.raises(SettingsError, match="ca_file"):
            carrier("https://sms.example", ca_file=str(tmp_path / name))


def test_all_faults_of_the_settings_are_told_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        carrier("https://sms.example", form={"to": "$number"}, accepted="(")
    said = str(caught.value)
    for fault in ("$phone", "$text", "$number", "accepted"):
        assert fault in said
    assert said.count("outbox.sms: ") == 4


class Hand:
    """A clock that stands where it is set."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.mark.clause("CC-17010.k")
def test_through_every_failure_a_code_is_tried_again_and_arrives_once_and_nothing_is_told_of_it(  # noqa: PLR0913, PLR0917 - each is a fixture
    store, sealer, journal, outbox, account, profile, desk, capfd, caplog
) -> None:
    caplog.set_level(logging.DEBUG)
    clock, port = Hand(), free_port()
    values = {"code": CODE, "purpose": "order", "minutes": "10"}
    courier = Courier(store, sealer, carrier(f"http://{HOST}:{port}/send"), clock, journal, SMS)
    with store.write() as work:
        name = outbox.queue(
            work,
            account,
            profile,
            "code_sms",
            values,
            NOW,
            stream("ids"),
            channel=SMS,
            address=PHONE,
            expires_at=NOW + 600,
        )
    with capture_logs() as logs:
        assert courier.run_once()  # nobody there
        clock.now += 10
        with gateway(desk, port=port) as url:
            assert url
            desk.says(f"{PHONE} is blocked: {CODE}".encode(), 500)
            assert courier.run_once()
            clock.now += 10
            desk.says(f"statuscode=v {PHONE} {CODE}".encode())
            assert courier.run_once()
            clock.now += 10
            desk.says(b"statuscode=1")
            assert courier.run_once()
            clock.now += 10
            assert courier.run_once()
    assert len(desk.sent) == 3
    assert len({sent.body for sent in desk.sent}) == 1
    assert CODE in desk.sent[-1].form()["smbody"]
    with store.read() as work:
        rows = work.events.of_account("account")
        assert outbox.state(work, name) == "sent"
    events = [decode(row.body).event for row in reversed(rows)]
    assert [getattr(event, "reason", "") for event in events] == [
        "",
        "gateway_unreachable",
        "gateway_status_500",
        "gateway_not_accepted",
        "",
    ]
    said = str(logs) + caplog.text + "".join(capfd.readouterr())
    said += "".join(row.body.decode() for row in rows)
    for private in (CODE, "912345678", HOST, "placing an order"):
        assert private not in said


def test_the_library_underneath_verifies_by_default() -> None:
    """What `ca_file` of "" stands for: the machine's authorities, names, and TLS 1.2 at least."""
    context = carrier("https://sms.example")._tls
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
