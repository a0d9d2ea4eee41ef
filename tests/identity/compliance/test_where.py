"""Code and tests are found where they name a clause, with the line a person can jump to."""

import pytest

from identity.compliance import where
from identity.compliance.where import Place

CODE = '''"""A module. Clause: CC-17010.d"""

LIMIT = 3
"""Wrong entries. Clause: ECD.4"""


class Gate:
    """The gate. Clause: CC-17010.j.g, CC-18000.4.d,
    CC-19000.12. Nothing else."""

    async def open(self):
        """Open it. Clause: ECD.3.4"""


def plain():
    """Speaks of CC-21100.6.a and keeps no clause."""
    "Clause: CC-21100.6.a"
'''

TEST = """import pytest

pytestmark = pytest.mark.clause("CC-17010.d")
NAMED = "ECD.5"


class TestGate:
    @pytest.mark.clause("CC-17010.j.g", "CC-18000.4.d")
    def test_opens(self):
        pass


@pytest.mark.parametrize("x", [pytest.param(1, marks=pytest.mark.clause("ECD.4"))])
def test_limit(x):
    pytest.mark.clause("ECD.3.4")


@pytest.mark.clause(NAMED)
def test_named():
    pass
"""


@pytest.fixture
def root(tmp_path):
    """A house with one module and one file of tests."""
    for path, text in {"identity/gate.py": CODE, "tests/identity/test_gate.py": TEST}.items():
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_text(text)
    return tmp_path


def test_docstrings_are_found_with_their_objects(root):
    path = "identity/gate.py"
    gate = Place(path, 7, "identity.gate.Gate")
    assert where.in_code(root) == {
        "CC-17010.d": [Place(path, 1, "identity.gate")],
        "ECD.4": [Place(path, 3, "identity.gate.LIMIT")],
        "CC-17010.j.g": [gate],
        "CC-18000.4.d": [gate],
        "CC-19000.12": [gate],
        "ECD.3.4": [Place(path, 11, "identity.gate.Gate.open")],
    }


def test_marks_are_found_with_their_tests(root):
    path, module = "tests/identity/test_gate.py", "tests.identity.test_gate"
    opens = Place(path, 9, f"{module}.TestGate.test_opens")
    assert where.in_tests(root) == {
        "CC-17010.d": [Place(path, 3, module)],
        "CC-17010.j.g": [opens],
        "CC-18000.4.d": [opens],
        "ECD.4": [Place(path, 14, f"{module}.test_limit")],
        "NAMED": [Place(path, 19, f"{module}.test_named")],
    }


def test_a_person_reads_both(root):
    assert where.told(where.find("ECD.4", root)).splitlines() == [
        "code:",
        "  identity/gate.py:3 identity.gate.LIMIT",
        "tests:",
        "  tests/identity/test_gate.py:14 tests.identity.test_gate.test_limit",
    ]


def test_a_clause_that_nothing_names_is_told_as_such(root):
    assert where.told(where.find("ECD.8", root)).splitlines() == [
        "code:",
        "  none",
        "tests:",
        "  none",
    ]


def test_an_installation_without_tests_says_so(root):
    (root / "tests/identity/test_gate.py").unlink()
    (root / "tests/identity").rmdir()
    (root / "tests/other_project.py").write_text(TEST)
    assert where.in_tests(root) is None
    assert "not installed" in where.told(where.find("ECD.4", root))


def test_here_is_the_root_this_package_stands_in():
    assert (where.here() / "identity" / "compliance" / "where.py").is_file()
