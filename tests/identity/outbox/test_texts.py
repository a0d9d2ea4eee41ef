"""Every text is there in both languages, says the same, and cannot be made to say more.

One for SMS is short enough for one part, and a code says what it is for.
"""

from __future__ import annotations

import re
from string import Template

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.outbox import texts
from identity.outbox.segments import segments
from identity.policy.table import ENTRANCES, STEP_UPS

NOW = 1_767_225_600.0  # 2026-01-01 08:00 in Taiwan
TEXTS = texts.load("Firm")
IDS = sorted(TEXTS.needs())
ALWAYS = {"name", "at", "firm"}
BY_SMS = [text_id for text_id in IDS if TEXTS._texts[text_id].en.sms]
BY_MAIL = [text_id for text_id in IDS if TEXTS._texts[text_id].en.body]
CHINESE, FIRM, HOST = "zh-TW", "範例證券", "trade.example.com"
PURPOSES = sorted(ENTRANCES | STEP_UPS | {"enrolment"})


def filled(text_id: str, locale: str, name: str = "Amy", value: str = "VALUE") -> texts.Text:
    values = dict.fromkeys(TEXTS.needs()[text_id], value)
    return TEXTS.filled(text_id, locale, name, values, NOW)


def test_the_texts_the_service_needs_are_there() -> None:
    assert IDS == [
        "account_activated",
        "account_closed",
        "account_reissued",
        "account_resumed",
        "account_suspended",
        "address_changed",
        "application_received",
        "application_rejected",
        "card_used_up_soon",
        "code_mail",
        "code_sms",
        "counter_regressed",
        "demands_changed",
        "factor_added",
        "factor_removed",
        "factor_replaced",
        "initial_password",
        "login_after_failures",
        "login_new_device",
        "login_unfinished",
        "password_changed",
        "password_reset",
        "recovery_code_used",
        "recovery_codes_low",
        "registration_repeated",
    ]


def test_what_a_thief_would_change_is_told_by_sms_as_well_as_by_mail() -> None:
    assert BY_SMS == [
        "address_changed",
        "code_sms",
        "demands_changed",
        "factor_added",
        "factor_removed",
        "factor_replaced",
        "password_changed",
        "password_reset",
    ]
    assert set(IDS) - set(BY_MAIL) == {"code_sms"}


def forms(text_id: str) -> list[tuple[str, str]]:
    """Every form of a text, in Chinese and in English."""
    entry = TEXTS._texts[text_id]
    both = [(entry.chinese.body, entry.en.body), (entry.chinese.sms, entry.en.sms)]
    return [pair for pair in both if any(pair)]


@pytest.mark.parametrize("text_id", IDS)
def test_both_languages_use_every_value_and_no_other(text_id) -> None:
    values = set(TEXTS.needs()[text_id])
    for form in forms(text_id):
        used, in_english = (set(Template(text).get_identifiers()) for text in form)
        assert used == in_english
        assert values <= used <= values | ALWAYS


@pytest.mark.parametrize("text_id", IDS)
def test_a_subject_is_fixed_so_that_nothing_gets_into_a_header(text_id) -> None:
    entry = TEXTS._texts[text_id]
    for text in (entry.chinese, entry.en):
        assert Template(text.subject).get_identifiers() == []
        assert "\n" not in text.subject


@pytest.mark.parametrize("text_id", IDS)
def test_each_language_is_itself(text_id) -> None:
    chinese, english = filled(text_id, CHINESE), filled(text_id, "en")
    for form in filter(None, (chinese.body, chinese.sms)):
        assert re.search("[一-鿿]", form)
    assert (english.subject + english.body + english.sms).isascii()


@pytest.mark.parametrize("text_id", IDS)
def test_every_text_says_who_writes_and_holds_its_values(text_id) -> None:
    for locale in (CHINESE, "en"):
        text = filled(text_id, locale)
        assert text.body.endswith("Firm\n") or not text.body
        assert text.sms.startswith(("【Firm】", "Firm: ")) or not text.sms
        for form in filter(None, (text.body, text.sms)):
            assert ("VALUE" in form) == bool(TEXTS.needs()[text_id])
            assert "$" not in form


@pytest.mark.parametrize("text_id", IDS)
def test_nobody_is_given_a_link_or_a_number_to_follow(text_id) -> None:
    """Whoever is used to them in such messages follows the wrong ones."""
    for locale in (CHINESE, "en"):
        text = filled(text_id, locale)
        assert not re.search(r"https?:|www\.|\d{5}", text.subject + text.body + text.sms)


@pytest.mark.parametrize(
    ("locale", "english"),
    [("en", True), ("en-GB", True), ("EN_us", True), ("zh-TW", False), ("fr", False), ("", False)],
)
def test_the_nearest_language_is_taken(locale, english) -> None:
    assert filled("account_activated", locale).subject.isascii() == english


