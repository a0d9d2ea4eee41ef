"""What customers are told, by text id and in their language, from `texts.toml` beside this file.

Chinese as written in Taiwan is the language of those who asked for none we have. A text has a
form for mail, a short one for SMS, or both.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from importlib import resources
from string import Template

import msgspec

from identity.outbox.segments import segments

DEFAULT = "zh-TW"

MAIL = "mail"
SMS = "sms"

_TAIWAN = timezone(timedelta(hours=8))  # the same the year round since 1980

_FILE = "texts.toml"


class Text(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A message in one language, with `$placeholders`. A form that is "" is not there."""

    subject: str
    body: str = ""
    sms: str = ""

    def __repr__(self) -> str:
        return "Text(...)"  # filled in, it may hold a password

    def form(self, channel: str) -> str:
        """Return what goes by a channel; `KeyError` where this text does not go by it."""
        form = {MAIL: self.body, SMS: self.sms}[channel]
        if not form:
            raise KeyError(channel)
        return form


class _Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    values: tuple[str, ...]
    chinese: Text = msgspec.field(name=DEFAULT)
    en: Text


Names = dict[str, dict[str, str]]
"""How things are called, by id and language."""


class _Document(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    texts: dict[str, _Entry]
    methods: Names
    purposes: Names


class Texts:
    """Every text there is, filled in on demand. `firm` is who signs them.

    `host` is the domain of the firm's pages, "" where codes by SMS are not to be bound to it.
    """

    def __init__(self, document: _Document, firm: str, host: str = "") -> None:
        self._texts = document.texts
        self._names = {"method": document.methods, "purpose": document.purposes}
        self._firm = firm
        self._host = host

    def needs(self) -> Mapping[str, frozenset[str]]:
        """Return the values that each text must be given, by text id."""
        return {text_id: frozenset(entry.values) for text_id, entry in self._texts.items()}

    def filled(
        self, text_id: str, locale: str, name: str, values: Mapping[str, str], now: float
    ) -> Text:
        """Return a text in the language nearest to `locale`, an RFC 5646 tag, for `name`.

        `KeyError` where there is no such text or it lacks a value. Values named `method` and
        `purpose` are shown by their names in that language, and `now` as the date and time in
        Taiwan.
        """
        entry = self._texts[text_id]
        text, language = (entry.en, "en") if _english(locale) else (entry.chinese, DEFAULT)
        filled = dict(values) | {"name": name, "at": _date(now), "firm": self._firm}
        for kind, names in self._names.items():
            if kind in values:
                filled[kind] = names.get(values[kind], {}).get(language, values[kind])
        return Text(
            subject=Template(text.subject).substitute(filled),
            body=Template(text.body).substitute(filled),
            sms=self._bound(Template(text.sms).substitute(filled), values.get("code", "")),
        )

    def _bound(self, sms: str, code: str) -> str:
        """Add the line by which a telephone offers a code on our pages and on no others.

        It is left off where it would cost another part. The form is WICG's "origin-bound one-time
        codes delivered via SMS".
        """
        if not (sms and code and self._host):
            return sms
        bound = f"{sms}\n@{self._host} #{code}"
        return bound if segments(bound) == segments(sms) else sms


def load(firm: str, host: str = "") -> Texts:
    """Read the texts that come with the service."""
    raw = resources.files(__package__).joinpath(_FILE).read_text(encoding="utf-8")
    return Texts(msgspec.convert(tomllib.loads(raw), _Document), firm, host)


def _english(locale: str) -> bool:
    return locale.lower().replace("_", "-").split("-")[0] == "en"


def _date(now: float) -> str:
    return datetime.fromtimestamp(now, _TAIWAN).strftime("%Y-%m-%d %H:%M (UTC+8)")
