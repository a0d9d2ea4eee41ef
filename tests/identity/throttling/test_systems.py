"""Whose network an address is in, by a file of the firm's."""

import pytest

from identity import settings
from identity.errors import SettingsError
from identity.throttling import systems
from tests.identity.kit import World
from tests.identity.throttling.mmdb import written

NETWORKS = {"203.0.113.0/24": 64500, "198.51.100.0/25": 64501}


@pytest.fixture
def file(tmp_path):
    return written(tmp_path / "asn.mmdb", NETWORKS)


@pytest.mark.clause("CC-17010.l")
@pytest.mark.parametrize(
    ("prefix", "number"),
    [
        ("203.0.113.9/32", 64500),
        ("198.51.100.1/32", 64501),
        ("198.51.100.200/32", 0),
        ("192.0.2.1/32", 0),
        ("2001:db8::/64", 0),
        ("local", 0),
    ],
)
def test_a_network_has_the_number_that_the_file_gives_it(file, prefix, number):
    assert systems.read(file).number(prefix) == number


def test_numbers_as_others_write_them_are_read_too(tmp_path):
    file = written(tmp_path / "asn.mmdb", {"203.0.113.0/24": "AS64500"}, member="asn")
    assert systems.read(file).number("203.0.113.9/32") == 64500


def test_a_record_that_is_no_number_says_nothing(tmp_path):
    file = written(tmp_path / "asn.mmdb", {"203.0.113.0/24": "AS?"}, member="asn")
    assert systems.read(file).number("203.0.113.9/32") == 0


def test_the_file_may_be_taken_away_once_it_was_read(file):
    read = systems.read(file)
    file.unlink()
    assert read.number("203.0.113.9/32") == 64500


@pytest.mark.parametrize("content", [None, b"", b"no such file", b"\xab\xcd\xefMaxMind.com\xe0"])
def test_a_service_with_a_file_that_is_none_does_not_start(tmp_path, content):
    file = tmp_path / "asn.mmdb"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingsError, match=r"network\.asn_file .*asn\.mmdb"):
        World(tmp_path, network=_network(file))


def test_a_file_about_something_else_is_refused_by_its_type(tmp_path):
    file = written(tmp_path / "city.mmdb", NETWORKS, kind="Test-City")
    with pytest.raises(SettingsError, match="Test-City"):
        World(tmp_path, network=_network(file))


def test_a_file_cut_off_anywhere_is_refused_or_says_nothing_false(file):
    whole = file.read_bytes()
    for size in range(0, len(whole), 7):
        file.write_bytes(whole[:size])
        try:
            read = systems.read(file)
        except SettingsError:
            continue
        assert read.number("203.0.113.9/32") in {0, 64500}


def _network(file):
    return settings.Network(asn_file=str(file))
