"""Everything that leaves: headers, cookies, problem documents, in two languages."""

import pytest

from identity import errors
from identity.web import cookies
from identity.web.headers import POLICY
from identity.web.routes import ENDPOINTS, OPERATIONS
from identity.web.texts import LOCALES, text
from tests.identity.kit import LOGINS, ORIGIN, problem

PATHS = [
    *((endpoint.method, endpoint.path.replace("{id}", "x")) for endpoint in ENDPOINTS),
    *(("GET", path) for path in OPERATIONS),
    ("GET", "/static/trifactor.js"),
    ("GET", "/static/nothing.js"),
    ("GET", "/static/../routes.py"),
    ("POST", "/static/trifactor.js"),
    ("GET", "/"),
    ("GET", "/nothing/here"),
    ("PUT", "/v1/session"),
    ("TRACE", "/v1/session"),
    ("HEAD", "/healthz"),
]


def every_code():
    """Return the code of every error in the tree, and the two that are no errors of it."""
    left, codes = [errors.IdentityError], {"method_not_allowed", "refused"}
    while left:
        kind = left.pop()
        left += kind.__subclasses__()
        codes.add(kind.code)
    return sorted(codes - {"settings"})  # never leaves: there is no service then


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_no_answer_is_cached_framed_sniffed_or_sent_plain(shared, method, path):
    signs_out = (method, path) == ("DELETE", "/v1/session")
    client = shared.world.client() if signs_out else shared.client
    answer = client.request(method, path, headers={"Origin": "https://evil.example"})
    assert {name: answer.headers.get(name) for name in POLICY} == POLICY
    assert "server" not in answer.headers


def test_scripts_run_from_our_files_alone_and_nobody_frames_us():
    policy = POLICY["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/v1",
        "/v1/nothing",
        "/static/nothing.js",
        "/static/../app.py",
        "/V1/session",
        "/v1/session/",
    ],
)
def test_what_is_not_in_the_table_is_a_problem_404(shared, path):
    problem(shared.client.get(path, follow_redirects=False), 404, "unknown")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", LOGINS),
        ("PUT", "/v1/session"),
        ("POST", "/healthz"),
        ("POST", "/static/trifactor.js"),
    ],
)
def test_a_method_that_an_address_does_not_take_is_a_problem_405(shared, method, path):
    problem(shared.client.request(method, path), 405, "method_not_allowed")


def test_the_browsers_module_is_served(shared):
    answer = shared.client.get("/static/trifactor.js")
    assert answer.status_code == 200
    assert "javascript" in answer.headers["content-type"]


@pytest.mark.parametrize("code", every_code())
def test_every_error_has_its_sentence_in_both_languages(code):
    english, chinese = (text(code, locale) for locale in LOCALES)
    assert english.isascii()
    assert any("\u4e00" <= character <= "\u9fff" for character in chinese)


@pytest.mark.parametrize(
    ("asked", "title"),
    [
        (None, "Please sign in."),
        ("en", "Please sign in."),
        ("zh-TW", "請先登入。"),
        ("zh-TW,zh;q=0.9,en;q=0.8", "請先登入。"),
        ("zh", "請先登入。"),
        ("ZH-hant", "請先登入。"),
        ("en-GB,zh-TW;q=0.5", "Please sign in."),
        ("fr", "Please sign in."),
        ("fr, zh-TW", "請先登入。"),
        (";;,,\xe9", "Please sign in."),
    ],
)
def test_a_problem_speaks_the_callers_language(shared, asked, title):
    headers = {} if asked is None else {"Accept-Language": asked.encode("latin-1")}
    stranger = shared.world.client()
    assert (
        problem(stranger.get("/v1/session", headers=headers), 401, "not_signed_in")["title"]
        == title
    )


@pytest.mark.parametrize("locale", LOCALES)
def test_what_is_missing_is_a_sentence_in_the_callers_language(shared, locale):
    headers = {"Accept-Language": locale}
    body = {"purpose": "login", "account": "nobody"}
    told = shared.client.post(LOGINS, json=body, headers=headers).json()["missing"][0]
    assert told["text"].isascii() == (locale == "en")
    assert "{" not in told["text"]


@pytest.mark.clause("CC-19000.12")
def test_a_refusal_is_a_short_sentence_and_a_code(shared):
    answers = [
        shared.opens().password("wrong"),
        shared.opens().answer("webauthn", credential={}),
    ]
    reasons = {"wrong_password", "malformed", "no_credential", "unknown_credential"}
    for answer in answers:
        told = problem(answer, 401, "refused")
        assert not [reason for reason in reasons if reason in answer.text]
        assert told["title"] == "That was not accepted. Please try again."
        assert told["type"] == "about:blank"


def test_cookies_are_ours_alone_and_no_script_reads_them(world):
    """`__Host-` (RFC 6265bis section 4.1.3.2): no other host sets them, no plain line has them."""
    amy = world.customer()
    seen = []
    amy.client.event_hooks = {"response": [seen.append]}
    amy.activated().signs_in().approves()
    amy.client.delete("/v1/session")
    lines = [line for answer in seen for line in answer.headers.get_list("set-cookie")]
    names = {line.partition("=")[0] for line in lines}
    assert {cookies.SESSION, cookies.DEVICE} < names
    for line in lines:
        name, *attributes = [part.strip() for part in line.split(";")]
        assert name.startswith("__Host-trifactor-")
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(attributes)
        assert not [attribute for attribute in attributes if attribute.startswith("Domain")]


def test_a_session_cookie_lives_no_longer_than_the_session(amy):
    transaction = amy.opens()
    transaction.password(amy.own)
    lines = transaction.totp(amy.code()).headers.get_list("set-cookie")
    session = next(line for line in lines if line.startswith(cookies.SESSION))
    assert f"Max-Age={8 * 3600};" in session
    dropped = next(line for line in lines if line.startswith(cookies.TRANSACTION))
    assert "Max-Age=0;" in dropped


def test_a_device_is_known_by_one_cookie_for_good(amy):
    amy.signs_in()
    device = amy.cookie(cookies.DEVICE)
    amy.signs_in()
    assert amy.cookie(cookies.DEVICE) == device


def test_a_device_cookie_that_somebody_made_up_is_not_taken_over(amy):
    """Else whoever plants one in a browser knows the secret of a known device."""
    victim = amy.world.client()
    victim.cookies.set(cookies.DEVICE, "planted", domain="testserver.local", path="/")
    amy.signs_in(client=victim)
    stranger = amy.world.client(headers={"Cookie": f"{cookies.DEVICE}=planted"})
    amy.opens(client=stranger)
    assert not amy.world.events(amy.id, "login:transaction:opened")[0].known_device


def test_answers_say_what_they_are(shared):
    answer = shared.client.get("/v1/session")
    assert answer.headers["content-type"] == "application/json"
    empty = shared.world.client().delete("/v1/session", headers={"Origin": ORIGIN})
    assert (empty.status_code, empty.content) == (204, b"")
