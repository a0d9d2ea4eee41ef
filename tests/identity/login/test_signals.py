"""What looks like an attack asks for more work and rings an alarm, and shuts nobody out.

Every signal is raised here by HTTP alone, on real limits where they do not themselves get in the
way. The passwords in here are looked for in everything that was stored.
"""

import hashlib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import count, permutations

import pytest

from identity import settings
from identity.throttling.signals import TABLE
from tests.identity.kit import CHEAP, DAY, ELSEWHERE, OWN, WIDE, World, lab_limits, problem
from tests.identity.throttling.mmdb import written

SPRAYED = "Spring2027-correct-horse"
MISTYPED = "quiet7harbour-fery"
ALARM = "throttling:alarm"
UNFINISHED = "first step"
AFTER_FAILURES = "many wrong"

PASSES = {200, 201, 401, 428}
"""What a caller may be answered where no signal refuses: right, wrong, or work."""

pytestmark = pytest.mark.clause("CC-17010.j.g")


@pytest.fixture
def patient(tmp_path):
    """A firm where wrong entries do not hold the password back (ECD.4) before a signal is seen."""
    password = settings.Password(argon2=CHEAP, wrong_entries=1000)
    with World(tmp_path, password=password) as world:
        yield world


@pytest.fixture
def wide(tmp_path):
    """The same, and windows that never fill."""
    password = settings.Password(argon2=CHEAP, wrong_entries=1000)
    with World(tmp_path, password=password, **lab_limits(tmp_path, WIDE)) as world:
        yield world


def alarms(world, signal=""):
    """Return the alarms, newest first."""
    return [event for event in world.events(kind=ALARM) if signal in event.signal]


def tries(world, account, password, address):
    """Open a login to an account from an address, and try a password; return the answer."""
    return world.customer(account).opens(client=world.client(address)).password(password)


def share(customer, kind="password", bucket="elsewhere"):
    with customer.world.store.read() as work:
        return work.failures.counts(customer.id).get((kind, bucket), 0)


def entries(customer):
    """Return how many wrong entries are counted of the electronic password (ECD.4)."""
    with customer.world.store.read() as work:
        counts = work.failures.counts(customer.id)
    return sum(n for (kind, way), n in counts.items() if kind == "password" and ":" in way)


# --- what raises the alarm ---


def test_many_accounts_from_one_network_make_it_work_though_each_try_would_be_free(world):
    statuses = []
    for number in range(60):
        world.clock.forward(3)  # slower than the network's window heals
        statuses.append(tries(world, f"nobody-{number}", f"guess-{number}", ELSEWHERE).status_code)
    threshold = TABLE["accounts"].threshold
    assert statuses[:threshold] == [401] * threshold
    assert 428 in statuses[threshold:]
    assert set(statuses) <= PASSES
    (alarm,) = alarms(world, "accounts")[-1:]
    found = {alarm.signal: alarm for alarm in alarms(world)}
    assert found["accounts"].prefix == f"{ELSEWHERE}/32"
    assert found["unknown_accounts"].count == TABLE["unknown_accounts"].threshold
    assert alarm.account_id == ""
    assert 'trifactor_alarms_total{signal="accounts"} 1.0' in world.inside.get("/metrics").text


def test_one_password_over_many_accounts_asks_for_work_from_every_network(world):
    threshold = TABLE["sprayed_password"].threshold
    for number in range(threshold):
        told = tries(world, f"nobody-{number}", SPRAYED, f"192.0.{number}.1")
        problem(told, 401, "refused")
    problem(tries(world, "somebody", SPRAYED, "203.0.113.200"), 428, "work_needed")
    problem(tries(world, "somebody", "another-word", "203.0.113.200"), 401, "refused")
    (alarm,) = alarms(world, "sprayed_password")
    assert (alarm.count, alarm.account_id, alarm.prefix) == (threshold, "", "")
    world.clock.forward(DAY)
    problem(tries(world, "somebody", SPRAYED, "203.0.113.201"), 401, "refused")


def test_who_works_may_still_try_a_sprayed_password(world):
    for number in range(TABLE["sprayed_password"].threshold):
        tries(world, f"nobody-{number}", SPRAYED, f"192.0.{number}.1")
    transaction = world.customer("somebody").opens(client=world.client(ELSEWHERE))
    asked = transaction.password(SPRAYED)
    problem(transaction.does(asked).password(SPRAYED), 401, "refused")


