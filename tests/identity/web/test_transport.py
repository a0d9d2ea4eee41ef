"""What is believed of a caller: his Origin where a browser sends it, his address."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from starlette.requests import HTTPConnection

from identity.throttling.way import parsed, prefixes
from identity.web.routes import ENDPOINTS
from identity.web.transport import Transport
from tests.identity.kit import LOGINS, ORIGIN, problem

PROXY, CLIENT, LIAR = "10.0.0.1", "203.0.113.5", "198.51.100.66"
UNSAFE = [endpoint for endpoint in ENDPOINTS if endpoint.method != "GET"]
PROXYS = "/v1/session/check"  # asked for calls of every method
SAFE = [e for e in ENDPOINTS if e.method == "GET" and e.path != PROXYS]
OPENING = {"purpose": "login", "account": "nobody"}


def seen(peer, *forwarded, trusted=("10.0.0.0/8", "fd00::/8")):
    """Return the address that is counted for a peer that sends these `X-Forwarded-For` lines."""
    headers = [(b"x-forwarded-for", line.encode("latin-1")) for line in forwarded]
    scope = {"type": "http", "headers": headers, "client": (peer, 1) if peer else None}
    return Transport(origins=(), trusted=trusted).address(HTTPConnection(scope))


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        (CLIENT, (), CLIENT),
        (CLIENT, (LIAR,), CLIENT),
        (PROXY, (), PROXY),
        (PROXY, (CLIENT,), CLIENT),
        (PROXY, (f"{LIAR}, {CLIENT}",), CLIENT),
        (PROXY, (f"{LIAR},{CLIENT}, 10.0.0.2",), CLIENT),
        (PROXY, ("10.0.0.3, 10.0.0.2",), PROXY),
        (PROXY, (f"{CLIENT}, unknown",), PROXY),
        (PROXY, (f"{CLIENT}, \xe9",), PROXY),
        (PROXY, ("",), PROXY),
        (f"::ffff:{PROXY}", (CLIENT,), CLIENT),
        ("fd00::1", ("2001:db8::7",), "2001:db8::7"),
        ("fd00::1%eth0", ("2001:db8::7",), "2001:db8::7"),
        (PROXY, (f"::ffff:{CLIENT}",), CLIENT),
        (PROXY, (f"{CLIENT}, ::ffff:10.0.0.2",), CLIENT),
        (PROXY, ("fe80::7%eth0",), "fe80::7"),
        (PROXY, ("2001:DB8:0::7",), "2001:db8::7"),
        (f"::ffff:{CLIENT}", (), CLIENT),
        (PROXY, (f"{CLIENT}:4711",), PROXY),
        (PROXY, (f"{LIAR}, {CLIENT}:4711",), PROXY),
        (PROXY, ("[2001:db8::7]",), PROXY),
        (PROXY, ("[2001:db8::7]:4711",), PROXY),
        (PROXY, (f"{CLIENT},",), PROXY),
        (PROXY, (f"{CLIENT}, ,10.0.0.2",), PROXY),
        (PROXY, ("," * 5000,), PROXY),
        (PROXY, (f"for={CLIENT}",), PROXY),
        (PROXY, ("%eth0",), PROXY),
        (PROXY, (f"{CLIENT}/24",), PROXY),
        (PROXY, (f"{CLIENT} {LIAR}",), PROXY),
        ("", (CLIENT,), ""),
        ("/run/socket", (CLIENT,), "/run/socket"),
    ],
)
def test_a_forwarded_address_is_believed_of_a_trusted_proxy_alone(peer, forwarded, address):
    assert seen(peer, *forwarded) == address


def test_of_several_lines_the_last_is_the_proxys():
    """A proxy may add a line of its own after the client's: RFC 9110 section 5.3 joins them."""
    assert seen(PROXY, LIAR, CLIENT) == CLIENT


@given(st.lists(st.text(st.characters(max_codepoint=255), max_size=40), max_size=4))
def test_whatever_the_headers_hold_the_address_is_one_of_theirs_or_the_peers(lines):
    found = seen(PROXY, *lines)
    hops = [parsed(hop.strip()) for hop in ",".join(lines).split(",")]
    assert found == PROXY or parsed(found) in hops
    assert parsed(found) is not None


@given(st.text(st.characters(max_codepoint=255), max_size=40))
def test_what_a_client_sends_first_changes_nothing_behind_what_the_proxy_adds(claimed):
    assert seen(PROXY, f"{claimed}, {CLIENT}") == CLIENT
    assert seen(PROXY, claimed, CLIENT) == CLIENT


@given(st.ip_addresses(), st.sampled_from(["{}", " {} ", "{}\t"]))
def test_an_address_that_the_proxy_saw_is_counted_under_the_same_networks(address, written):
    trusted = ("192.0.2.1/32",)
    found = seen("192.0.2.1", written.format(address), trusted=trusted)
    assume(str(address) != "192.0.2.1")
    assert prefixes(found) == prefixes(str(address))


@given(st.ip_addresses(v=4))
def test_a_proxy_that_writes_ipv4_in_ipv6_names_the_same_caller(address):
    trusted = ("192.0.2.1/32",)
    assume(str(address) != "192.0.2.1")
    assert seen("192.0.2.1", f"::ffff:{address}", trusted=trusted) == str(address)


def test_nobody_is_trusted_unless_named():
    assert seen(PROXY, CLIENT, trusted=()) == PROXY


def test_the_address_is_what_is_counted(amy):
    liar = amy.world.client(CLIENT, headers={"X-Forwarded-For": LIAR})
    amy.opens(client=liar)
    assert amy.world.events(amy.id, "login:transaction:opened")[0].prefix == f"{CLIENT}/32"


@pytest.mark.parametrize("endpoint", UNSAFE, ids=lambda e: f"{e.method} {e.path}")
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://testserver"},
        {"Origin": "https://testserver.evil.example"},
        {"Origin": "https://testserver:8443"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-origin"},
    ],
    ids=str,
)
def test_a_browser_changes_nothing_from_a_page_that_is_not_ours(shared, endpoint, headers):
    path = endpoint.path.replace("{id}", "x")
    answer = shared.client.request(endpoint.method, path, json=OPENING, headers=headers)
    problem(answer, 403, "origin_refused")


@pytest.mark.parametrize(
    "headers",
    [{}, {"Origin": ORIGIN}, {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}],
    ids=str,
)
def test_our_pages_and_programs_may(shared, headers):
    assert shared.client.post(LOGINS, json=OPENING, headers=headers).status_code == 201


@pytest.mark.parametrize("endpoint", SAFE, ids=lambda e: e.path)
def test_what_only_reads_is_read_from_anywhere_a_browser_lets_it(shared, endpoint):
    path = endpoint.path.replace("{id}", "x")
    answer = shared.client.get(path, headers={"Origin": "https://evil.example"})
    assert answer.status_code in {200, 401, 403, 404}
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_a_program_gets_the_secret_and_a_browser_does_not(shared):
    program = shared.client.post(LOGINS, json=OPENING)
    browser = shared.client.post(LOGINS, json=OPENING, headers={"Origin": ORIGIN})
    assert program.json()["secret"]
    assert "secret" not in browser.json()
