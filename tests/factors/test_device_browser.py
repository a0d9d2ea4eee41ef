"""A real browser's WebCrypto makes the key, signs for us, and shows the key to nobody else."""

import json

import pytest

from factors.contract import Accepted
from factors.device import Device, DeviceSettings
from tests.demo_client.chromium import chromium
from tests.factors.world import ORIGIN, Chance, context

pytestmark = pytest.mark.browser

LOOKALIKE = "https://broker.example.evil.example"
FACTOR = Device(DeviceSettings(origins=(ORIGIN,)))

SCRIPT = """
const b64 = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)))
  .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

const done = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

async function keys(mode) {
  const opening = indexedDB.open("device", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore("keys");
  return (await done(opening)).transaction("keys", mode).objectStore("keys");
}

async function make() {
  const pair = await crypto.subtle.generateKey(
    { name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
  await done((await keys("readwrite")).put(pair, "mine"));
}

async function find() {
  return (await done((await keys("readonly")).get("mine"))) ?? null;
}

async function sign(type, asked, origin) {
  const pair = await find();
  if (pair === null) return null;
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  const { challenge, transaction, purpose } = asked;
  const said = new TextEncoder().encode(JSON.stringify(
    { type, challenge, transaction, purpose, origin: origin ?? location.origin }));
  const signature = await crypto.subtle.sign(
    { name: "ECDSA", hash: "SHA-256" }, pair.privateKey, said);
  const members = new TextEncoder().encode(JSON.stringify({ crv, kty, x, y }));
  return {
    public_key: { kty, crv, x, y },
    key: b64(await crypto.subtle.digest("SHA-256", members)),
    client_data: b64(said),
    signature: b64(signature),
  };
}
"""


@pytest.fixture(scope="module")
def browser():
    with chromium() as running:
        yield running


@pytest.fixture
def visit(browser):
    """Return what opens a page of any origin in one browser profile; all are served the script."""
    profile = browser.new_context()
    page = f"<!doctype html><script>{SCRIPT}</script>"
    profile.route("**/*", lambda route: route.fulfill(body=page, content_type="text/html"))

    def visited(origin):
        opened = profile.new_page()
        opened.goto(f"{origin}/")
        return opened

    yield visited
    profile.close()


def sign(page, kind, asked, origin=None):
    """Have the page sign; return the members that such an answer has, or None without a key."""
    call = "([type, asked, origin]) => sign(type, asked, origin)"
    signed = page.evaluate(call, [f"trifactor.device.{kind}", dict(asked), origin])
    left_out = {"bind": "key", "prove": "public_key"}[kind]
    return signed and {name: value for name, value in signed.items() if name != left_out}


@pytest.fixture
def ours(visit):
    """A page of ours whose browser has a key."""
    page = visit(ORIGIN)
    page.evaluate("make()")
    return page


@pytest.fixture
def held(ours):
    offer = FACTOR.enroll({}, context())
    confirmed = FACTOR.confirm(offer.private, sign(ours, "bind", offer.public), context())
    assert isinstance(confirmed, Accepted)
    return {"d": confirmed.credential}


@pytest.fixture
def asked(held):
    return FACTOR.challenge(held, context(entropy=Chance(b"ask")))


def verify(held, asked, answer):
    return FACTOR.verify(held, asked.private, answer, context())


@pytest.mark.clause("CC-17010.d.b")
def test_a_browser_signs_with_the_key_it_keeps_also_in_a_page_opened_later(
    visit, ours, held, asked
):
    ours.close()
    later = visit(ORIGIN)
    answer = sign(later, "prove", asked.public)
    assert answer["key"] in asked.public["keys"]
    assert isinstance(verify(held, asked, answer), Accepted)


def test_no_script_of_ours_can_read_the_key(ours):
    read = """async (form) => {
      const { privateKey } = await find();
      return crypto.subtle.exportKey(form, privateKey).then(() => "read", (error) => error.name);
    }"""
    assert [ours.evaluate(read, form) for form in ("jwk", "pkcs8")] == ["InvalidAccessError"] * 2
    assert json.loads(ours.evaluate("async () => JSON.stringify(await find())"))["privateKey"] == {}


def test_a_page_of_another_origin_has_nothing_that_signs_a_challenge_carried_to_it(
    visit, held, asked
):
    lookalike = visit(LOOKALIKE)
    assert sign(lookalike, "prove", asked.public, ORIGIN) is None
    lookalike.evaluate("make()")
    lie = sign(lookalike, "prove", asked.public, ORIGIN)
    assert verify(held, asked, lie).reason == "unknown_key"


def test_our_page_in_a_frame_of_another_finds_no_key_either(visit, ours):
    """Were framing allowed: browsers give such a frame a storage apart, or none at all."""
    lookalike = visit(LOOKALIKE)
    lookalike.evaluate(
        """(src) => new Promise((resolve) => {
          const frame = document.createElement("iframe");
          frame.onload = resolve;
          frame.src = src;
          document.body.append(frame);
        })""",
        f"{ORIGIN}/framed",
    )
    framed = next(frame for frame in lookalike.frames if frame.url.startswith(f"{ORIGIN}/"))
    look = "find().then((found) => (found === null ? 'none' : 'there'), () => 'denied')"
    assert framed.evaluate(look) in {"none", "denied"}
