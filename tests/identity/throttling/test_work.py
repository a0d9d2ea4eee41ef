"""Proof of work: what is asked, what counts as done, and what no payload whatever can do."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import altcha
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demo_client.soft_work import solve
from identity.keys.ring import Purpose, generate, generate_ring
from identity.throttling import work
from identity.throttling.work import LEAST, LIFETIME, MOST, About, WorkRefused, Works
from tests.identity.keys.sources import stream

NOW = 1_800_000_000.5
ABOUT = About(purpose="login", account="a" * 22, prefix="198.51.100.7/32")
RING = generate_ring(NOW, stream("work"))
BROAD = settings(max_examples=400, deadline=None)

pytestmark = pytest.mark.clause("CC-17010.j.g")


@pytest.fixture
def works():
    return Works(RING)


def refused(works, payload, about=ABOUT, now=NOW):
    """Return why a payload is worth nothing."""
    with pytest.raises(WorkRefused) as caught:
        works.judged(payload, about, now)
    return caught.value.reason


def read(payload):
    return json.loads(base64.b64decode(payload))


def written(sent):
    return base64.b64encode(json.dumps(sent).encode()).decode()


def unsolved(asked, counter=0):
    """Return the payload of somebody who did not do the work."""
    return written({"challenge": asked, "solution": {"counter": counter, "derivedKey": "00" * 32}})


@pytest.fixture
def derivations(monkeypatch):
    """Count the keys that are derived."""
    made, derive = [], altcha.derive_key_pbkdf2

    def counted(*given):
        made.append(given)
        return derive(*given)

    monkeypatch.setattr(altcha, "derive_key_pbkdf2", counted)
    return made


def test_work_that_was_done_is_worth_one_claim(works):
    payload = solve(works.asked(ABOUT, 0, NOW))
    claim = works.judged(payload, ABOUT, NOW)
    assert claim.id == read(payload)["challenge"]["signature"]
    assert claim.until == int(NOW) + LIFETIME
    assert refused(works, payload) == "replayed"


def test_two_challenges_are_never_the_same(works):
    asked = [works.asked(ABOUT, 0, NOW) for _ in range(100)]
    assert len({each["signature"] for each in asked}) == len(asked)


def test_the_library_alone_finds_a_challenge_and_its_solution_good(works):
    """So that any implementation of ALTCHA does: ours adds rules and changes none."""
    payload = solve(works.asked(ABOUT, 0, NOW))
    secret = work._secret(RING.current(Purpose.NAME))
    assert altcha.verify_solution(payload, secret).verified


@given(colder=st.floats(-1, 2), hotter=st.floats(-1, 2))
def test_difficulty_grows_with_heat_between_two_ends(colder, hotter):
    works = Works(RING)
    colder, hotter = sorted((colder, hotter))
    easy, hard = (works.asked(ABOUT, heat, NOW)["parameters"]["cost"] for heat in (colder, hotter))
    assert LEAST <= easy <= hard <= MOST
    assert works.asked(ABOUT, 0, NOW)["parameters"]["cost"] == LEAST
    assert works.asked(ABOUT, 1, NOW)["parameters"]["cost"] == MOST


def test_a_challenge_names_nobody(works):
    told = json.dumps(works.asked(ABOUT, 0, NOW))
    assert ABOUT.account not in told
    assert ABOUT.prefix.partition("/")[0] not in told
    assert ABOUT.purpose not in told


def test_it_is_good_until_its_time_is_over(works):
    payload = solve(works.asked(ABOUT, 0, NOW))
    assert refused(works, payload, now=int(NOW) + LIFETIME) == "expired"
    assert works.judged(payload, ABOUT, int(NOW) + LIFETIME - 0.001)


@pytest.mark.parametrize(
    "other",
    [
        {"purpose": "recovery"},
        {"account": "b" * 22},
        {"prefix": "198.51.100.8/32"},
        {"account": "", "purpose": "login" + "a" * 22},
    ],
    ids=lambda other: next(iter(other)),
)
def test_what_was_done_for_one_thing_counts_for_no_other(works, other):
    about = About(**{"purpose": "login", "account": "a" * 22, "prefix": ABOUT.prefix} | other)
    payload = solve(works.asked(about, 0, NOW))
    assert refused(works, payload) == "foreign"
    assert works.judged(payload, about, NOW)  # and it was not used up by the attempt


def test_another_services_challenge_is_forged(works):
    others = Works(generate_ring(NOW, stream("another")))
    assert refused(works, solve(others.asked(ABOUT, 0, NOW))) == "forged"


def test_work_done_before_the_keys_were_rotated_is_done_again(works):
    """For known and unknown accounts alike, of which the latter have another name by then."""
    payload = solve(works.asked(ABOUT, 0, NOW))
    entropy = stream("rotated")
    rotated = Works(type(RING)([*RING.every(), generate(Purpose.NAME, NOW + 1, entropy)]))
    assert refused(rotated, payload, now=NOW + 1) == "forged"


@pytest.mark.parametrize("member", ["cost", "keyPrefix", "keyLength", "nonce", "salt", "algorithm"])
def test_whoever_makes_the_work_easier_has_forged_it(works, derivations, member):
    asked = dict(works.asked(ABOUT, 1, NOW))
    easier = {"cost": 1, "keyPrefix": "", "keyLength": 1, "algorithm": "SHA-256"}
    asked["parameters"] = {**asked["parameters"], member: easier.get(member, "00" * 16)}
    assert refused(works, unsolved(asked)) == "forged"
    assert not derivations


def test_a_forgery_costs_no_derivation_and_a_challenge_of_ours_one(works, derivations):
    asked = works.asked(ABOUT, 0, NOW)
    forged = {**asked, "signature": "0" * 64}
    expired = works.asked(ABOUT, 0, NOW - LIFETIME)
    foreign = works.asked(About(purpose="x", account="", prefix=""), 0, NOW)
    for junk in (forged, expired, foreign):
        refused(works, unsolved(junk))
    assert not derivations
    assert refused(works, unsolved(asked)) == "unsolved"
    assert refused(works, unsolved(asked, counter=1)) == "replayed"
    assert len(derivations) == 1


def test_junk_flushes_nothing_that_was_judged(works, derivations, monkeypatch):
    monkeypatch.setattr(work, "REMEMBERED", 3)
    payload = solve(works.asked(ABOUT, 0, NOW))
    works.judged(payload, ABOUT, NOW)
    asked = works.asked(ABOUT, 0, NOW)
    for number in range(20):
        assert refused(works, unsolved({**asked, "signature": f"{number:064x}"})) == "forged"
    assert refused(works, payload) == "replayed"
    assert len(derivations) == 1


def test_what_is_remembered_is_bounded(works, monkeypatch):
    monkeypatch.setattr(work, "REMEMBERED", 3)
    for _ in range(10):
        refused(works, unsolved(works.asked(ABOUT, 0, NOW)))
    assert len(works._seen) == 3


def test_of_twenty_at_once_with_one_solution_one_gets_its_claim(works):
    payload = solve(works.asked(ABOUT, 0, NOW))

    def one(_):
        try:
            return works.judged(payload, ABOUT, NOW) is not None
        except WorkRefused:
            return False

    with ThreadPoolExecutor(20) as threads:
        assert sum(threads.map(one, range(20))) == 1


@pytest.mark.parametrize("counter", [-1, 2**32, 2**64, 10**400, 1.5, "1", None, True, [], {}])
def test_a_counter_that_is_none_solves_nothing(works, counter):
    assert refused(works, unsolved(works.asked(ABOUT, 0, NOW), counter)) in {
        "unsolved",
        "malformed",
    }


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "%",
        "AAA",
        "A" * (work.LARGEST + 1),
        "A" * 1_000_000,
        "\u65e5\u672c",
        "\ud800",
        base64.b64encode(b"\xff").decode(),
        base64.b64encode(b"[" * 3000).decode(),
        base64.b64encode(b'{"x":' * 600).decode(),
        base64.b64encode(b'{"challenge":NaN}').decode(),
        base64.b64encode(b'{"challenge":"\\ud800","solution":1}').decode(),
        base64.b64encode(b"null").decode(),
    ],
    ids=lambda payload: ascii(payload[:12]),
)
def test_what_is_no_payload_is_malformed(works, payload):
    assert refused(works, payload) == "malformed"


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=10**300, max_value=10**400)
    | st.floats()
    | st.text(st.characters(), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
encoded = st.binary(max_size=200).map(base64.b64encode).map(bytes.decode)
PLACES = [
    (),
    ("challenge",),
    ("solution",),
    ("challenge", "signature"),
    ("challenge", "parameters"),
    ("challenge", "parameters", "data"),
    ("challenge", "parameters", "data", "for"),
    ("challenge", "parameters", "data", "until"),
    ("challenge", "parameters", "data", "__proto__"),
    *(
        ("challenge", "parameters", name)
        for name in ("algorithm", "cost", "keyLength", "keyPrefix", "nonce", "salt")
    ),
    *(("challenge", "parameters", name) for name in ("keySignature", "expiresAt", "memoryCost")),
    ("solution", "counter"),
    ("solution", "derivedKey"),
    ("solution", "time"),
]


def put(node, place, value):
    """Return a tree with another value in one place, or without it where that is `...`."""
    if not place:
        return value
    name, *rest = place
    inner = put(node.get(name, {}), rest, value)
    return {
        **{k: v for k, v in node.items() if k != name},
        **({} if inner is ... else {name: inner}),
    }


@BROAD
@given(place=st.sampled_from(PLACES), value=anything | st.just(...))
def test_whatever_is_put_wherever_it_is_refused_by_a_stable_word_and_nothing_worse(place, value):
    works = Works(RING)
    sent = {
        "challenge": works.asked(ABOUT, 0, NOW),
        "solution": {"counter": 1, "derivedKey": "00"},
    }
    broken = put(sent, place, value)
    reasons = {"malformed", "forged", "unsolved", "foreign", "expired"}
    assert refused(works, written(None if broken is ... else broken)) in reasons


@BROAD
@given(
    payload=st.text(max_size=200) | st.binary(max_size=200).map(base64.b64encode).map(bytes.decode)
)
def test_whatever_the_text_it_is_malformed_and_nothing_worse(payload):
    assert refused(Works(RING), payload) == "malformed"


@pytest.mark.parametrize("member", ["cost", "until", "for"])
def test_of_a_member_sent_twice_it_is_the_one_that_was_signed_that_counts(works, member):
    """Whichever of two is read, what it says was signed by us or is forged."""
    text = json.dumps({"challenge": works.asked(ABOUT, 0, NOW), "solution": {}})
    text = text.replace('"solution": {}', '"solution": {"counter": 1, "derivedKey": "00"}')
    first = text.replace(f'"{member}"', f'"{member}": 1, "{member}"', 1)
    payload = base64.b64encode(first.encode()).decode()
    assert refused(works, payload) in {"forged", "malformed", "unsolved"}


def test_the_virtual_customers_solution_is_what_the_protocol_says():
    """The first counter whose key begins right, and that key."""
    asked = Works(RING).asked(ABOUT, 0, NOW)
    solution = read(solve(asked))["solution"]
    challenge = altcha.Challenge.from_dict(asked)
    tried = next(
        number
        for number in count()
        if derived(challenge.parameters, number).startswith(work.PREFIX)
    )
    assert (solution["counter"], solution["derivedKey"]) == (
        tried,
        derived(challenge.parameters, tried),
    )


def derived(parameters, counter):
    password = bytes.fromhex(parameters.nonce) + counter.to_bytes(4, "big")
    return altcha.derive_key_pbkdf2(parameters, bytes.fromhex(parameters.salt), password).hex()
