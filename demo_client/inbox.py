"""The demo's mailbox: the messages that a real firm would send, read from the outbox's folder."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """One message. `at` is Unix time in seconds."""

    id: str
    at: float
    channel: str
    to: str
    subject: str
    body: str

    @property
    def when(self) -> str:
        """The time of the message in UTC, by RFC 3339."""
        return datetime.fromtimestamp(self.at, UTC).isoformat(timespec="seconds")


def messages(folder: Path) -> Sequence[Mail]:
    """Return what lies in `folder`, newest first; a folder that is not there is an empty one."""
    files = folder.glob("*.json") if folder.is_dir() else ()
    mails = [msgspec.json.decode(file.read_bytes(), type=Mail) for file in files]
    return sorted(mails, key=lambda mail: (mail.at, mail.id), reverse=True)
