"""The service as a whole, on SQLite, with customers of it."""

import os
import threading
from uuid import UUID

import pytest

from demo_client.soft_attestation import AttestationAuthority
from identity import settings
from identity.storage.sql.connection import Connection
from tests.identity.kit import AAGUID, NOW, WIDE, World, lab_limits


@pytest.fixture
def world(tmp_path):
    """A service with nobody in it yet."""
    with World(tmp_path) as started:
        yield started


@pytest.fixture
def wide_world(tmp_path):
    """A service whose windows never fill, so that what does not heal with time can be met."""
    with World(tmp_path, **lab_limits(tmp_path, WIDE)) as started:
        yield started


@pytest.fixture
def maker(tmp_path):
    """A maker of authenticators with a fingerprint reader, whom the firm trusts."""
    authority = AttestationAuthority.new(os.urandom, NOW, "maker")
    (tmp_path / "maker.pem").write_bytes(authority.root_pem)
    return authority


@pytest.fixture
def biometric_world(tmp_path, maker):
    """A service that knows the maker's model to check its user by a biometric."""
    webauthn = settings.WebAuthn(
        roots={"packed": (str(tmp_path / "maker.pem"),)}, biometric=(str(UUID(bytes=AAGUID)),)
    )
    with World(tmp_path, webauthn=webauthn) as started:
        yield started


@pytest.fixture
def amy(world):
    """A customer with a password and an authenticator app, active and not signed in."""
    return world.customer("amy").activated()


@pytest.fixture
def ben(world):
    """A customer with a password, an authenticator app and a passkey bound to its device."""
    return world.customer("ben").activated(passkey=True)


@pytest.fixture
def statements(monkeypatch):
    """The text of every statement that calls execute from here on, and no thread beside them."""
    executed, execute = [], Connection.execute

    def noting(connection, statement, *parameters):
        if threading.current_thread().name.startswith(("hash", "light")):
            executed.append(str(statement))
        return execute(connection, statement, *parameters)

    monkeypatch.setattr(Connection, "execute", noting)
    return executed
