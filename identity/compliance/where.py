"""Where a clause is kept: the code and the tests that name it, found in their syntax trees.

Code names a clause in a docstring (`Clause: <id>, <id>`), a test by the pytest mark
`clause`. Nothing is imported or run, and what is found is a function of the files under a root.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PACKAGES = ("factors", "liveness", "identity", "demo_client")

_ID = r"[A-Z]+[-.]\w+(?:\.\w+)*"
_IN_DOCSTRING = re.compile(rf"\bClause:\s+({_ID}(?:,\s+{_ID})*)")

_Named = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in the source: `path` from the root, `line` from 1, and the dotted object there."""

    path: str
    line: int
    name: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line} {self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Where one clause is kept. `tests` is None where the tests are not at hand."""

    code: tuple[Place, ...]
    tests: tuple[Place, ...] | None


Places = Mapping[str, Sequence[Place]]
"""Places by the clause id that stands there, known to the register or not."""


def here() -> Path:
    """Return the root this very package stands in: a checkout, or where a wheel was installed."""
    return Path(__file__).parents[2]


def in_code(root: Path) -> Places:
    """Return where docstrings of the four packages under `root` name clauses."""
    found: dict[str, list[Place]] = {}
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            for clause, place in _in_docstrings(path, root):
                found.setdefault(clause, []).append(place)
    return found


def in_tests(root: Path) -> Places | None:
    """Return where tests under `root` are marked, or None where they were not installed."""
    if not (root / "tests" / "identity").is_dir():  # another project may have left a bare `tests`
        return None
    found: dict[str, list[Place]] = {}
    for path in sorted((root / "tests").rglob("*.py")):
        for clause, place in _in_marks(path, root):
            found.setdefault(clause, []).append(place)
    return found


def find(clause: str, root: Path) -> Where:
    """Return where `clause` is kept; both empty for one that nothing names."""
    tests = in_tests(root)
    return Where(
        code=tuple(in_code(root).get(clause, ())),
        tests=None if tests is None else tuple(tests.get(clause, ())),
    )


def told(where: Where) -> str:
    """Return what a person reads: a line for every place, or a line that says there is none."""
    tests = ("not installed with this package; look into a checkout",)
    lines = [
        "code:",
        *(f"  {place}" for place in where.code or ("none",)),
        "tests:",
        *(f"  {place}" for place in (tests if where.tests is None else where.tests or ("none",))),
    ]
    return "\n".join(lines)


def _in_docstrings(path: Path, root: Path) -> Iterator[tuple[str, Place]]:
    for name, node in _objects(path, root):
        for line, owner, text in _docstrings(node, name):
            place = Place(path.relative_to(root).as_posix(), line, owner)
            for listed in _IN_DOCSTRING.findall(text):
                yield from ((clause, place) for clause in re.findall(_ID, listed))


def _docstrings(node: _Named, name: str) -> Iterator[tuple[int, str, str]]:
    """Yield line, owner and text of the docstrings in a body: its own, and those of constants."""
    before: ast.stmt | None = None
    for statement in node.body:
        match statement:
            case ast.Expr(value=ast.Constant(value=str(text))):
                if before is None:
                    yield getattr(node, "lineno", 1), name, text
                elif isinstance(before, (ast.Assign, ast.AnnAssign)):
                    yield before.lineno, f"{name}.{_target(before)}", text
        before = statement


def _target(statement: ast.Assign | ast.AnnAssign) -> str:
    first = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
    return ast.unparse(first)


def _in_marks(path: Path, root: Path) -> Iterator[tuple[str, Place]]:
    for name, node in _objects(path, root):
        for part in _outside_definitions(node):
            for call in ast.walk(part):
                if isinstance(call, ast.Call) and ast.unparse(call.func) == "pytest.mark.clause":
                    line = getattr(node, "lineno", call.lineno)
                    place = Place(path.relative_to(root).as_posix(), line, name)
                    yield from ((_literal(argument), place) for argument in call.args)


def _outside_definitions(node: _Named) -> list[ast.AST]:
    """Return a definition's decorators, and the statements of a module or class that are none."""
    decorators = [] if isinstance(node, ast.Module) else node.decorator_list
    inside = node.body if isinstance(node, (ast.Module, ast.ClassDef)) else []
    return [*decorators, *(part for part in inside if not isinstance(part, _Named))]


def _literal(argument: ast.expr) -> str:
    """Return the id that stands there; of anything but a string its source, which no id equals."""
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        return argument.value
    return ast.unparse(argument)


def _objects(path: Path, root: Path) -> Iterator[tuple[str, _Named]]:
    """Yield the module at `path` and everything defined in it, under dotted names."""
    name = ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
    yield from _below(ast.parse(path.read_text(encoding="utf-8")), name)


def _below(node: _Named, name: str) -> Iterator[tuple[str, _Named]]:
    yield name, node
    for child in node.body:
        if isinstance(child, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            yield from _below(child, f"{name}.{child.name}")
