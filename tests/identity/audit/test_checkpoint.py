"""A checkpoint is a signed note that others can read, and nobody can change."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.audit.checkpoint import (
    Head,
    origin_of,
    read,
    reader_of,
    sign,
    signed_note,
    verifier_key,
    verifier_keys,
)
from identity.keys.file import change, load_or_create
from identity.keys.live import LiveRing
from identity.keys.ring import Key, KeyRing, Purpose, generate, generate_ring
from identity.keys.rotation import rotated
from tests.identity.keys.sources import NOW, stream

RING = generate_ring(NOW, stream("checkpoint"))
KEY = RING.current(Purpose.CHECKPOINT)
ORIGIN = origin_of(RING)
HEAD = Head(size=12, root=bytes(range(32)), at_us=1_767_225_600_000_000)
NOTE = sign(HEAD, KEY, ORIGIN)

heads = st.builds(
    Head,
    size=st.integers(0, 10**18),
    root=st.binary(min_size=32, max_size=32),
    at_us=st.integers(0, 10**18),
)


def test_a_published_note_is_signed_to_the_byte() -> None:
    """The example of the Go package golang.org/x/mod/sumdb/note, where signed notes come from."""
    secret = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")
    key = Key(id="AAAAAAAA", purpose=Purpose.CHECKPOINT, created_at=NOW, secret=secret[1:])
    text = (
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n"
    )
    assert verifier_key(key, "PeterNeumann") == (
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    )
    assert signed_note(text, key, "PeterNeumann").decode() == (
        text + "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXg"
        "KvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    )


def test_the_text_is_name_size_root_and_time() -> None:
    text, _, _ = NOTE.decode().partition("\n\n")
    root = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    assert text.split("\n") == [ORIGIN, "12", root, "at_us 1767225600000000"]
    assert ORIGIN.removeprefix("trifactor/audit/") == KEY.id


@given(head=heads)
def test_what_was_signed_is_read_back(head) -> None:
    assert read(sign(head, KEY, ORIGIN), RING) == head


@given(data=st.data())
def test_no_bit_of_a_note_can_be_changed(data) -> None:
    note = bytearray(NOTE)
    bit = data.draw(st.integers(0, len(note) * 8 - 1))
    note[bit // 8] ^= 1 << bit % 8
    assert read(bytes(note), RING) is None


@given(junk=st.binary() | st.text().map(str.encode))
def test_junk_is_no_checkpoint(junk) -> None:
    assert read(junk, RING) is None


def test_another_logs_checkpoint_is_not_ours() -> None:
    other = generate_ring(NOW, stream("other"))
    assert read(sign(HEAD, other.current(Purpose.CHECKPOINT), ORIGIN), RING) is None
    assert read(sign(HEAD, KEY, origin_of(other)), RING) is None


def test_a_note_that_is_no_checkpoint_is_not_read_as_one() -> None:
    assert read(signed_note(f"{ORIGIN}\n12\n", KEY, ORIGIN), RING) is None


def test_a_witness_may_sign_below_us() -> None:
    witness = generate(Purpose.CHECKPOINT, NOW, stream("witness"))
    text = NOTE.decode().partition("\n\n")[0] + "\n"
    line = signed_note(text, witness, "witness.example").splitlines(keepends=True)[-1]
    assert read(NOTE + line, RING) == HEAD
    assert read(NOTE + b"not a signature\n", RING) is None


def test_rotating_the_key_changes_neither_the_logs_name_nor_what_was_signed() -> None:
    keys = [key for purpose in Purpose for key in RING.all(purpose)]
    rotated = KeyRing([*keys, generate(Purpose.CHECKPOINT, NOW + 1, stream("next"))])
    assert origin_of(rotated) == ORIGIN
    assert read(NOTE, rotated) == HEAD


def test_a_checkpoint_under_a_key_that_came_a_moment_ago_is_read(tmp_path) -> None:
    """Another node may build the log, and sign, before this one has looked at the ring's file."""
    path = tmp_path / "keys.json"
    load_or_create(path, NOW, stream("live"))
    ours = LiveRing(path)
    purposes, chance = [Purpose.CHECKPOINT], stream("rotated")
    new = change(path, lambda ring: rotated(ring, purposes, NOW + 1, chance), chance)
    note = sign(HEAD, new.current(Purpose.CHECKPOINT), origin_of(new))
    assert read(note, ours) == HEAD
    assert read(b"junk", ours) is None


def test_a_public_key_reads_what_its_key_has_signed_and_nothing_else() -> None:
    other = generate_ring(NOW, stream("other"))
    ours, theirs = reader_of(verifier_keys(RING)), reader_of(verifier_keys(other))
    assert (ours(NOTE), theirs(NOTE)) == (HEAD, None)
    assert reader_of([*verifier_keys(other), *verifier_keys(RING)])(NOTE) == HEAD
    assert reader_of([])(NOTE) is None


@pytest.mark.parametrize("text", ["", "x", "x+y+z", ORIGIN, verifier_key(KEY, ORIGIN)[:-4], "a+b"])
def test_what_is_no_public_key_is_refused(text) -> None:
    with pytest.raises(ValueError, match="no public key"):
        reader_of([text])


@pytest.mark.parametrize("size", ["012", "+12", "-1", ""])
def test_a_size_has_one_way_of_being_written(size) -> None:
    text = NOTE.decode().partition("\n\n")[0].replace("\n12\n", f"\n{size}\n") + "\n"
    assert read(signed_note(text, KEY, ORIGIN), RING) is None
