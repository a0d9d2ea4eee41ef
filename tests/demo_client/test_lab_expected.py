"""The lab's own reading of a policy: what follows from the file, and from nothing else.

Truths of each shipped profile are written by hand, with the clause or section that they follow
from. A property then holds the lab's rules against the service's over policies nobody wrote.
"""

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from demo_client.lab import tables
from demo_client.lab.combinations import every, in_order, name_of, picks
from demo_client.lab.errors import PolicyUnreadable
from demo_client.lab.expected import STEP_UPS, Proof, Verdict, verdict, worth
from demo_client.lab.facts import CLASSES, KINDS, chosen
from demo_client.lab.sessions import weakest
from factors.contract import Evidence, FactorClass
from identity.model import Shown
from identity.policy.decide import decide
from identity.policy.rules import Table
from identity.policy.specimens import specimen

TWSE, NIST, AAL1, AAL3, SCA = "twse", "nist-63b-4", "nist-63b-4-aal1", "nist-63b-4-aal3", "psd2-sca"
WAITS = 301.0


def shown(names, **facts):
    return [Proof(KINDS[name], **facts) for name in names.split(" + ")]


def says(profile, operation, names, earlier=""):
    before = shown(earlier, holder="twin") if earlier else ()
    found = verdict(tables.load(profile), operation, shown(names), before)
    return "allowed" if found.allowed else " ".join(found.missing)


# Combinations


def test_every_combination_of_one_two_and_three_is_there_once():
    found = list(every(tuple(KINDS.values())))
    assert len(found) == 13 + 78 + 286 == len({frozenset(each) for each in found})
    assert [len(each) for each in found] == sorted(len(each) for each in found)


def test_a_smaller_size_leaves_the_larger_ones_out():
    assert {len(each) for each in every(chosen(["password", "totp", "hotp"]), 2)} == {1, 2}


def test_a_method_is_asked_once_so_two_kinds_of_one_are_two_tries():
    both = chosen(["password", "passkey", "passkey_synced"])
    assert [name_of(pick) for pick in picks(both)] == [
        "password + passkey",
        "password + passkey_synced",
    ]
    assert list(picks(chosen(["password", "totp"]))) == [chosen(["password", "totp"])]


def test_what_can_begin_is_shown_first_and_what_travels_last():
    pick = chosen(["sms_otp", "grid_card", "totp", "password", "passkey_attested"])
    worths = {"passkey_attested": 2, "password": 1, "totp": 1, "grid_card": 1, "sms_otp": 1}
    ordered = in_order(pick, ("password", "webauthn"), worths)
    assert name_of(ordered) == "passkey_attested + password + totp + grid_card + sms_otp"


def test_a_kind_is_chosen_by_its_name_and_a_method_stands_for_its_kinds():
    assert [kind.id for kind in chosen(["webauthn"])] == [
        "passkey",
        "passkey_synced",
        "passkey_attested",
    ]
    assert [kind.id for kind in chosen(["device"])] == ["device"]
    with pytest.raises(KeyError, match="totpp"):
        chosen(["totp", "totpp"])


# Truths, each with what it follows from


