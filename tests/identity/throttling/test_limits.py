"""The table of limits: whole, explained, and asked in the right places."""

from itertools import pairwise

import msgspec
import pytest

from identity.errors import SettingsError
from identity.throttling import limits
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
    assert min(len(row.key), len(row.source), len(row.stops), len(row.harm)) > 10
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
    assert limits.uses(IPV6, "amy") == (
        ("account", "amy"),
        ("account_prefix", "amy:2001:db8:1:2::/64"),
        ("prefix_1", "2001:db8:1:2::/64"),
        ("prefix_2", "2001:db8:1::/56"),
        ("prefix_3", "2001:db8:1::/48"),
    )


@pytest.mark.clause("CC-17010.j.g")
def test_a_known_device_is_counted_by_itself_and_by_nothing_a_stranger_can_fill():
    (use,) = limits.uses(KNOWN, "amy")
    assert use == ("device", "amy:d1")
    assert use not in {use for way in (HOME, IPV6) for use in limits.uses(way, "amy")}


@pytest.mark.clause("CC-17010.j.g")
def test_what_a_stranger_can_fill_for_somebody_else_never_refuses():
    """ASVS 5.0 6.1.1: no malicious lockout. A network is his own, or shared with its customers."""
    filled = {use.limit for use in limits.uses(HOME, "amy") if HOME.prefixes[0] not in use.key}
    assert "account" in filled
    assert [name for name in filled - {"prefix_2"} if TABLE[name].refuses] == []
    assert not TABLE["service"].refuses


@pytest.mark.parametrize("row", TABLE.values(), ids=str)
def test_what_does_not_refuse_asks_for_work_and_what_is_free_is_within_the_burst(row):
    assert row.refuses or row.free is not None
    assert row.free is None or 0 <= row.free < row.burst


def test_a_file_is_laid_over_the_table_row_by_row(tmp_path):
    table = limits.from_file(written(tmp_path, "[account]\nfree = 7\n"))
    assert table["account"] == msgspec.structs.replace(TABLE["account"], free=7)
    assert {name: row for name, row in table.items() if name != "account"} == {
        name: row for name, row in TABLE.items() if name != "account"
    }


def test_a_row_of_a_file_that_says_its_burst_alone_asks_for_no_work(tmp_path):
    table = limits.from_file(written(tmp_path, "[account]\nburst = 7\n"))
    row = msgspec.structs.replace(TABLE["account"], burst=7, free=None, refuses=True)
    assert table["account"] == row


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
