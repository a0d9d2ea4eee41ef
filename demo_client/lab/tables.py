"""A policy as its TOML files say it, read by the lab itself.

The format is documented in `docs/lab.md` and in the shipped files: `[methods.NAME]`,
`[operations.NAME]`, `[firm]`, `independence`, and `extends`, by which a file states only what
differs from another (tables member by member, lists replaced; `without` takes methods out).
The service refuses a file with a fault; here what is not understood is left aside.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from demo_client.lab.errors import PolicyUnreadable

SHIPPED: Final = Path(__file__).parents[2] / "identity" / "policy"
"""Where the service's own profiles lie beside this package. They are data, read as files."""

Tree = Mapping[str, Any]


class Table:
    """A policy's merged tables, asked in the policy's own words."""

    def __init__(self, tree: Tree) -> None:
        self.name: str = tree.get("name", "")
        self.methods: Tree = tree.get("methods", {})
        self.operations: Tree = tree.get("operations", {})
        self.firm: Tree = tree.get("firm", {})
        self.independent: bool = tree.get("independence", "say") == "refuse"

    def first(self, operation: str) -> tuple[str, ...]:
        """Return the methods that may be asked before anything was proven."""
        return tuple(self.operations[operation].get("first", ()))

    def clauses(self, operation: str) -> tuple[str, ...]:
        """Return the clauses that ask for an operation's proof."""
        return tuple(self.operations[operation].get("clauses", ()))


def profiles() -> tuple[str, ...]:
    """Return the names of the shipped profiles, the default first."""
    names = sorted(file.stem for file in SHIPPED.glob("*.toml"))
    return tuple(sorted(names, key=lambda name: name != "twse"))


def load(profile: str, beside: Path | None = None) -> Table:
    """Read a shipped profile by name, or a file by path; `PolicyUnreadable` where it will not do.

    A path in `extends` is looked for beside the file that says it.
    """
    return Table(_tree(profile, beside or Path(), ()))


def _tree(profile: str, beside: Path, seen: tuple[Path, ...]) -> Tree:
    path = _path(profile, beside)
    if path in seen:
        raise PolicyUnreadable(f"policy {profile}: it extends itself in the end")
    said = _read(path)
    parent = said.get("extends", "")
    if not parent:
        return said
    under = _tree(str(parent), path.parent, (*seen, path))
    without = frozenset(said.get("without", ()))
    own = {name: value for name, value in said.items() if name not in {"without", "extends"}}
    return _over(_less(under, without), own)


def _path(profile: str, beside: Path) -> Path:
    shipped = SHIPPED / f"{profile}.toml"
    if "/" not in profile and shipped.is_file():
        return shipped.resolve()
    path = (beside / profile).resolve()
    if not path.is_file():
        raise PolicyUnreadable(f"policy {profile}: no shipped profile and no file")
    return path


def _read(path: Path) -> Tree:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise PolicyUnreadable(f"policy {path.name}: {error}") from error


def _over(under: Tree, own: Tree) -> dict[str, Any]:
    merged = dict(under)
    for name, value in own.items():
        below = under.get(name)
        both = isinstance(value, dict) and isinstance(below, dict)
        merged[name] = _over(below, value) if both else value  # type: ignore[arg-type]
    return merged


def _less(tree: Tree, without: frozenset[str]) -> Tree:
    """Take methods out, and out of the lists that name them; a list never becomes empty by it."""
    methods = {name: row for name, row in tree.get("methods", {}).items() if name not in without}
    operations = {
        name: {
            key: ([m for m in value if m not in without] or value)
            if key in {"first", "methods"}
            else value
            for key, value in row.items()
        }
        for name, row in tree.get("operations", {}).items()
    }
    return {**tree, "methods": methods, "operations": operations}
