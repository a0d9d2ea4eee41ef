"""The vocabulary is closed, keeps its grammar, and has no place for a secret."""

from __future__ import annotations

import re
import typing

import msgspec
import pytest

from factors.contract import FactorClass
from identity.audit import events
from identity.audit.events import AccountEvent, Event
from identity.audit.record import Journal, decode
from identity.audit.vocabulary import VOCABULARY, tag_of
from tests.identity.keys.sources import NOW

KINDS = typing.get_args(VOCABULARY)
SAMPLES = {
    str: "text",
    int: 7,
    bool: True,
    tuple[str, ...]: ("one", "two"),
    tuple[FactorClass, ...]: (FactorClass.KNOWLEDGE, FactorClass.POSSESSION),
}
PERSONAL = re.compile(
    "^(?!key_id$)(.*_)?(name|email|phone|address|password|code|secret|key|token|seed)(_|$)"
)
# but a key's id travels in the clear anyway


def members(kind: type[Event]) -> dict[str, object]:
    return {field.name: field.type for field in msgspec.structs.fields(kind)}


def sample(kind: type[Event]) -> Event:
    return kind(**{name: value(type_) for name, type_ in members(kind).items()})


def value(type_: object) -> object:
    return typing.get_args(type_)[0] if is_literal(type_) else SAMPLES[type_]


def is_literal(type_: object) -> bool:
    return typing.get_origin(type_) is typing.Literal


def test_every_event_of_the_module_is_in_the_vocabulary() -> None:
    defined = {
        kind for kind in vars(events).values() if isinstance(kind, type) and issubclass(kind, Event)
    }
    assert set(KINDS) == defined - {Event, AccountEvent, events.Operated}


def test_no_two_events_have_one_tag() -> None:
    assert len({kind.__struct_config__.tag for kind in KINDS}) == len(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_tag_is_source_subject_action(kind) -> None:
    assert re.fullmatch(r"[a-z_]+:[a-z_]+:[a-z_]+", kind.__struct_config__.tag)


@pytest.mark.parametrize("kind", KINDS)
def test_an_event_holds_plain_facts_and_names_no_secret_and_no_person(kind) -> None:
    for name, type_ in members(kind).items():
        assert is_literal(type_) or type_ in SAMPLES, f"{name} may hold anything"
        assert not PERSONAL.search(name), name


@pytest.mark.parametrize("kind", KINDS)
def test_an_event_is_read_back_as_it_was_written(kind, journal) -> None:
    event = sample(kind)
    row = journal._row(event, "w1", 1, 5)
    assert decode(row.body).event == event
    assert row.kind == tag_of(event) == kind.__struct_config__.tag
    assert row.account_id == getattr(event, "account_id", "")


def test_an_event_cannot_be_changed_after_it_happened() -> None:
    for kind in KINDS:
        event = sample(kind)
        for name in members(kind):
            with pytest.raises(AttributeError):
                setattr(event, name, "other")


@pytest.mark.clause("CC-17010.l")
def test_a_login_from_anywhere_can_be_found_by_its_prefix(store, ring) -> None:
    opened = events.LoginOpened(
        account_id="a",
        transaction="t",
        purpose="login",
        way="192.0.2.0/24",
        prefix="192.0.2.0/24",
        known_device=False,
        decoy=False,
    )
    with store.write() as work:
        Journal(ring, lab=False).write(work, opened, NOW)
        [row] = work.events.of_account("a")
    assert decode(row.body).event.prefix == "192.0.2.0/24"


@pytest.mark.clause("ECD.4")
def test_wrong_entries_of_the_electronic_password_are_recorded_with_their_count(
    store, journal
) -> None:
    wrong = [
        events.ElectronicPasswordWrong(account_id="a", transaction="t", way="w", count=count)
        for count in (1, 2, 3)
    ]
    with store.write() as work:
        for event in wrong:
            journal.write(work, event, NOW)
        rows = work.events.of_account("a")
    assert [decode(row.body).event.count for row in rows] == [3, 2, 1]
