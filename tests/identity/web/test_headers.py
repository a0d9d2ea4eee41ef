"""The headers of answers that something else than a handler gives."""

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from identity.app import build
from identity.web.headers import POLICY
from identity.web.routes import ENDPOINTS, OPERATIONS, PUBLISHED
from tests.identity.kit import ORIGIN, configured, problem

ROUTES = [
    *((endpoint.method, endpoint.path.replace("{id}", "x")) for endpoint in ENDPOINTS),
    *(("GET", path) for path in (*OPERATIONS, *PUBLISHED)),
]


def policy(answer):
    return {name: answer.headers.get(name) for name in POLICY}


@pytest.fixture(scope="module")
def asleep(tmp_path_factory):
    """A client of a host that mounted the service and did not enter its lifespan."""
    identity = build(configured(tmp_path_factory.mktemp("asleep")))
    host = Starlette(routes=[Mount("/identity", app=identity)])
    return TestClient(host, base_url=ORIGIN)


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_a_route_that_is_mounted_and_not_started_carries_them(asleep, method, path):
    answer = asleep.request(method, f"/identity{path}", json={} if method == "POST" else None)
    problem(answer, 503, "not_started")
    assert policy(answer) == POLICY


def test_a_fault_of_ours_outside_the_table_carries_them_and_is_a_problem(world):
    """Here: what a proxy asks when the pools were closed a moment ago."""
    world.running.services.pools.close()
    answer = world.client().get("/readyz")
    problem(answer, 500, "internal")
    assert policy(answer) == POLICY
