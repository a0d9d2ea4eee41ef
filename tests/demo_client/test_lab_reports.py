"""What the lab writes: a page people look at, JSON for programs, JUnit XML for builds."""

import base64
import gzip
import io
import json
import re
from html.parser import HTMLParser
from itertools import combinations
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import expect
from rich.console import Console

from demo_client.lab import (
    command,
    masking,
    report_html,
    report_json,
    report_junit,
    report_terminal,
)
from demo_client.lab.expected import Verdict
from demo_client.lab.facts import KINDS
from demo_client.lab.outcomes import Attempt, Result, Run, Shown, Skipped, WrongRun, transcript
from demo_client.lab.planning import WAYS
from demo_client.lab.texts import TEXTS
from demo_client.lab.wire import Exchange
from demo_client.lab.wrong import SESSION
from tests.demo_client.chromium import chromium
from tests.demo_client.looking import Looking

NASTY = "</script><script>alert(1)</script><!-- \x00\x08 \ud7ff ]]> & \" '"
YES = Verdict(allowed=True)
NO = Verdict(allowed=False, missing=("classes",))
TRIED = ("password", "totp", "passkey")


def exchange(**changes):
    told = {
        "method": "POST",
        "path": "/v1/logins/x/answers",
        "sent": {"method": "totp", "response": {"code": "123456"}},
        "status": 200,
        "got": {"state": "open", "secret": "hush", "remark": NASTY},
        "ms": 1.234,
    }
    return Exchange(**(told | changes))


def attempt(kinds, expected, actual, **changes):
    told = {
        "shown": tuple(Shown(kind, "accepted") for kind in kinds),
        "expected": expected,
        "actual": actual,
        "door": actual.allowed,
        "ms": 4.0,
        "transcript": transcript([exchange()]),
    }
    return Attempt(**(told | changes))


def found(*, differs=True):
    """Return the result of a small lab: two policies, two operations, a few differences."""
    runs = []
    for profile in ("twse", f"mine {NASTY}"):
        for operation in ("login", "order"):
            for size in (1, 2, 3):
                for kinds in combinations(TRIED, size):
                    came = YES if {"password", "totp"} <= {*kinds} else NO
                    odd = differs and operation == "order" and kinds == TRIED[:2]
                    wanted = NO if odd else came
                    runs.append(
                        Run(
                            profile=profile,
                            operation=operation,
                            kinds=kinds,
                            attempts=(attempt(kinds, wanted, came),),
                            opened_by=("password",) if operation == "order" else (),
                        )
                    )
    wrong = [
        WrongRun(
            profile="twse",
            way="replayed_other",
            kind="totp",
            expected="401 refused",
            actual="200 accepted" if differs else "401 refused",
            ms=3.0,
            transcript=transcript([exchange(status=401)]),
        )
    ]
    return Result(
        began="2026-11-22T18:00:00+00:00",
        seconds=83.2,
        runs=runs,
        wrong=wrong,
        skipped=[
            Skipped(profile="twse", what="certificate.apply", why="why.no_route"),
            Skipped(profile="twse", what="expired: mail_otp", why="why.never_asked"),
        ],
        clauses={"twse": {"login": ("CC-17010.d",), "order": ("CC-17010.c.c",)}},
        kinds=TRIED,
    )


# The verdict of a run


def test_a_run_that_came_as_expected_does_not_differ():
    assert not attempt(["totp"], NO, NO).differs
    assert attempt(["totp"], NO, NO).difference == ""


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"expected": YES}, "expected allowed, came refused (classes)"),
        ({"expected": Verdict(False, ("recent",))}, "expected refused (recent), came refused"),
        ({"door": True}, "what lies behind was open afterwards"),
        ({"problem": "no right answer"}, "no right answer"),
    ],
)
def test_any_kind_of_difference_counts(changes, said):
    odd = attempt(["totp"], NO, NO)
    odd = Attempt(**({name: getattr(odd, name) for name in odd.__struct_fields__} | changes))
    assert odd.differs
    assert said in odd.difference


def test_a_combination_passes_where_one_of_its_tries_does():
    tries = (attempt(["passkey"], YES, YES), attempt(["passkey_synced"], NO, NO))
    run = Run(profile="p", operation="login", kinds=("passkey",), attempts=tries)
    assert run.allowed
    assert run.expected
    assert not run.differs


# What may be shown


