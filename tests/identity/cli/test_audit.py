"""The log written out, examined and proved on the command line, as an examiner would."""

import json
import sqlite3
from contextlib import closing

import pytest

pytestmark = pytest.mark.clause("CC-18000.4.d")


@pytest.fixture
def lived(world):
    """A place with a log in it; the service goes on."""
    world.customer().activated().signs_in()
    world.running.sequencer.run_once()
    return world


@pytest.fixture
def key(lived, run):
    return run("audit", "keys")[1]


@pytest.fixture
def out(lived, run, tmp_path):
    """An export, in the hands of somebody with nothing else."""
    file = tmp_path / "audit.jsonl"
    assert run("audit", "export", "--out", file)[0] == 0
    return file


def print_to(file, run, *command):
    status, said = run(*command)
    assert status == 0, said
    file.write_text(said, encoding="utf-8")
    return file


def test_an_export_is_whole_offline_with_keys_or_ring_or_neither(out, run, key, lived):
    lived.store.close()
    for more in (["--key", key], ["--macs"], []):
        status, said = run("audit", "verify", "--export", out, *more)
        assert (status, "The log is whole" in said) == (0, True), said
        assert ("export_keys" in said) == (not more)
    assert out.stat().st_mode & 0o777 == 0o600


def test_an_export_holds_no_secret_and_no_personal_data(out, lived):
    text = out.read_text(encoding="utf-8")
    for word in ("Amy Lin", "amy@mail.example"):
        assert word not in text
    ring = json.loads((lived.root / "keys.json").read_bytes())
    assert not [key for key in ring["keys"] if key["secret"] in text]


def test_a_changed_export_is_not_whole(out, run, key):
    content = out.read_bytes()
    out.write_bytes(content.replace(b"account:lifecycle:activated", b"account:lifecycle:suspended"))
    status, said = run("audit", "verify", "--export", out, "--key", key)
    assert (status, "leaf_hash" in said, "NOT whole" in said) == (1, True, True)


def test_another_logs_key_reads_nothing(out, run):
    other = "trifactor/audit/AAAAAAAA+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    assert run("audit", "verify", "--export", out, "--key", other)[0] == 2  # its own id is wrong
    known = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    status, said = run("audit", "verify", "--export", out, "--key", known)
    assert (status, "checkpoint_signature" in said) == (1, True)


def test_a_file_is_not_written_over(out, run):
    before = out.read_bytes()
    status, said = run("audit", "export", "--out", out)
    assert (status, "File exists" in said) == (2, True)
    assert out.read_bytes() == before


def test_a_proof_of_every_event_is_checked_with_the_key_alone(alone, lived, run, key, tmp_path):
    with lived.store.read() as work:
        leaves = work.log.leaves(0, 100)
    for name in (f"{leaves[-1].writer}/{leaves[-1].seq}", str(leaves[0].index)):
        file = print_to(tmp_path / "proof.json", run, "audit", "prove", name)
        status, said = alone("audit", "check-proof", file, "--key", key)
        assert (status, "The proof holds" in said) == (0, True)
    proof = json.loads(file.read_bytes())
    proof["event"] = proof["event"].replace("service", "nothing")
    file.write_text(json.dumps(proof), encoding="utf-8")
    status, said = alone("audit", "check-proof", file, "--key", key)
    assert (status, "does NOT hold" in said) == (1, True)


def test_growth_is_proved_from_a_checkpoint_that_was_kept(alone, lived, run, key, tmp_path):
    kept = tmp_path / "kept"
    with lived.store.read() as work:
        head = work.log.last_checkpoint()
    kept.write_bytes(head.note)
    lived.customer("ben").activated()
    lived.running.sequencer.run_once()
    file = print_to(tmp_path / "proof.json", run, "audit", "consistency", head.size)
    check = ("audit", "check-proof", file, "--key", key, "--kept")
    status, said = alone(*check, kept)
    assert (status, f"only grown since it had {head.size}" in said) == (0, True)
    kept.write_bytes(head.note.replace(b"at_us 1", b"at_us 2"))
    assert alone(*check, kept)[0] == 1


def test_the_last_checkpoint_is_printed_as_it_was_signed(lived, run):
    with lived.store.read() as work:
        note = work.log.last_checkpoint().note
    assert run("audit", "checkpoint")[1] == " ".join(note.decode().split())
    assert run("audit", "checkpoint", "--size", "999999")[0] == 2


@pytest.mark.parametrize("name", ["nobody/1", "999999", "x", "-x/1", "w/x"])
def test_what_is_no_event_cannot_be_proved(lived, run, name):
    status, said = run("audit", "prove", name)
    assert (status, "Traceback" in said) == (2, False)


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff"])
def test_what_is_no_proof_is_told_in_a_sentence(alone, run, key, tmp_path, content):
    (tmp_path / "file").write_bytes(content)
    status, said = alone("audit", "check-proof", tmp_path / "file", "--key", key)
    assert (status, "holds no proof" in said) == (2, True)
    status, said = alone("audit", "check-proof", tmp_path / "none", "--key", key)
    assert (status, "No such file" in said) == (2, True)


def test_an_export_that_is_not_there_is_told_in_a_sentence(run, tmp_path):
    status, said = run("audit", "verify", "--export", tmp_path / "none")
    assert (status, "No such file" in said) == (2, True)


@pytest.mark.parametrize("row", ["first", "last"])
def test_a_row_deleted_from_the_live_store_is_found_live_and_offline(lived, run, tmp_path, row):
    order = "DESC" if row == "last" else "ASC"
    with closing(sqlite3.connect(lived.root / "identity.db")) as connection, connection:
        query = f'SELECT writer, seq FROM leaves ORDER BY "index" {order} LIMIT 1'
        gone = connection.execute(query).fetchone()
        connection.execute("DELETE FROM events WHERE writer = ? AND seq = ?", gone)
    status, said = run("audit", "verify")
    assert (status, f"event {gone[0]}/{gone[1]}" in said) == (1, True)
    assert run("audit", "export", "--out", tmp_path / "cut.jsonl")[0] == 0
    status, said = run("audit", "verify", "--export", tmp_path / "cut.jsonl")
    assert (status, f"event_missing event {gone[0]}/{gone[1]}" in said) == (1, True)
