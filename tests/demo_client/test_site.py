"""The pages as they leave the server: texts, languages, headers, the inbox."""

from __future__ import annotations

import json
import re
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

import demo_client
from demo_client.headers import OneOrigin, PageHeaders
from demo_client.inbox import messages
from demo_client.site import Site
from demo_client.texts import CATALOGUE, LANGUAGES, preferred, spoken

ORIGIN = "http://localhost:8000"
FOLDER = Path(demo_client.__file__).parent
PAGES = [
    "/",
    "/register",
    "/activate",
    "/login",
    "/recover",
    "/inbox",
    "/operator/login",
    "/operator/activate",
]

WORDS = ("error", "method", "class", "state", "role", "verb", "action", "about", "decide")
"""What ids of `say.` are put together with."""


@pytest.fixture
def inbox(tmp_path):
    return tmp_path / "inbox"


@pytest.fixture
def site(inbox):
    app = Starlette(
        routes=Site(inbox).open_to_all(),
        middleware=[Middleware(OneOrigin, origin=ORIGIN), Middleware(PageHeaders)],
    )
    with TestClient(app, base_url=ORIGIN, follow_redirects=False) as client:
        yield client


@pytest.mark.parametrize("text_id", sorted(CATALOGUE))
def test_every_text_is_there_in_every_language_with_the_same_blanks(text_id):
    texts = CATALOGUE[text_id]
    blanks = [
        {name for _, name, _, _ in string.Formatter().parse(t) if name} for t in texts.values()
    ]
    assert sorted(texts) == sorted(LANGUAGES)
    assert all(texts.values())
    assert all(found == blanks[0] for found in blanks)


def test_no_text_is_left_over():
    """An id is whole somewhere, or a page puts it together from a stem and a word."""
    sources = "".join(
        p.read_text("utf-8") for p in FOLDER.rglob("*") if p.suffix in {".html", ".js", ".py"}
    )
    stems = ("nav.", "class.", "order.summary.", "operator.", *(f"say.{word}." for word in WORDS))
    stems += ("group.", "factor.", "demand.")
    said = (key for key in CATALOGUE if not key.startswith(stems) and not key.endswith(".title"))
    assert [key for key in said if key.removeprefix("say.") not in sources] == []


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_says_its_language_and_has_one_heading(site, path, language):
    page = site.get(path, params={"lang": language}).text
    assert f'<html lang="{language}">' in page
    assert page.count("<h1") == 1


@pytest.mark.parametrize("path", PAGES)
def test_no_page_has_anything_inline(site, path):
    page = site.get(path).text
    assert re.findall(r"<script(?![^>]* src=)|<style|\sstyle=|\son\w+=|javascript:", page) == []


@pytest.mark.parametrize("path", PAGES)
def test_no_id_is_there_twice(site, path):
    ids = re.findall(r'\sid="([^"]+)"', site.get(path).text)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("path", [*PAGES, "/inbox.json", "/nowhere"])
def test_every_answer_carries_the_headers(site, path):
    headers = site.get(path).headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["script-src"] == policy["style-src"] == policy["default-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]


@pytest.mark.parametrize(
    ("path", "field", "token"),
    [
        ("/login", "account", "username"),
        ("/login", "password", "current-password"),
        ("/login", "prove.code", "one-time-code"),
        ("/register", "account", "username"),
        ("/register", "email", "email"),
        ("/activate", "own.password", "new-password"),
        ("/activate", "own.again", "new-password"),
        ("/activate", "enrol.code", "one-time-code"),
    ],
)
def test_password_managers_are_told_what_each_field_is(site, path, field, token):
    """WCAG 2.2, 1.3.5 and 3.3.8."""
    (entry,) = re.findall(rf'<input id="{re.escape(field)}"[^>]*>', site.get(path).text)
    assert f'autocomplete="{token}"' in entry


def test_a_chosen_language_is_kept(site):
    site.get("/", params={"lang": "en"})
    assert '<html lang="en">' in site.get("/login", headers={"Accept-Language": "zh-TW"}).text


def test_a_language_we_do_not_speak_is_not_kept(site):
    answer = site.get("/", params={"lang": "xx"})
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "zh-TW"),
        ("zh-TW,zh;q=0.9", "zh-TW"),
        ("zh-HK", "zh-TW"),
        ("en-GB,zh", "en"),
        ("de", "en"),
    ],
)
def test_the_first_language_a_browser_accepts_decides(accepted, language):
    assert preferred(accepted) == language


def test_switching_the_language_stays_where_one_is(site):
    page = site.get("/login", params={"next": "/order", "lang": "zh-TW"}).text
    assert "/login?next=%2Forder&amp;lang=en" in page


def test_what_is_in_the_address_does_not_become_part_of_the_page(site):
    page = site.get("/login", params={"next": '"><script>alert(1)</script>'}).text
    assert "<script>alert" not in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_browsers_texts_are_json(language):
    assert (
        json.loads(spoken(language))["say.error.refused"]
        == CATALOGUE["say.error.refused"][language]
    )


def test_people_at_127_0_0_1_are_sent_to_the_origin_of_their_passkeys(site):
    elsewhere = "http://127.0.0.1:8000/login?next=/order"
    person = site.get(elsewhere, headers={"Accept": "text/html"})
    program = site.get(elsewhere, headers={"Accept": "application/json"})

    assert (person.status_code, person.headers["location"]) == (307, f"{ORIGIN}/login?next=/order")
    assert program.status_code == 200


def test_an_inbox_that_is_not_there_yet_is_empty(site):
    assert site.get("/inbox.json").json() == []
    assert site.get("/inbox").status_code == 200


def test_mail_is_shown_newest_first_and_as_text(site, inbox):
    _delivered(inbox, "1", 1_800_000_000.0, "older")
    _delivered(inbox, "2", 1_800_000_060.5, "<b>newer</b>")

    newer, older = site.get("/inbox.json").json()
    assert (newer["id"], newer["at"]) == ("2", "2027-01-15T08:01:00+00:00")
    assert (older["id"], older["at"]) == ("1", "2027-01-15T08:00:00+00:00")
    page = site.get("/inbox").text
    assert page.index("&lt;b&gt;newer&lt;/b&gt;") < page.index("older")


@given(at=st.lists(st.floats(0, 4e9), max_size=8))
def test_mail_is_in_order_of_time(tmp_path_factory, at):
    folder = tmp_path_factory.mktemp("inbox")
    for number, time in enumerate(at):
        _delivered(folder, str(number), time, "text")
    assert [mail.at for mail in messages(folder)] == sorted(at, reverse=True)


def _delivered(folder, mail_id, at, body):
    folder.mkdir(exist_ok=True)
    mail = {"id": mail_id, "at": at, "channel": "mail", "to": "amy@mail.example", "body": body}
    (folder / f"{mail_id}.json").write_text(json.dumps({**mail, "subject": "Hello"}), "utf-8")
