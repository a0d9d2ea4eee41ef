"""The service starts with the policy it is told, or not at all."""

import os

import pytest

from identity import assembly
from identity.errors import SettingsError
from identity.policy.table import shipped
from identity.settings import Policy
from tests.identity.kit import NOW, configured


def designed(root, profile):
    told = configured(root, policy=Policy(profile=str(profile)))
    return assembly.design(told, clock=lambda: NOW, entropy=os.urandom)


@pytest.mark.parametrize("profile", shipped())
def test_a_service_starts_with_any_shipped_profile(tmp_path, profile):
    assert designed(tmp_path, profile).table.name == profile


def test_the_sessions_in_force_are_those_the_profile_allows(tmp_path):
    assert designed(tmp_path, "twse").settings.sessions.idle == 900
    assert designed(tmp_path, "psd2-sca").settings.sessions.idle == 300


def test_a_method_that_may_not_be_first_stops_the_start_with_its_line(tmp_path):
    own = tmp_path / "own.toml"
    login = '[operations.login]\nfirst = ["sms_otp"]\n'
    own.write_text(f'extends = "twse"\nname = "own"\n{login}', encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        designed(tmp_path, own)
    reason = "operations.login.first[0]: 'sms_otp' may not be asked before anything was proven"
    assert f"own.toml:4: {reason}" in str(refused.value)
