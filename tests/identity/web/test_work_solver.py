"""The browser's solver in a real Chromium, against the library that the service judges it by."""

import base64
import json
from pathlib import Path

import altcha
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import identity.web
from identity.web.headers import POLICY
from tests.demo_client.chromium import chromium

pytestmark = pytest.mark.browser

ORIGIN = "https://broker.example"
STATIC = Path(identity.web.__file__).parent / "static"
SECRET = "the service's own"
SOON = 20_000  # milliseconds

VECTOR = {
    "algorithm": "PBKDF2/SHA-256",
    "nonce": "000102030405060708090a0b0c0d0e0f",
    "salt": "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
    "cost": 2,
    "keyLength": 32,
    "keyPrefix": "00",
}
"""Own, made by `hashlib.pbkdf2_hmac` alone: the first counter that solves it, and its key."""
SOLUTION = {
    "counter": 102,
    "derivedKey": "00e69d7fa427ccc767723a8dfe6d7ee38c9ac9e52d7eca52a3fcbb96c66d0bda",
}

SOLVE = """
async ({ asked, cores }) => {
    Object.defineProperty(navigator, "hardwareConcurrency", { value: cores });
    const { Effort, onWork } = await import("/identity/static/work.js");
    const heard = [];
    onWork(({ state, tries, usual, part }) => heard.push({ state, tries, usual, part }));
    const payload = await new Effort(asked).payload().catch((error) => error.code);
    return { payload, heard };
}
"""


def serve(route):
    """Answer as the service would, with its headers on every file."""
    name = Path(route.request.url).name
    script = name.endswith(".js")
    body = (STATIC / name).read_text("utf-8") if script else "<!doctype html><html lang=en>"
    kind = "text/javascript" if script else "text/html"
    policy = {"Content-Security-Policy": POLICY["Content-Security-Policy"]}
    route.fulfill(body=body, content_type=kind, headers=policy)


@pytest.fixture(scope="module")
def browser():
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def visited(browser):
    """Return what loads a page of an origin anew, in one browser profile."""
    context = browser.new_context()
    context.route("**/*", serve)
    context.set_default_timeout(SOON)
    page = context.new_page()

    def visit(origin=ORIGIN):
        page.goto(f"{origin}/")
        return page

    yield visit
    context.close()


@pytest.fixture
def page(visited):
    return visited()


def challenge(prefix="00", cost=1, **more):
    made = altcha.create_challenge(
        "PBKDF2/SHA-256", cost, key_prefix=prefix, hmac_secret=SECRET, **more
    )
    return made.to_dict()


def solve(page, asked, cores=3):
    """Have the page solve it; return the payload, and what its listener heard meanwhile."""
    done = page.evaluate(SOLVE, {"asked": asked, "cores": cores})
    return done["payload"], done["heard"]


def said(payload):
    return json.loads(base64.b64decode(payload, validate=True))


def is_accepted(payload):
    return altcha.verify_solution(payload, SECRET).verified


@pytest.mark.clause("CC-17010.j.g")
@pytest.mark.parametrize("cores", [1, 2, 3, 16])
@pytest.mark.parametrize(
    ("prefix", "cost"), [("", 1), ("0", 1000), ("00", 20), ("a7", 3), ("f00", 1)]
)
def test_what_the_browser_solves_the_library_accepts(visited, prefix, cost, cores):
    payload, _ = solve(visited(), challenge(prefix, cost), cores)
    assert is_accepted(payload)


@settings(max_examples=15, deadline=None)
@given(
    prefix=st.text("0123456789abcdefABCDEF", max_size=2),
    cost=st.integers(1, 50),
    length=st.integers(1, 64),
    data=st.dictionaries(st.sampled_from(["for", "until"]), st.text("abc_-", max_size=9)),
)
def test_any_challenge_goes_back_as_it_came_and_solved(visited, prefix, cost, length, data):
    asked = challenge(prefix, cost, key_length=length, data=data)
    payload, _ = solve(visited(), asked)
    assert said(payload)["challenge"] == asked
    assert is_accepted(payload)


def test_one_worker_finds_the_first_solution_there_is(page):
    payload, _ = solve(page, {"parameters": VECTOR, "signature": "ours"}, cores=2)
    assert said(payload)["solution"] == SOLUTION


def test_several_workers_share_the_counters_and_find_one_of_the_solutions(page):
    payload, _ = solve(page, {"parameters": VECTOR, "signature": "ours"}, cores=5)
    found = said(payload)["solution"]
    assert found["derivedKey"].startswith(VECTOR["keyPrefix"])
    assert found["counter"] >= SOLUTION["counter"]


@pytest.mark.parametrize(
    "hindrance",
    ["delete globalThis.Worker", "globalThis.Worker = class { constructor() { throw 0 } }"],
)
def test_without_workers_the_page_solves_it_itself(page, hindrance):
    page.evaluate(f"() => {{ {hindrance} }}")
    payload, _ = solve(page, challenge())
    assert is_accepted(payload)


def test_where_the_workers_script_does_not_come_the_page_solves_it_itself(page):
    page.route("**/work_solver.js", lambda route: route.abort())
    payload, _ = solve(page, challenge())
    page.unroute("**/work_solver.js")
    assert is_accepted(payload)


def test_progress_begins_grows_and_ends_and_is_whole_only_at_the_end(page):
    _, heard = solve(page, challenge("000", 300), cores=2)
    parts = [one["part"] for one in heard]
    assert [heard[0]["state"], heard[-1]["state"]] == ["begun", "done"]
    assert {one["state"] for one in heard[1:-1]} == {"going"}
    assert {one["usual"] for one in heard} == {16**3}
    assert parts == sorted(parts)
    assert parts[0] == 0
    assert all(part < 1 for part in parts[:-1])
    assert parts[-1] == 1


ENDLESS = "f" * 32
"""A prefix that nobody finds: who waits for it has to give up."""


@pytest.mark.parametrize("workers", [True, False])
def test_a_calculation_can_be_given_up(page, workers):
    code, states = page.evaluate(
        """async ([asked, workers]) => {
            if (!workers) delete globalThis.Worker;
            const { Effort, onWork } = await import("/identity/static/work.js");
            const states = [];
            onWork(({ state, cancel }) => {
                if (states.at(-1) !== state) states.push(state);
                if (state === "going") cancel();
            });
            const code = await new Effort(asked).payload().catch((error) => error.code);
            return [code, states];
        }""",
        [challenge(ENDLESS), workers],
    )
    assert code == "stopped"
    assert states == ["begun", "going", "stopped"]


def test_a_call_given_up_before_it_began_does_no_work(page):
    code = page.evaluate(
        """async (asked) => {
            const { Effort } = await import("/identity/static/work.js");
            return new Effort(asked).payload(AbortSignal.abort()).catch((error) => error.code);
        }""",
        challenge(ENDLESS),
    )
    assert code == "stopped"


def test_a_page_that_did_not_come_by_https_is_told_so(visited):
    code, _ = solve(visited("http://broker.example"), challenge())
    assert code == "insecure"


def test_work_of_a_kind_that_the_page_does_not_know_is_not_begun(page):
    asked = challenge()
    asked["parameters"]["algorithm"] = "ARGON2ID"
    code, _ = solve(page, asked)
    assert code == "work_unknown"
