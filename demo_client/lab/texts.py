"""The lab's texts by their ids, in English and in Chinese as written in Taiwan: `texts.toml`."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Final

TEXTS: Final[dict[str, dict[str, str]]] = tomllib.loads(
    Path(__file__).with_name("texts.toml").read_text(encoding="utf-8")
)
"""Every text, by its id and language."""


def english(text_id: str) -> str:
    """Return a text for the terminal and for machines; an id that is none is its own text."""
    return TEXTS.get(text_id, {}).get("en", text_id)