def test_a_transcript_hides_what_proves_something():
    sent = {
        "method": "grid_card",
        "response": {
            "cells": {"B3": "7K"},
            "code": "123456",
            "credential": {"id": "abc", "response": {"signature": "MEUC", "brand_new": "x9"}},
        },
    }
    got = {"id": "t", "secret": "s3cret", "challenge": {"to": "•••• 678", "digits": 6}}
    told = transcript([exchange(sent=sent, got=got)]).decode()
    for hidden in ("7K", "123456", "MEUC", "x9", "s3cret"):
        assert hidden not in told
    for shown in ("B3", "grid_card", "•••• 678", '"abc"'):
        assert shown in told


def test_what_was_signed_is_shown_as_what_it_says():
    said = json.dumps({"type": "trifactor.device.prove", "origin": "http://localhost"}).encode()
    data = base64.urlsafe_b64encode(said).decode().rstrip("=")
    told = masking.masked({"response": {"client_data": data, "signature": "abcdef"}})
    assert told["response"]["client_data"]["origin"] == "http://localhost"
    assert "abcdef" not in str(told)


a_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["response", "offer", "challenge", "state"]), a_json))
def test_masking_takes_whatever_comes(value):
    json.dumps(masking.masked(value))


@given(st.text(min_size=4), st.sampled_from(["response", "offer", "challenge"]))
def test_a_member_that_nobody_listed_is_hidden(secret, where):
    told = masking.masked({where: {"something_new": secret}})
    assert told[where]["something_new"] == f"••• ({len(secret)} characters)"


# lab.json


def test_the_json_tells_everything_and_the_transcripts_of_what_differs():
    told = json.loads(report_json.document(found()))
    assert told["totals"] == {"runs": 28, "wrong_ways": 1, "differences": 3, "skipped": 2}
    odd = [run for run in told["runs"] if run["differs"]]
    assert [run["kinds"] for run in odd] == [["password", "totp"]] * 2
    assert odd[0]["tries"][0]["transcript"][0]["status"] == 200
    assert all("transcript" not in t for r in told["runs"] if not r["differs"] for t in r["tries"])
    assert told["skipped"][0]["why"] == "the service has no route for it yet"


# junit.xml


def test_junit_counts_and_fails_what_differs():
    root = ET.fromstring(report_junit.document(found()))
    assert root.tag == "testsuites"
    assert (root.get("tests"), root.get("failures"), root.get("skipped")) == ("31", "3", "2")
    suites = root.findall("testsuite")
    assert [suite.get("name").partition(" ")[0] for suite in suites][:3] == ["twse:"] * 3
    for suite in suites:
        cases = suite.findall("testcase")
        assert suite.get("tests") == str(len(cases))
        assert suite.get("failures") == str(len(suite.findall("testcase/failure")))
        assert all(case.get("classname") and case.get("name") for case in cases)
        assert all(re.fullmatch(r"\d+\.\d{3}", case.get("time")) for case in cases)
    failures = root.findall(".//failure")
    assert all(failure.get("message") and failure.text for failure in failures)


def test_junit_is_well_formed_whatever_the_service_says():
    told = report_junit.document(found())
    assert b"\x00" not in told
    assert b"\x08" not in told
    ET.fromstring(told)


def test_without_a_difference_nothing_fails():
    root = ET.fromstring(report_junit.document(found(differs=False)))
    assert root.get("failures") == "0"
    assert root.findall(".//failure") == []


# lab.html


class Reader(HTMLParser):
    """Reads the scripts of a page, and what it fetches."""

    def __init__(self):
        super().__init__()
        self.scripts, self.fetched, self._inside = {}, [], None

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.fetched += [given[name] for name in ("src", "href", "action") if given.get(name)]
        if tag == "script":
            self._inside = given.get("id", f"script-{len(self.scripts)}")
            self.scripts[self._inside] = ""

    def handle_endtag(self, tag):
        self._inside = None if tag == "script" else self._inside

    def handle_data(self, data):
        if self._inside is not None:
            self.scripts[self._inside] += data


@pytest.fixture(scope="module")
def read():
    reader = Reader()
    reader.feed(report_html.page(found()))
    reader.close()
    return reader


def test_the_page_fetches_nothing(read):
    assert set(read.fetched) <= {"#main", "data:,"}
    assert "http" not in "".join(read.fetched)


def test_nothing_that_the_service_says_ends_a_script(read):
    data = json.loads(read.scripts["data"])
    assert data["profiles"][1]["name"] == f"mine {NASTY}"
    assert len(read.scripts) == 1 + 6 + 1  # the data, the transcripts, the script


