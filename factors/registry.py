"""Every factor there is, on one page. A new one is a file and a line in the table below."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from factors.contract import Factor
from factors.delivered_code import DeliveredCodeSettings, mail_otp, sms_otp
from factors.device import Device, DeviceSettings
from factors.grid_card import GridCard, GridCardSettings
from factors.hotp import Hotp, HotpSettings
from factors.password import Password, PasswordSettings
from factors.password_blocklist import common_passwords
from factors.pattern import Pattern, PatternSettings
from factors.recovery_codes import RecoveryCodes, RecoveryCodesSettings
from factors.totp import Totp, TotpSettings
from factors.webauthn import WebAuthn, WebAuthnSettings


class FactorSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What each factor is told when it is built."""

    webauthn: WebAuthnSettings
    password: PasswordSettings = PasswordSettings()
    pattern: PatternSettings = PatternSettings()
    grid_card: GridCardSettings = GridCardSettings()
    totp: TotpSettings = TotpSettings()
    delivered_code: DeliveredCodeSettings = DeliveredCodeSettings()
    hotp: HotpSettings = HotpSettings()
    recovery_codes: RecoveryCodesSettings = RecoveryCodesSettings()
    device: DeviceSettings = DeviceSettings()


def build(settings: FactorSettings) -> Mapping[str, Factor[Any]]:
    """Return the factors by name. Reads the list of common passwords, once."""
    table: tuple[Factor[Any], ...] = (
        Password(settings.password, common_passwords()),
        Pattern(settings.pattern),
        GridCard(settings.grid_card),
        Totp(settings.totp),
        sms_otp(settings.delivered_code),
        mail_otp(settings.delivered_code),
        Hotp(settings.hotp),
        RecoveryCodes(settings.recovery_codes),
        Device(settings.device),
        WebAuthn(settings.webauthn),
    )
    return MappingProxyType({factor.name: factor for factor in table})