@pytest.mark.parametrize(
    ("profile", "operation", "names", "comes"),
    [
        # CC-17010.d: any two of the three classes
        (TWSE, "login", "password + totp", "allowed"),
        (TWSE, "login", "pattern + hotp", "allowed"),
        (TWSE, "login", "password + grid_card", "allowed"),
        (TWSE, "login", "password + sms_otp", "allowed"),
        (TWSE, "login", "password", "classes"),
        (TWSE, "login", "password + pattern", "classes"),
        (TWSE, "login", "device + passkey", "classes"),
        # nothing guessable and nothing that is sent may be asked first
        (TWSE, "login", "totp + hotp + sms_otp", "classes"),
        # CC-17010.d.b: a mailbox is no physical thing
        (TWSE, "login", "password + mail_otp", "classes"),
        # CC-17010.d.b: a synced passkey is not the very device agreed with the customer ...
        (TWSE, "login", "password + passkey_synced", "classes"),
        (TWSE, "login", "password + passkey", "allowed"),
        # ... and beside an agreed device there is possession, but still one class
        (TWSE, "login", "device + passkey_synced", "classes"),
        # CC-17010.d.c: attested metadata names a biometric, verified indirectly
        (TWSE, "login", "passkey_attested", "allowed"),
        # the initial password opens nothing else: an activation asks a password
        (TWSE, "activation", "password", "allowed"),
        (TWSE, "activation", "passkey_attested", "classes"),
        # CC-17010.a.h: operators enter by what resists phishing, and by a passkey
        (TWSE, "operator", "password + totp", "phishing_resistant required"),
        (TWSE, "operator", "password + passkey", "allowed"),
        # whoever forgot the password shows as much as a login asks, without it
        (TWSE, "recovery", "password + totp", "classes"),
        (TWSE, "recovery", "pattern + totp", "allowed"),
        # SP 800-63B-4 2.2.1 and 3.1.7: an authenticator that verifies its user is multi-factor,
        # and a synced one counts at level 2 (Appendix B)
        (NIST, "login", "passkey", "allowed"),
        (NIST, "login", "passkey_synced", "allowed"),
        (NIST, "login", "password + totp", "allowed"),
        # 3.2.9: the telephone network is restricted, and counts at this level
        (NIST, "login", "password + sms_otp", "allowed"),
        # 3.1.3.1: e-mail shall not be used
        (NIST, "login", "password + mail_otp", "classes"),
        # 3.1.1.2: a pattern of 3 x 3 nodes is no password
        (NIST, "login", "pattern + totp", "classes"),
        # 2.1.1: one factor of any kind
        (AAL1, "login", "password", "allowed"),
        (AAL1, "login", "device", "allowed"),
        (AAL1, "login", "totp", "classes"),
        # 2.3.1 and 2.3.2: a key in hardware that resists phishing
        (AAL3, "login", "passkey_attested", "allowed"),
        (AAL3, "login", "password + passkey", "device_bound"),
        (AAL3, "login", "password + passkey_synced", "device_bound"),
        (AAL3, "login", "password + totp", "classes device_bound phishing_resistant"),
        # RTS Art. 4, 6, 7; EBA-Op-2019-06 table 2: a printed card is no possession
        (SCA, "login", "password + totp", "allowed"),
        (SCA, "login", "password + grid_card", "classes"),
        (SCA, "login", "password + recovery_codes", "classes"),
        (SCA, "login", "password + passkey_synced", "classes"),
    ],
)
@pytest.mark.clause("CC-17010.d")
@pytest.mark.clause("CC-17010.d.b")
def test_a_profile_means_what_its_clauses_say(profile, operation, names, comes):
    assert says(profile, operation, names) == comes


@pytest.mark.parametrize(
    ("profile", "operation", "names", "earlier", "comes"),
    [
        # an order is approved by something held or something one is, given just now
        (TWSE, "order", "totp", "password + totp", "allowed"),
        (TWSE, "order", "password", "password + totp", "recent"),
        (TWSE, "order", "mail_otp", "password + totp", "recent"),
        (TWSE, "order", "passkey_synced", "password + totp", "recent"),
        (TWSE, "order", "passkey_synced + device", "password + totp", "allowed"),
        # the current password, and a second factor beside it, both anew
        (TWSE, "password.change", "password + hotp", "password + totp", "allowed"),
        (TWSE, "password.change", "password", "password + totp", "recent"),
        (TWSE, "password.change", "pattern + hotp", "password + totp", "required"),
        # a session opened by a hardware key lends its class, and not its recency
        (AAL3, "order", "passkey", "passkey_attested", "device_bound"),
        (AAL3, "order", "passkey_attested", "passkey_attested", "allowed"),
        (AAL1, "order", "password", "password", "allowed"),
    ],
)
def test_a_step_up_counts_the_login_for_everything_but_recency(
    profile, operation, names, earlier, comes
):
    assert says(profile, operation, names, earlier) == comes


def test_a_fresh_factor_adds_no_other():
    table = tables.load(TWSE)
    earlier = shown("password + totp", holder="twin")
    fresh = verdict(table, "factor.add", [Proof(KINDS["hotp"], "new", fresh=True)], earlier)
    assert fresh == Verdict(allowed=False, missing=("recent",))
    assert verdict(table, "factor.add", shown("hotp"), earlier).allowed


# Tables of one's own


