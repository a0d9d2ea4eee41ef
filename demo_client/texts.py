"""Every text the pages show, in Taiwan's Chinese and in English, by one stable id each.

The catalogue is `pages/texts.toml`. A page says ``t("login.title")``; the browser's modules get
the ids under `SPOKEN`, because only they know when those are to be said.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path

LANGUAGES = ("zh-TW", "en")
"""Language tags (RFC 5646), the first is the house's own."""

SPOKEN = "say."
"""Ids that start so are for the browser's modules."""

Catalogue = Mapping[str, Mapping[str, str]]


def load(path: Path) -> Catalogue:
    """Read the catalogue: id -> language -> text. Texts may hold ``{name}`` to be filled in."""
    return tomllib.loads(path.read_text(encoding="utf-8"))


CATALOGUE = load(Path(__file__).parent / "pages" / "texts.toml")


def text(language: str, text_id: str, **values: object) -> str:
    """Return one text with its blanks filled in; an id that is not there is a `KeyError`."""
    return CATALOGUE[text_id][language].format_map(values)


def spoken(language: str) -> str:
    """Return the texts for the browser's modules as one JSON object."""
    said = {key: texts[language] for key, texts in CATALOGUE.items() if key.startswith(SPOKEN)}
    return json.dumps(said, ensure_ascii=False)


def preferred(accept_language: str) -> str:
    """Return Chinese where the first language a browser accepts is Chinese, else English."""
    first = accept_language.partition(",")[0].strip().lower()
    return "zh-TW" if not first or first.startswith("zh") else "en"
