"""Texts for people by stable id, in the two languages the service speaks."""

from __future__ import annotations

import tomllib
from importlib import resources

from identity.policy.explain import Say

LOCALES = ("en", "zh-TW")


def _load() -> dict[str, dict[str, str]]:
    source = resources.files(__package__).joinpath("texts.toml")
    return tomllib.loads(source.read_text(encoding="utf-8"))


_TEXTS = _load()


def text(text_id: str, locale: str, **values: str) -> str:
    """Return the text in `locale` with `values` filled in."""
    return _TEXTS[text_id][locale].format(**values)


def speaking(locale: str) -> Say:
    """Return what says texts in `locale`, for those who explain in any language."""

    def say(text_id: str, /, **values: str) -> str:
        return text(text_id, locale, **values)

    return say


def spoken(accept_language: str) -> str:
    """Return the language to answer in: zh-TW for any Chinese asked for before English."""
    wanted = [part.partition(";")[0].strip().lower() for part in accept_language.split(",")]
    for tag in wanted:
        if tag.startswith("zh"):
            return "zh-TW"
        if tag.startswith("en"):
            return "en"
    return "en"
