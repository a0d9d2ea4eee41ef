"""Policy files as they are written: found, read, and laid over what they extend.

A profile is the name of a shipped table, or a path. A file that begins with `extends = "twse"`
states only what differs: tables are merged member by member, lists and values replaced. It has a
name of its own, since that is what the service says is in force. `without = ["sms_otp"]` takes a
method out of what is extended, and out of its `first` and `methods` lists.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any, Final, NamedTuple

from identity.errors import SettingsError
from identity.policy import lines
from identity.policy.lines import Lines

DEFAULT: Final = "twse"

_NAME = re.compile(r"[a-z0-9-]+")
_LISTS = ("first", "methods")


class Fault(NamedTuple):
    """Something in a document that will not do, and why."""

    path: lines.Path
    reason: str


class Layer(NamedTuple):
    """One file of a chain: what it is called when it is at fault, and what it says."""

    source: str
    text: str
    said: Mapping[str, Any]


class Document(NamedTuple):
    """A policy as all its files together say it; the file asked for is the first layer."""

    profile: str
    layers: tuple[Layer, ...]
    merged: Mapping[str, Any]

    def refused(self, faults: Iterable[Fault]) -> SettingsError:
        """Return the error that tells every fault with its file and line."""
        known = [(layer.source, Lines(layer.text)) for layer in self.layers]
        told = sorted({_told(known, fault) for fault in faults})
        return _error(self.profile, [f"{source}:{line}: {text}" for source, line, text in told])


def shipped() -> tuple[str, ...]:
    """Return the names of the profiles that come with the service."""
    files = (entry.name for entry in resources.files(__package__).iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in files if name.endswith(".toml")))


def read(profile: str) -> Document:
    """Read a profile and all it extends; `SettingsError` where one cannot be read."""
    chain = _chain(profile)
    merged: Mapping[str, Any] = {}
    faults: list[Fault] = []
    for layer in reversed(chain):
        faults = [Fault(("without", at), reason) for at, reason in _misses(merged, layer)]
        if faults:
            break
        merged = _laid_over(merged, layer.said)
    document = Document(profile, tuple(chain), merged)
    if faults:
        raise document.refused(faults)
    return document


def _chain(profile: str) -> list[Layer]:
    """Return the layers of a profile, its own file first."""
    chain: list[Layer] = []
    seen: set[Path | str] = set()
    wanted, beside = profile, Path()
    while wanted:
        key, layer = _layer(profile, wanted, beside, chain)
        if key in seen:
            raise _at_extends(profile, chain, f"{wanted} extends itself in the end")
        seen.add(key)
        chain.append(layer)
        beside = key.parent if isinstance(key, Path) else beside
        wanted = _extends(profile, chain)
    return chain


def _layer(profile: str, wanted: str, beside: Path, chain: list[Layer]) -> tuple[Path | str, Layer]:
    key, source, text = _text(profile, wanted, beside, chain)
    try:
        return key, Layer(source, text, tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        line, reason = lines.syntax(error, text)
        raise _error(profile, [f"{source}:{line}: {reason}"]) from error


def _text(
    profile: str, wanted: str, beside: Path, chain: list[Layer]
) -> tuple[Path | str, str, str]:
    found = resources.files(__package__).joinpath(f"{wanted}.toml")
    if _NAME.fullmatch(wanted) and found.is_file():
        return wanted, f"{wanted}.toml", found.read_text(encoding="utf-8")
    path = beside / wanted
    try:
        return path.resolve(), str(path), path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:  # not there, no text, or no path at all
        reason = f"{wanted!r}: no shipped profile and no readable file"
        if chain:
            raise _at_extends(profile, chain, reason) from error
        raise SettingsError(f"policy {reason}; shipped are {', '.join(shipped())}") from error


def _extends(profile: str, chain: list[Layer]) -> str:
    """Return what the last layer extends, or ""."""
    said = chain[-1].said
    wanted = said.get("extends", "")
    if not isinstance(wanted, str):
        raise _at_extends(profile, chain, "write the name of a profile, or a path")
    if wanted and not said.get("name"):
        raise _error(profile, [f"{chain[-1].source}:1: name: a table that differs has its own"])
    return wanted


def _misses(parent: Mapping[str, Any], layer: Layer) -> list[tuple[int, str]]:
    """Return what cannot be taken out of `parent`, by its index in `without`."""
    listed = layer.said.get("without", [])
    if not isinstance(listed, list):
        return [(0, "write a list of methods")]
    methods = [*_table(parent.get("methods"))]
    return [
        (at, f"{name!r} is not under [methods] of what is extended")
        for at, name in enumerate(listed)
        if name not in methods
    ]


def _laid_over(parent: Mapping[str, Any], child: Mapping[str, Any]) -> dict[str, Any]:
    left_out = frozenset(child.get("without", ()))  # names, as `_misses` has found
    said = {name: value for name, value in child.items() if name != "without"}
    return _merged(_pruned(parent, left_out), said)


def _merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    both = {
        name: _merged(under[name], value)
        for name, value in over.items()
        if isinstance(value, Mapping) and isinstance(under.get(name), Mapping)
    }
    return {**under, **over, **both}


def _pruned(parent: Mapping[str, Any], left_out: frozenset[str]) -> Mapping[str, Any]:
    """Return `parent` without some methods.

    What an operation requires stays, and so does a list that would become empty, which means
    every method: both are faults then, told where they stand, and never a looser rule.
    """
    if not left_out:
        return parent
    rows = _table(parent.get("methods"))
    methods = {name: row for name, row in rows.items() if name not in left_out}
    operations = {
        name: {**row, **_shortened(row, left_out)} if isinstance(row, Mapping) else row
        for name, row in _table(parent.get("operations")).items()
    }
    return {**parent, "methods": methods, "operations": operations}


def _shortened(row: Mapping[str, Any], left_out: frozenset[str]) -> dict[str, Any]:
    lists = {key: row[key] for key in _LISTS if isinstance(row.get(key), list)}
    return {
        key: [name for name in listed if name not in left_out] or listed
        for key, listed in lists.items()
    }


def _table(said: Any) -> Mapping[str, Any]:
    return said if isinstance(said, Mapping) else {}


def _told(known: list[tuple[str, Lines]], fault: Fault) -> tuple[str, int, str]:
    """Return file, line and text of a fault: in the first file that says anything there."""
    at = fault.path
    saying = ((source, said) for source, said in known if said.has(at))
    source, said = next(saying, known[0])
    text = f"{_dotted(at)}: {fault.reason}" if at else fault.reason
    return source, said.of(at), text


def _dotted(path: lines.Path) -> str:
    keys = (f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)
    return "".join(keys).lstrip(".")


def _at_extends(profile: str, chain: list[Layer], reason: str) -> SettingsError:
    last = chain[-1]
    line = Lines(last.text).of(("extends",))
    return _error(profile, [f"{last.source}:{line}: extends: {reason}"])


def _error(profile: str, told: list[str]) -> SettingsError:
    return SettingsError(f"policy {profile}:\n" + "\n".join(f"  {line}" for line in told))
