"""The attack lab's arithmetic, and what it refuses."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo_client.attack import addresses, charts, loopback, odds, promises, registry, report_json
from demo_client.attack.auc import auc
from demo_client.attack.outcomes import KNOWN, NEW, Cost, Felt, Found, Promise, Remembered, quantile
from demo_client.attack.seen import Seen, judged
from demo_client.attack.strangers import Addressed
from demo_client.attack.texts import LANGUAGES, TEXTS, said
from demo_client.lab.errors import LabError
from demo_client.lab.wire import Reply
from tests.demo_client.attack.made import result

# Nothing leaves this machine


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com",
        "http://localhost.example.com:8000",
        "http://127.0.0.1.example.com",
        "http://10.0.0.1:8000",
        "http://[2001:db8::1]:8000",
        "http://0.0.0.0:8000",
        "postgresql://postgres@db/test",
        "redis://192.168.1.7:6379",
        "unix:///var/run/redis.sock",
        "",
    ],
)
def test_nothing_is_sent_to_another_machine(url):
    with pytest.raises(loopback.NotHere):
        loopback.checked(url)
    with pytest.raises(loopback.NotHere):
        Addressed(url, "10.0.0.1")


@pytest.mark.parametrize(
    "url", ["http://localhost:8000", "http://127.0.0.1:1", "redis://[::1]:6379/0"]
)
def test_this_machine_is_let_through(url):
    assert loopback.checked(url) == url


# Who comes from where


def test_strangers_are_each_in_a_network_of_their_own():
    found = {addresses.stranger(number) for number in range(addresses.NETWORKS)}
    assert len({address.rpartition(".")[0] for address in found}) == addresses.NETWORKS


def test_neighbours_share_one_network_and_customers_none():
    assert len({addresses.neighbour(n).rpartition(".")[0] for n in range(500)}) == 1
    made = addresses.customers()
    homes = [next(made) for _ in range(600)]
    assert len(set(homes)) == 600
    assert all(home.startswith(("198.18.", "198.19.")) for home in homes)


# The books


@pytest.mark.parametrize(
    ("status", "body", "looked_at"),
    [
        (200, {"state": "open"}, True),
        (401, {"code": "refused"}, True),
        (401, {"code": "not_signed_in"}, False),
        (409, {"code": "conflict", "reason": "other_factor_first"}, False),
        (428, {"code": "work_needed"}, False),
        (429, {"code": "too_many"}, False),
    ],
)
def test_only_what_was_right_or_wrong_was_looked_at(status, body, looked_at):
    assert judged(Reply(status, body)) is looked_at


def test_the_books_count_what_was_looked_at_blocked_and_opened():
    seen = Seen(lambda: 7.0)
    seen.opening(Reply(201, {}), "10.0.0.1")
    seen.answer(Reply(200, {"state": "open"}), "password")
    seen.answer(Reply(401, {"code": "refused"}), "totp")
    seen.answer(Reply(200, {"state": "succeeded"}), "totp")
    seen.answer(Reply(429, {"code": "too_many"}), "totp")
    seen.told(3, 428, 5)
    assert (seen.requests, seen.reached, seen.blocked, seen.opened) == (10, 3, 6, 1)
    assert [guess.right for guess in seen.by("totp")] == [False, True]


# The odds


def test_fifty_guesses_at_a_code_leave_one_in_ten_thousand():
    assert odds.of_guessing(50) == pytest.approx(0.0001, rel=1e-3)
    assert promises.year(odds.of_guessing(50)).kept
    assert not promises.year(odds.of_guessing(50 * 52)).kept
    assert odds.of_guessing(0) == 0


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_more_guesses_never_lessen_the_odds(one, more):
    assert 0 <= odds.of_guessing(one) <= odds.of_guessing(one + more) <= 1


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0.01, 1))
def test_a_quantile_is_one_of_the_values_and_has_its_part_at_or_below(values, part):
    found = quantile(values, part)
    assert found in values
    assert sum(value <= found for value in values) >= part * len(values) * (1 - 1e-9)


def test_two_groups_alike_are_a_coin_and_two_apart_are_certain():
    alike = auc(range(1000), range(1000))
    assert alike.low < 0.5 < alike.high
    assert auc([2, 3], [0, 1]) == (1.0, 1.0, 1.0)


# The promises


@pytest.mark.parametrize(
    ("promise", "kept"),
    [
        (promises.exactly(10, 10), True),
        (promises.exactly(11, 10), False),
        (promises.exactly(9, 10), False),
        (promises.nobody_in(1), False),
        (promises.share(50), True),
        (promises.share(51), False),
        (promises.limited(13, 12), False),
        (promises.books(5, 6), False),
        (promises.alike([1, 1, 1]), True),
        (promises.alike([1, 1, 2]), False),
        (promises.bounded(Remembered(before=100, peak=600, after=100))[0], False),
        (promises.bounded(Remembered(before=100, peak=140, after=120))[0], True),
    ],
)
def test_a_promise_is_kept_or_not(promise, kept):
    assert promise.kept is kept
    assert not promise.timed


def test_one_login_lost_on_a_known_device_breaks_the_promise_and_one_in_a_hundred_new_ones_not():
    felt = {KNOWN: Felt(tried=500, ms=[1.0] * 499), NEW: Felt(tried=100, ms=[1.0] * 99)}
    assert [promise.kept for promise in promises.customers(felt)] == [False, True]
    assert promises.customers({KNOWN: Felt()}) == []


def test_what_is_about_speed_is_shown_and_fails_no_run():
    slow = promises.quick({KNOWN: Felt(tried=1, ms=[90.0])}, {KNOWN: Felt(tried=1, ms=[10.0])})
    dear = promises.cheap([Cost(where="opening", count=10, ms=5.0)], 20.0)
    telling = promises.coin({"a": auc([2.0] * 50, [1.0] * 50)})
    found = Found(name="flood", promises=[*slow, *dear, telling])
    assert [promise.kept for promise in found.promises] == [False] * 3
    assert not found.broken


def test_a_broken_promise_fails_the_run():
    found = result(broken=True)
    assert found.broken
    assert not result().broken


# The texts, the charts and the JSON


def test_every_text_is_there_in_both_languages_with_the_same_blanks():
    for text_id, each in TEXTS.items():
        assert each.keys() == set(LANGUAGES), text_id
        assert all(each.values()), text_id
    for name in registry.ATTACKS:
        assert {name, f"{name}.what", f"{name}.happened"} <= TEXTS.keys()


def test_a_text_without_its_own_words_takes_its_stems():
    assert said("exactly.sqlite", "en") == f"{TEXTS['exactly']['en']} (sqlite)"
    assert said("customer-7", "en") == "customer-7"


def test_an_attack_that_is_none_is_named():
    with pytest.raises(LabError, match="no attack is called 'sprayng'"):
        registry.chosen(["flood", "sprayng"])
    assert registry.chosen(["flood", "race"]) == ("race", "flood")


@given(st.lists(st.tuples(st.floats(0, 1e6), st.sampled_from([201, 401, 428])), min_size=1))
def test_a_chart_over_time_counts_every_answer_once(times):
    chart = charts.answers(times, 1.0)
    assert sum(y for line in chart.lines for _, y in line.points) == len(times)


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=900))
def test_a_thinned_line_keeps_its_ends(points):
    thin = charts.thinned(points)
    assert len(thin) <= 200
    assert thin[:1] == tuple(points[:1])
    assert thin[-1:] == tuple(points[-1:])


def test_the_json_tells_promises_customers_and_costs():
    told = json.loads(report_json.document(result(broken=True)))
    flood = told["attacks"]["flood"]
    assert (told["kept"], flood["kept"]) == (False, False)
    assert flood["customers"]["meanwhile"]["known"]["logins"] == 4
    assert flood["blocked_attempt"]["opening"]["of_an_argon2_verify"] == pytest.approx(0.02)
    assert {promise["id"] for promise in flood["promises"] if not promise["kept"]} == {"nobody_in"}


def test_a_promise_says_whether_it_hangs_on_speed():
    assert Promise(id="quick", kept=False, was="9 x", bound="3 x", timed=True).timed
