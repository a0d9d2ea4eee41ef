"""The demo's carriers: a file for each letter, or lines on a terminal."""

from __future__ import annotations

import io
import json

import pytest

from identity.outbox.console import ConsoleCarrier
from identity.outbox.folder import FolderCarrier
from identity.outbox.letter import Letter

LETTER = Letter(
    id="m_1-A", at=5.5, channel="mail", address="amy@mail.example", subject="標題", body="內文\n"
)


def test_a_letter_becomes_a_file_named_by_its_id(tmp_path) -> None:
    FolderCarrier(tmp_path / "inbox").carry(LETTER)
    [file] = (tmp_path / "inbox").iterdir()
    assert file.name == "m_1-A.json"
    assert json.loads(file.read_bytes()) == {
        "id": "m_1-A",
        "at": 5.5,
        "channel": "mail",
        "to": "amy@mail.example",
        "subject": "標題",
        "body": "內文\n",
    }


def test_a_letter_that_comes_again_is_there_once(tmp_path) -> None:
    carrier = FolderCarrier(tmp_path)
    carrier.carry(LETTER)
    carrier.carry(LETTER)
    assert [file.name for file in tmp_path.iterdir()] == ["m_1-A.json"]


@pytest.mark.parametrize("name", ["../m", "", "a/b", ".hidden", "x" * 65, "a\n"])
def test_an_id_never_leads_out_of_the_folder(tmp_path, name) -> None:
    with pytest.raises(ValueError, match="file's name"):
        FolderCarrier(tmp_path / "inbox").carry(Letter(**_fields() | {"id": name}))
    assert not (tmp_path / "inbox").exists()


def _fields() -> dict[str, object]:
    return {name: getattr(LETTER, name) for name in LETTER.__struct_fields__}


def test_the_console_shows_address_subject_and_text() -> None:
    stream = io.StringIO()
    ConsoleCarrier(stream).carry(LETTER)
    assert stream.getvalue() == "[mail] amy@mail.example\n標題\n\n內文\n\n"


def test_a_letter_does_not_show_itself_by_accident() -> None:
    assert repr(LETTER) == "Letter(id='m_1-A')"