def policy(tmp_path, text, name="mine.toml"):
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_a_file_states_only_what_differs(tmp_path):
    mine = policy(tmp_path, 'extends = "twse"\nname = "mine"\n[firm]\nphishing_resistant = true\n')
    assert tables.load(mine).name == "mine"
    assert says(mine, "login", "password + totp") == "phishing_resistant"
    assert says(mine, "login", "password + device") == "allowed"
    assert says(mine, "activation", "password") == "allowed"


def test_a_chain_of_files_is_followed_from_where_each_of_them_lies(tmp_path):
    (tmp_path / "below").mkdir()
    policy(tmp_path, 'extends = "twse"\nname = "a"\nwithout = ["sms_otp"]\n', "below/a.toml")
    top = policy(
        tmp_path, 'extends = "below/a.toml"\nname = "b"\n[operations.login]\nclasses = 1\n'
    )
    assert says(top, "login", "password") == "allowed"
    assert says(top, "order", "sms_otp", "password + totp") == "recent"


def test_a_method_taken_out_is_taken_out_of_the_lists_too(tmp_path):
    mine = policy(tmp_path, 'extends = "twse"\nname = "m"\nwithout = ["pattern"]\n')
    assert "pattern" not in tables.load(mine).first("login")
    assert says(mine, "login", "pattern + totp") == "classes"


def test_files_that_extend_each_other_are_refused(tmp_path):
    policy(tmp_path, 'extends = "b.toml"\nname = "a"\n', "a.toml")
    looping = policy(tmp_path, 'extends = "a.toml"\nname = "b"\n', "b.toml")
    with pytest.raises(PolicyUnreadable, match="extends itself"):
        tables.load(looping)


@pytest.mark.parametrize("text", ["= no TOML", "\ufeff\x00"])
def test_what_is_no_policy_is_refused_with_its_name(tmp_path, text):
    with pytest.raises(PolicyUnreadable, match=r"mine\.toml"):
        tables.load(policy(tmp_path, text))


def test_a_policy_that_is_not_there_is_refused():
    with pytest.raises(PolicyUnreadable, match="no shipped profile and no file"):
        tables.load("twsee")


def test_the_default_is_the_first_of_the_shipped():
    assert tables.profiles()[0] == TWSE
    assert {TWSE, NIST, AAL1, AAL3, SCA} <= set(tables.profiles())


def test_independent_channels_count_one_proof_of_each(tmp_path):
    refuse = policy(tmp_path, 'extends = "twse"\nname = "i"\nindependence = "refuse"\n')
    phone = [KINDS["device_phone"], KINDS["sms_otp"]]
    assert says(refuse, "login", "password + device_phone + sms_otp") == "allowed"
    table = tables.load(refuse)
    row = {"classes": 2, "different_from_login": True, "recent": ["possession"], "max_age": 300}
    table.operations = {**table.operations, "order": {**row, "clauses": []}}
    opened = [Proof(KINDS["password"]), Proof(phone[0])]
    assert verdict(table, "order", [Proof(phone[1])], opened).missing == ("different_from_login",)
    assert verdict(table, "order", [Proof(KINDS["totp"])], opened).allowed


# The session that a step-up builds on


@pytest.mark.parametrize(
    ("profile", "names"),
    [
        (TWSE, "password + totp"),
        (NIST, "password + totp"),
        (AAL1, "password"),
        (AAL3, "passkey_attested"),
        (SCA, "password + totp"),
    ],
)
def test_a_session_is_opened_by_what_lends_least(profile, names):
    assert name_of(weakest(tables.load(profile), "login", KINDS.values())) == names


# Against the service's own rules


def evidence(kind):
    return Evidence(
        method=kind.method,
        classes=(FactorClass(kind.class_),),
        device_bound=kind.device_bound,
        phishing_resistant=kind.phishing_resistant,
        user_verified=kind.user_verified,
        biometric=kind.biometric,
        synced=kind.synced,
        restricted=kind.restricted,
        carrier=kind.carrier,
    )


VARIANTS = {
    "device_phone": ("device", ["phone"]),
    "passkey": ("webauthn", []),
    "passkey_synced": ("webauthn", ["synced"]),
    "passkey_attested": ("webauthn", ["attested", "biometric"]),
}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_soft_factor_is_what_the_service_takes_such_a_factor_for(kind):
    theirs = specimen(*VARIANTS.get(kind.id, (kind.id, [])))
    ours = msgspec.structs.replace(theirs, amr=(), direct=True)
    assert evidence(kind) == ours


