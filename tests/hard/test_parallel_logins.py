"""Many customers at once on the embedded database: slower at worst, never an error."""

from concurrent.futures import ThreadPoolExecutor

from tests.hard.customers import STEP, all_join
from tests.hard.servers import WIDE, limits

CUSTOMERS = 16
ROUNDS = 3


def test_parallel_logins_on_sqlite_all_succeed(deploy):
    deployment = deploy(limits=limits(windows=WIDE))
    # Two processes, so that the file's own lock is fought for as well: an operator's command line
    # beside the service does the same.
    servers = deployment.start(2)
    names = [f"customer{number}" for number in range(CUSTOMERS)]
    customers = all_join(deployment, servers, names)
    with ThreadPoolExecutor(CUSTOMERS) as threads:
        for _ in range(ROUNDS):
            logins = list(threads.map(lambda customer: customer.signs_in(), customers))
            assert [login.body["state"] for login in logins] == ["succeeded"] * CUSTOMERS
            looks = threads.map(lambda customer: customer.call("GET", "/v1/session"), customers)
            assert {look.body["account"]["state"] for look in looks} == {"active"}
            deployment.clock.forward(STEP)
    assert [server.errors() for server in servers] == [[], []]
