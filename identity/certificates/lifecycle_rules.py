"""The numbers of the lifecycle, with their sources, and where two operators are asked.

They come in as one value, from the settings or from a test. Clause: CC-17010.e.d
"""

from __future__ import annotations

import math
from typing import Final, Literal, TypeAlias, get_args

import msgspec

from identity.clock import DAY
from identity.errors import SettingsError

FourEyed: TypeAlias = Literal["approve", "reject", "deliver", "suspend", "resume", "revoke"]
"""What an operator may do to a certificate, and a firm may ask a second one for."""

MONTH: Final = 30 * DAY
"""Seconds of the rule's month, as for the initial electronic password."""

LONGEST_MONTH: Final = 31 * DAY


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """How long things take, in seconds. Raises `SettingsError` for numbers that make no sense.

    `validity`: one year, as brokers' certificates are. `renewal_window`: opens 45 days before the
    end, as at Taiwanese brokers and futures merchants. `deliver_within`, `use_within`: one month,
    as the rule gives an electronic password (ECD.3.4). `backdating`: by how much a certificate
    begins before it is signed, for clocks that are behind (step-ca: one minute). `four_eyes`: what
    a second operator is asked for; what gives something, unless the firm says otherwise.
    """

    validity: float = 365 * DAY
    renewal_window: float = 45 * DAY
    deliver_within: float = MONTH
    use_within: float = MONTH
    backdating: float = 60.0
    four_eyes: frozenset[FourEyed] = frozenset({"approve", "deliver", "resume"})

    def __post_init__(self) -> None:
        """Refuse what would never lapse, never end, or silently ask no second operator."""
        for name, most in (
            ("validity", math.inf),
            ("renewal_window", self.validity),
            ("deliver_within", LONGEST_MONTH),
            ("use_within", min(LONGEST_MONTH, self.validity)),
        ):
            value = getattr(self, name)
            if not (math.isfinite(value) and 0 < value <= most):
                raise SettingsError(f"certificates.{name}: seconds over 0, at most {most:g}")
        if not 0 <= self.backdating <= DAY:
            raise SettingsError(f"certificates.backdating: 0 to {DAY:g} seconds")
        if not self.four_eyes <= frozenset(get_args(FourEyed)):
            raise SettingsError(f"certificates.four_eyes: of {', '.join(get_args(FourEyed))}")

    def period(self, at: float) -> tuple[float, float]:
        """Return first and last second of a certificate that is signed at `at`, whole seconds."""
        signed = math.floor(at)
        return signed - self.backdating, signed + self.validity
