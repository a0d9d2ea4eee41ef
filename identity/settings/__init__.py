"""What may be set, where it comes from, and what each wrong value is told.

A TOML file (argument, or `TRIFACTOR_CONFIG`), then the environment over it:
`TRIFACTOR_DATABASE__URL` sets `database.url`. Only this module reads the environment, so that what
is in force can be shown. `load` returns settings that are whole and consistent, or raises one
`SettingsError` that lists every fault.

    sections    the tables and their values        faults    what is told about wrong ones
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from identity.errors import SettingsError
from identity.settings.faults import everywhere, is_production, production
from identity.settings.sections import (
    METADATA,
    Accounts,
    Argon2,
    Counters,
    Database,
    Device,
    Firm,
    FourEyed,
    GridCard,
    Keys,
    Lab,
    Logins,
    Network,
    Outbox,
    Password,
    Pattern,
    Policy,
    Pools,
    Proxies,
    Sessions,
    Settings,
    Sms,
    Smtp,
    Tokens,
    Totp,
    WebAuthn,
)

__all__ = [
    "METADATA",
    "PREFIX",
    "Accounts",
    "Argon2",
    "Counters",
    "Database",
    "Device",
    "Firm",
    "FourEyed",
    "GridCard",
    "Keys",
    "Lab",
    "Logins",
    "Network",
    "Outbox",
    "Password",
    "Pattern",
    "Policy",
    "Pools",
    "Proxies",
    "Sessions",
    "Settings",
    "Sms",
    "Smtp",
    "Tokens",
    "Totp",
    "WebAuthn",
    "checked",
    "decoded",
    "embedded",
    "hand_down",
    "load",
]

PREFIX = "TRIFACTOR_"


def load(path: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Read the file, lay the environment over it, and return settings without a fault."""
    env = os.environ if environ is None else environ  # noqa: TID251  # the one place that may
    chosen = path or (Path(env["TRIFACTOR_CONFIG"]) if "TRIFACTOR_CONFIG" in env else None)
    tree = _file(chosen) if chosen else {}
    _overlay(tree, env)
    return checked(decoded(tree))


def hand_down(path: Path | None) -> None:
    """Let the processes that this one starts `load` the same file."""
    if path is not None:
        os.environ["TRIFACTOR_CONFIG"] = str(path.absolute())  # noqa: TID251  # as above


def embedded(root: Path, origin: str = "http://localhost:8000", **changes: Any) -> Settings:
    """Return the demo's defaults: everything under `root`, no server but ourselves."""
    return checked(
        msgspec.structs.replace(
            Settings(
                origins=(origin,),
                port=urlsplit(origin).port or 8000,
                database=Database(url=f"sqlite:///{root / 'identity.db'}"),
                keys=Keys(file=str(root / "keys.json")),
                outbox=Outbox(folder=str(root / "inbox")),
            ),
            **changes,
        )
    )


def decoded(tree: dict[str, Any]) -> Settings:
    """Turn a tree of tables into typed settings, or say which member is wrong."""
    try:
        return msgspec.convert(tree, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsError(f"settings: {error}") from error


def checked(settings: Settings) -> Settings:
    """Return `settings`, or raise with one sentence for every fault."""
    faults = [*everywhere(settings), *(production(settings) if is_production(settings) else ())]
    if faults:
        raise SettingsError("settings:\n" + "\n".join(f"  - {fault}" for fault in faults))
    return settings


def _file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"settings file {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"settings file {path}: {error}") from error


def _overlay(tree: dict[str, Any], env: Mapping[str, str]) -> None:
    for name, value in env.items():
        if not name.startswith(PREFIX) or name == "TRIFACTOR_CONFIG":
            continue
        *tables, leaf = name.removeprefix(PREFIX).lower().split("__")
        at = tree
        for table in tables:
            at = at.setdefault(table, {})
            if not isinstance(at, dict):
                raise SettingsError(f"{name}: {table} is a value, not a table")
        at[leaf] = tuple(value.split(",")) if _is_list(tables, leaf) else value


def _is_list(tables: list[str], leaf: str) -> bool:
    return (*tables, leaf) in {
        ("origins",),
        ("proxies", "trusted"),
        ("device", "origins"),
        ("tokens", "audiences"),
        ("accounts", "four_eyes"),
        ("outbox", "sms", "status"),
        ("outbox", "sms", "values"),
        ("webauthn", "device_bound"),
        ("webauthn", "biometric"),
        ("webauthn", "allowed"),
    }
