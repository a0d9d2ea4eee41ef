"""Codes that travel, in a real browser: when they are sent, where to, and what if they are not."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import expect

from identity.settings import Outbox, Policy, Sms
from tests.demo_client.conftest import NAMES, served
from tests.demo_client.holder import CODE, Holder

pytestmark = pytest.mark.browser

HELD = ("sms_otp", "device")

MAIL_COUNTS = """
name = "mail-counts"
extends = "twse"
[methods.mail_otp]
class = "possession"
"""

TO = "•••• 678"
"""The number on file, as it is shown."""


@pytest.fixture
def amy(held: Holder) -> Holder:
    return held


def test_nothing_is_sent_before_it_is_asked_for(amy):
    """To look at the choice asks the service for nothing: the button does, once."""
    asked: list[str] = []
    amy.page.on("request", lambda request: asked.append(request.url))
    form = amy.begins("sms_otp")
    expect(form.get_by_role("button", name=amy.t("code.send"))).to_be_visible()

    amy.asks_for_code()

    where = form.get_by_role("status")
    expect(where).to_have_text(amy.t("say.code.sent", to=TO, minutes=10))
    assert len([url for url in asked if url.endswith("/challenges")]) == 1


def test_a_mistyped_code_may_be_typed_again(amy):
    form = amy.begins("sms_otp")
    amy.asks_for_code()
    code = amy.code_sent("sms_otp")
    entry = form.locator("[data-sent] input")

    entry.fill(f"{(int(code) + 1) % 10**6:06d}")
    amy.press("form.confirm")
    amy.is_told("say.error.refused")
    entry.fill(f"{code[:3]} {code[3:]}")
    amy.press("form.confirm")

    amy.is_signed_in()


def test_who_has_no_number_on_file_is_asked_for_one(amy, home, lab_clock, browsing):
    ben = Holder(browsing(), home, lab_clock, account=f"ben.{next(NAMES)}", phone="")
    ben.begins_activation(ben.registers())
    panel = ben.chooses_factor("sms_otp")
    ben.press("code.send")
    ben.is_told("say.error.no_address")

    ben.phone = "0922 000 345"
    ben.field("sms_otp.address").fill(ben.phone)
    ben.asks_for_code()
    expect(panel.get_by_role("status")).to_have_text(re.compile("345"))
    panel.locator("[data-sent] input").fill(ben.code_sent("sms_otp"))
    ben.press("form.confirm")
    ben.lists("say.method.sms_otp")


class Gateway(HTTPServer):
    """The firm's SMS gateway, which keeps what it was given to send."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Taking)
        self.texts: list[str] = []
        threading.Thread(target=self.serve_forever).start()

    @property
    def settings(self) -> Sms:
        url = f"http://127.0.0.1:{self.server_port}/"
        return Sms(url=url, form={"to": "$phone", "text": "$text"})

    def ends(self) -> None:
        """Take no more: whoever calls finds a closed port."""
        self.shutdown()
        self.server_close()


class Taking(BaseHTTPRequestHandler):
    """Takes a message, and says so."""

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.server.texts += form["text"]  # type: ignore[attr-defined]  # it is a Gateway
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing: the text has a code in it."""


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    gateway = Gateway()
    yield gateway
    gateway.ends()


def test_a_code_that_cannot_be_sent_is_told_and_another_factor_is_used(
    tmp_path_factory, lab_clock, browsing, gateway
):
    """For a firm whose SMS gateway breaks down, and that takes a mailbox for something held."""
    root = tmp_path_factory.mktemp("gateway")
    policy = root / "mail-counts.toml"
    policy.write_text(MAIL_COUNTS, encoding="utf-8")
    outbox = Outbox(folder=str(root / "inbox"), sms=gateway.settings)
    with served(root, lab_clock, outbox=outbox, policy=Policy(profile=str(policy))) as home:
        amy = Holder(browsing(), home, lab_clock, account=f"amy.{next(NAMES)}")
        amy.begins_activation(amy.registers())
        panel = amy.chooses_factor("sms_otp")
        amy.press("code.send")
        expect(panel.get_by_role("status")).to_contain_text(
            amy.t("say.code.sent", to=TO, minutes=10)
        )
        panel.locator("[data-sent] input").fill(CODE.findall(gateway.texts[-1])[0])
        amy.press("form.confirm")
        amy.lists("say.method.sms_otp")
        amy.adds("mail_otp")
        amy.finishes_activation()
        gateway.ends()

        form = amy.begins("sms_otp")
        amy.press("code.send")
        expect(form.get_by_role("status")).to_have_text(amy.t("say.code.failed", to=TO))
        amy.proves_by("mail_otp")

        amy.is_signed_in()