METHODS = sorted({kind.method for kind in KINDS.values()})
a_class = st.sampled_from(CLASSES)
some = st.lists(st.sampled_from(METHODS), unique=True, max_size=4)
flags = st.booleans()
method_row = st.fixed_dictionaries(
    {},
    optional={
        "class": a_class,
        "synced": st.sampled_from(["counts", "beside_device"]),
        "biometric": a_class,
        "uv_counts_as": a_class,
        "operations": st.lists(st.sampled_from(["login", "order"]), unique=True, max_size=2),
    },
)
login_row = st.fixed_dictionaries(
    {"classes": st.integers(1, 3), "first": some.filter(bool), "clauses": st.just([])},
    optional={
        "methods": some,
        "required": some,
        "device_bound": flags,
        "phishing_resistant": flags,
        "distrust_fresh": flags,
        "fresh_allowed": some,
        "restricted": st.sampled_from(["count", "refuse"]),
    },
)
order_row = st.fixed_dictionaries(
    {
        "classes": st.integers(1, 3),
        "clauses": st.just([]),
        "recent": st.lists(a_class, unique=True, min_size=1, max_size=3),
        "max_age": st.just(300.0),
    },
    optional={
        "methods": some,
        "required": some,
        "recent_classes": st.integers(1, 3),
        "different_from_login": flags,
        "device_bound": flags,
        "phishing_resistant": flags,
        "distrust_fresh": flags,
        "fresh_allowed": some,
        "restricted": st.sampled_from(["count", "refuse"]),
    },
)
firm = st.fixed_dictionaries(
    {},
    optional={
        "classes": st.integers(0, 3),
        "phishing_resistant": flags,
        "device_bound": flags,
        "unrestricted": flags,
    },
)
policies = st.fixed_dictionaries(
    {
        "name": st.just("any"),
        "methods": st.dictionaries(st.sampled_from(METHODS), method_row),
        "operations": st.fixed_dictionaries({"login": login_row, "order": order_row}),
        "firm": firm,
        "independence": st.sampled_from(["say", "refuse"]),
    }
)
proofs = st.lists(
    st.builds(Proof, st.sampled_from(list(KINDS.values())), st.sampled_from(["", "twin"]), flags),
    max_size=3,
    unique_by=lambda proof: proof.kind.method,
)


def piece(proof, at, *, at_login):
    return Shown(
        evidence=evidence(proof.kind),
        at=at,
        credential_id=f"{proof.kind.id}/{proof.holder}",
        fresh=proof.fresh,
        at_login=at_login,
    )


@settings(max_examples=600, deadline=None)
@given(policies, st.sampled_from(["login", "order"]), proofs, proofs)
def test_lab_and_service_read_any_policy_alike(said, operation, given_now, opened_by):
    theirs = msgspec.convert(said, Table)
    ours = tables.Table(said)
    step_up = operation in STEP_UPS
    earlier = opened_by if step_up else []
    if not step_up:
        firsts = said["operations"]["login"]["first"]
        assume(any(proof.kind.method in firsts for proof in given_now))
    decision = decide(
        theirs,
        operation,
        [piece(proof, 1000.0, at_login=not step_up) for proof in given_now],
        1000.0,
        [piece(proof, 1000.0 - WAITS, at_login=True) for proof in earlier],
    )
    expected = verdict(ours, operation, given_now, earlier)
    assert expected.allowed == decision.satisfied
    assert expected.missing == tuple(sorted(lack.code for lack in decision.missing))


@given(policies, proofs)
def test_nothing_begins_by_what_may_not_be_first(said, given_now):
    firsts = said["operations"]["login"]["first"]
    outside = [proof for proof in given_now if proof.kind.method not in firsts]
    table = tables.Table(said)
    assert verdict(table, "login", outside) == verdict(table, "login", [])


@given(policies, st.sampled_from(list(KINDS.values())))
def test_a_factor_is_worth_nothing_beyond_its_table(said, kind):
    table = tables.Table(said)
    if kind.method not in said["methods"]:
        assert worth(table, kind) == frozenset()
    assert worth(table, kind) <= worth(table, kind, beside_device=True)
