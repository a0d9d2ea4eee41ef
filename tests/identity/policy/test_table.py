"""The shipped profiles, and what a file is refused for: every fault, with its line."""

import tomllib
from importlib import resources

import pytest

from identity.errors import SettingsError
from identity.policy import table as policies
from identity.policy.table import ENTRANCES, STEP_UPS
from tests.identity.policy.kit import FIRSTS, REGISTERED

SHIPPED = resources.files(policies.__package__)
TWSE = (SHIPPED / "twse.toml").read_text(encoding="utf-8")
LINES = TWSE.split("\n")


def changed(tmp_path, *changes):
    """Return the path of the shipped policy with some things changed, each once."""
    text = TWSE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    file = tmp_path / "changed.toml"
    file.write_text(text, encoding="utf-8")
    return str(file)


def faults(profile, known=REGISTERED, firsts=FIRSTS):
    """Return the lines that a policy is refused with, the file's name cut down."""
    with pytest.raises(SettingsError) as refused:
        policies.load(str(profile), known, firsts)
    head, *told = str(refused.value).split("\n")
    assert head == f"policy {profile}:"
    return [line.strip().rpartition("/")[2] for line in told]


def line(text):
    """Return the number of the line of `twse.toml` that is `text`."""
    return LINES.index(text) + 1


def test_the_shipped_profiles_are_these():
    assert policies.shipped() == (
        "nist-63b-4",
        "nist-63b-4-aal1",
        "nist-63b-4-aal3",
        "psd2-sca",
        "twse",
    )


@pytest.mark.parametrize("profile", policies.shipped())
def test_a_shipped_profile_names_every_operation_and_who_asks(profile):
    table = policies.load(profile, REGISTERED, FIRSTS)
    assert table.name == profile
    assert table.methods.keys() == REGISTERED
    assert table.operations.keys() == ENTRANCES | STEP_UPS
    assert all(operation.clauses for operation in table.operations.values())


@pytest.mark.parametrize("profile", sorted(set(policies.shipped()) - {"nist-63b-4-aal1"}))
def test_a_shipped_profile_asks_two_classes_everywhere_but_at_the_activation(profile):
    table = policies.load(profile, REGISTERED)
    two = (ENTRANCES - {"activation"}) | STEP_UPS
    assert {table.operations[name].classes for name in two} == {2}


@pytest.mark.parametrize("profile", policies.shipped())
def test_a_shipped_profile_keeps_the_place_of_what_comes_later(profile):
    text = (SHIPPED / f"{profile}.toml").read_text(encoding="utf-8")
    if "extends" not in tomllib.loads(text):
        assert "# [methods.certificate]" in text
        assert "# [methods.face]" in text


def test_no_method_that_is_delivered_or_looked_up_comes_first():
    for operation in tomllib.loads(TWSE)["operations"].values():
        assert set(operation.get("first", ())) <= FIRSTS


FIRST = 'first = ["password", "pattern", "webauthn", "device"]'
TWO = "classes = 2"
RECENT = 'recent = ["possession", "inherence"]'
SAY = 'independence = "say"'
CODES = 'operations = ["login", "recovery", "factor.add", "factor.remove"]'
TRUSTED = 'fresh_allowed = ["password"]'
LOGIN, ORDER = line("[operations.login]"), line("[operations.order]")
TOTP, LAST = line("[methods.totp]"), line(TRUSTED)
CHANGE = "operations.password.change"


def unlisted(where, method, near):
    return f"{where}: {method!r} is not under [methods]; did you mean {near!r}?"


