"""Three wrong passwords and fifty wrong codes: what closes, for whom, and what opens it again."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.identity.kit import DAY, ELSEWHERE, OWN, World, lab_limits, problem

FIRST = ["password", "pattern", "webauthn", "device"]
INSTEAD = ["pattern", "totp", "hotp", "device", "recovery_codes", "webauthn"]
"""What asks everybody the same: no code is sent, and no card's cells are told, before a proof."""


@pytest.fixture
def narrow(tmp_path):
    """A service that asks nobody for work, so that the end of a limit can be met."""
    rows = {
        "account": {"burst": 60},
        "account_prefix": {"burst": 10},
        "registration": {"burst": 10},
        "opening": {"burst": 60},
    }
    with World(tmp_path, **lab_limits(tmp_path, rows)) as started:
        yield started


def mistypes(customer, times, client=None):
    transaction = customer.opens(client=client)
    for _ in range(times):
        problem(transaction.password("wrong"), 401, "refused")
    return transaction


def closes_password(customer):
    """Use up the share of wrong passwords from elsewhere, three from each of many networks."""
    for i in range(50):
        client = customer.world.client(f"192.0.2.{i}")
        problem(customer.opens(client=client).password(f"wrong-{i}"), 401, "refused")


def closes_totp(customer, client):
    """Use up the share of wrong codes from elsewhere, by somebody who has the password."""
    transaction = customer.opens(client=client)
    assert transaction.password(customer.own).status_code == 200
    code = customer.wrong_code()
    for _ in range(50):
        problem(transaction.totp(code), 401, "refused")
    return transaction


@pytest.mark.clause("ECD.4")
def test_after_three_wrong_passwords_another_factor_comes_first(amy):
    assert mistypes(amy, 2).methods() == FIRST
    transaction = mistypes(amy, 1)
    assert transaction.methods() == INSTEAD
    assert amy.opens().methods() == INSTEAD
    problem(transaction.password(amy.own), 409, "conflict")


@pytest.mark.clause("ECD.4")
def test_the_third_wrong_password_is_on_record_as_the_one_that_holds(amy):
    mistypes(amy, 3)
    counts = [event.count for event in amy.world.events(amy.id, "electronic_password:entry:wrong")]
    (held,) = amy.world.events(amy.id, "electronic_password:way:held")
    assert (counts, held.count) == ([2, 1], 3)
    assert held.way.startswith("prefix:")


@pytest.mark.clause("ECD.4")
def test_another_factor_lifts_the_hold_and_the_password_follows(amy):
    mistypes(amy, 3)
    transaction = amy.opens()
    assert transaction.totp(amy.code()).json()["state"] == "open"
    assert transaction.methods() == ["password"]
    assert transaction.password(amy.own).json()["state"] == "succeeded"
    stranger = amy.world.client()  # from the same network, and no known device
    assert amy.opens(client=stranger).methods() == FIRST


@pytest.mark.clause("ECD.4")
def test_a_passkey_lifts_it_as_well(ben):
    mistypes(ben, 3)
    transaction = ben.opens()
    assert transaction.webauthn(ben.passkey).json()["state"] == "open"
    assert transaction.password(ben.own).json()["state"] == "succeeded"


@pytest.mark.clause("ECD.4")
def test_the_hold_does_not_pass_with_time(amy):
    mistypes(amy, 3)
    amy.world.clock.forward(7 * 24 * 3600)
    assert "password" not in amy.opens().methods()


@pytest.mark.clause("ECD.4")
def test_a_stranger_holds_nobody_but_his_own_network(amy):
    mistypes(amy, 3, amy.world.client(ELSEWHERE))
    amy.signs_in()


@pytest.mark.clause("ECD.4")
def test_a_stranger_on_the_same_network_does_not_hold_a_known_device(amy):
    amy.signs_in()
    mistypes(amy, 3, amy.world.client())
    assert amy.opens().methods() == FIRST
    amy.signs_in()


@pytest.mark.clause("ECD.4")
def test_a_known_device_is_held_by_its_own_mistakes_alone(amy):
    amy.signs_in()
    mistypes(amy, 3)
    assert "password" not in amy.opens().methods()
    assert "password" in amy.opens(client=amy.world.client()).methods()


@pytest.mark.clause("ECD.4")
def test_mistakes_that_a_login_followed_are_forgotten(amy):
    for _ in range(3):
        transaction = mistypes(amy, 2)
        assert transaction.password(amy.own).status_code == 200
        assert transaction.totp(amy.code()).json()["state"] == "succeeded"


@pytest.mark.clause("ECD.4")
def test_a_customer_who_mistypes_the_initial_password_is_not_kept_out_for_good(world):
    """There is no other factor yet, so the hold must end in some other way than by one."""
    amy = world.customer().registers()
    transaction = amy.opens("activation")
    for _ in range(3):
        problem(transaction.password("wrong"), 401, "refused")
    world.clock.forward(24 * 3600)
    assert amy.opens("activation").password(amy.initial).status_code == 200


@pytest.mark.clause("ECD.4")
@pytest.mark.clause("CC-17010.j.g")
def test_of_many_wrong_passwords_at_once_exactly_three_are_looked_at(amy):
    transactions = [amy.opens() for _ in range(12)]
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda transaction: transaction.password("wrong"), transactions))
    assert sorted(answer.status_code for answer in answers) == [401] * 3 + [409] * 9


