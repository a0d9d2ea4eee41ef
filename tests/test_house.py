"""What holds for the repository as a whole, and what no linter can hold."""

import ast
import re
import shutil
import subprocess
import tomllib
from fnmatch import fnmatch
from itertools import chain
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[1]
PACKAGES = ("factors", "liveness", "identity", "demo_client")
MODULES = [path for package in PACKAGES for path in sorted((HOUSE / package).rglob("*.py"))]
LOCKS = sorted((HOUSE / "requirements").glob("*.txt"))
DECISIONS = sorted((HOUSE / "docs" / "decisions").glob("*.md"))

TOP_LEVEL = {
    *PACKAGES,
    "tests",
    "docs",
    "requirements",
    ".ci",
    ".gitattributes",
    ".gitignore",
    "CHANGELOG.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "pyproject.toml",
}

# Written so that this file does not name them itself.
NOT_OURS = [
    rf"\.\./{'shared'}\b",
    rf"(?<![\w.-])/(?:{'work'}|{'root'}|{'home'}|{'Users'})/\w",
    rf"/tmp/{'venv'}",
    rf"/opt/{'wheels'}",
    rf"\b{'pypi'}\.org|{'pythonhosted'}\.org|registry\.{'npmjs'}",
]

IO_IN_LIVENESS = {"decode", "models", "__main__"}


def committed() -> list[Path]:
    """Return what git tracks, or would if all were added."""
    if not (HOUSE / ".git").exists():
        pytest.skip("not a checkout: nothing says what is committed")
    listing = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(
        [shutil.which("git"), "-c", f"safe.directory={HOUSE}", *listing],
        cwd=HOUSE,
        capture_output=True,
        text=True,
        check=True,
    )
    return [path for name in done.stdout.split("\0") if name and (path := HOUSE / name).is_file()]


def module_names(path: Path) -> set[str]:
    """Return the full names of what a module imports."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def spoken(path: Path) -> set[str]:
    """Return every name that a module says: variables, attributes, imports."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    attributes = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    return names | attributes | {name.rpartition(".")[2] for name in module_names(path)}


def ids(paths: list[Path]) -> list[str]:
    return [path.relative_to(HOUSE).as_posix() for path in paths]


def test_nothing_committed_names_a_machine_or_a_registry():
    for path in committed():
        text = path.read_bytes().decode("utf-8", errors="ignore")
        found = [match[0] for pattern in NOT_OURS if (match := re.search(pattern, text))]
        assert not found, f"{path.relative_to(HOUSE)} names {found}"


def test_the_house_has_four_packages_and_nothing_else_at_the_top():
    found = {path.relative_to(HOUSE).parts[0] for path in committed()}
    assert found <= TOP_LEVEL, f"no place for {found - TOP_LEVEL}; see docs/decisions/0001"


def test_only_settings_reads_the_environment():
    readers = {path for path in MODULES if {"environ", "environb", "getenv"} & spoken(path)}
    assert readers <= {HOUSE / "identity" / "settings" / "__init__.py"}


def test_no_module_is_a_drawer_for_odds_and_ends():
    drawers = {"utils", "util", "helpers", "manager", "misc", "common"}
    inside = [path.relative_to(HOUSE).with_suffix("") for path in MODULES]
    assert [path for path in inside if drawers & {*path.parts}] == []


def test_the_pure_part_of_liveness_does_not_import_what_reads_files():
    for path in (path for path in MODULES if path.is_relative_to(HOUSE / "liveness")):
        if path.relative_to(HOUSE / "liveness").parts[0].removesuffix(".py") in IO_IN_LIVENESS:
            continue
        reached = {name.split(".")[1] for name in module_names(path) if "liveness." in name}
        assert not reached & IO_IN_LIVENESS, path


