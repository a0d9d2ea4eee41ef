"""`attack.json`: everything the page tells, for programs."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from demo_client.attack.outcomes import Felt, Found, Result
from demo_client.attack.texts import english

FORMAT: Final = 1
"""The number of this format; it changes where a member changes its meaning."""


def document(result: Result) -> bytes:
    """Return the document, UTF-8."""
    told = {
        "format": FORMAT,
        "began": result.began,
        "seconds": round(result.seconds, 1),
        "scale": result.scale,
        "cores": result.cores,
        "argon2_ms": round(result.argon2_ms, 3),
        "kept": not result.broken,
        "attacks": {found.name: _attack(found, result.argon2_ms) for found in result.found},
    }
    return msgspec.json.format(msgspec.json.encode(told), indent=1)


def _attack(found: Found, argon2_ms: float) -> dict[str, Any]:
    return {
        "kept": not found.broken,
        "seconds": round(found.seconds, 2),
        "requests": found.requests,
        "answered": found.answered,
        "reached_a_verifier": found.reached,
        "works_done": found.solved,
        "accounts_opened": found.opened,
        "customers": {
            "unloaded": {device: _felt(felt) for device, felt in found.unloaded.items()},
            "meanwhile": {device: _felt(felt) for device, felt in found.felt.items()},
        },
        "blocked_attempt": {
            cost.where: {
                "cpu_ms": round(cost.ms, 4),
                "of_an_argon2_verify": round(cost.ms / argon2_ms, 5),
                "count": cost.count,
            }
            for cost in found.costs
        },
        "memory_mib": found.memory,
        "promises": [
            {
                "id": promise.id,
                "says": english(promise.id),
                "kept": promise.kept,
                "bound": promise.bound,
                "measured": promise.was,
                "of_speed": promise.timed,
            }
            for promise in found.promises
        ],
        "facts": found.facts,
        "left_out": found.left_out,
        "charts": found.charts,
    }


def _felt(felt: Felt) -> dict[str, Any]:
    return {
        "logins": felt.tried,
        "came_through": len(felt.ms),
        "rate": round(felt.rate, 4),
        "p50_ms": round(felt.p50, 1),
        "p99_ms": round(felt.p99, 1),
        "works_done": felt.worked,
        "waits": felt.waited,
        "why_not": felt.why,
    }
