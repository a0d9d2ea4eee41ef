"""A ring that follows its file: nobody restarts a service to rotate a key."""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from identity import entropy as chance
from identity.errors import SealBroken, SettingsError
from identity.keys.file import change, load, load_or_create
from identity.keys.live import LiveRing, RingWatch
from identity.keys.mac import Pseudonym
from identity.keys.ring import KeyRing, Purpose
from identity.keys.rotation import OVERLAP, rotated, without
from identity.keys.seal import Sealer
from tests.identity.keys.sources import NOW, stream

PLACE = {"account": "a", "kind": "k", "name": "n", "version": 1}


@pytest.fixture
def path(tmp_path) -> Path:
    load_or_create(tmp_path / "keys.json", NOW, stream("live"))
    return tmp_path / "keys.json"


@pytest.fixture
def live(path) -> LiveRing:
    return LiveRing(path)


def rotate(path, *purposes, now=NOW + 1) -> KeyRing:
    return change(path, lambda ring: rotated(ring, purposes, now, chance.system), chance.system)


def test_it_is_the_ring_in_the_file(path, live) -> None:
    assert live.every() == load(path).every()
    assert not live.reload()


def test_a_change_is_taken_and_is_one(path, live) -> None:
    new = rotate(path, Purpose.SEAL, Purpose.MAC)
    assert live.current(Purpose.SEAL) != new.current(Purpose.SEAL)
    assert live.reload()
    assert live.every() == new.every()
    assert not live.reload()


def test_the_file_is_still_its_owners_alone_and_alone_in_its_folder(path) -> None:
    before = os.umask(0)
    try:
        rotate(path, Purpose.SEAL)
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_a_change_that_will_not_do_leaves_the_file_as_it_was(path) -> None:
    before = path.read_bytes()
    with pytest.raises(SettingsError, match="no key for: seal"):
        change(
            path,
            lambda ring: KeyRing(k for k in ring.every() if k.purpose is not Purpose.SEAL),
            chance.system,
        )
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_of_many_changes_at_once_none_is_lost(path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: rotate(path, Purpose.TOKEN), range(16)))
    assert len(load(path).all(Purpose.TOKEN)) == 17


def test_what_another_node_sealed_with_a_newer_key_opens_at_once(path, live) -> None:
    ours = Sealer(live, chance.system)
    rotate(path, Purpose.SEAL)
    theirs = Sealer(LiveRing(path), chance.system)
    sealed = theirs.seal(b"secret", **PLACE)
    assert ours.open(sealed, **PLACE) == b"secret"
    assert theirs.open(ours.seal(b"secret", **PLACE), **PLACE) == b"secret"


def test_it_opens_for_every_thread_that_meets_it_at_once(path, live) -> None:
    """Whoever finds the file as it was last read may have been overtaken by who read it."""
    ours, together = Sealer(live, chance.system), threading.Barrier(8)

    def opens(sealed):
        together.wait()
        return ours.open(sealed, **PLACE)

    with ThreadPoolExecutor(8) as pool:
        for _ in range(40):
            rotate(path, Purpose.SEAL)
            sealed = Sealer(LiveRing(path), chance.system).seal(b"secret", **PLACE)
            assert list(pool.map(opens, [sealed] * 8)) == [b"secret"] * 8


def test_a_sealer_and_a_pseudonym_use_the_new_key_from_the_change_on(path, live) -> None:
    sealer, pseudonym = Sealer(live, chance.system), Pseudonym(live)
    old, name = sealer.seal(b"secret", **PLACE), pseudonym.pseudonym("amy")
    new = rotate(path, Purpose.SEAL, Purpose.NAME)
    live.reload()
    assert new.current(Purpose.SEAL).id.encode() in sealer.seal(b"secret", **PLACE)
    assert sealer.open(old, **PLACE) == b"secret"
    assert pseudonym.pseudonym("amy") == Pseudonym(new).pseudonym("amy") != name


def test_what_a_retired_key_sealed_opens_no_more(path, live) -> None:
    sealer = Sealer(live, chance.system)
    old, key_id = sealer.seal(b"secret", **PLACE), live.current(Purpose.SEAL).id
    rotate(path, Purpose.SEAL)
    change(path, lambda ring: without(ring, key_id, NOW + 2 * OVERLAP), chance.system)
    live.reload()
    with pytest.raises(SealBroken):
        sealer.open(old, **PLACE)


@pytest.mark.parametrize("fault", ["mode", "damaged", "gone"])
def test_a_file_that_went_bad_is_told_and_the_keys_in_hand_stay(path, live, fault) -> None:
    held = live.every()
    watch = RingWatch(live, lambda: NOW)
    if fault == "mode":
        path.chmod(0o644)
    elif fault == "damaged":
        path.write_bytes(b"{}")
    else:
        path.unlink()
    with capture_logs() as logs:
        assert not watch.run_once()
    assert [(log["event"], log["log_level"]) for log in logs] == [("run_failed", "error")]
    assert live.every() == held
    assert live.get(Purpose.SEAL, "AAAAAAAA") is None
    assert not live.refresh()


def test_the_watch_takes_a_change_by_itself(path, live) -> None:
    watch = RingWatch(live, lambda: NOW, 0.01)
    watch.start()
    try:
        new = rotate(path, Purpose.SEAL)
        end = time.monotonic() + 10
        while live.current(Purpose.SEAL) != new.current(Purpose.SEAL):
            assert time.monotonic() < end
            time.sleep(0.005)
    finally:
        watch.stop()


def test_threads_that_use_it_while_it_changes_see_whole_rings(path, live) -> None:
    sealer = Sealer(live, chance.system)

    def use(_) -> bytes:
        return sealer.open(sealer.seal(b"secret", **PLACE), **PLACE)

    with ThreadPoolExecutor(4) as pool:
        work = [pool.submit(partial(use, number)) for number in range(400)]
        for _ in range(20):
            rotate(path, Purpose.SEAL)
            live.reload()
        assert {done.result() for done in work} == {b"secret"}


@pytest.mark.parametrize("fault", [0o640, None])
def test_it_refuses_to_begin_with_a_file_that_will_not_do(path, fault) -> None:
    if fault:
        path.chmod(fault)
    else:
        path.unlink()
    with pytest.raises((SettingsError, FileNotFoundError)):
        LiveRing(path)
