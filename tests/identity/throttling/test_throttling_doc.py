"""docs/throttling.md has the table of limits as it is in force, word by word."""

from pathlib import Path

import pytest

from identity.throttling.limits import TABLE
from tests.test_docs import rows

TEXT = (Path(__file__).parents[3] / "docs" / "throttling.md").read_text(encoding="utf-8")
ROWS = {row[0].strip("`"): row[1:] for row in rows(TEXT) if len(row) == 7}


def told(limit):
    """Return a row of the table of limits as the document writes it."""
    free = "all" if limit.free is None else str(limit.free)
    beyond = "refused" if limit.refuses else "hardest work"
    interval = f"{limit.interval:g}" if limit.interval else "never comes back"
    return [free, str(limit.burst), interval, beyond, limit.stops, limit.harm]


@pytest.mark.clause("CC-17010.j.g")
@pytest.mark.parametrize("limit", TABLE.values(), ids=lambda limit: limit.name)
def test_a_limit_is_told_as_it_is(limit):
    assert ROWS[limit.name] == told(limit)


def test_no_limit_is_told_that_is_none():
    assert ROWS.keys() == TABLE.keys()
