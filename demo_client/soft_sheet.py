"""A sheet of recovery codes, each crossed out when it is used."""

from __future__ import annotations

import msgspec

from demo_client.errors import NotHeld


class SoftSheet(msgspec.Struct, kw_only=True):
    """The codes that are left, and those crossed out."""

    codes: list[str]
    used: list[str] = []

    def next(self) -> str:
        """Take the next code and cross it out; `NotHeld` where none is left."""
        if not self.codes:
            raise NotHeld("no recovery code is left: `enrol recovery_codes` prints a new sheet")
        self.used.append(self.codes.pop(0))
        return self.used[-1]
