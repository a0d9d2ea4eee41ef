"""Where an SMS goes, by the settings, and what these must say; docs/sms.md is held to be true."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from identity.assembly import _carriers
from identity.errors import SettingsError
from identity.outbox.console import ConsoleCarrier
from identity.outbox.folder import FolderCarrier
from identity.outbox.letter import Letter
from identity.outbox.port import GatewayRefused, NoCarrier
from identity.outbox.sms_http import SmsGateway
from identity.outbox.smtp import SmtpCarrier
from identity.settings import load
from tests.identity.outbox.gateway import Desk, gateway

DOC = (Path(__file__).parents[3] / "docs" / "sms.md").read_text(encoding="utf-8")

SMTP = """
[outbox]
kind = "smtp"
[outbox.smtp]
host = "relay.example.com"
sender = "no-reply@example.com"
"""
SMS = """
[outbox.sms]
url = "https://sms.example/send"
form = { to = "$phone", text = "$text" }
"""
PRODUCTION = """
mode = "production"
origins = ["https://trade.example.com"]
[firm]
kind = "securities"
security_grade = "B"
"""


def loaded(tmp_path, text, environ=()):
    file = tmp_path / "identity.toml"
    file.write_text(text, encoding="utf-8")
    return load(file, dict(environ))


def carriers(settings):
    return [(channel, type(carrier)) for channel, carrier in _carriers(settings)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [("mail", FolderCarrier), ("sms", FolderCarrier)]),
        ("[outbox]\nkind = 'console'", [("mail", ConsoleCarrier), ("sms", ConsoleCarrier)]),
        (SMTP, [("mail", SmtpCarrier), ("sms", NoCarrier)]),
        (SMTP + SMS, [("mail", SmtpCarrier), ("sms", SmsGateway), ("sms", SmsGateway)]),
        (SMS + "parallel = 1", [("mail", FolderCarrier), ("sms", SmsGateway)]),
    ],
)
def test_each_channel_has_its_carrier(tmp_path, text, expected):
    assert carriers(loaded(tmp_path, text)) == expected


def test_production_takes_a_gateway_and_needs_none(tmp_path):
    assert loaded(tmp_path, PRODUCTION + SMTP + SMS).outbox.sms.url
    assert not loaded(tmp_path, PRODUCTION + SMTP).outbox.sms.url


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("https://", "http://", "outbox.sms.url: messages hold codes"),
        ("https://sms.example/send", "", "outbox.sms.url: write scheme, host and path"),
        ("https://sms.example", "ftp://sms.example", "outbox.sms.url"),
        ("https://sms.example", "https://us:pw@sms.example", "outbox.sms.url"),
        ("https://sms.example/send", "https://sms.example/send?a=b", "outbox.sms.url"),
        ("https://sms.example/send", "https:///send", "outbox.sms.url"),
        ("https://sms.example", "https://sms.example:x", "outbox.sms.url"),
        ("https://sms.example", "https://[", "outbox.sms.url"),
        ("url =", "timeout = 0\nurl =", "outbox.sms.timeout: must be"),
        ("url =", "timeout = 30\nurl =", "outbox.sms.timeout: must be"),
        ("url =", "parallel = 0\nurl =", "outbox.sms.parallel: must be"),
        ("url =", "encoding = 'latin-1'\nurl =", "encoding"),
        ("url =", "method = 'PUT'\nurl =", "method"),
        ("url =", "password = 'pa55'\nurl =", "unknown field `password`"),
        ("url =", "status = ['ok']\nurl =", "status"),
    ],
)
def test_what_will_not_do_is_told_in_a_sentence(tmp_path, old, new, said):
    assert old in SMS
    with pytest.raises(SettingsError) as caught:
        loaded(tmp_path, PRODUCTION + SMTP + SMS.replace(old, new))
    assert said in str(caught.value)
    assert "pa55" not in str(caught.value)


def test_what_a_template_lacks_is_told_before_anything_is_served(tmp_path):
    settings = loaded(tmp_path, SMS.replace("$text", "$words"))
    with pytest.raises(SettingsError, match=r"no value is \$text"):
        _carriers(settings)


def test_lists_may_come_from_the_environment(tmp_path):
    environ = {
        "TRIFACTOR_OUTBOX__SMS__STATUS": "200,204",
        "TRIFACTOR_OUTBOX__SMS__POINTER": "/status",
        "TRIFACTOR_OUTBOX__SMS__VALUES": "0,OK",
    }
    sms = loaded(tmp_path, SMS, environ.items()).outbox.sms
    assert (sms.status, sms.values) == ((200, 204), ("0", "OK"))


SHOWN = re.findall(r"```toml\n(.*?)```", DOC, re.DOTALL)
TAKEN = {
    "Mitake": b"[1]\r\nmsgid=#000000013\r\nstatuscode=1\r\nAccountPoint=126\r\n",
    "Every8d": b"79.0,1,1.0,0,d0ad6380-4842-46a5-a1eb-9888e78fefd8",
}
REFUSED = {
    "Mitake": [b"statuscode=e\r\nError=\xb1b\xb8\xb9\r\n", b"[1]\r\nstatuscode=5\r\n", b""],
    "Every8d": [b"-99,  \xe5\xb8\xb3\xe8\x99\x9f", b"79.0,0,0.0,1,d0ad", b"", b"<html>1,1,1,0,"],
}


@pytest.mark.parametrize("number", range(len(TAKEN)))
def test_the_settings_shown_send_and_understand_what_the_gateway_says(tmp_path, number):
    firm = list(TAKEN)[number]
    credentials = tmp_path / "sms-gateway"
    credentials.touch(mode=0o600)
    credentials.write_text("user=us\npassword=pa55\n", encoding="utf-8")
    tables = tomllib.loads(SHOWN[number])["outbox"]["sms"]
    assert tables["url"].startswith("https://sms.example/")
    text = SHOWN[number].replace(tables["credentials_file"], str(credentials))
    desk = Desk()
    with gateway(desk) as url:
        settings = loaded(tmp_path, text.replace(tables["url"], url))
        carrier = dict(_carriers(settings))["sms"]
        letter = Letter(
            id="an-id", at=1.0, channel="sms", address="+886912345678", subject="", body="碼\n碼"
        )
        desk.says(TAKEN[firm])
        carrier.carry(letter)
        for answer in REFUSED[firm]:
            desk.says(answer)
            with pytest.raises(GatewayRefused):
                carrier.carry(letter)
    form = desk.sent[0].form()
    assert "0912345678" in form.values()
    assert {"us", "pa55"} <= set(form.values())
    assert {"碼\n碼", "碼\x06碼"} & set(form.values())