def test_an_owner_whose_password_is_sprayed_gets_in_with_work_and_without_on_a_known_device(amy):
    world = amy.signs_in().world
    for number in range(TABLE["sprayed_password"].threshold):
        tries(world, f"nobody-{number}", OWN, f"192.0.{number}.1")
    assert amy.opens().password(OWN).status_code == 200
    new = amy.opens(client=world.client(ELSEWHERE))
    asked = new.password(OWN)
    problem(asked, 428, "work_needed")
    assert new.does(asked).password(OWN).status_code == 200


def test_wrong_answers_faster_than_a_person_types_make_the_whole_network_work(world):
    quick = [[*drawn] for drawn, _ in zip(permutations(range(9), 6), range(5), strict=False)]
    for account in ("nobody", "somebody"):
        transaction = world.customer(account).opens(client=world.client(ELSEWHERE))
        answers = [transaction.answer("pattern", pattern=drawn) for drawn in quick]
        assert {answer.status_code for answer in answers} == {401}
    told = tries(world, "a-third", "guess", ELSEWHERE)
    problem(told, 428, "work_needed")
    assert {alarm.prefix for alarm in alarms(world, "speed")} == {f"{ELSEWHERE}/32"}
    assert len(alarms(world, "speed")) == 2


def test_the_same_answers_at_the_speed_of_a_person_raise_nothing(world):
    quick = [[*drawn] for drawn, _ in zip(permutations(range(9), 6), range(5), strict=False)]
    for account in ("nobody", "somebody"):
        transaction = world.customer(account).opens(client=world.client(ELSEWHERE))
        for drawn in quick:
            world.clock.forward(5)
            assert transaction.answer("pattern", pattern=drawn).status_code == 401
    problem(tries(world, "a-third", "guess", ELSEWHERE), 401, "refused")
    assert alarms(world) == []


def test_many_networks_of_one_operator_ring_the_alarm_where_the_firm_has_a_file(tmp_path):
    file = written(tmp_path / "asn.mmdb", {"203.0.0.0/16": 64500})
    threshold = TABLE["autonomous_system"].threshold
    with World(tmp_path, network=settings.Network(asn_file=str(file))) as world:
        for number in range(threshold + 2):
            world.clock.forward(20)
            told = tries(world, f"nobody-{number}", f"guess-{number}", f"203.0.{number}.1")
            problem(told, 401, "refused")
        (alarm,) = alarms(world, "autonomous_system")
        assert (alarm.system, alarm.count, alarm.prefix) == (64500, threshold, "")
        hot = [tries(world, f"other-{n}", f"g-{n}", "203.0.250.1").status_code for n in range(3)]
        cool = [tries(world, f"other-{n}", f"c-{n}", "192.0.2.1").status_code for n in range(3)]
        assert hot == [401, 401, 428]
        assert cool == [401, 401, 401]


def test_the_same_password_again_and_again_is_told_and_makes_its_sender_work(patient):
    statuses = []
    for _ in range(40):
        patient.clock.forward(30)
        statuses.append(tries(patient, "nobody", MISTYPED, ELSEWHERE).status_code)
    assert statuses[:20] == [401] * 20
    assert 428 in statuses
    assert set(statuses) <= PASSES
    (alarm,) = alarms(patient)
    assert alarm.signal == "same_password"


# --- what the customer is told ---


@pytest.mark.clause("CC-17010.k")
def test_a_right_password_and_wrong_codes_from_a_new_device_are_told_to_its_owner_once_a_day(amy):
    world = amy.signs_in().world
    codes = iter(wrong_codes(amy, 8))
    for expected in ([401, 401, 401, 428], [401, 428, 428, 428]):  # each new one is one too many
        transaction = amy.opens(client=world.client(ELSEWHERE))
        assert transaction.password(OWN).status_code == 200
        assert [transaction.totp(next(codes)).status_code for _ in expected] == expected
        world.clock.forward(1800)
    (letter,) = world.letters(amy.mail, UNFINISHED)
    assert f"{ELSEWHERE}/32" in letter["body"]
    assert {alarm.account_id for alarm in alarms(world, "second_refused")} == {amy.id}
    world.clock.forward(DAY + 1)
    transaction = amy.opens(client=world.client(ELSEWHERE))
    assert transaction.password(OWN).status_code == 200
    for code in wrong_codes(amy, 3):
        assert transaction.totp(code).status_code == 401
    assert len(world.letters(amy.mail, UNFINISHED)) == 2


