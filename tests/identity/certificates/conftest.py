"""Who signs, and one message of theirs."""

import pytest

from tests.identity.certificates.signing_parties import KINDS, Desk, Party


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    return Desk(tmp_path_factory.mktemp("desk"))


@pytest.fixture(scope="module")
def root():
    return Party.root()


@pytest.fixture(scope="module")
def signers(root):
    return {kind: root.customer(f"Amy {kind}", kind) for kind in KINDS}


@pytest.fixture(scope="module")
def holder(signers):
    return signers["p256"]


@pytest.fixture(scope="module")
def message(desk, holder):
    return desk.sign(holder, "-nodetach")
