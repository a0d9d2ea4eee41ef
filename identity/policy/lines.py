"""On which line of a TOML file a member stands, for faults that are found in what it says.

The parser itself is asked: a file is read statement by statement, and what a statement adds stands
where that statement begins. So quoted keys, dotted headers and arrays over several lines need no
rule here. It costs a parse for every line, and is done only for a file that will not do.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

Path: TypeAlias = tuple[str | int, ...]
"""Where something is in a document: the keys and indices that lead to it."""

_AT = re.compile(r"^(.*) \(at (?:line (\d+), column \d+|end of document)\)$", re.DOTALL)


class Lines:
    """Knows the line of every member of one document."""

    def __init__(self, text: str) -> None:
        self._at = {path: number for number, path in _begun(text)}

    def has(self, path: Path) -> bool:
        """Whether the document says anything at `path`."""
        return path in self._at

    def of(self, path: Path) -> int:
        """Return the line of a member, or of the nearest table that could hold it; else 1."""
        held = (path[:length] for length in range(len(path), 0, -1))
        return next((self._at[part] for part in held if part in self._at), 1)


def syntax(error: tomllib.TOMLDecodeError, text: str) -> tuple[int, str]:
    """Return the line and the reason of what is no TOML at all.

    The parser names no line for what it only misses at the end; then it is the statement that
    could not be finished.
    """
    found = _AT.match(str(error))
    if found is None:
        return 1, str(error)
    reason, line = found.groups()
    return int(line) if line else _unfinished(text), reason


def _begun(text: str) -> Iterator[tuple[int, Path]]:
    """Yield each path of the document with the line that its statement begins on, in order."""
    seen: set[Path] = set()
    for begin, parsed in _statements(text):
        for path in _paths(parsed):
            if path not in seen:
                seen.add(path)
                yield begin, path


def _statements(text: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield each statement's first line, with what the document says up to its end."""
    lines, begin = text.split("\n"), 1
    for number, parsed in _readable(lines):
        yield begin, parsed
        begin = number + 1


def _unfinished(text: str) -> int:
    lines = text.split("\n")
    good = max((number for number, _ in _readable(lines)), default=0)
    return min(good + 1, len(lines))


def _readable(lines: list[str]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield every number of lines from the top that is a document by itself."""
    for number in range(1, len(lines) + 1):
        try:
            yield number, tomllib.loads("\n".join(lines[:number]) + "\n")
        except tomllib.TOMLDecodeError:
            continue  # inside a statement of several lines


def _paths(value: Any, at: Path = ()) -> Iterator[Path]:
    """Yield the path of everything in a document, the outer before the inner."""
    if isinstance(value, Mapping):
        inner: Iterator[tuple[str | int, Any]] = iter(value.items())
    elif isinstance(value, list):
        inner = iter(enumerate(value))
    else:
        return
    for key, member in inner:
        yield (*at, key)
        yield from _paths(member, (*at, key))
