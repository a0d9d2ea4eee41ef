"""Device secrets prove by themselves that we made them, for whom, and nothing else."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.entropy import token
from identity.keys.ring import KeyRing, Purpose, generate_ring
from identity.keys.rotation import OVERLAP, rotated, without
from identity.sessions.caller import digest
from identity.sessions.device_cookies import TOKEN, DeviceCookies
from identity.web import cookies
from tests.identity.keys.sources import NOW, stream

RING = generate_ring(NOW, stream("devices"))
NEWER = rotated(RING, [Purpose.DEVICE], NOW + 1, stream("newer"))
OURS = DeviceCookies(RING)
SINCE = DeviceCookies(NEWER)
OTHERS = DeviceCookies(generate_ring(NOW, stream("another firm")))

CHANCE = stream("tokens")
AT_HOME = token(CHANCE, TOKEN)
SECRET = OURS.made(AT_HOME, "amy")
ID = digest(AT_HOME).hex()

names = st.text(min_size=1, max_size=20)


@pytest.mark.clause("CC-17010.j.g")
@given(name=names, other=names)
def test_a_secret_is_its_own_accounts_and_nobody_elses(name, other):
    secret = OURS.made(AT_HOME, name)
    assert OURS.signed([secret])
    assert OURS.claimed([secret], name) == (ID,)
    assert OURS.claimed([secret], other) == ((ID,) if name == other else ())


@given(at=st.integers(0, len(SECRET) - 1), to=st.sampled_from(string.printable + "\u00e9\u0100"))
def test_a_secret_with_one_character_changed_is_nobodys(at, to):
    forged = SECRET[:at] + to + SECRET[at + 1 :]
    assert OURS.signed([forged]) == (forged == SECRET)
    assert bool(OURS.claimed([forged], "amy")) == (forged == SECRET)


@pytest.mark.parametrize(
    "forged",
    [
        "",
        "~~~",
        "planted",
        SECRET[:-1],
        SECRET[1:],
        SECRET + "A",
        SECRET + "\n",
        SECRET * 2,
        f"{SECRET}~{SECRET}",
        SECRET.replace("~", "."),
        SECRET.upper(),
        "\udcff" + SECRET[1:],
        "x" * 10_000,
    ],
)
def test_what_is_cut_doubled_or_made_up_is_nobodys(forged):
    assert not OURS.signed([forged])
    assert OURS.claimed([forged], "amy") == ()
    assert OURS.kept([forged], AT_HOME, "amy") == (SECRET,)


def test_another_firms_ring_signs_nothing_for_us():
    foreign = OTHERS.made(AT_HOME, "amy")
    assert OTHERS.signed([foreign])
    assert not OURS.signed([foreign])
    assert OURS.claimed([foreign], "amy") == ()


def test_the_halves_of_two_secrets_make_no_third():
    other = OURS.made(token(CHANCE, TOKEN), "ben")
    mine, theirs = SECRET.split("~"), other.split("~")
    for swapped in range(1, 15):
        parts = [theirs[i] if swapped >> i & 1 else mine[i] for i in range(4)]
        crossed = "~".join(parts)
        assert OURS.signed([crossed]) == (crossed in {SECRET, other})


def test_what_is_forged_costs_one_hmac_and_what_has_not_the_form_none(monkeypatch):
    done = []

    def counted(*given):
        done.append(given)
        return b"\0" * 32

    monkeypatch.setattr("identity.sessions.device_cookies.tag", counted)
    for sent, cost in [(SECRET, 1), (SECRET[:-1], 0), (OTHERS_SECRET, 0), ("x" * 10_000, 0)]:
        for ask in (lambda sent=sent: OURS.signed([sent]), lambda: OURS.claimed([sent], "amy")):  # noqa: B023  # called in this very round
            done.clear()
            ask()
            assert len(done) == cost


OTHERS_SECRET = OTHERS.made(AT_HOME, "amy")


def test_a_secret_tells_nobodys_name_nor_the_devices_id():
    assert "amy" not in SECRET
    assert ID not in SECRET
    assert AT_HOME not in repr(list(OURS._read([SECRET])))


def test_after_a_rotation_the_old_ones_are_known_until_the_old_key_goes():
    assert SINCE.claimed([SECRET], "amy") == (ID,)
    old = RING.current(Purpose.DEVICE).id
    left = DeviceCookies(without(NEWER, old, NOW + 1 + OVERLAP))
    assert not left.signed([SECRET])
    assert left.claimed([SECRET], "amy") == ()


def test_a_login_after_a_rotation_signs_anew_for_the_same_device():
    (anew,) = SINCE.kept([SECRET], SINCE.token([SECRET], ID), "amy")
    assert anew != SECRET
    assert anew == SINCE.made(AT_HOME, "amy")
    assert SINCE.claimed([anew], "amy") == (ID,)


def test_a_new_pseudonym_key_makes_no_device_unknown():
    ring = rotated(RING, [Purpose.NAME], NOW + 1, stream("name"))
    assert DeviceCookies(ring).claimed([SECRET], "amy") == (ID,)


def test_a_browser_keeps_one_for_each_account_the_latest_last():
    ben, old = OURS.made(token(CHANCE, TOKEN), "ben"), OURS.made(token(CHANCE, TOKEN), "amy")
    assert OURS.kept([old, ben, ben, "planted"], AT_HOME, "amy") == (ben, SECRET)


def test_of_five_accounts_in_a_browser_the_one_unused_longest_is_forgotten():
    held = ()
    for name in ["amy", "ben", "cat", "dan", "amy", "eve"]:
        held = OURS.kept(held, token(CHANCE, TOKEN), name)
        held = cookies.devices(cookies.of_devices(held))
    found = {name for name in ["amy", "ben", "cat", "dan", "eve"] if OURS.claimed(held, name)}
    assert found == {"amy", "cat", "dan", "eve"}


@given(st.text(max_size=300))
def test_whatever_a_cookie_holds_four_secrets_are_read_at_most(value):
    assert len(cookies.devices(value)) <= cookies.SHARED


def test_a_ring_that_is_renewed_while_the_service_runs_is_asked_each_time():
    ring = KeyRing(RING.every())
    devices = DeviceCookies(ring)
    ring._keys = {purpose: NEWER.all(purpose) for purpose in Purpose}
    assert devices.made(AT_HOME, "amy") == SINCE.made(AT_HOME, "amy")