def test_the_time_is_the_one_in_taiwan() -> None:
    assert "2026-01-01 08:00 (UTC+8)" in filled("account_activated", "en").body


@pytest.mark.parametrize(
    ("locale", "shown"), [("zh-TW", "驗證器應用程式"), ("en", "authenticator app")]
)
def test_a_method_is_called_by_its_name(locale, shown) -> None:
    assert shown in TEXTS.filled("factor_added", locale, "Amy", {"method": "totp"}, NOW).body


def test_a_method_without_a_name_is_called_by_its_id() -> None:
    assert "newest" in TEXTS.filled("factor_added", "en", "Amy", {"method": "newest"}, NOW).body


@pytest.mark.parametrize(
    "text_id", ["initial_password", "code_mail", "code_sms", "address_changed"]
)
def test_what_goes_to_an_unconfirmed_address_or_a_former_one_names_nobody(text_id) -> None:
    for locale in (CHINESE, "en"):
        text = filled(text_id, locale, name="buy at evil.example")
        assert "buy at evil.example" not in text.body + text.sms


@given(name=st.text(), value=st.text())
def test_a_value_is_shown_as_it_is_and_never_read_as_a_placeholder(name, value) -> None:
    body = filled("login_new_device", "en", name=name, value=value).body
    assert name in body
    assert value in body


@pytest.mark.parametrize("text_id", [text_id for text_id in IDS if TEXTS.needs()[text_id]])
def test_a_value_that_is_missing_is_an_error(text_id) -> None:
    with pytest.raises(KeyError):
        TEXTS.filled(text_id, "en", "Amy", {}, NOW)


def test_a_text_that_is_not_there_is_an_error() -> None:
    with pytest.raises(KeyError):
        TEXTS.filled("unheard_of", "en", "Amy", {}, NOW)


def test_a_form_that_is_not_there_is_an_error() -> None:
    assert filled("code_sms", "en").form(texts.SMS)
    assert filled("factor_added", "en").form(texts.MAIL)
    for text_id, channel in (("code_sms", texts.MAIL), ("initial_password", texts.SMS)):
        with pytest.raises(KeyError):
            filled(text_id, "en").form(channel)
    with pytest.raises(KeyError):
        filled("factor_added", "en").form("pigeon")


def code(locale: str, channel: str, purpose: str, firm: str = FIRM, host: str = HOST) -> str:
    values = {"code": "924817", "purpose": purpose, "minutes": "10"}
    text = texts.load(firm, host).filled(f"code_{channel}", locale, "Amy", values, NOW)
    return text.form(channel)


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("channel", [texts.MAIL, texts.SMS])
def test_a_code_says_what_it_is_for_and_how_long(purpose, channel) -> None:
    names = TEXTS._names["purpose"][purpose]
    for locale, warned in ((CHINESE, "勿"), ("en", "Tell it to nobody")):
        said = code(locale, channel, purpose)
        for part in (names[locale], "924817", "10", warned):
            assert part in said


def test_a_purpose_without_a_name_is_called_by_its_id() -> None:
    assert "newest" in code("en", texts.SMS, "newest")


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_code_by_sms_is_one_part_and_bound_to_our_pages_where_that_costs_nothing(purpose) -> None:
    for locale, firm in ((CHINESE, FIRM), ("en", "Harbour Securities")):
        said = code(locale, texts.SMS, purpose, firm)
        assert segments(said) == 1
        *_, last = said.splitlines()
        fits = segments(f"{said}\n@{HOST} #924817") == 1
        assert last == f"@{HOST} #924817" or not fits
    assert code(CHINESE, texts.SMS, "login").endswith(f"\n@{HOST} #924817")


def test_the_line_for_our_pages_is_left_off_where_it_would_cost_another_part() -> None:
    for host in ("a-very-long-name.of-a-broker.trade.example.com", ""):
        said = code(CHINESE, texts.SMS, "login", host=host)
        assert "@" not in said
        assert segments(said) == 1


def test_only_a_code_by_sms_has_that_line() -> None:
    assert HOST not in code("en", texts.MAIL, "login")
    assert HOST not in texts.load(FIRM, HOST).filled("password_changed", "en", "", {}, NOW).sms


@pytest.mark.parametrize("text_id", BY_SMS)
@pytest.mark.parametrize("method", sorted(TEXTS._names["method"]))
def test_a_notice_by_sms_is_one_part(text_id, method) -> None:
    for locale, firm in ((CHINESE, FIRM), ("en", "Harbour Securities")):
        values = {"method": method, "code": "924817", "purpose": "login", "minutes": "10"}
        text = texts.load(firm).filled(text_id, locale, "Amy", values, NOW)
        assert segments(text.sms) == 1
