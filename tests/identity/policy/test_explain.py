"""A decision is told in sentences, in both languages, with the names people use."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.policy import explain
from identity.policy.decide import decide
from identity.policy.verdicts import Met, Missing, Observation, Remark, Requirement
from identity.web.texts import LOCALES, speaking
from tests.identity.policy.evidence import OPERATIONS, PROFILES, TABLES, cases
from tests.identity.policy.kit import NOW, REGISTERED, proof

SAYS = {locale: speaking(locale) for locale in LOCALES}
CLASSES = ("knowledge", "possession", "inherence")
REMARKS = get_args(Observation)
MET = get_args(Requirement)
MISSING = [code for code in MET if code != "restricted"]  # which leaves evidence aside instead


def sentences(told):
    return [told.verdict, *told.met, *told.missing, *told.remarks, told.levels]


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("source", ["operation", "firm", "account"])
def test_there_is_a_sentence_for_whatever_may_be_said(locale, source):
    say = SAYS[locale]
    kept = {"methods": ("totp", "webauthn"), "source": source}
    said = [explain.met(Met(code=c, classes=CLASSES, **kept), say) for c in MET]
    said += [explain.missing(Missing(code=c, classes=CLASSES, **kept), say) for c in MISSING]
    said += [explain.remark(Remark(code=c, carrier="phone", **kept), say) for c in REMARKS]
    assert len(set(said)) == len(said)
    assert all("{" not in sentence for sentence in said)


@pytest.mark.parametrize("code", REMARKS)
def test_every_remark_is_documented(code):
    assert f"`{code}`" in Remark.__doc__


@pytest.mark.parametrize("locale", LOCALES)
def test_everything_that_is_named_has_a_name(locale):
    for method in REGISTERED | {"certificate", "face"}:
        assert SAYS[locale](f"method.{method}")
    for operation in OPERATIONS:
        assert SAYS[locale](f"operation.{operation}")
    for carrier in ("phone", "mailbox"):
        assert SAYS[locale](f"carrier.{carrier}")


def test_what_a_firm_has_of_its_own_is_called_by_its_id():
    said = explain.missing(Missing(code="required", methods=("chip",)), SAYS["en"])
    assert said == "A particular factor is needed: chip."


def test_where_no_method_could_help_the_class_is_named():
    lack = Missing(code="phishing_resistant", classes=("possession",))
    assert "something you have" in explain.missing(lack, SAYS["en"])


def test_it_is_told_who_asks():
    shown = [proof("password"), proof("totp")]
    decision = decide(TABLES["twse"], "login", shown, NOW, demands=("phishing_resistant",))
    (said,) = explain.explained(decision, SAYS["en"]).missing
    assert said == (
        "A factor that a false page cannot use is needed: bound device or passkey. "
        "You have asked for this yourself."
    )
    (said,) = explain.explained(decision, SAYS["zh-TW"]).missing
    assert "已綁定的裝置或通行密鑰" in said
    assert "您自行設定的要求" in said


def test_a_whole_decision_is_told():
    shown = [proof("password"), proof("sms_otp")]
    told = explain.explained(decide(TABLES["twse"], "order", shown, NOW), SAYS["en"])
    enough, kinds, afresh, restricted, levels = sentences(told)
    assert enough == "Enough for an order."
    by = "by password, code by SMS."
    assert kinds == f"Kinds of proof shown: something you know, something you have, {by}"
    assert afresh == "Given afresh: something you have, by code by SMS."
    assert restricted.endswith("where a number can be taken over: code by SMS.")
    assert levels == "NIST SP 800-63B-4: AAL2. PSD2 strong customer authentication: yes."


@given(st.sampled_from(PROFILES), cases)
def test_any_decision_can_be_told_in_any_language(profile, case):
    decision = case.decided(TABLES[profile])
    for say in SAYS.values():
        told = explain.explained(decision, say)
        assert len(told.met) == len(decision.met)
        assert len(told.missing) == len(decision.missing)
        assert len(told.remarks) == len(decision.remarks)
        assert all(sentence and "{" not in sentence for sentence in sentences(told))
