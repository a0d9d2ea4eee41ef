"""A carrier that prints letters, for somebody who tries the service on a terminal.

Not for production: a terminal's output ends up in logs, and these are not for logs.
"""

from __future__ import annotations

from typing import TextIO

from identity.outbox.letter import Letter


class ConsoleCarrier:
    """Prints to `stream`."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def carry(self, letter: Letter) -> None:
        """Print the letter."""
        lines = (f"[{letter.channel}] {letter.address}", letter.subject, "", letter.body.strip())
        self._stream.write("\n".join(lines) + "\n\n")
        self._stream.flush()
