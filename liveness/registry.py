"""Every signal there is, on one page. A new one is a file and a line in the table below.

It is empty until the work on video verification: nothing here judges a clip yet, and nothing in
`identity` asks it to.
"""

from __future__ import annotations

from liveness.contract import Signal

SIGNALS: tuple[Signal, ...] = ()