@pytest.mark.clause("CC-17010.j.g")
def test_a_window_that_is_full_says_when_to_come_back(narrow):
    ben = narrow.customer("ben").activated()
    transaction = ben.opens()
    answers = [transaction.answer("webauthn", credential={}) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429]
    told = problem(answers[-1], 429, "too_many")
    wait = int(answers[-1].headers["retry-after"])
    assert (told["limit"], wait) == ("account_prefix", 60)
    assert "ratelimit" not in answers[-1].headers, "of an account nothing more is told"
    ben.world.clock.forward(wait)
    problem(transaction.answer("webauthn", credential={}), 401, "refused")
    problem(transaction.answer("webauthn", credential={}), 429, "too_many")


@pytest.mark.clause("CC-17010.j.g")
def test_a_right_answer_costs_nothing_of_a_window(amy):
    for _ in range(12):
        amy.signs_in(client=amy.world.client())


@pytest.mark.clause("CC-17010.j.g")
def test_applications_from_one_network_are_limited(narrow):
    answers = [narrow.customer(f"amy{i}").applies() for i in range(11)]
    assert [answer.status_code for answer in answers] == [202] * 10 + [429]
    problem(answers[-1], 429, "too_many")
    wait = answers[-1].headers["retry-after"]
    assert answers[-1].headers["ratelimit"] == f'"registration";r=0;t={wait}'


@pytest.mark.clause("CC-17010.j.g")
def test_openings_from_one_network_are_limited(narrow):
    client = narrow.client()
    statuses = {
        client.post("/v1/logins", json={"purpose": "login", "account": "x" * 9}).status_code
        for _ in range(130)
    }
    assert statuses == {201, 429}


@pytest.mark.clause("CC-17010.j.g")
def test_fifty_wrong_codes_from_elsewhere_close_elsewhere_and_no_known_device(wide_world):
    amy = wide_world.customer().activated().signs_in()
    transaction = closes_totp(amy, wide_world.client(ELSEWHERE))
    told = problem(transaction.totp(amy.code()), 429, "too_many")
    assert told["limit"] == "failures_elsewhere"
    amy.signs_in()


@pytest.mark.clause("CC-17010.j.g")
def test_a_closed_share_is_not_opened_by_time_nor_by_a_login_from_a_known_device(wide_world):
    amy = wide_world.customer().activated().signs_in()
    closes_totp(amy, wide_world.client(ELSEWHERE))
    amy.signs_in()
    wide_world.clock.forward(30 * 24 * 3600)
    amy.signs_in()
    stranger = amy.opens(client=wide_world.client(ELSEWHERE))
    assert stranger.password(amy.own).status_code == 200
    told = problem(stranger.totp(amy.code()), 429, "too_many")
    assert told["limit"] == "failures_elsewhere"


@pytest.mark.clause("CC-17010.j.g")
def test_fifty_wrong_passwords_from_elsewhere_leave_a_known_device_its_own(wide_world):
    amy = wide_world.customer().activated().signs_in()
    closes_password(amy)
    told = problem(amy.opens(client=wide_world.client(ELSEWHERE)).password(OWN), 429, "too_many")
    assert told["limit"] == "failures_elsewhere"
    amy.signs_in()


@pytest.mark.clause("CC-17010.j.g")
def test_binding_a_factor_anew_opens_its_share(wide_world):
    amy = wide_world.customer().activated().signs_in()
    closes_totp(amy, wide_world.client(ELSEWHERE))
    amy.signs_in().approves("factor.add")
    assert amy.binds_totp().status_code == 201
    amy.signs_in(client=wide_world.client(ELSEWHERE))


@pytest.mark.clause("CC-17010.j.g")
def test_of_many_wrong_codes_at_once_no_more_are_looked_at_than_are_left(wide_world):
    amy = wide_world.customer().activated()
    transactions = [amy.opens(client=wide_world.client(ELSEWHERE)) for _ in range(60)]
    for transaction in transactions:
        transaction.password(amy.own)
    code = amy.wrong_code()
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda transaction: transaction.totp(code), transactions))
    assert sorted(answer.status_code for answer in answers) == [401] * 50 + [429] * 10


@pytest.mark.clause("ECD.4")
def test_who_has_only_codes_that_are_sent_lifts_the_hold_from_elsewhere(world):
    amy = world.customer().registers().begins_activation()
    assert [amy.binds_password().status_code, amy.binds_sms().status_code] == [201, 201]
    assert amy.ends_activation().status_code == 200
    home, amy.client = amy.client, world.client(ELSEWHERE)
    mistypes(amy, 3, home)
    assert amy.opens(client=home).methods() == INSTEAD
    for transaction in (amy.opens, lambda: amy.steps_up("password.change")):
        begun = transaction()
        assert begun.password(amy.own).json()["state"] == "open"
        begun.ask("sms_otp")
        assert begun.answer("sms_otp", code=amy.texted()).json()["state"] == "succeeded"
        world.clock.forward(1)
    assert amy.binds_password("another9harbour-boat").status_code == 201
    assert amy.opens(client=home).methods() == FIRST


@pytest.mark.clause("CC-17010.j.g")
def test_logins_from_new_devices_refill_the_strangers_share_once_a_month(wide_world):
    amy = wide_world.customer().activated()

    def left_after(wrong):
        """Guess codes with the right password, let the owner in on a new device, and count."""
        transaction = amy.opens(client=wide_world.client(ELSEWHERE))
        assert transaction.password(amy.own).status_code == 200
        code = amy.wrong_code()
        for _ in range(wrong):
            problem(transaction.totp(code), 401, "refused")
        amy.signs_in(client=wide_world.client())
        with wide_world.store.read() as work:
            return work.failures.counts(amy.id).get(("totp", "elsewhere"), 0)

    assert left_after(20) == 0
    assert [left_after(10), left_after(5), left_after(0)] == [10, 15, 15]
    wide_world.clock.forward(30 * DAY)
    assert left_after(3) == 0
