"""A service that tests share where they change nothing that another would notice."""

import pytest

from tests.identity.kit import WIDE, World, lab_limits


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A customer with every factor, signed in, on a service whose windows never fill."""
    root = tmp_path_factory.mktemp("shared")
    with World(root, **lab_limits(root, WIDE)) as world:
        customer = world.customer().activated(passkey=True).signs_in()
        world.clock.forward(1)
        yield customer
