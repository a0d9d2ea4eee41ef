"""How an SMS is counted: the limits of 3GPP TS 23.040 and the alphabet of TS 23.038."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.outbox.segments import segments


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("é@£Δ\n" * 32, 1),
        ("[" * 80, 1),  # from the extension: two places each
        ("[" * 80 + "a", 2),
        ("€" * 80, 1),
        ("`", 1),
        ("`" * 71, 2),  # not in the alphabet at all
        ("碼" * 70, 1),
        ("碼" * 71, 2),
        ("碼" * 134, 2),
        ("碼" * 135, 3),
        ("a" * 70 + "碼", 2),  # one character makes all of it UCS-2
        ("𠮷" * 35, 1),  # two places each, as UTF-16 writes it
        ("𠮷" * 36, 2),
    ],
)
def test_a_text_has_so_many_parts(text, parts) -> None:
    assert segments(text) == parts


@given(st.text(), st.text())
def test_more_text_is_never_fewer_parts(text, more) -> None:
    assert 1 <= segments(text) <= segments(text + more)
