"""`lab.json`: everything the lab found, for programs. Transcripts only where something differs."""

from __future__ import annotations

import json
from typing import Any, TypeAlias

import msgspec

from demo_client.lab.expected import Verdict
from demo_client.lab.outcomes import Attempt, Result, Run, Skipped, WrongRun
from demo_client.lab.texts import english

Json: TypeAlias = Any

FORMAT = 1
"""The number of this format; it changes where a member changes its meaning."""


def document(result: Result) -> bytes:
    """Return the document, UTF-8."""
    told = {
        "format": FORMAT,
        "began": result.began,
        "seconds": round(result.seconds, 1),
        "kinds": result.kinds,
        "totals": {
            "runs": len(result.runs),
            "wrong_ways": len(result.wrong),
            "differences": result.differences,
            "skipped": len(result.skipped),
        },
        "clauses": result.clauses,
        "runs": [_run(run) for run in result.runs],
        "wrong_ways": [_wrong(run) for run in result.wrong],
        "skipped": [_skipped(each) for each in result.skipped],
    }
    return msgspec.json.encode(told)


def _run(run: Run) -> Json:
    return {
        "profile": run.profile,
        "operation": run.operation,
        "kinds": run.kinds,
        "expected": _word(allowed=run.expected),
        "actual": _word(allowed=run.allowed),
        "differs": run.differs,
        "ms": round(run.ms, 1),
        "opened_by": run.opened_by,
        "tries": [_try(attempt) for attempt in run.attempts],
    }


def _try(attempt: Attempt) -> Json:
    told = {
        "shown": [
            {"kind": each.kind, "came": each.came, **({"code": each.code} if each.code else {})}
            for each in attempt.shown
        ],
        "expected": _verdict(attempt.expected),
        "actual": _verdict(attempt.actual),
        "door": attempt.door,
        "ms": round(attempt.ms, 1),
    }
    if attempt.differs:
        told |= {"difference": attempt.difference, "transcript": json.loads(attempt.transcript)}
    return told


def _wrong(run: WrongRun) -> Json:
    told = {
        "profile": run.profile,
        "way": run.way,
        "kind": run.kind,
        "expected": run.expected,
        "actual": run.actual,
        "differs": run.differs,
        "ms": round(run.ms, 1),
    }
    return told | ({"transcript": json.loads(run.transcript)} if run.differs else {})


def _skipped(each: Skipped) -> Json:
    return {"profile": each.profile, "what": each.what, "why": english(each.why)}


def _verdict(verdict: Verdict) -> Json:
    return {"verdict": _word(allowed=verdict.allowed), "missing": verdict.missing}


def _word(*, allowed: bool) -> str:
    return "allowed" if allowed else "refused"
