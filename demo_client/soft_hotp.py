"""A software password generator (RFC 4226): one press, one code, and no clock.

It counts its presses whether or not anybody types the code, as a token in a pocket does: `code`
pressed in vain puts it ahead of the service, and `two` is how it is brought back in step.
"""

from __future__ import annotations

import msgspec
import pyotp

from demo_client.errors import NotHeld


class SoftHotp(msgspec.Struct, kw_only=True):
    """One enrolled secret. `uri` is the scanned `otpauth://` address, with its first counter."""

    uri: str
    presses: int = 0

    def code(self) -> str:
        """Press the button once, and read the code."""
        code = self._generator().at(self.presses)
        self.presses += 1
        return code

    def two(self) -> dict[str, str]:
        """Press twice, and give both codes: the answer that brings the service back in step."""
        return {"code": self.code(), "next": self.code()}

    def _generator(self) -> pyotp.HOTP:
        generator = pyotp.parse_uri(self.uri)
        if not isinstance(generator, pyotp.HOTP):
            raise NotHeld("the enrolled secret is not a counting one")
        return generator
