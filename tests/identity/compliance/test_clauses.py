"""What is claimed of a clause is held by code and by a test, and every name is a real one."""

import pytest

from identity.compliance import register, where
from identity.compliance.register import Status

CLAUSES = register.load()
KEPT = [clause.id for clause in CLAUSES.values() if clause.status is Status.KEPT]
CODE = where.in_code(where.here())
TESTS = where.in_tests(where.here())


@pytest.mark.parametrize("clause", KEPT)
def test_a_kept_clause_has_code(clause):
    assert CODE.get(clause), f"no docstring says `Clause: {clause}`"


@pytest.mark.parametrize("clause", KEPT)
def test_a_kept_clause_has_a_test(clause):
    assert TESTS.get(clause), f'no test is marked `@pytest.mark.clause("{clause}")`'


@pytest.mark.parametrize("clause", sorted(CODE))
def test_a_docstring_names_only_clauses_that_exist(clause):
    assert clause in CLAUSES, f"{CODE[clause][0]} names {clause}"


@pytest.mark.parametrize("clause", sorted(TESTS))
def test_a_mark_names_only_clauses_that_exist(clause):
    assert clause in CLAUSES, f"{TESTS[clause][0]} names {clause}"
