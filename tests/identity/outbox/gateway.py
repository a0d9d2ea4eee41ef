"""An SMS gateway on this machine: a real HTTP server that keeps what it is sent."""

from __future__ import annotations

import ssl
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from tests.identity.outbox.relay import HOST


class Sent(NamedTuple):
    """A request as it came: `headers` by their names in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    def query(self, encoding="utf-8"):
        return _values(urlsplit(self.target).query, encoding)

    def form(self, encoding="utf-8"):
        return _values(self.body.decode("ascii"), encoding)


def _values(text, encoding):
    found = parse_qs(text, keep_blank_values=True, encoding=encoding, errors="strict")
    assert all(len(values) == 1 for values in found.values()), "a parameter given twice"
    return {name: values[0] for name, values in found.items()}


class Desk:
    """What came, and what is answered to the next ones."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self.status = 200
        self.headers: dict[str, str] = {}
        self.body = b"statuscode=1"

    def says(self, body, status=200, **headers) -> None:
        self.body, self.status, self.headers = body, status, headers


@contextmanager
def gateway(desk, *, tls: ssl.SSLContext | None = None, port=0):
    """Run a gateway; give its URL."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            length = int(self.headers.get("content-length", 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            desk.sent.append(Sent(self.command, self.path, headers, self.rfile.read(length)))
            self.send_response(desk.status)
            self.send_header("Content-Length", str(len(desk.body)))
            for name, value in desk.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(desk.body)

        do_GET = do_POST = answer  # noqa: N815 - http.server names them

        def log_message(self, *_) -> None:
            """Say nothing: tests look at what is printed."""

    with ThreadingHTTPServer((HOST, port), Handler) as server:
        server.handle_error = lambda *_: None  # whoever hangs up on us meant to
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            scheme = "https" if tls else "http"
            yield f"{scheme}://{HOST}:{server.server_address[1]}/send"
        finally:
            server.shutdown()
            thread.join(10)
