"""The ring's file: made once, read by its owner only, refused with what to do about it."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from identity import entropy as chance
from identity.errors import SettingsError
from identity.keys.file import FileSource, load, load_or_create
from identity.keys.ring import Purpose

NOW = 1_767_225_600.0


def _ids(path: Path) -> list[str]:
    ring = load_or_create(path, NOW, chance.system)
    return [key.id for purpose in Purpose for key in ring.all(purpose)]


def test_a_new_ring_is_written_for_its_owner_and_read_back(tmp_path, entropy) -> None:
    path = tmp_path / "keys.json"
    made = load_or_create(path, NOW, entropy)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [load(path).all(purpose) for purpose in Purpose] == [made.all(p) for p in Purpose]
    assert FileSource(path).load(NOW + 9, entropy).current(Purpose.MAC).created_at == NOW
    assert list(tmp_path.iterdir()) == [path]


def test_a_loose_umask_does_not_open_the_file(tmp_path, entropy) -> None:
    before = os.umask(0)
    try:
        load_or_create(tmp_path / "keys.json", NOW, entropy)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "keys.json").stat().st_mode) == 0o600


def test_processes_that_start_at_once_end_with_the_same_ring(tmp_path) -> None:
    # spawned, not forked: pytest's process has threads
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        rings = list(pool.map(_ids, [tmp_path / "keys.json"] * 8))
    assert len({tuple(ring) for ring in rings}) == 1
    assert [entry.name for entry in tmp_path.iterdir()] == ["keys.json"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601, 0o644])
def test_a_file_that_others_may_touch_is_refused(tmp_path, entropy, mode) -> None:
    path = tmp_path / "keys.json"
    load_or_create(path, NOW, entropy)
    path.chmod(mode)
    with pytest.raises(SettingsError, match="chmod 600"):
        load_or_create(path, NOW, entropy)


def test_a_link_is_refused_even_to_a_good_ring(tmp_path, entropy) -> None:
    load_or_create(tmp_path / "real", NOW, entropy)
    (tmp_path / "keys.json").symlink_to(tmp_path / "real")
    with pytest.raises(SettingsError, match="regular file"):
        load_or_create(tmp_path / "keys.json", NOW, entropy)


def test_a_pipe_is_refused_and_not_waited_for(tmp_path, entropy) -> None:
    os.mkfifo(tmp_path / "keys.json", 0o600)
    with pytest.raises(SettingsError, match="not a regular file"):
        load_or_create(tmp_path / "keys.json", NOW, entropy)


def test_a_folder_is_refused(tmp_path, entropy) -> None:
    (tmp_path / "keys.json").mkdir(mode=0o700)
    with pytest.raises(SettingsError, match="not a regular file"):
        load_or_create(tmp_path / "keys.json", NOW, entropy)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_another_users_file_is_refused(tmp_path, entropy) -> None:
    path = tmp_path / "keys.json"
    load_or_create(path, NOW, entropy)
    os.chown(path, 4321, -1)
    with pytest.raises(SettingsError, match="user 4321"):
        load_or_create(path, NOW, entropy)


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"\xff", b'{"v":2,"keys":[]}', b'{"v":1,"keys":0}']
)
def test_a_file_that_is_no_ring_is_refused_and_left_as_it_is(tmp_path, entropy, content) -> None:
    path = tmp_path / "keys.json"
    path.touch(mode=0o600)
    path.write_bytes(content)
    with pytest.raises(SettingsError, match="damaged"):
        load_or_create(path, NOW, entropy)
    assert path.read_bytes() == content


def test_a_ring_without_keys_is_refused_and_not_filled_up(tmp_path, entropy) -> None:
    path = tmp_path / "keys.json"
    path.touch(mode=0o600)
    path.write_bytes(b'{"v":1,"keys":[]}')
    with pytest.raises(SettingsError, match="no key for"):
        load_or_create(path, NOW, entropy)


def test_a_folder_that_does_not_exist_is_named(tmp_path, entropy) -> None:
    with pytest.raises(SettingsError, match="folder that exists"):
        load_or_create(tmp_path / "nowhere" / "keys.json", NOW, entropy)