@pytest.mark.parametrize("path", LOCKS, ids=ids(LOCKS))
def test_a_lock_pins_everything_by_hash_and_names_no_index(path):
    text = path.read_text(encoding="utf-8")
    requirements = [
        line for line in re.split(r"\n(?=\S)", text) if not line.startswith("#") and line.strip()
    ]
    for requirement in requirements:
        assert re.match(r"[a-z0-9-]+(\[[a-z0-9,-]+\])?==", requirement), requirement
        assert "--hash=sha256:" in requirement, requirement
    assert not re.search(r"^-|://| @ |--(index|extra|find|trusted)", text, re.MULTILINE)


def test_there_is_a_lock_for_the_demo_and_one_for_development():
    assert ids(LOCKS) == ["requirements/demo.txt", "requirements/dev.txt"]


def test_development_runs_on_what_the_demo_runs_on():
    demo, dev = (
        dict(re.findall(r"^([a-z0-9-]+)==([^ ]+)", path.read_text(encoding="utf-8"), re.MULTILINE))
        for path in LOCKS
    )
    assert demo.items() <= dev.items()


def test_the_locks_hold_what_pyproject_asks_for():
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    asked = {
        LOCKS[0]: [*project["dependencies"], *extras["demo"]],
        LOCKS[1]: [*project["dependencies"], *chain(*extras.values())],
    }
    for lock, requirements in asked.items():
        pinned = set(re.findall(r"^([a-z0-9-]+)==", lock.read_text(encoding="utf-8"), re.MULTILINE))
        wanted = {re.match(r"[A-Za-z0-9-]+", line)[0].lower() for line in requirements}
        assert wanted <= pinned, f"{lock.name} is older than pyproject.toml: make lock"


def test_a_wheel_carries_everything_beside_the_code():
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))
    globs = project["tool"]["setuptools"]["package-data"]
    for path in (path.relative_to(HOUSE) for path in committed()):
        if path.parts[0] in PACKAGES and path.suffix != ".py":
            inside = path.relative_to(path.parts[0])
            deep = [
                glob for glob in globs[path.parts[0]] if glob.count("/") == len(inside.parts) - 1
            ]
            assert any(fnmatch(inside.as_posix(), glob) for glob in deep), path


def test_every_folder_of_code_is_a_package():
    assert {path.parent for path in MODULES if not (path.parent / "__init__.py").exists()} == set()


def test_every_rule_of_ruff_that_is_off_says_why():
    text = (HOUSE / "pyproject.toml").read_text(encoding="utf-8")
    section = text[text.index("[tool.ruff.lint]") : text.index("banned-api")]
    off = [line for line in section.splitlines() if re.match(r'\s+"|"\S+" = \["', line)]
    off = [line for line in off if not line.endswith("= [")]
    assert len(off) > 10
    for line in off:
        assert re.search(r"#\s*\S+\s+\S+", line), f"no reason: {line}"


def test_every_exception_in_the_code_says_why():
    for path in [*MODULES, *sorted((HOUSE / "tests").rglob("*.py"))]:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if exception := re.search(r"#\s*noqa\b(.*)", line):
                reasoned = re.match(
                    r":\s*[A-Z]+[0-9]+(,\s*[A-Z]+[0-9]+)*\W+\w+\W+\w+", exception[1]
                )
                assert reasoned, f"{path.relative_to(HOUSE)}:{number}: noqa: CODE and a reason"


def test_decisions_are_numbered_without_gaps():
    numbers = [int(re.match(r"(\d{4})-[a-z0-9-]+\.md$", path.name)[1]) for path in DECISIONS]
    assert numbers == list(range(1, len(numbers) + 1))
    assert numbers


@pytest.mark.parametrize("path", DECISIONS, ids=ids(DECISIONS))
def test_a_decision_says_what_was_weighed(path):
    text = path.read_text(encoding="utf-8")
    assert text.startswith(f"# {path.name[:4]} ")
    assert {"## Context", "## Decision", "## Consequences"} <= set(text.splitlines())
    assert re.search(r"^Status: (proposed|accepted|superseded by \d{4})$", text, re.MULTILINE)
