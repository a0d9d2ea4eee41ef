"""A carrier that writes every letter to a file: the inbox of the demo and of tests.

Not for production: what it writes is readable, initial passwords too.
"""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from identity.outbox.letter import Letter

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")


class FolderCarrier:
    """Writes `<id>.json` with `{id, at, channel, to, subject, body}` into a folder.

    A file is there whole or not at all, and a letter that comes again replaces itself.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def carry(self, letter: Letter) -> None:
        """Write the letter; `OSError` where the folder cannot be written to."""
        if not _NAME.match(letter.id):
            raise ValueError("a letter's id must be fit for a file's name")
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = self._folder / f".{letter.id}.part"
        part.write_bytes(_content(letter))
        part.replace(self._folder / f"{letter.id}.json")


def _content(letter: Letter) -> bytes:
    return msgspec.json.encode(
        {
            "id": letter.id,
            "at": letter.at,
            "channel": letter.channel,
            "to": letter.address,
            "subject": letter.subject,
            "body": letter.body,
        }
    )
