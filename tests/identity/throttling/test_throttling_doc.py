"""docs/throttling.md has the table of limits as it is in force, word by word, and of signals."""

from pathlib import Path

import pytest

from identity.clock import DAY
from identity.throttling.blocked import BATCH, INTERVAL, MOST
from identity.throttling.limits import TABLE
from identity.throttling.signals import HOUR
from identity.throttling.signals import TABLE as SIGNALS
from tests.test_docs import rows

TEXT = (Path(__file__).parents[3] / "docs" / "throttling.md").read_text(encoding="utf-8")
LIMITS = TEXT.partition("## Limits")[2].partition("\n## ")[0]
ROWS = {row[0].strip("`"): row[1:] for row in rows(LIMITS)}


def told(limit):
    """Return a row of the table of limits as the document writes it."""
    free = "all" if limit.free is None else str(limit.free)
    beyond = "refused" if limit.refuses else "hardest work"
    interval = f"{limit.interval:g}" if limit.interval else "never comes back"
    counted = [limit.key, free, str(limit.burst), interval, beyond]
    return [*counted, limit.source, limit.stops, limit.harm]


@pytest.mark.clause("CC-17010.j.g")
@pytest.mark.parametrize("limit", TABLE.values(), ids=lambda limit: limit.name)
def test_a_limit_is_told_as_it_is(limit):
    assert ROWS[limit.name] == told(limit)


def test_no_limit_is_told_that_is_none():
    assert ROWS.keys() == TABLE.keys()


def shown(signal):
    """Return a row of the table of signals as the document writes it."""
    per = {0.0: "since the last success", 10.0: "10 s", HOUR: "hour", DAY: "day"}[signal.per]
    warms = f"`{signal.warms}`" if signal.warms else "nothing"
    by = f"{signal.weight:g}" if signal.weight else ""
    return [str(signal.threshold), per, warms, by, signal.tells, signal.false_alarms]


def test_the_signals_are_told_as_they_are():
    section = TEXT.partition("## Signals")[2].partition("\n## ")[0]
    told = {row[0].strip("`"): row[1:] for row in rows(section)}
    assert told == {name: shown(signal) for name, signal in SIGNALS.items()}


def test_the_bounds_of_what_is_blocked_are_told_as_they_are():
    section = TEXT.partition("**Blocked attempts**")[2].partition("\n\n")[0]
    assert f"at most {MOST} sums" in section
    assert (BATCH, INTERVAL) == (5, 5.0)
    assert "five events every five\nseconds, sixty a minute" in section
