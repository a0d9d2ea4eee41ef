"""A file that extends another states only what differs, and is refused where it cannot."""

import tomllib
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identity.errors import SettingsError
from identity.policy.reading import Fault, read
from identity.policy.table import load
from tests.identity.policy.kit import FIRSTS, POSSESSION, REGISTERED

TWSE = load("twse", REGISTERED)


@pytest.fixture
def written(tmp_path):
    """Write a file; return its path."""

    def write(text, name="own.toml"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return str(tmp_path / name)

    return write


def extending(text, name="own"):
    return f'extends = "twse"\nname = "{name}"\n{text}'


def refused(profile):
    with pytest.raises(SettingsError) as error:
        load(profile, REGISTERED, FIRSTS)
    return [line.strip().rpartition("/")[2] for line in str(error.value).split("\n")[1:]]


def test_a_file_that_differs_in_nothing_is_what_it_extends(written):
    table = load(written(extending("")), REGISTERED)
    assert (table.name, table.extends) == ("own", "twse")
    assert (table.methods, table.operations) == (TWSE.methods, TWSE.operations)
    assert (table.firm, table.sessions) == (TWSE.firm, TWSE.sessions)


def test_tables_are_merged_member_by_member_and_lists_replaced(written):
    text = '[operations.order]\nmax_age = 60\nrecent = ["possession"]\n[methods.mail_otp]\n'
    table = load(written(extending(text)), REGISTERED)
    order, before = table.operations["order"], TWSE.operations["order"]
    assert (order.max_age, order.recent) == (60, (POSSESSION,))
    assert (order.classes, order.clauses) == (before.classes, before.clauses)
    assert table.methods == TWSE.methods
    assert table.operations["login"] == TWSE.operations["login"]


def test_a_chain_is_followed_and_a_path_is_beside_the_file_that_says_it(written, tmp_path):
    (tmp_path / "firm").mkdir()
    written(extending("firm.max_age = 200\n[operations.order]\nmax_age = 60\n"), "firm/a.toml")
    written('extends = "a.toml"\nname = "b"\nfirm.classes = 2\n', "firm/b.toml")
    table = load(written('extends = "firm/b.toml"\nname = "c"\n'), REGISTERED)
    assert table.operations["order"].max_age == 60
    assert (table.firm.max_age, table.firm.classes) == (200, 2)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('extends = "own.toml"\nname = "x"\n', "own.toml:1: extends: own.toml extends itself"),
        (
            '# none\nextends = "twce"\nname = "x"\n',
            "own.toml:2: extends: 'twce': no shipped profile and no readable file",
        ),
        ('extends = "\\u0000"\nname = "x"\n', "own.toml:1: extends: '\\x00': no shipped"),
        ('name = "x"\nextends = 3\n', "own.toml:2: extends: write the name of a profile"),
        ('extends = "twse"\n', "own.toml:1: name: a table that differs has its own"),
        (extending('without = ["telepathy"]\n'), "own.toml:3: without[0]: 'telepathy' is not"),
        (extending('without = [["totp"]]\n'), "own.toml:3: without[0]: ['totp'] is not"),
        (extending('without = "totp"\n'), "own.toml:3: without[0]: write a list of methods"),
    ],
)
def test_a_chain_that_cannot_be_followed_is_refused_with_its_line(written, text, told):
    (line,) = refused(written(text))
    assert line.startswith(told)


def test_two_files_that_extend_each_other_are_refused(written):
    written('extends = "own.toml"\nname = "b"\n', "b.toml")
    (line,) = refused(written('\nextends = "b.toml"\nname = "x"\n'))
    assert line == "b.toml:1: extends: own.toml extends itself in the end"


def test_a_mistake_below_is_told_where_it_stands(written):
    written(extending("[operations.order]\nmax_age = 0\n"), "below.toml")
    lines = refused(written('extends = "below.toml"\nname = "x"\n[methods.tottp]\n'))
    assert [line.partition(": ")[0] for line in lines] == ["below.toml:4", "own.toml:3"]
    lines = refused(written('extends = "below.toml"\nname = "x"\n'))
    assert lines == ["below.toml:4: operations.order.max_age: `recent` needs an age over 0"]


def test_a_method_is_taken_out_of_the_lists_too(written):
    table = load(written(extending('without = ["pattern", "sms_otp"]\n')), REGISTERED)
    assert table.methods.keys() == REGISTERED - {"pattern", "sms_otp"}
    assert table.operations["login"].first == ("password", "webauthn", "device")
    assert "pattern" not in table.operations["recovery"].methods


def test_a_method_may_be_stated_anew_after_it_was_taken_out(written):
    text = 'without = ["webauthn"]\n[methods.webauthn]\nclass = "possession"\n'
    operator = '[operations.operator]\nfirst = ["webauthn"]\n'
    table = load(written(extending(text + operator)), REGISTERED)
    assert (table.methods["webauthn"].synced, table.methods["webauthn"].biometric) == (
        "counts",
        None,
    )


def test_taking_out_what_is_required_or_all_that_is_allowed_is_a_fault_and_loosens_nothing(written):
    lines = refused(written(extending('without = ["webauthn", "password"]\n')))
    told = [line.partition(": ")[2] for line in lines]
    assert "operations.operator.required[0]: 'webauthn' is not under [methods]" in told
    assert "operations.activation.methods[0]: 'password' is not under [methods]" in told
    assert all(line.startswith("twse.toml:") for line in lines)


def test_a_fault_that_is_in_no_file_is_told_of_the_one_that_was_asked_for(written):
    document = read(written(extending("")))
    text = str(document.refused([Fault(("operations", "login", "nothing"), "odd")]))
    assert "own.toml:1: operations.login.nothing: odd" in text


words = st.sampled_from(
    [
        "extends",
        "without",
        "name",
        "methods",
        "operations",
        "firm",
        "sessions",
        "totp",
        "login",
        "class",
        "classes",
        "first",
        "recent",
        "x",
    ]
)
values = st.recursive(
    st.integers() | st.booleans() | words | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=4),
    max_leaves=12,
)


def toml(value):
    match value:
        case dict():
            return "{" + ", ".join(f"{key} = {toml(below)}" for key, below in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(toml, value)) + "]"
        case str():
            return f'"{value}"'
        case bool():
            return str(value).lower()
    return str(value)


@settings(deadline=None)
@given(st.dictionaries(words, values, max_size=5), st.booleans())
def test_whatever_a_file_says_is_a_table_or_refused(tmp_path_factory, said, extends):
    said = {"extends": "twse", "name": "x"} | said if extends else said
    text = "\n".join(f"{key} = {toml(value)}" for key, value in said.items())
    tomllib.loads(text)
    file = tmp_path_factory.mktemp("any") / "own.toml"
    file.write_text(text, encoding="utf-8")
    with suppress(SettingsError):
        load(str(file), REGISTERED, FIRSTS)
