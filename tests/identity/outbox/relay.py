"""A mail relay on this machine: a real SMTP server, with an authority of its own."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
import threading
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "127.0.0.1"
USER, PASSWORD = "trifactor", "relay-Pa55"


class Authority:
    """Issues certificates. `file` is its own, in PEM."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a test's authority")])
        own = self._builder(self._name, self._key).add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        )
        self.file = folder / "authority.pem"
        self.file.write_bytes(self._signed(own))

    def server(self, *names: x509.GeneralName) -> ssl.SSLContext:
        """Return what a server with these names shows."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a test's relay")])
        builder = self._builder(subject, key).add_extension(
            x509.SubjectAlternativeName(names), critical=False
        )
        file = self._folder / "server.pem"
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + self._signed(builder)
        )
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(file)
        return context

    def _builder(self, subject, key):
        now = dt.datetime.now(dt.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(hours=1))
            .not_valid_after(now + dt.timedelta(hours=1))
        )

    def _signed(self, builder) -> bytes:
        return builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


class Box:
    """What the relay took, and what it says to the next ones: "" means yes."""

    def __init__(self) -> None:
        self.taken = []
        self.signed_in = []
        self.to_recipient = ""
        self.to_data = ""

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 - aiosmtpd names it
        if self.to_recipient:
            return self.to_recipient
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd names it
        if self.to_data:
            return self.to_data
        self.taken.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        self.signed_in.append(session.auth_data)
        return "250 OK"


def own_name() -> x509.GeneralName:
    return x509.IPAddress(ip_address(HOST))


def _authenticated(server, session, envelope, mechanism, data):
    said = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=said, handled=False, auth_data=data.login)


@contextmanager
def relay(box, *, starttls=None, tls=None, auth=False, port=None):
    """Run a relay; give its port."""
    more = {"authenticator": _authenticated, "auth_required": True} if auth else {}
    if auth and tls:  # it does not count TLS from the first byte as any
        more |= {"auth_required": False, "auth_require_tls": False}
    controller = Controller(
        box,
        hostname=HOST,
        port=port or free_port(),
        ssl_context=tls,
        tls_context=starttls,
        require_starttls=starttls is not None,
        **more,
    )
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


@contextmanager
def talker(talk):
    """Run a server that does `talk(connection)` with everybody who comes; give its port."""
    ended = threading.Event()
    with socket.create_server((HOST, 0)) as server:

        def serve():
            with suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    with connection, suppress(OSError):
                        talk(connection, ended)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            ended.set()
            with suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)
            thread.join(10)


def free_port() -> int:
    with socket.create_server((HOST, 0)) as server:
        return server.getsockname()[1]
