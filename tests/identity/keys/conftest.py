"""A ring made of chance that repeats itself."""

from __future__ import annotations

import pytest

from factors.contract import Entropy
from identity.keys.ring import KeyRing, generate_ring
from tests.identity.keys.sources import NOW, stream


@pytest.fixture
def entropy() -> Entropy:
    return stream("keys")


@pytest.fixture
def ring(entropy: Entropy) -> KeyRing:
    return generate_ring(NOW, entropy)
