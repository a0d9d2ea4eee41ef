"""What logins and single answers cost the serving process, in CPU time."""

from __future__ import annotations

from collections.abc import Callable
from statistics import fmean, median

from demo_client.soft_webauthn import SoftAuthenticator, Traits
from identity.entropy import system
from tests.bench.bed import Bed, RawVerify, bed, signed_in
from tests.bench.rows import Row
from tests.hard.customers import Customer, joins

ROUNDS = 7
EACH = 16
"""Operations in a round: a round's figure is their mean, so that background work is in it."""

ORIGIN = "http://localhost:8000"

MOST_OF_A_HASH = 1.25
MOST_OF_AN_ANSWER = 2.0  # milliseconds


def rows() -> list[Row]:
    """Measure everything about logins."""
    raw = RawVerify()
    with bed() as full:
        amy, passkey = customer(full)
        known = login_ratio(full, raw, amy, new_device=False)
        new = login_ratio(full, raw, amy, new_device=True)
        totp = totp_answer(full, amy)
        assertion = passkey_answer(full, amy, passkey)
    with bed("NORMAL") as normal:
        relaxed = login_ratio(normal, raw, customer(normal)[0], new_device=False)
    return [
        login_row("password + TOTP login, known device, synchronous=FULL", known),
        Row("the same from a new device", told(new), remark="with a mail to the customer"),
        Row("the same, known device, synchronous=NORMAL", told(relaxed)),
        answer_row("TOTP answer (step-up), synchronous=FULL", totp),
        answer_row("passkey answer (step-up), synchronous=FULL", assertion),
    ]


def customer(bed: Bed) -> tuple[Customer, SoftAuthenticator]:
    """Open an account with password, TOTP and a passkey."""
    device = SoftAuthenticator([], system, Traits())
    confirm = {
        "webauthn": lambda offer: {"credential": device.create(offer["publicKey"], ORIGIN)},
    }
    return joins(bed.deployment, bed.server, "amy", **confirm), device


def login_ratio(
    bed: Bed, raw: RawVerify, amy: Customer, *, new_device: bool
) -> tuple[float, float, float]:
    """Return login over raw verify, and both in CPU ms: medians over interleaved rounds."""
    signed_in(bed, amy)  # to warm up, and to be known
    logins, hashes = [], []
    for _ in range(ROUNDS):
        logins.append(fmean(one_login(bed, amy, new_device=new_device) for _ in range(EACH)))
        hashes.append(fmean(raw.cpu() for _ in range(EACH)))
    ratio = median(login / hash_ for login, hash_ in zip(logins, hashes, strict=True))
    return ratio, 1000 * median(logins), 1000 * median(hashes)


def one_login(bed: Bed, amy: Customer, *, new_device: bool) -> float:
    """Return the CPU seconds of one complete login."""
    bed.clock.forward()
    if new_device:
        amy.cookies.clear()
    before = bed.cpu()
    assert amy.signs_in().status == 200
    return bed.since(before)


def totp_answer(bed: Bed, amy: Customer) -> float:
    """Return the CPU ms of answering a step-up by a code."""
    signed_in(bed, amy)

    def one() -> float:
        bed.clock.forward()
        transaction = amy.opens("order")
        before = bed.cpu()
        assert amy.gives_code(transaction).status == 200
        return bed.since(before)

    return milliseconds(one)


def passkey_answer(bed: Bed, amy: Customer, device: SoftAuthenticator) -> float:
    """Return the CPU ms of answering a step-up by a passkey."""
    signed_in(bed, amy)

    def one() -> float:
        transaction = amy.opens("order")
        path = f"/v1/logins/{transaction.id}/challenges"
        asked = amy.send("POST", path, {"method": "webauthn"}, transaction.headers)
        credential = device.get(asked.body["challenge"]["publicKey"], ORIGIN)
        before = bed.cpu()
        answer = amy.answers(transaction, "webauthn", {"credential": credential})
        assert answer.status == 200, answer.body
        return bed.since(before)

    return milliseconds(one)


def milliseconds(one: Callable[[], float]) -> float:
    """Return the median of the rounds' means."""
    one()  # to warm up
    return 1000 * median(fmean(one() for _ in range(EACH)) for _ in range(ROUNDS))


def told(measured: tuple[float, float, float]) -> str:
    """Write a login's figures."""
    ratio, login, hash_ = measured
    return f"{ratio:.2f} of an Argon2id verify ({login:.1f} ms / {hash_:.1f} ms CPU)"


def login_row(what: str, measured: tuple[float, float, float]) -> Row:
    """Hold a login against one hash."""
    goal = f"≤ {MOST_OF_A_HASH} of one verify"
    return Row(what, told(measured), goal, measured[0] <= MOST_OF_A_HASH)


def answer_row(what: str, measured: float) -> Row:
    """Hold an answer against its goal."""
    met = measured <= MOST_OF_AN_ANSWER
    return Row(what, f"{measured:.2f} ms CPU", f"≤ {MOST_OF_AN_ANSWER:g} ms CPU", met)
