"""How long sessions may live under a table: the shorter of what it and the settings say."""

from __future__ import annotations

import msgspec

from identity.policy.rules import Table
from identity.settings import Sessions


def bounded(table: Table, sessions: Sessions) -> Sessions:
    """Return the settings of sessions with the table's bounds kept, in seconds."""
    idle, absolute = table.sessions.idle, table.sessions.absolute
    return msgspec.structs.replace(
        sessions,
        idle=_shorter(sessions.idle, idle),
        absolute=_shorter(sessions.absolute, absolute),
        operator_idle=_shorter(sessions.operator_idle, idle),
        operator_absolute=_shorter(sessions.operator_absolute, absolute),
    )


def _shorter(wanted: float, bound: float) -> float:
    return min(wanted, bound) if bound else wanted