@pytest.mark.clause("CC-17010.k")
def test_logins_begun_from_new_devices_and_left_are_told_to_their_owner(amy):
    world = amy.signs_in().world
    for number in range(3):
        assert world.letters(amy.mail, UNFINISHED) == []
        assert tries(world, "amy", OWN, f"203.0.113.{number}").status_code == 200
    assert len(world.letters(amy.mail, UNFINISHED)) == 1
    (alarm,) = alarms(world)
    assert (alarm.signal, alarm.account_id) == ("unfinished", amy.id)
    statuses = [tries(world, "amy", OWN, "203.0.113.3").status_code for _ in range(12)]
    assert 428 in statuses
    assert set(statuses) <= PASSES
    amy.signs_in()  # the device in hand feels nothing of it


def test_logins_that_are_completed_are_never_counted_as_left(amy):
    world = amy.world
    for number in range(6):
        amy.signs_in(client=world.client(f"203.0.113.{number}"))
    assert alarms(world) == []
    assert world.letters(amy.mail, UNFINISHED) == []


@pytest.mark.clause("CC-17010.k")
def test_a_right_answer_after_many_wrong_ones_is_told_to_the_owner(amy):
    world = amy.signs_in().world
    for number in range(TABLE["success_after_failures"].threshold):
        world.clock.forward(120)
        told = tries(world, "amy", f"guess-{number}", f"192.0.{number}.1")
        problem(told, 401, "refused")
    world.clock.forward(120)
    amy.signs_in(client=world.client(ELSEWHERE))
    assert len(world.letters(amy.mail, AFTER_FAILURES)) == 1
    (alarm,) = alarms(world)
    assert (alarm.signal, alarm.account_id) == ("success_after_failures", amy.id)
    world.clock.forward(120)
    amy.signs_in(client=world.client("203.0.113.10"))
    assert len(world.letters(amy.mail, AFTER_FAILURES)) == 1


# --- the innocent ---


def test_a_family_behind_one_address_raises_nothing(world):
    family = [world.customer(name).activated() for name in ("amy", "ben", "cai", "dee", "eve")]
    for member in family:
        world.clock.forward(60)
        member.client = world.client("198.51.100.7")
        transaction = member.opens()
        for typo in (MISTYPED, OWN.upper()):
            world.clock.forward(8)
            problem(transaction.password(typo), 401, "refused")
        assert transaction.password(OWN).status_code == 200
        problem(transaction.totp(member.wrong_code()), 401, "refused")
        assert transaction.totp(member.code()).json()["state"] == "succeeded"
    assert alarms(world) == []
    assert world.blocked() == []


def test_a_known_device_feels_nothing_of_any_signal(amy):
    world = amy.signs_in().world
    for number in range(30):
        tries(world, f"nobody-{number}", SPRAYED, "198.51.100.7")
        tries(world, "amy", f"guess-{number}", "198.51.100.7")
    assert {alarm.signal for alarm in alarms(world)} >= {"sprayed_password", "unknown_accounts"}
    for _ in range(3):
        opened = amy.opens()
        assert "work" not in opened.opened.json()
        assert opened.password(OWN).status_code == 200
        assert opened.totp(amy.code()).json()["state"] == "succeeded"


def test_a_right_answer_from_a_known_device_asks_nothing_of_the_sets(amy, statements):
    amy.signs_in()
    transaction = amy.opens()
    statements.clear()
    assert transaction.password(OWN).status_code == 200
    assert [text for text in statements if "marks" in text or "secrets" in text] == []


# --- the same wrong password counts once ---


def test_a_program_that_repeats_one_wrong_password_takes_one_guess_of_its_owners_share(wide):
    amy = wide.customer().activated()
    transaction = amy.opens()
    for _ in range(60):
        problem(transaction.password(MISTYPED), 401, "refused")
    assert share(amy) == 1
    refused = wide.events(amy.id, "login:answer:refused")
    assert [event.repeated for event in reversed(refused)] == [False] + [True] * 59
    assert transaction.password(OWN).status_code == 200


@pytest.mark.clause("ECD.4")
def test_each_of_them_is_a_wrong_entry_all_the_same(wide):
    amy = wide.customer().activated()
    transaction = amy.opens()
    for _ in range(7):
        problem(transaction.password(MISTYPED), 401, "refused")
    assert entries(amy) == 7


