"""The table of limits: whole, explained, and asked in the right places."""

from itertools import pairwise

import msgspec
import pytest

from identity.errors import SettingsError
from identity.throttling import limits
from identity.throttling.gcra import take
from identity.throttling.limits import TABLE
from identity.throttling.way import WIDTHS, Way, prefixes

HOME = Way(device_id="", prefixes=prefixes("192.0.2.7"))
IPV6 = Way(device_id="", prefixes=prefixes("2001:db8:1:2::7"))
KNOWN = Way(device_id="d1", prefixes=HOME.prefixes)


def written(tmp_path, text):
    file = tmp_path / "limits.toml"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize("row", TABLE.values(), ids=str)
def test_a_row_says_what_it_stops_who_asks_and_what_harm_it_may_do(row):
    assert row.burst > 0
    assert row.interval > 0 or row.name == "failures"
    assert min(len(row.source), len(row.stops), len(row.harm)) > 10
    assert TABLE[row.name] is row


def test_every_width_a_network_is_counted_at_has_its_row():
    widest = max(len(widths) for widths in WIDTHS.values())
    ranks = [TABLE[f"prefix_{rank}"] for rank in range(1, widest + 1)]
    assert all(
        wide.burst > narrow.burst and wide.interval < narrow.interval
        for narrow, wide in pairwise(ranks)
    )


def test_both_shares_together_are_what_the_standard_allows_in_all():
    assert 2 * TABLE["failures"].burst <= 100


@pytest.mark.clause("CC-17010.j.g")
def test_a_stranger_is_counted_by_account_and_by_every_width_of_his_network():
    keys = [(spend.limit, spend.key) for spend in limits.spends(TABLE, IPV6, "amy")]
    assert keys == [
        ("account", "account:amy"),
        ("account_prefix", "account_prefix:amy:2001:db8:1:2::/64"),
        ("prefix_1", "prefix_1:2001:db8:1:2::/64"),
        ("prefix_2", "prefix_2:2001:db8:1::/56"),
        ("prefix_3", "prefix_3:2001:db8:1::/48"),
    ]


@pytest.mark.clause("CC-17010.j.g")
def test_a_known_device_is_counted_by_itself_and_by_nothing_a_stranger_can_fill():
    (spend,) = limits.spends(TABLE, KNOWN, "amy")
    assert (spend.limit, spend.key) == ("device", "device:amy:d1")
    others = {s.key for way in (HOME, IPV6) for s in limits.spends(TABLE, way, "amy")}
    assert spend.key not in others


WINDOWS = [row.name for row in TABLE.values() if row.interval]


@pytest.mark.parametrize("name", WINDOWS)
def test_a_row_lets_its_burst_through_at_once_and_then_one_an_interval(name):
    spend, now = limits.spend(TABLE, name, "x"), 1_800_000_000.1
    tat, passed = None, 0
    for _ in range(2 * TABLE[name].burst):
        tat, wait = take(tat, spend, now)
        passed += not wait
    assert passed == TABLE[name].burst
    assert take(tat, spend, now + TABLE[name].interval * 0.9)[1] > 0
    assert take(tat, spend, now + TABLE[name].interval * 1.01)[1] == 0


def test_a_file_is_laid_over_the_table_row_by_row(tmp_path):
    table = limits.from_file(written(tmp_path, "[account]\nburst = 7\n"))
    assert table["account"] == msgspec.structs.replace(TABLE["account"], burst=7)
    assert {name: row for name, row in table.items() if name != "account"} == {
        name: row for name, row in TABLE.items() if name != "account"
    }


@pytest.mark.parametrize(
    "text",
    [
        "[acount]\nburst = 7",
        "[account]\nbirst = 7",
        '[account]\nburst = "many"',
        "x = 1",
        "[account",
    ],
)
def test_a_faulty_file_is_refused_by_name(tmp_path, text):
    with pytest.raises(SettingsError, match=r"limits file .*limits\.toml"):
        limits.from_file(written(tmp_path, text))


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(SettingsError, match="limits file"):
        limits.from_file(tmp_path / "none.toml")
