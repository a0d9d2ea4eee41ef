"""Whose network an address is in, where the firm supplies a file that says so (MaxMind DB format).

The file is the firm's to obtain, license and renew: GeoLite2 ASN, DB-IP ASN Lite, IPinfo and others
have this form. It is read once at the start, into memory, so that it may be replaced beside a
running service.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import maxminddb

from identity.errors import SettingsError
from identity.throttling.way import parsed

_MEMBERS = ("autonomous_system_number", "asn")
"""What the number is called: by MaxMind and DB-IP, and by IPinfo (``"AS64500"``)."""


class Systems:
    """Autonomous systems by address."""

    def __init__(self, reader: maxminddb.Reader) -> None:
        self._reader = reader
        self._version = reader.metadata().ip_version

    def number(self, prefix: str) -> int:
        """Return the number of the system a network belongs to, 0 where the file does not say."""
        address = parsed(prefix.partition("/")[0])
        if address is None or address.version > self._version:
            return 0
        try:
            return _number(self._reader.get(address))
        except (maxminddb.InvalidDatabaseError, ValueError):
            return 0  # a record that is broken says nothing, and nobody may be refused by it


def read(path: Path) -> Systems:
    """Read a file; `SettingsError` where it is none of this form, or has no such numbers."""
    try:
        reader = maxminddb.open_database(path, maxminddb.MODE_MEMORY)
    except (OSError, ValueError, TypeError, maxminddb.InvalidDatabaseError) as error:
        raise SettingsError(f"network.asn_file {path}: {error}") from error
    kind = reader.metadata().database_type
    if "asn" not in kind.lower():
        raise SettingsError(f"network.asn_file {path}: is of type {kind!r}, not ASN")
    return Systems(reader)


def _number(record: Any) -> int:
    found = record if isinstance(record, Mapping) else {}
    said = next((found[member] for member in _MEMBERS if member in found), 0)
    digits = str(said).removeprefix("AS")
    return int(digits) if digits.isascii() and digits.isdigit() else 0
