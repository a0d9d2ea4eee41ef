"""How a caller comes in, and under which names his network is counted."""

from ipaddress import IPv6Address, ip_network
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from identity.throttling.way import Way, parsed, prefixes


@pytest.mark.parametrize(
    ("address", "networks"),
    [
        ("192.0.2.77", ("192.0.2.77/32", "192.0.2.0/24")),
        ("2001:db8:1:2f3::7", ("2001:db8:1:2f3::/64", "2001:db8:1:200::/56", "2001:db8:1::/48")),
        ("::ffff:192.0.2.77", ("192.0.2.77/32", "192.0.2.0/24")),
        ("::ffff:c000:24d", ("192.0.2.77/32", "192.0.2.0/24")),
        ("fe80::1%eth0", ("fe80::/64", "fe80::/56", "fe80::/48")),
        ("2001:DB8:1:2F3:0::7", ("2001:db8:1:2f3::/64", "2001:db8:1:200::/56", "2001:db8:1::/48")),
    ],
)
def test_one_host_has_one_name_however_it_is_written(address, networks):
    assert prefixes(address) == networks


@pytest.mark.parametrize(
    "garbage",
    ["", "testclient", "192.0.2.256", "192.0.2.7:443", "[2001:db8::1]", "0x7f.1", "192.0.2.07"],
)
def test_what_is_no_address_counts_as_one_place(garbage):
    assert parsed(garbage) is None
    assert prefixes(garbage) == ("local",)


@given(st.text(max_size=60))
def test_no_text_at_all_is_too_much_for_it(text):
    assert 1 <= len(prefixes(text)) <= 3


@given(st.ip_addresses())
def test_networks_hold_the_address_and_widen(address):
    found = [ip_network(text) for text in prefixes(str(address))]
    inside = parsed(str(address))
    assert all(inside in network for network in found)
    assert all(narrow.subnet_of(wide) for narrow, wide in pairwise(found))


@given(st.ip_addresses(v=4))
def test_an_ipv4_caller_over_an_ipv6_socket_is_the_same_caller(address):
    assert prefixes(f"::ffff:{address}") == prefixes(str(address))


@given(st.ip_addresses(), st.text(max_size=40))
def test_a_zone_is_no_other_caller_whatever_it_is_called(address, zone):
    assert prefixes(f"{address}%{zone}") == prefixes(str(address))


@given(st.ip_addresses(v=6), st.integers(0, 2**64 - 1))
def test_an_ipv6_customer_is_one_caller_at_every_address_of_his_network(address, host):
    assume(address.ipv4_mapped is None)
    moved = IPv6Address(int(address) >> 64 << 64 | host)
    assume(moved.ipv4_mapped is None)
    assert prefixes(str(moved)) == prefixes(str(address))


@given(st.ip_addresses(v=6))
def test_however_an_ipv6_address_is_written_it_is_one_caller(address):
    ways = {str(address), address.exploded, address.compressed.upper()}
    assert len({prefixes(written) for written in ways}) == 1


def test_a_known_device_is_a_way_by_itself():
    elsewhere = Way(device_id="", prefixes=("192.0.2.7/32", "192.0.2.0/24"))
    device = Way(device_id="d1", prefixes=elsewhere.prefixes)
    assert (elsewhere.known, elsewhere.share, elsewhere.name) == (
        False,
        "elsewhere",
        "prefix:192.0.2.7/32",
    )
    assert (device.known, device.share, device.name) == (True, "known", "device:d1")
