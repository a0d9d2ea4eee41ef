"""Files that only their owner may read: the key ring, passwords of other services.

POSIX only: mode and owner are what protects them.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from identity.errors import SettingsError

_OTHERS = 0o077
_LARGEST = 1 << 20  # a ring of thousands of keys is still below a mebibyte


def read(path: Path, what: str) -> bytes:
    """Return what is in the file; `what` it is called in a sentence.

    Raises `FileNotFoundError` where there is none, and `SettingsError` with what to do about it
    where others may read it, where it belongs to another user or is no regular file.
    """
    # O_NOFOLLOW: a link could lead to a file that another user may exchange. O_NONBLOCK: opening
    # a pipe must not wait for somebody to write to it.
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        descriptor = os.open(path, flags)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise SettingsError(
            f"The {what} {path} cannot be read ({error.strerror}). It must be a regular file, "
            "no link, that belongs to the user this service runs as."
        ) from error
    try:
        _check(path, what, os.fstat(descriptor))
        return os.read(descriptor, _LARGEST)
    finally:
        os.close(descriptor)


def _check(path: Path, what: str, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise SettingsError(f"The {what} {path} is not a regular file. Name one that is.")
    if status.st_uid != os.geteuid():
        raise SettingsError(
            f"The {what} {path} belongs to user {status.st_uid}, and this service runs as user "
            f"{os.geteuid()}. Give it to that user (chown), or run as its owner."
        )
    if status.st_mode & _OTHERS:
        raise SettingsError(
            f"The {what} {path} may be read by others than its owner. "
            f"Run `chmod 600 {path}`, and replace what is in it if somebody may have done so."
        )
