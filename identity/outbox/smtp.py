"""A carrier that hands letters to the firm's mail relay by SMTP (RFC 5321, RFC 6409).

A letter that the relay did not take, for whatever reason, raises, and the courier tries it again.
Where the relay took it and its answer was lost, it comes twice, with the same Message-ID. Nothing
is logged here: errors of SMTP name addresses, so the courier keeps their type alone.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from pathlib import Path

from identity.errors import SettingsError
from identity.keys import private
from identity.outbox.deadline import deadline
from identity.outbox.letter import Letter
from identity.settings import Smtp

LONGEST = 25.0
"""Seconds one letter may take in all, however slowly the relay speaks: shorter than the time after
which another node tries it (`identity.outbox.backoff.FIRST`)."""

_CHANNEL = "mail"


class SmtpCarrier:
    """Sends mail as `firm`, one connection a letter. Clause: CC-17010.k

    Raises `SettingsError` at once where the password's or the authorities' file will not do. The
    password is read for every letter, so that it can be changed while the service runs.
    """

    def __init__(self, settings: Smtp, firm: str) -> None:
        self._settings = settings
        self._firm = firm
        self._tls = _context(settings.ca_file)
        self._password()

    def carry(self, letter: Letter) -> None:
        """Hand the letter to the relay; any exception where it was not taken."""
        if letter.channel != _CHANNEL:
            raise ValueError(f"SMTP carries no {letter.channel}")
        message = written(letter, self._settings.sender, self._firm)
        with self._session() as session:
            session.send_message(message, self._settings.sender, [letter.address])

    @contextmanager
    def _session(self) -> Iterator[smtplib.SMTP]:
        """Give a session that is protected and signed in as the settings say."""
        settings = self._settings
        session = self._unconnected()
        # The name to verify, which it takes from its constructor alone; that would connect at once.
        session._host = settings.host  # type: ignore[attr-defined]  # noqa: SLF001 - as said above
        with deadline(LONGEST, lambda: session.sock), closing(session):
            session.connect(settings.host, settings.port)
            if settings.security == "starttls":
                session.starttls(context=self._tls)
            if settings.user:
                session.login(settings.user, self._password())
            yield session
            with suppress(smtplib.SMTPException, OSError):  # it has the letter: say no failure
                session.quit()

    def _unconnected(self) -> smtplib.SMTP:
        timeout = self._settings.timeout
        if self._settings.security == "tls":
            return smtplib.SMTP_SSL(timeout=timeout, context=self._tls)
        return smtplib.SMTP(timeout=timeout)

    def _password(self) -> str:
        path = self._settings.password_file
        if not path:
            return ""
        try:
            return private.read(Path(path), "SMTP password file").decode().rstrip("\r\n")
        except FileNotFoundError as error:
            raise SettingsError(f"There is no SMTP password file {path}.") from error


def written(letter: Letter, sender: str, firm: str) -> EmailMessage:
    """Return the letter as a mail message in UTF-8.

    `ValueError` where the address is more than one, or a header would have a second line.
    """
    to = Address(addr_spec=letter.address)
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = Address(display_name=firm, addr_spec=sender)
    message["To"] = to
    message["Subject"] = letter.subject
    message["Date"] = datetime.fromtimestamp(letter.at, UTC)
    message["Message-ID"] = f"<{letter.id}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody answers with "I am away"
    message.set_content(letter.body, charset="utf-8", cte="base64")  # 7 bits go through anything
    return message


def _context(ca_file: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file or None)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(
            f"outbox.smtp.ca_file: {ca_file} holds no certificates in PEM, or cannot be read."
        ) from error
