"""The key ring as a file: JSON, mode 0600, made once and never by two processes differently.

It is changed while services run on it, by putting another file in its place.

Keep a copy of it, and keep it apart from the copies of the database: with both in hand everything
opens, with the database alone nothing does. POSIX only: mode and owner are what protects it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from factors.contract import Entropy
from identity.entropy import token
from identity.errors import SettingsError
from identity.keys import private
from identity.keys.ring import Key, KeyRing, generate_ring


class _Document(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    v: Literal[1] = 1
    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class FileSource:
    """A `KeySource` over one file."""

    path: Path

    def load(self, now: float, entropy: Entropy) -> KeyRing:
        """Return the ring in the file, which is made where there is none."""
        return load_or_create(self.path, now, entropy)


def load_or_create(path: Path, now: float, entropy: Entropy) -> KeyRing:
    """Return the ring in the file at `path`, which is made where there is none.

    Processes that start at the same time all come back with the same ring. Raises `SettingsError`
    with what to do about it where the file may be read by others, belongs to another user, is no
    regular file, or is not a whole ring.
    """
    try:
        return load(path)
    except FileNotFoundError:
        pass
    try:
        _create(path, generate_ring(now, entropy), entropy)
        return load(path)
    except OSError as error:
        raise SettingsError(
            f"The key ring {path} cannot be made ({error.strerror}). Name a file in a folder that "
            "exists, that this user may write to, and that is on a disk of this machine."
        ) from error


def load(path: Path) -> KeyRing:
    """Return the ring in the file at `path`; `FileNotFoundError` where there is none."""
    try:
        content = msgspec.json.decode(private.read(path, "key ring"), type=_Document)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"The key ring {path} is damaged. Put back a copy of it that is whole."
        ) from error
    return KeyRing(content.keys)


def change(path: Path, to: Callable[[KeyRing], KeyRing], entropy: Entropy) -> KeyRing:
    """Put the ring that `to` makes of the one in the file in its place; return it.

    Whoever reads the file finds the one or the other whole, and of those that change it at the
    same time each builds on what the one before has made. Raises as `load` does.
    """
    with _alone(path.parent):
        ring = to(load(path))
        with _written(path, _encoded(ring), entropy) as whole:
            whole.replace(path)
        _sync_folder(path.parent)
    return ring


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder's lock, which ends with the process that holds it, whatever becomes of it."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _encoded(ring: KeyRing) -> bytes:
    return msgspec.json.encode(_Document(keys=ring.every()))


def _create(path: Path, ring: KeyRing, entropy: Entropy) -> None:
    # A hard link, not a rename: it fails where another process was faster, and then that one's
    # ring is everybody's. A rename would put ours over one already in use.
    with (
        _written(path, _encoded(ring), entropy) as whole,
        contextlib.suppress(FileExistsError),
    ):
        os.link(whole, path)
    _sync_folder(path.parent)


@contextlib.contextmanager
def _written(path: Path, content: bytes, entropy: Entropy) -> Iterator[Path]:
    """Give the name of a file beside `path` that holds `content`, on disk; it is removed after."""
    temporary = path.with_name(f".{path.name}.{token(entropy)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), 0o600)  # whatever the umask made of it
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