MISTAKES = [
    (
        ("[methods.totp]", "[methods.tottp]"),
        [
            (TOTP, "methods.tottp: no such factor; did you mean 'totp'?"),
            (
                line("[operations.recovery]") + 3,
                unlisted("operations.recovery.methods[2]", "totp", "hotp"),
            ),
        ],
    ),
    (
        (FIRST, 'first = ["pasword"]'),
        [
            (
                LOGIN + 2,
                unlisted("operations.login.first[0]", "pasword", "password"),
            )
        ],
    ),
    (
        (FIRST, 'first = [\n  "password",\n  "totp",\n]'),
        [
            (
                LOGIN + 2,
                "operations.login.first[1]: 'totp' may not be asked before anything was proven",
            )
        ],
    ),
    (
        ('methods = ["password"]', 'methods = ["totp"]'),
        [
            (
                line("[operations.activation]") + 2,
                "operations.activation.first[0]: 'password' would count for nothing here",
            )
        ],
    ),
    ((TWO, "classes = 4"), [(LOGIN + 1, "operations.login.classes: must be 1 to 3")]),
    ((TWO, "classes = 0"), [(LOGIN + 1, "operations.login.classes: must be 1 to 3")]),
    (
        (TWO, 'classes = "two"'),
        [(LOGIN + 1, "operations.login.classes: Expected `int`, got `str`")],
    ),
    (
        (TWO, "clases = 2"),
        [
            (LOGIN, "operations.login: classes is missing"),
            (LOGIN + 1, "operations.login.clases: unknown member; did you mean 'classes'?"),
        ],
    ),
    (
        ("max_age = 300", "max_age = 0"),
        [(ORDER + 3, "operations.order.max_age: `recent` needs an age over 0")],
    ),
    (
        (RECENT, ""),
        [
            (ORDER, "operations.order.recent: a step-up asks a recent proof of a class"),
            (ORDER + 3, "operations.order.max_age: has no effect without `recent`"),
        ],
    ),
    (
        (RECENT, f'{RECENT}\nfirst = ["password"]'),
        [
            (
                ORDER + 3,
                "operations.order.first: has no effect: a step-up begins with a session",
            )
        ],
    ),
    ((FIRST, ""), [(LOGIN, "operations.login.first: nobody could begin; name a method")]),
    (
        ("recent_classes = 2", "recent_classes = 4"),
        [(LAST - 3, f"{CHANGE}.recent_classes: must be 1 to what `recent` names")],
    ),
    (
        (CODES, 'operations = ["login", "recover"]'),
        [
            (
                line(CODES),
                "methods.recovery_codes.operations[1]: 'recover' is not under [operations]",
            )
        ],
    ),
    (
        (TRUSTED, 'fresh_allowed = ["passwort"]'),
        [
            (
                LAST,
                unlisted(f"{CHANGE}.fresh_allowed[0]", "passwort", "password"),
            )
        ],
    ),
    (
        (f"distrust_fresh = true\n{TRUSTED}", TRUSTED),
        [(LAST - 1, f"{CHANGE}.fresh_allowed: has no effect without `distrust_fresh`")],
    ),
    (
        ("[operations.order]", "[operations.orders]"),
        [
            (LOGIN, "operations.order: missing"),
            (ORDER, "operations.orders.first: nobody could begin; name a method"),
        ],
    ),
    ((SAY, 'independence = "no"'), [(line(SAY), "independence: Invalid enum value 'no'")]),
    (
        ('class = "possession"', 'class = "ownership"'),
        [(TOTP + 1, "methods.totp.class: Invalid enum value 'ownership'")],
    ),
    (
        (SAY, "firm.classes = 4\nfirm.unrestrict = true\nsessions.idle = true"),
        [
            (
                line(SAY) + 1,
                "firm.unrestrict: unknown member; did you mean 'unrestricted'?",
            ),
            (line(SAY) + 2, "sessions.idle: Expected `float`, got `bool`"),
        ],
    ),
    (
        (SAY, "firm.classes = 4\nfirm.max_age = -1\nsessions.idle = -1"),
        [
            (line(SAY), "firm.classes: must be 0 to 3"),
            (line(SAY) + 1, "firm.max_age: must not be negative; 0 means no say"),
            (line(SAY) + 2, "sessions.idle: must not be negative; 0 means no say"),
        ],
    ),
    (
        ("[operations.login]", "[operations.login"),
        [(LOGIN, "Expected ']' at the end of a table declaration")],
    ),
    (
        ("[methods.totp]", "[methods.password]"),
        [(TOTP, "Cannot declare ('methods', 'password') twice")],
    ),
    (
        ('class = "possession"', 'class = "possession'),
        [(TOTP + 1, "Illegal character '\\n'")],
    ),
]
"""What is changed in `twse.toml`, and on which lines it is refused for what."""


@pytest.mark.parametrize(("change", "told"), MISTAKES, ids=[told[0][1] for _, told in MISTAKES])
def test_a_fault_is_refused_with_its_line_and_reason(tmp_path, change, told):
    expected = [f"changed.toml:{number}: {reason}" for number, reason in told]
    assert faults(changed(tmp_path, change)) == expected


def test_an_operation_that_nothing_could_satisfy_is_a_fault(tmp_path):
    file = tmp_path / "changed.toml"
    recovery = '[operations.recovery]\nfirst = ["device"]\nmethods = ["device", "totp"]\n'
    file.write_text(f'extends = "twse"\nname = "own"\n{recovery}', encoding="utf-8")
    reason = "operations.recovery: no proof of any method could satisfy it: classes"
    assert faults(file) == [f"changed.toml:3: {reason}"]


@pytest.mark.parametrize(
    ("firm", "lacks"),
    [
        ('firm.classes = 3\nwithout = ["webauthn"]', "classes"),
        ('firm.device_bound = true\nwithout = ["webauthn"]', "device_bound"),
    ],
)
def test_a_firms_demand_that_nothing_could_meet_is_a_fault(tmp_path, firm, lacks):
    file = tmp_path / "firm.toml"
    operator = "[operations.operator]\nrequired = []\nphishing_resistant = false\n"
    file.write_text(f'extends = "twse"\nname = "f"\n{firm}\n{operator}', encoding="utf-8")
    told = faults(file)
    assert told
    assert all(f"could satisfy it: {lacks}" in item for item in told)
    assert not any("activation" in item for item in told)


def test_every_fault_is_told_at_once(tmp_path):
    file = tmp_path / "empty.toml"
    file.write_text('name = "empty"\n[methods]\nx = 3\n[operations]\n', encoding="utf-8")
    assert faults(file) == [
        "empty.toml:3: methods.x: must be a table",
        "empty.toml:3: methods.x: no such factor",
        *(f"empty.toml:4: operations.{name}: missing" for name in sorted(ENTRANCES | STEP_UPS)),
    ]


def test_a_method_that_may_not_be_first_is_looked_for_only_where_it_is_known(tmp_path):
    odd = changed(tmp_path, (FIRST, 'first = ["totp"]'))
    assert policies.load(odd, REGISTERED).operations["login"].first == ("totp",)


@pytest.mark.parametrize("profile", ["no_such_profile", "no/such/file.toml", "../policy/twse"])
def test_a_profile_that_is_not_there_is_said_to_be_none(profile):
    with pytest.raises(SettingsError, match="no shipped profile and no readable file"):
        policies.load(profile, REGISTERED)


def test_a_factor_that_is_not_installed_is_not_in_the_policy():
    with pytest.raises(SettingsError, match=r"methods\.webauthn: no such factor"):
        policies.load("twse", REGISTERED - {"webauthn"})
