"""Behind nginx with `auth_request`, by the file of docs/embedding, on a real nginx."""

import json
import re
import subprocess
import threading
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest

from tests import programs
from tests.embedding.conftest import EXAMPLES
from tests.hard.customers import SESSION, STEP, joins
from tests.hard.servers import deployed, free_port, until
from tests.hard.wire import Wire

pytestmark = pytest.mark.nginx

MAIN = """
daemon off;
master_process off;
pid {root}/nginx.pid;
error_log {root}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {root}/body;
    proxy_temp_path {root}/proxy;
    fastcgi_temp_path {root}/fastcgi;
    uwsgi_temp_path {root}/uwsgi;
    scgi_temp_path {root}/scgi;
    include {root}/site.conf;
}}
"""


class Trading(BaseHTTPRequestHandler):
    """The application behind: it says what it was told of its caller."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        told = {name.lower(): value for name, value in self.headers.items()}
        content = json.dumps({"path": self.path, "told": told}).encode()
        self.rfile.read(int(told.get("content-length", "0")))
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_POST(self):
        self.do_GET()

    def log_message(self, *_):
        """Say nothing."""


@contextmanager
def trading():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Trading)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def nginx(root, **ports):
    """Run nginx on the example, with the example's ports replaced by free ones."""
    site = (EXAMPLES / "nginx.conf").read_text(encoding="utf-8")
    for written, port in ports.items():
        site = re.sub(rf"127\.0\.0\.1:{written[1:]}\b", f"127.0.0.1:{port}", site)
    (root / "site.conf").write_text(site, encoding="utf-8")
    (root / "nginx.conf").write_text(MAIN.format(root=root), encoding="utf-8")
    command = [programs.find(programs.NGINX), "-e", "stderr", "-p", root, "-c", root / "nginx.conf"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    try:
        until(lambda: answers(process, ports["_8080"]), 20)
        yield
    finally:
        process.terminate()
        process.communicate()


def answers(process, port):
    assert process.poll() is None, process.stderr.read()
    with suppress(OSError):
        Wire(port).close()
        return True
    return False


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A service, an application, nginx before both, and a customer who came through it."""
    root = tmp_path_factory.mktemp("nginx")
    port = free_port()
    settings = {
        "": {"origins": [f"http://127.0.0.1:{port}"]},
        "sessions": {"remembered": 0},
        "proxies": {"trusted": ["127.0.0.1/32"]},
        "tokens": {"audiences": ["https://api.example.com"]},
    }
    database = f"sqlite:///{root / 'identity.db'}"
    with deployed(root=root, database=database, settings=settings) as deployment:
        (server,) = deployment.start()
        with trading() as behind, nginx(root, _8080=port, _8000=server.port, _9000=behind):
            amy = joins(deployment, server, "amy")
            amy.wire, amy.prefix = Wire(port), "/identity"
            deployment.clock.forward(STEP)
            assert amy.signs_in().status == 200
            found = SimpleNamespace(amy=amy, port=port, clock=deployment.clock)
            yield found
            amy.wire.close()


def asked(place, path, method="GET", headers=None, *, cookie=True):
    wire = Wire(place.port)
    given = {"Cookie": f"{SESSION}={place.amy.cookies[SESSION]}"} if cookie else {}
    try:
        return wire.call(method, path, None, given | (headers or {}))
    finally:
        wire.close()


def test_who_is_not_signed_in_is_stopped_before_the_application(place):
    answer = asked(place, "/desk", cookie=False)
    assert answer.status == 401
    assert answer.all("www-authenticate") == ['Bearer realm="trifactor"']


def test_who_is_passes_and_the_application_is_told_who_it_is(place):
    answer = asked(place, "/desk?page=2")
    session = asked(place, "/identity/v1/session").body
    assert answer.status == 200
    told = answer.body["told"]
    assert answer.body["path"] == "/desk?page=2"
    assert told["trifactor-account"] == session["account"]["id"]
    assert told["trifactor-session"] == session["id"]
    assert told["trifactor-acr"] == "urn:trifactor:acr:aal2"
    assert told["trifactor-amr"] == "pwd otp mfa"


@pytest.mark.parametrize("path", ["/desk", "/orders"])
def test_what_a_caller_says_of_himself_does_not_reach_the_application(place, path):
    forged = {f"Trifactor-{name}": "forged" for name in ("Account", "Session", "Acr", "Amr")}
    assert asked(place, path, headers=forged, cookie=False).status == 401
    told = asked(place, path, headers=forged).body["told"]
    assert "forged" not in told.values()


def test_what_changes_something_is_asked_too(place):
    assert asked(place, "/desk", "POST").status == 200
    assert asked(place, "/desk", "POST", cookie=False).status == 401
    ours = {"Origin": f"http://127.0.0.1:{place.port}"}
    assert asked(place, "/orders", "POST", ours).status == 200
    assert asked(place, "/orders", "POST", {"Origin": "https://evil.example"}).status == 403


def test_nobody_asks_the_questions_himself(place):
    for path in ("/_signed_in", "/_order"):
        assert asked(place, path).status == 404


def test_an_order_asks_for_a_step_up_and_passes_after_it(place):
    place.clock.forward(301)
    answer = asked(place, "/orders")
    (challenge,) = answer.all("www-authenticate")
    assert answer.status == 401
    assert 'error="insufficient_user_authentication"' in challenge
    assert 'max_age="300"' in challenge
    assert asked(place, "/desk").status == 200
    assert place.amy.gives_code(place.amy.opens("order")).status == 200
    assert asked(place, "/orders").status == 200


def test_who_signed_out_is_stopped(place):
    cookie = {"Cookie": f"{SESSION}={place.amy.cookies[SESSION]}"}
    assert asked(place, "/desk", headers=cookie, cookie=False).status == 200
    place.amy.call("DELETE", "/v1/session", status=204)
    assert asked(place, "/desk", headers=cookie, cookie=False).status == 401
