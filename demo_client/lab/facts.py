"""What each soft factor of the lab is: facts that the expected verdict is worked out from.

They are what the technique, and the way it was bound here, are known to be. The service is never
asked: whether it sees the same in them is what the lab finds out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

import msgspec

KNOWLEDGE: Final = "knowledge"
POSSESSION: Final = "possession"
INHERENCE: Final = "inherence"
CLASSES: Final = (KNOWLEDGE, POSSESSION, INHERENCE)
"""The three classes of CC-17010.d."""


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """A factor as a customer of the lab holds it. `id` is its name here, `method` the service's.

    `class_` is what the technique is by its nature. `device_bound`: a maker whom the service was
    told to trust vouches that the key stays in one device; `biometric`: and that it checks a
    biometric. `carrier`: what brings or holds the proof, where two factors may share it.
    `single`: an account has at most one. `travels`: its code must be waited for, so it is shown
    last. `spends`: each use takes something away that does not grow again.
    """

    id: str
    method: str
    class_: str
    device_bound: bool = False
    phishing_resistant: bool = False
    user_verified: bool = False
    biometric: bool = False
    synced: bool = False
    restricted: bool = False
    carrier: str = ""
    single: bool = False
    travels: bool = False
    spends: bool = False


_ROWS: Final = (
    Kind(id="password", method="password", class_=KNOWLEDGE, single=True),
    Kind(id="pattern", method="pattern", class_=KNOWLEDGE, single=True),
    Kind(id="totp", method="totp", class_=POSSESSION),
    Kind(id="hotp", method="hotp", class_=POSSESSION),
    Kind(
        id="sms_otp", method="sms_otp", class_=POSSESSION, restricted=True, carrier="phone",
        single=True, travels=True,
    ),
    Kind(
        id="mail_otp", method="mail_otp", class_=POSSESSION, restricted=True, carrier="mailbox",
        single=True, travels=True,
    ),
    Kind(id="grid_card", method="grid_card", class_=POSSESSION, single=True, spends=True),
    Kind(id="device", method="device", class_=POSSESSION, phishing_resistant=True),
    Kind(
        id="device_phone", method="device", class_=POSSESSION, phishing_resistant=True,
        carrier="phone",
    ),
    Kind(
        id="passkey", method="webauthn", class_=POSSESSION, phishing_resistant=True,
        user_verified=True,
    ),
    Kind(
        id="passkey_synced", method="webauthn", class_=POSSESSION, phishing_resistant=True,
        user_verified=True, synced=True,
    ),
    Kind(
        id="passkey_attested", method="webauthn", class_=POSSESSION, phishing_resistant=True,
        user_verified=True, device_bound=True, biometric=True,
    ),
    Kind(
        id="recovery_codes", method="recovery_codes", class_=POSSESSION, single=True, spends=True
    ),
)  # fmt: skip

KINDS: Final[Mapping[str, Kind]] = MappingProxyType({kind.id: kind for kind in _ROWS})
"""Every soft factor, in the order of the matrix."""


def chosen(names: Iterable[str]) -> tuple[Kind, ...]:
    """Return the kinds of these names; one that is a method's alone stands for all its kinds.

    Raises `KeyError` with the first name that is neither.
    """
    wanted: set[str] = set()
    for name in names:
        found = {name} & KINDS.keys() or {kind.id for kind in _ROWS if kind.method == name}
        if not found:
            raise KeyError(name)
        wanted |= found
    return tuple(kind for kind in _ROWS if kind.id in wanted)
