"""A software TOTP authenticator (RFC 6238), as an app on the virtual customer's telephone.

It remembers the last time step it showed a code for, because a service takes each step's code
once (RFC 6238 section 5.2): the next code that can count is the one of a later step.
"""

from __future__ import annotations

import msgspec
import pyotp

from demo_client.errors import NotHeld


class SoftTotp(msgspec.Struct, kw_only=True):
    """One enrolled secret. `uri` is the scanned `otpauth://` address; `last_step` was used."""

    uri: str
    last_step: int = -1

    def code(self, now: float) -> str:
        """Show the code at `now` (Unix seconds), whose time step counts as used from then on."""
        generator = self._generator()
        self.last_step = int(now) // generator.interval
        return generator.generate_otp(self.last_step)

    def wait(self, now: float) -> float:
        """Return the seconds until a step begins whose code was not used yet, 0 for none."""
        return max(0.0, (self.last_step + 1) * self._generator().interval - now)

    def _generator(self) -> pyotp.TOTP:
        generator = pyotp.parse_uri(self.uri)
        if not isinstance(generator, pyotp.TOTP):
            raise NotHeld("the enrolled secret is not a time-based one")
        return generator
