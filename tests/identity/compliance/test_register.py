"""The register lists every clause once, in a shape that a program can rely on."""

import pytest

from identity.compliance import register
from identity.compliance.register import Cycle, Kind, Status

ONE = """
[[clause]]
id = "CC-17010.d"
cycle = "monthly"
kind = ["enforced"]
text = "Two of three classes are asked for."
status = "planned"
"""


def test_a_clause_is_read_as_it_was_written():
    clause = register.read(ONE)["CC-17010.d"]
    assert (clause.cycle, clause.kind) == (Cycle.MONTHLY, (Kind.ENFORCED,))
    assert clause.status is Status.PLANNED


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("CC-17010.d", "17010.d"),
        ("CC-17010.d", "CC-17010.d."),
        ("monthly", "weekly"),
        ('["enforced"]', "[]"),
        ('["enforced"]', '["enforced", "enforced"]'),
        ('["enforced"]', '["hoped"]'),
        ("planned", "done"),
        ("Two of three classes are asked for.", "Short."),
        ("status", "state"),
        ('status = "planned"', 'status = "planned"\nowner = "nobody"'),
        ("[[clause]]", "[[clause"),
    ],
)
def test_what_is_not_a_register_is_refused(right, wrong):
    with pytest.raises(ValueError, match=r"."):
        register.read(ONE.replace(right, wrong))


def test_a_clause_listed_twice_is_refused():
    with pytest.raises(ValueError, match="twice"):
        register.read(ONE + ONE)


def test_nobody_changes_the_register_in_passing():
    with pytest.raises(TypeError):
        register.load()["CC-17010.d"] = None


def test_the_register_is_whole():
    """Counted by hand in the rules: 49 clauses of the mechanisms, 9 of certificate delivery."""
    clauses = register.load()
    assert sum(name.startswith("CC-") for name in clauses) == 49
    assert sum(name.startswith("ECD.") for name in clauses) == 9


def test_the_mechanisms_state_a_cycle_and_the_directions_do_not():
    for clause in register.load().values():
        assert (clause.cycle is Cycle.UNSTATED) == clause.id.startswith("ECD.")


def test_every_text_is_a_sentence():
    for clause in register.load().values():
        assert clause.text[0].isupper()
        assert clause.text.endswith(".")