def test_every_run_has_its_transcript(read):
    data = json.loads(read.scripts["data"])
    for profile in data["profiles"]:
        for part in profile["parts"]:
            told = json.loads(gzip.decompress(base64.b64decode(read.scripts[part["transcripts"]])))
            assert told.keys() == part["runs"].keys()
            assert all(each[0]["calls"][0]["status"] == 200 for each in told.values())


def test_every_text_is_there_in_both_languages():
    assert all(each.keys() == {"zh-TW", "en"} and all(each.values()) for each in TEXTS.values())
    asked = set(re.findall(r'data-(?:t|label)="([^"]+)"', report_html._asset("page.html")))
    asked |= {f"kind.{kind}" for kind in (*KINDS, SESSION.id)}
    asked |= {f"way.{way.name}" for way in WAYS}
    asked |= set(re.findall(r'\bt\("([^"]+)"', report_html._asset("page.js")))
    assert asked <= TEXTS.keys()


@pytest.fixture(scope="module")
def browser():
    with chromium() as running:
        yield running


@pytest.fixture
def page(browser, tmp_path):
    command.write(found(), tmp_path)
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    opened = context.new_page()
    faults = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.goto((tmp_path / "lab.html").as_uri())
    yield opened
    context.close()
    assert faults == []


def cell(page, name):
    return page.get_by_role("gridcell", name=name).first


@pytest.mark.browser
def test_a_cell_says_what_came_of_a_pair_and_opens_its_transcript(page):
    cell(page, "Password + TOTP: allowed").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name="Password + TOTP · Login · twse")).to_be_focused()
    expect(dialog.get_by_text("CC-17010.d")).to_be_visible()
    call = dialog.locator(".call").first
    call.locator("summary").click()
    expect(call).to_contain_text('"state": "open"')
    expect(call).not_to_contain_text("hush")
    dialog.get_by_role("button", name="Passkey: allowed").click()
    expect(dialog.get_by_role("heading", name="Password + TOTP + Passkey")).to_be_visible()
    expect(dialog.locator(".call").first).to_be_visible()
    dialog.get_by_role("button", name="Back").click()
    expect(dialog.get_by_role("heading", name="Password + TOTP · Login")).to_be_visible()


@pytest.mark.browser
def test_the_matrix_is_walked_by_keyboard(page):
    start = cell(page, "Password: refused")
    start.focus()
    page.keyboard.press("ArrowRight")
    expect(cell(page, "Password + TOTP: allowed")).to_be_focused()
    page.keyboard.press("End")
    page.keyboard.press("ArrowDown")
    expect(cell(page, "TOTP + Passkey: refused")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(cell(page, "TOTP + Passkey: refused")).to_be_focused()


@pytest.mark.browser
def test_only_differences_are_left_when_asked_for(page):
    expect(page.locator(".matrix")).to_have_count(2)
    page.get_by_label("Differences only").check()
    expect(page.locator(".matrix")).to_have_count(1)
    expect(page.get_by_role("gridcell", name="Password + TOTP: not as expected")).to_be_visible()
    expect(page.get_by_role("status")).to_have_text("3 runs came out otherwise than expected.")


@pytest.mark.browser
def test_it_speaks_both_languages_and_every_policy(page):
    page.get_by_role("button", name="中文").click()
    expect(page.get_by_role("heading", name="因素組合實驗室")).to_be_visible()
    expect(cell(page, "密碼 + TOTP: 允許")).to_be_visible()
    page.get_by_role("tab", name="mine").click()
    expect(page.get_by_role("tab", name="mine")).to_have_attribute("aria-selected", "true")
    expect(page.locator("#wrong td")).to_have_count(0)


@pytest.mark.browser
def test_it_may_be_looked_at_by_everybody_on_anything(page):
    look = Looking(page)
    look("matrices")
    cell(page, "Password + TOTP: allowed").click()
    expect(page.locator(".call").first).to_be_visible()
    look("transcript")
    page.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="Replayed in the next transaction, TOTP").click()
    expect(page.locator(".call").first).to_be_visible()
    look("a wrong way")
    assert look.faults == []


# The terminal


def test_the_terminal_tells_counts_and_differences():
    console = Console(width=100, file=io.StringIO())
    report_terminal.told(console, found())
    said = console.file.getvalue()
    assert re.search(r"twse +login +7 +2 +5 +0", said)
    assert re.search(r"twse +order +7 +2 +5 +1", said)
    assert "expected 401 refused, came 200 accepted" in said
    assert "left out: certificate.apply: the service has no route for it yet" in said
    assert "28 combinations, 1 wrong ways in 83 s: 3 differences" in said
