"""docs/certificates.md shows the tables that the lifecycle runs on, word for word."""

from pathlib import Path

import pytest

from identity.certificates.lifecycle_events import EVENTS
from identity.certificates.lifecycle_tables import docs
from identity.compliance import register
from identity.compliance.register import Status
from tests.test_docs import rows

TEXT = (Path(__file__).parents[3] / "docs" / "certificates.md").read_text(encoding="utf-8")


@pytest.mark.clause("CC-17010.e.d")
@pytest.mark.parametrize(("name", "table"), docs().items(), ids=docs())
def test_a_table_is_told_as_it_is(name, table):
    """Where it differs, put what `docs()` gives in its place."""
    assert f"\n\n{table}\n" in f"{TEXT}\n"


@pytest.mark.clause("CC-17010.e.d")
def test_every_event_is_told_with_its_clause_and_no_other_is():
    told = {row[0].strip("`"): row for row in rows(docs()["events"])}
    assert told.keys() == EVENTS.keys()
    for name, row in told.items():
        assert row[-1].split(", ") == list(EVENTS[name].clauses)
        assert set(EVENTS[name].clauses) <= register.load().keys()


def test_it_says_that_the_service_is_to_come_while_it_is():
    planned = register.load()["CC-17010.e.d"].status is Status.PLANNED
    assert ("still to come" in TEXT) is planned
