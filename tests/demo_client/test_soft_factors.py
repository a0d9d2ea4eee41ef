"""The virtual customer's soft factors, each against the factor that judges it."""

from __future__ import annotations

import base64
import itertools
import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import settings as run
from hypothesis import strategies as st

from demo_client import base64url
from demo_client.errors import NotHeld
from demo_client.soft_card import SoftCard
from demo_client.soft_device import SoftDevice, thumbprint
from demo_client.soft_hotp import SoftHotp
from demo_client.soft_pattern import LONG, NODES, SoftPattern
from demo_client.soft_sheet import SoftSheet
from factors.contract import Accepted
from factors.device import Device, DeviceSettings
from factors.grid_card import GridCard, GridCardSettings
from factors.hotp import Hotp, HotpSettings
from factors.password_hashing import CHEAPEST
from factors.pattern import Pattern, PatternSettings
from factors.pattern_blocklist import common_patterns
from factors.pattern_grid import Grid
from factors.pattern_strength import length, too_simple
from factors.recovery_codes import RecoveryCodes, RecoveryCodesSettings
from tests.factors.world import Chance, context

HERE = "https://trade.example"

# RFC 4226 appendix D: the secret, and the codes of counters 0 to 9.
RFC_SECRET = b"12345678901234567890"
RFC_CODES = [
    "755224", "287082", "359152", "969429", "338314",
    "254676", "287922", "162583", "399871", "520489",
]  # fmt: skip


def bound(factor, offer, response):
    verdict = factor.confirm(offer.private, response, context())
    assert isinstance(verdict, Accepted), verdict
    return {"c": verdict.credential}


# Password generator


def hotp_of(secret, **more):
    name = base64.b32encode(secret).decode()
    return SoftHotp(uri=f"otpauth://hotp/Firm:amy?secret={name}&issuer=Firm&counter=0", **more)


def test_codes_are_those_of_rfc_4226_one_a_press():
    token = hotp_of(RFC_SECRET)
    assert [token.code() for _ in RFC_CODES] == RFC_CODES
    assert token.presses == 10


def test_a_token_that_ran_ahead_is_brought_back_by_two_codes():
    factor = Hotp(HotpSettings())
    offer = factor.enroll({}, context())
    token = SoftHotp(uri=offer.public["uri"])
    held = bound(factor, offer, {"code": token.code()})
    for _ in range(20):
        token.code()
    alone = factor.verify(held, {}, {"code": token.code()}, context())
    assert alone.reason == "wrong_code"
    assert isinstance(factor.verify(held, {}, token.two(), context()), Accepted)


def test_a_clock_is_no_password_generator():
    with pytest.raises(NotHeld):
        SoftHotp(uri="otpauth://totp/Firm:amy?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").code()


def test_a_token_begins_where_its_address_says():
    uri = hotp_of(RFC_SECRET).uri.replace("counter=0", "counter=7")
    assert SoftHotp(uri=uri).code() == RFC_CODES[7]


# Pattern


def walks(grid, count):
    """Every line of `count` nodes that can be drawn."""
    pairs = itertools.product(range(grid.size), repeat=2)
    passed = {(a, b): set(grid.between(a, b)) for a, b in pairs if a != b}

    def onwards(nodes):
        if len(nodes) == count:
            yield nodes
            return
        for node in set(range(grid.size)) - set(nodes):
            if passed[nodes[-1], node] <= set(nodes):
                yield from onwards((*nodes, node))

    return itertools.chain.from_iterable(onwards((first,)) for first in range(grid.size))


def test_whatever_is_chosen_on_the_usual_grid_is_taken():
    """Not by luck: every pattern that `chosen` could ever return is looked at."""
    grid, common = Grid(3, 3), common_patterns(Grid(3, 3))
    able = 0
    for nodes in walks(grid, NODES):
        strokes = grid.strokes(nodes)
        if len(set(strokes)) == len(strokes) and length(strokes, grid) >= LONG:
            able += 1
            assert nodes not in common
            assert not too_simple(nodes, grid)
    assert able > 20_000