def test_the_account_is_not_hot_for_it_and_the_network_is(patient):
    amy = patient.customer().activated()
    transaction = amy.opens(client=patient.client(ELSEWHERE))
    statuses = [transaction.password(MISTYPED).status_code for _ in range(25)]
    # The account's window from there has five for nothing; the network's, twenty.
    assert statuses == [401] * 20 + [428] * 5
    elsewhere = amy.opens(client=patient.client("192.0.2.1"))
    assert "work" not in elsewhere.opened.json()


def test_of_twenty_at_once_one_counts(wide):
    amy = wide.customer().activated()
    transactions = [amy.opens() for _ in range(20)]
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda each: each.password(MISTYPED), transactions))
    assert Counter(answer.status_code for answer in answers) == {401: 20}
    assert share(amy) == 1
    refused = wide.events(amy.id, "login:answer:refused")
    assert Counter(event.repeated for event in refused) == {False: 1, True: 19}


def test_different_ones_count_each(wide):
    amy = wide.customer().activated()
    transaction = amy.opens()
    for number in range(9):
        problem(transaction.password(f"guess-{number}"), 401, "refused")
    assert share(amy) == 9


def test_a_code_that_is_repeated_counts_each_time(wide):
    """Its value changes: the same digits may be right half a minute later."""
    amy = wide.customer().activated()
    transaction = amy.opens()
    assert transaction.password(OWN).status_code == 200
    code = amy.wrong_code()
    for _ in range(4):
        problem(transaction.totp(code), 401, "refused")
    assert share(amy, "totp") == 4


def test_what_was_wrong_is_forgotten_with_a_new_password_and_the_next_day(wide):
    amy = wide.customer().activated().signs_in()
    stranger = wide.client(ELSEWHERE)
    problem(amy.opens(client=stranger).password(MISTYPED), 401, "refused")
    amy.approves("password.change").binds_password("another9harbour-ferry")
    for expected in (1, 1):
        problem(amy.opens(client=stranger).password(MISTYPED), 401, "refused")
        assert share(amy) == expected
    wide.clock.forward(DAY)
    problem(amy.opens(client=stranger).password(MISTYPED), 401, "refused")
    assert share(amy) == 2


def test_an_unknown_account_is_answered_and_counted_alike(wide):
    amy = wide.customer().activated()
    nobody = wide.customer("nobody")
    seen = []
    for customer in (amy, nobody):
        transaction = customer.opens(client=wide.client(ELSEWHERE))
        answers = [transaction.password(MISTYPED) for _ in range(3)]
        seen.append([(a.status_code, sorted(a.json())) for a in answers])
    assert seen[0] == seen[1]
    by_decoy = {}
    for event in wide.events(kind="login:answer:refused"):
        by_decoy.setdefault(event.decoy, []).append(event.repeated)
    assert by_decoy[True] == by_decoy[False] == [True, True, False]


# --- secrets ---


def test_no_password_and_no_bare_hash_of_one_is_left_anywhere(tmp_path, capfd):
    numbers = count()
    password = settings.Password(argon2=CHEAP, wrong_entries=1000)
    with World(tmp_path, password=password) as world:
        amy = world.customer().activated()
        for _ in range(12):
            tries(world, f"nobody-{next(numbers)}", SPRAYED, ELSEWHERE)
            tries(world, "amy", MISTYPED, f"192.0.2.{next(numbers)}")
        amy.signs_in(client=world.client("192.0.2.200"))
        assert alarms(world, "sprayed_password")
    said = capfd.readouterr()
    kept = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    kept["output"] = (said.out + said.err).encode()
    for text in (SPRAYED, MISTYPED):
        for trace in traces(text):
            assert [name for name, content in kept.items() if trace in content] == []


def traces(text):
    """Return what would give a password away: itself, and what any table of hashes has of it."""
    raw = text.encode()
    for digest in (
        hashlib.sha256(raw).digest(),
        hashlib.sha1(raw).digest(),
        hashlib.md5(raw).digest(),
    ):
        yield digest[:8]
        yield digest.hex()[:16].encode()
    yield raw


def wrong_codes(customer, many):
    """Return different codes that no step near now has."""
    first = customer.wrong_code()
    return [f"{(int(first) + 100_003 * step) % 1_000_000:06d}" for step in range(many)]
