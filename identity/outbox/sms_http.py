"""A carrier that hands letters to the firm's SMS gateway by one HTTP request each.

What the request looks like is in the settings (see `identity.outbox.sms_request`). A letter counts
as taken where the gateway says so in the way the settings tell; whatever else comes is a failure,
and the courier tries again. The standard library's client serves better here than a larger one: it
follows no redirect, which would take code and telephone number elsewhere, asks no environment for
a proxy, unpacks nothing, and its socket can be held to a deadline. Nothing is logged, and no error
says more than a code: a gateway's words, and the client's, hold numbers and codes.
"""

from __future__ import annotations

import http.client
import re
import socket
import ssl
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec

from identity.errors import SettingsError
from identity.keys import private
from identity.outbox.deadline import deadline
from identity.outbox.letter import Letter
from identity.outbox.port import GatewayRefused, GatewayUnreachable
from identity.outbox.sms_request import CODECS, Request, built, faults
from identity.outbox.texts import SMS
from identity.settings import Sms

LONGEST = 25.0
"""Seconds one letter may take in all, however slowly the gateway speaks: shorter than the time
after which another node tries it (`identity.outbox.backoff.FIRST`)."""

LARGEST = 64 * 1024
"""Bytes of an answer that are looked at: gateways say what they have to say in a few hundred."""

_WHAT = "SMS credentials file"


class Answer(NamedTuple):
    """What a gateway answered: an HTTP status, and the body's first `LARGEST` bytes and one."""

    status: int
    body: bytes


class SmsGateway:
    """Sends SMS, one connection a letter.

    Raises `SettingsError` at once, with a sentence for each fault, where the settings or their
    files will not do. Credentials are read for every letter, so that they can be changed while
    the service runs.
    """

    def __init__(self, settings: Sms) -> None:
        self._settings = settings
        parts = urlsplit(settings.url)
        self._host, self._port = parts.hostname or "", parts.port
        self._tls = _context(settings.ca_file) if parts.scheme == "https" else None
        credentials = self._credentials()
        wrong = faults(settings, credentials)
        if settings.auth == "basic" and not {"user", "password"} <= credentials.keys():
            wrong.append("auth: credentials_file needs the lines user= and password=")
        if wrong:
            raise SettingsError("\n".join(f"outbox.sms: {fault}" for fault in wrong))

    def carry(self, letter: Letter) -> None:
        """Hand the letter to the gateway; `GatewayUnreachable` or `GatewayRefused` else."""
        if letter.channel != SMS:
            raise ValueError(f"an SMS gateway carries no {letter.channel}")
        answer = self._answer(built(self._settings, letter, self._credentials()))
        if answer.status not in self._settings.status:
            raise GatewayRefused(f"gateway_status_{answer.status}")
        if not self._is_taken(answer.body):
            raise GatewayRefused("gateway_not_accepted")

    def _answer(self, request: Request) -> Answer:
        line = _Line(self._host, self._port, self._settings.timeout, self._tls)
        with deadline(LONGEST, lambda: line.line) as late, closing(line):
            try:
                line.request(request.method, request.target, request.body, request.headers)
                with line.getresponse() as response:
                    answer = Answer(response.status, response.read(LARGEST + 1))
                if not late():  # else it is what was cut off
                    return answer
                reason = "gateway_timeout"
            except (OSError, http.client.HTTPException, ValueError) as error:
                reason = "gateway_timeout" if late() else _reason(error)
        # Out of reach of the error above, whose words may be the request's.
        raise GatewayUnreachable(reason)

    def _is_taken(self, body: bytes) -> bool:
        settings = self._settings
        if not (settings.accepted or settings.pointer):
            return True
        if len(body) > LARGEST:
            return False
        text = body.decode(CODECS[settings.encoding], "replace")
        matches = not settings.accepted or re.search(settings.accepted, text, re.MULTILINE)
        return bool(matches) and (
            not settings.pointer or _at(body, settings.pointer) in settings.values
        )

    def _credentials(self) -> Mapping[str, str]:
        path = self._settings.credentials_file
        if not path:
            return {}
        try:
            lines = private.read(Path(path), _WHAT).decode().splitlines()
        except FileNotFoundError:
            raise SettingsError(f"There is no {_WHAT} {path}.") from None
        except UnicodeDecodeError:
            raise SettingsError(f"The {_WHAT} {path} is no text in UTF-8.") from None
        told = [line.partition("=") for line in lines if line.strip() and line[0] != "#"]
        return {name.strip(): value.strip() for name, _, value in told}


class _Line(http.client.HTTPConnection):
    """A connection whose socket is known from the first moment, so that it can be hung up on.

    The library's own forgets it while it shakes hands, and once an answer has begun.
    """

    def __init__(
        self, host: str, port: int | None, timeout: float, tls: ssl.SSLContext | None
    ) -> None:
        self.default_port = http.client.HTTPS_PORT if tls else http.client.HTTP_PORT
        super().__init__(host, port or self.default_port, timeout=timeout)
        self._tls = tls
        self.line: socket.socket | None = None

    def connect(self) -> None:
        """Connect and, for HTTPS, verify who answers."""
        self.sock = self.line = socket.create_connection((self.host, self.port), self.timeout)
        if self._tls:
            secured = self._tls.wrap_socket(
                self.sock, server_hostname=self.host, do_handshake_on_connect=False
            )
            self.sock = self.line = secured
            secured.do_handshake()


def _reason(error: Exception) -> str:
    kinds = {
        TimeoutError: "gateway_timeout",
        ssl.SSLError: "gateway_tls",
        OSError: "gateway_unreachable",
        http.client.HTTPException: "gateway_garbled",
    }
    return next(
        (code for kind, code in kinds.items() if isinstance(error, kind)), "gateway_request"
    )


def _at(body: bytes, pointer: str) -> str | None:
    """Return what is at a JSON pointer (RFC 6901), as text; None where there is nothing."""
    try:
        found: Any = msgspec.json.decode(body)
        for name in pointer.split("/")[1:]:
            found = found[int(name) if isinstance(found, list) else _unescaped(name)]
    except (msgspec.DecodeError, RecursionError, LookupError, TypeError, ValueError):
        return None
    return found if isinstance(found, str) else msgspec.json.encode(found).decode()


def _unescaped(name: str) -> str:
    return name.replace("~1", "/").replace("~0", "~")


def _context(ca_file: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file or None)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(
            f"outbox.sms.ca_file: {ca_file} holds no certificates in PEM, or cannot be read."
        ) from error
