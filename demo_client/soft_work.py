"""Proof of work, done as the browser does it: try counters until a derived key starts right.

The service asks for it where somebody is trying a lot (428, or `work` in the answer to an
opening). It costs a fraction of a second to a few seconds, and is good for one call.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altcha

from demo_client.errors import TooHard

HEADER = "Trifactor-Work"
"""The request header in which it goes back."""

PATIENCE = 60.0
"""Seconds after which to give up; a challenge is good for five minutes."""


def solve(work: Mapping[str, Any]) -> str:
    """Return the value of `HEADER` for `work` (`parameters` and `signature`, as it was asked).

    Raises `TooHard` where no solution was found in `PATIENCE`.
    """
    challenge = altcha.Challenge.from_dict(dict(work))
    solution = altcha.solve_challenge(challenge, timeout=PATIENCE)
    if solution is None:
        raise TooHard(PATIENCE)
    return altcha.Payload(challenge, solution).to_base64()
