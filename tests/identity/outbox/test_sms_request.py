"""What a gateway is sent is what the settings say, and a text cannot make it say anything else."""

from __future__ import annotations

import json
from urllib.parse import parse_qs

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.outbox.letter import Letter
from identity.outbox.sms_request import built, dialled, faults
from identity.settings import Sms

LETTER = Letter(
    id="a-letters-id",
    at=1.0,
    channel="sms",
    address="+886912345678",
    subject="您的驗證碼",
    body="您的驗證碼 924817\n@trade.example.com #924817",
)
CREDENTIALS = {"user": "us&er", "password": "pa=55 wörd", "token": "t0ken"}
FORM = {"to": "$phone", "message": "$text", "id": "$id", "name": "$user", "pw": "$password"}
SOUND = Sms(url="https://sms.example/send", form=FORM)


def request(letter=LETTER, **changes):
    return built(msgspec.structs.replace(SOUND, **changes), letter, CREDENTIALS)


def values(text, encoding="utf-8"):
    return {
        name: found[0]
        for name, found in parse_qs(str(text), encoding=encoding, errors="strict").items()
    }


def test_a_form_is_filled_in_and_encoded():
    made = request()
    assert (made.method, made.target) == ("POST", "/send")
    assert made.headers["content-type"] == "application/x-www-form-urlencoded"
    assert values(made.body.decode("ascii")) == {
        "to": LETTER.address,
        "message": LETTER.body,
        "id": LETTER.id,
        "name": CREDENTIALS["user"],
        "pw": CREDENTIALS["password"],
    }


def test_a_query_stands_behind_the_path_and_a_get_has_no_body():
    made = request(method="GET", form={}, query=FORM | {"fixed": "a b"})
    path, _, query = made.target.partition("?")
    assert (path, made.body) == ("/send", b"")
    assert values(query)["fixed"] == "a b"
    assert values(query)["message"] == LETTER.body
    assert "+" not in query, "some gateways read a plus as a plus"
    assert "content-type" not in made.headers


def test_json_keeps_its_shape():
    tree = {"to": ["$phone"], "body": {"text": "$text", "flash": False, "ttl": 600}}
    made = request(form={}, json=tree)
    assert made.headers["content-type"] == "application/json"
    assert json.loads(made.body) == {
        "to": [LETTER.address],
        "body": {"text": LETTER.body, "flash": False, "ttl": 600},
    }


def test_big5_is_written_for_who_reads_big5_and_what_it_lacks_is_a_question_mark():
    letter = msgspec.structs.replace(LETTER, body="驗證碼924817、勿告訴任何人。✓")
    made = request(letter, encoding="big5")
    assert values(made.body.decode("ascii"), "cp950")["message"] == letter.body.replace("✓", "?")


def test_lines_are_broken_as_the_gateway_wants_them():
    made = request(line_break="\x06")
    assert values(made.body.decode("ascii"))["message"] == LETTER.body.replace("\n", "\x06")


def test_headers_are_the_settings_own_where_they_say_so():
    made = request(headers={"Authorization": "Bearer $token", "Content-Type": "text/x"})
    assert made.headers["authorization"] == "Bearer t0ken"
    assert made.headers["content-type"] == "text/x"


def test_a_user_and_a_password_make_a_header():
    """RFC 7617 section 2.1 has this pair: user `test`, password `123£`, in UTF-8."""
    settings = msgspec.structs.replace(SOUND, auth="basic", form={"to": "$phone"})
    made = built(settings, LETTER, {"user": "test", "password": "123£"})
    assert made.headers["authorization"] == "Basic dGVzdDoxMjPCow=="


@pytest.mark.parametrize(
    ("number", "form", "country", "shown"),
    [
        ("+886912345678", "e164", "886", "+886912345678"),
        ("+886912345678", "digits", "886", "886912345678"),
        ("+886912345678", "national", "886", "0912345678"),
        ("+819012345678", "national", "886", "+819012345678"),
        ("+819012345678", "national", "81", "09012345678"),
        ("+819012345678", "digits", "886", "819012345678"),
    ],
)
def test_a_number_is_dialled_as_the_gateway_wants_it(number, form, country, shown):
    assert dialled(number, form, country) == shown


TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@given(body=TEXTS, phone=TEXTS, password=TEXTS)
def test_no_text_becomes_another_parameter_or_placeholder(body, phone, password):
    letter = msgspec.structs.replace(LETTER, body=body, address=phone)
    for changes in ({"form": FORM}, {"form": {}, "query": FORM}):
        settings = msgspec.structs.replace(SOUND, **changes)
        made = built(settings, letter, CREDENTIALS | {"password": password})
        told = parse_qs(
            made.body.decode("ascii") or made.target.partition("?")[2], keep_blank_values=True
        )
        assert told == {
            "to": [phone],
            "message": [body],
            "id": [LETTER.id],
            "name": [CREDENTIALS["user"]],
            "pw": [password],
        }
        assert made.target.isascii()
        assert not set(made.target) & set(" \r\n")


def test_a_request_does_not_show_itself_by_accident():
    shown = repr(request(query={"key": "$token"}, auth="basic"))
    for private in ("924817", "912345678", "t0ken", "pa=55", "Basic"):
        assert private not in shown


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, ""),
        ({"form": {"to": "$phone"}}, "no value is $text"),
        ({"form": {"m": "$text"}}, "no value is $phone"),
        ({"form": FORM | {"price": "5$"}}, "price: '5$' is no template"),
        ({"form": FORM | {"key": "$secret"}}, "$secret is none of"),
        ({"headers": {"X-Key": "$nothing"}}, "$nothing is none of"),
        ({"form": FORM | {"password": "pa55"}}, "password: a secret is not written here"),
        ({"query": {"PWD": "pa55"}}, "PWD: a secret is not written here"),
        ({"headers": {"Authorization": "Bearer x"}}, "Authorization: a secret is not written"),
        ({"form": {}, "json": {"a": [{"apiKey": "x", "t": "$text $phone"}]}}, "apiKey: a secret"),
        ({"headers": {"X-Text": "$text"}}, "$text does not fit into a header"),
        ({"headers": {"X Text": "1"}}, "'X Text' is no header's name"),
        ({"headers": {"X-Text\r\nY": "1"}}, "is no header's name"),
        ({"method": "GET"}, "GET has no body"),
        ({"json": {"a": "b"}}, "a request has one body"),
        ({"country": "+886"}, "country: write the calling code"),
        ({"accepted": "("}, "accepted: is no regular expression"),
        ({"pointer": "/status"}, "belong together"),
        ({"values": ("OK",)}, "belong together"),
        ({"pointer": "status", "values": ("OK",)}, "write one like /status/code"),
    ],
)
def test_a_fault_has_its_sentence(changes, said):
    told = faults(msgspec.structs.replace(SOUND, **changes), CREDENTIALS)
    assert len(told) == bool(said)
    assert all(said in fault for fault in told)
    assert "pa55" not in str(told)


def test_a_fault_does_not_keep_the_others_from_being_told():
    wrong = Sms(url="https://sms.example", method="GET", json={"a": "$b"}, accepted="(")
    assert len(faults(wrong, {})) == 5
