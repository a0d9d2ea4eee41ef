"""A policy is tried and asked on the command line, where no service runs."""

import json

import pytest

from identity.policy.table import shipped
from tests.identity.policy.kit import REGISTERED


@pytest.fixture
def own(tmp_path):
    """Write a firm's own policy; return its path."""

    def write(text):
        file = tmp_path / "own.toml"
        file.write_text(f'extends = "twse"\nname = "own"\n{text}', encoding="utf-8")
        return file

    return write


def lines(told):
    return json.loads(told)


@pytest.mark.parametrize("profile", shipped())
def test_a_shipped_profile_will_do(alone, profile):
    status, told = alone("policy", "check", profile)
    assert status == 0
    assert f"{profile} will do." in told
    assert "10 methods" in told
    assert "4 entrances; 4 step-ups" in told


def test_every_fault_is_told_with_its_line(alone, own):
    file = own("[operations.order]\nmax_age = 0\n[methods.tottp]\n[operations.login]\nclases = 2\n")
    status, told = alone("policy", "check", file)
    assert status == 2
    assert "own.toml:5: methods.tottp: no such factor; did you mean 'totp'?" in told
    assert "own.toml:7: operations.login.clases: unknown member" in told


def test_a_fault_found_is_found_by_machines_too(alone, own):
    status, told = alone("policy", "check", own("[operations.order]\nmax_age = 0\n"), "--json")
    assert status == 2
    assert "own.toml:4: operations.order.max_age" in told
    status, told = alone("policy", "check", own(""), "--json")
    assert (status, lines(told)) == (0, {"name": "own", "extends": "twse", "faults": []})


@pytest.mark.parametrize("command", ["check", "show"])
def test_what_is_not_there_is_said_not_to_be(alone, command):
    status, told = alone("policy", command, "no_such")
    assert status == 2
    assert "no shipped profile and no readable file" in told
    assert "nist-63b-4-aal3" in told


@pytest.mark.clause("CC-17010.c.c")
@pytest.mark.parametrize(
    ("have", "operation", "status", "said"),
    [
        ("password,totp", "login", 0, "Enough for signing in."),
        ("password", "login", 1, "Proof of another kind is needed: something you have"),
        ("password:earlier,totp:earlier", "order", 1, "A fresh proof is needed"),
        ("password:earlier,totp", "order", 0, "Enough for an order."),
        ("password,totp:fresh", "factor.add", 1, "added less than a day ago: authenticator app"),
        ("password,webauthn:synced", "login", 1, "can be copied to other devices"),
        ("password,sms_otp,device:phone", "login", 0, "may come by the same channel, the phone"),
        ("password,webauthn", "operator", 0, "CC-17010.a.h, CC-18000.2.h"),
    ],
)
def test_it_says_what_would_be_enough_and_why(alone, have, operation, status, said):
    found, told = alone("policy", "explain", "--have", have, "--for", operation)
    assert (found, said in told) == (status, True), told


def test_it_answers_for_a_profile_an_account_and_in_chinese(alone):
    ask = ("policy", "explain", "--for", "login", "--have")
    assert alone(*ask, "webauthn:synced", "--profile", "nist-63b-4")[0] == 0
    assert alone(*ask, "webauthn:synced", "--profile", "twse")[0] == 1
    status, told = alone(*ask, "password,totp", "--demand", "device_bound", "--locale", "zh-TW")
    assert status == 1
    assert "尚不足以進行登入" in told
    assert "您自行設定的要求" in told


def test_it_answers_for_the_policy_that_is_configured(run, config, own):
    text = config.read_text(encoding="utf-8")
    config.write_text(f'{text}\n[policy]\nprofile = "{own("firm.classes = 3")}"\n', "utf-8")
    status, told = run("policy", "explain", "--have", "password,totp", "--for", "login")
    assert status == 1
    assert "Our firm asks this beyond the rule." in told


def test_it_answers_to_machines(alone):
    ask = ("policy", "explain", "--have", "password,sms_otp", "--for", "order", "--json")
    status, told = alone(*ask)
    answer = lines(told)
    assert status == 0
    assert answer["policy"] == "twse"
    assert answer["decision"]["satisfied"] is True
    assert [remark["code"] for remark in answer["decision"]["remarks"]] == ["restricted"]
    assert answer["explanation"]["verdict"] == "Enough for an order."


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (("--have", "telepathy", "--for", "login"), "no such method: telepathy"),
        (("--have", "totp:synced", "--for", "login"), "totp has no variant synced"),
        (("--have", "totp", "--for", "logins"), "no such operation: logins; there are login"),
        (("--have", "totp", "--for", "login", "--demand", "x"), "no such demand: x"),
        (("--have", "totp", "--for", "login", "--locale", "fr"), "no such language: fr"),
        (("--have", "totp", "--for", "login", "--profile", "x"), "no shipped profile"),
    ],
)
def test_a_question_that_nobody_can_answer_is_told_so(alone, question, said):
    status, told = alone("policy", "explain", *question)
    assert (status, said in told) == (2, True), told


@pytest.mark.parametrize("profile", shipped())
def test_the_table_in_effect_is_shown_with_what_it_extends(alone, profile):
    status, told = alone("policy", "show", profile)
    assert status == 0
    assert all(method in told for method in REGISTERED)
    assert all(word in told for word in ("password.change", "K knowledge", "1 may be asked first"))


def test_the_matrix_says_what_counts_where_and_what_comes_first(alone, own):
    told = alone("policy", "show", own("firm.classes = 3\nfirm.unrestricted = true"))[1]
    rows = dict(row.strip().split(" ", 1) for row in told.split("  ") if " " in row.strip())
    assert "own (extends twse)" in told
    assert "login 3" in told
    assert "nothing restricted" in told
    assert rows


def test_the_table_in_effect_is_shown_to_machines(alone):
    status, told = alone("policy", "show", "nist-63b-4-aal3", "--json")
    table = lines(told)
    assert status == 0
    assert table["extends"] == "nist-63b-4"
    assert table["operations"]["login"]["device_bound"] is True
    assert table["methods"]["totp"]["class"] == "possession"
    assert table["sessions"] == {"idle": 900.0, "absolute": 43200.0}
