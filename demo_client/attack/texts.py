"""The attack lab's texts by their ids, in English and in Chinese as written in Taiwan."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

LANGUAGES: Final = ("zh-TW", "en")

TEXTS: Final[dict[str, dict[str, str]]] = tomllib.loads(
    Path(__file__).with_name("texts.toml").read_text(encoding="utf-8")
)
"""Every text, by its id and language."""


def said(text_id: str, language: str, values: Mapping[str, str] | None = None) -> str:
    """Return a text with its blanks filled; an id that is none is its own text.

    An id like ``exactly.sqlite`` that has no text is ``exactly`` with `sqlite` behind it.
    """
    found = TEXTS.get(text_id)
    if found is None:
        stem, dot, rest = text_id.partition(".")
        return f"{TEXTS[stem][language]} ({rest})" if dot and stem in TEXTS else text_id
    return found[language].format_map(values or {})


def english(text_id: str, values: Mapping[str, str] | None = None) -> str:
    """Return a text for the terminal and for machines."""
    return said(text_id, "en", values)
