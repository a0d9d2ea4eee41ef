"""What a factor is given in these tests: a clock that stands, chance that repeats itself."""

import hashlib
from dataclasses import dataclass, field, replace

from factors.contract import Context
from factors.device import DeviceSettings
from factors.password import PasswordSettings
from factors.password_hashing import CHEAPEST
from factors.pattern import PatternSettings
from factors.recovery_codes import RecoveryCodesSettings
from factors.registry import FactorSettings
from factors.webauthn import WebAuthnSettings

NOW = 1_800_000_000.0
RP_ID = "broker.example"
ORIGIN = "https://broker.example"


@dataclass
class Chance:
    """Unpredictable enough for a test, and the same every time: SHA-256 in counter mode."""

    seed: bytes = b"chance"
    drawn: int = field(default=0)

    def __call__(self, size: int) -> bytes:
        blocks = b""
        while len(blocks) < size:
            self.drawn += 1
            blocks += hashlib.sha256(self.seed + self.drawn.to_bytes(8)).digest()
        return blocks[:size]


def context(**changes) -> Context:
    """A login of account `account-1` at `NOW`."""
    return replace(
        Context(
            now=NOW,
            entropy=Chance(),
            account="account-1",
            login_name="a123456789",
            display_name="王小明",
            transaction="transaction-1",
            purpose="login",
            email="amy@mail.example",
            phone="+886912345678",
        ),
        **changes,
    )


def settings(**changes) -> FactorSettings:
    """Every factor, with the cheapest hash there is."""
    told = {
        "password": PasswordSettings(argon2=CHEAPEST),
        "pattern": PatternSettings(argon2=CHEAPEST),
        "webauthn": WebAuthnSettings(rp_id=RP_ID, origins=(ORIGIN,)),
        "recovery_codes": RecoveryCodesSettings(argon2=CHEAPEST),
        "device": DeviceSettings(origins=(ORIGIN,)),
    }
    return FactorSettings(**(told | changes))