@pytest.mark.parametrize(("rows", "columns"), [(3, 3), (4, 4), (3, 6), (6, 6)])
def test_a_chosen_pattern_is_bound_and_drawn_again(rows, columns):
    factor = Pattern(PatternSettings(rows=rows, columns=columns, argon2=CHEAPEST))
    offer = factor.enroll({}, context())
    for seed in range(40):
        nodes = SoftPattern.chosen(offer.public, Chance(b"%d" % seed)).nodes
        assert Grid(rows, columns).fault(nodes) is None
        held = bound(factor, offer, {"pattern": nodes, "again": nodes})
        assert isinstance(factor.verify(held, {}, {"pattern": nodes}, context()), Accepted)


def test_a_grid_that_wants_more_nodes_gets_them():
    offer = {"rows": 4, "columns": 4, "minimum": 12, "maximum": 16}
    assert len(SoftPattern.chosen(offer, Chance()).nodes) == 12


# Grid card


def test_a_printed_card_answers_for_its_cells_and_no_others():
    factor = GridCard(GridCardSettings())
    offer = factor.enroll({}, context())
    card = SoftCard.printed(offer.public)
    held = bound(factor, offer, {"cells": card.look_up(offer.public["asked"])})
    asked = factor.challenge(held, context())
    response = {"cells": card.look_up(asked.public["asked"])}
    assert isinstance(factor.verify(held, asked.private, response, context()), Accepted)
    with pytest.raises(NotHeld, match="Z9"):
        card.look_up(["A1", "Z9"])


# Recovery codes


def test_codes_are_crossed_out_one_by_one_until_there_are_none():
    factor = RecoveryCodes(RecoveryCodesSettings(argon2=CHEAPEST))
    offer = factor.enroll({}, context())
    sheet = SoftSheet(codes=list(offer.public["codes"]))
    held = bound(factor, offer, {"saved": True})
    for _ in range(10):
        verdict = factor.verify(held, {}, {"code": sheet.next()}, context())
        held = {"c": verdict.credential}
    assert sheet.used == list(offer.public["codes"])
    with pytest.raises(NotHeld):
        sheet.next()


# Bound device


DEVICE = Device(DeviceSettings(origins=(HERE,)))


def test_a_key_is_bound_and_proves_itself():
    device = SoftDevice.made(Chance(), phone=True)
    offer = DEVICE.enroll({}, context())
    verdict = DEVICE.confirm(offer.private, device.bind(offer.public, HERE), context())
    assert verdict.handle == device.name()
    assert verdict.evidence.carrier == "phone"
    held = {"c": verdict.credential}
    for keys in (held, {}):
        asked = DEVICE.challenge(keys, context(entropy=Chance(b"login")))
        answer = device.prove(asked.public, HERE)
        assert isinstance(DEVICE.verify(held, asked.private, answer, context()), Accepted)


@given(seed=st.integers(0, 10_000))
@run(max_examples=30, deadline=None)
def test_a_signature_has_the_length_that_webcrypto_gives_it(seed):
    offer = DEVICE.enroll({}, context()).public
    answer = SoftDevice.made(Chance(b"%d" % seed)).prove(offer, HERE)
    assert len(base64url.decode(answer["signature"])) == 64


def test_a_proof_says_what_it_is_for_and_where():
    device = SoftDevice.made(Chance())
    offer = DEVICE.enroll({}, context(purpose="order")).public
    said = json.loads(base64url.decode(device.prove(offer, HERE)["client_data"]))
    assert said == {
        "type": "trifactor.device.prove",
        "challenge": offer["challenge"],
        "transaction": "transaction-1",
        "purpose": "order",
        "origin": HERE,
    }
    assert "phone" not in device.bind(offer, HERE)


def test_a_key_is_named_as_rfc_7638_says():
    """The key of RFC 9449 section 4.1, and its thumbprint in section 6.1."""
    jwk = {
        "kty": "EC",
        "x": "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
        "y": "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA",
        "crv": "P-256",
    }
    assert thumbprint(jwk) == "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"


@pytest.mark.parametrize(
    "kept",
    [
        hotp_of(RFC_SECRET, presses=3),
        SoftPattern(nodes=[4, 0, 8]),
        SoftCard(serial="1", cells={"A1": "7K"}),
        SoftDevice.made(Chance(), phone=True),
        SoftSheet(codes=["a"], used=["b"]),
    ],
    ids=lambda kept: type(kept).__name__,
)
def test_what_is_kept_comes_back(kept):
    assert msgspec.json.decode(msgspec.json.encode(kept), type=type(kept)) == kept
