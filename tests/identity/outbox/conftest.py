"""A real outbox on a real store, and a carrier that keeps what it is given."""

from __future__ import annotations

import pytest

from identity.audit.record import Journal
from identity.keys.ring import KeyRing, generate_ring
from identity.keys.seal import Sealer
from identity.model import Account, AccountState, Profile
from identity.outbox import texts
from identity.outbox.courier import Outbox
from identity.outbox.letter import Letter
from tests.identity.keys.sources import NOW, stream


class Shelf:
    """A carrier that keeps letters, and refuses the next `refusals` of them."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self.refusals = 0

    def carry(self, letter: Letter) -> None:
        if self.refusals:
            self.refusals -= 1
            raise ConnectionError(f"{letter.address} said no to {letter.body}")
        self.letters.append(letter)


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture(scope="session")
def ring() -> KeyRing:
    return generate_ring(NOW, stream("outbox"))


@pytest.fixture
def sealer(ring) -> Sealer:
    return Sealer(ring, stream("nonces"))


@pytest.fixture
def journal(ring) -> Journal:
    return Journal(ring, lab=False)


@pytest.fixture
def outbox(sealer, journal) -> Outbox:
    return Outbox(sealer, texts.load("Firm"), journal)


@pytest.fixture
def account() -> Account:
    return Account(
        id="account",
        name="amy",
        state=AccountState.ACTIVE,
        locale="en",
        created_at=NOW,
        activate_by=NOW,
        profile=b"",
    )


@pytest.fixture
def profile() -> Profile:
    return Profile(display_name="Amy", email="amy@mail.example", phone="+886900000000")
