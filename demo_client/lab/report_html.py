"""`lab.html`: the matrices people look at, in one file that fetches nothing.

Verdicts are plain JSON; transcripts, which are thirty megabytes of much the same, are packed by
gzip for each operation and unpacked by the browser when somebody opens one.
"""

from __future__ import annotations

import base64
import gzip
import html
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

from demo_client.lab.outcomes import Attempt, Result, Run, Skipped, WrongRun
from demo_client.lab.planning import WAYS
from demo_client.lab.texts import TEXTS
from demo_client.lab.wrong import SESSION

Json: TypeAlias = Any

HERE: Final = Path(__file__).parent


def page(result: Result) -> str:
    """Return the page."""
    packed: dict[str, str] = {}
    profiles = [_profile(result, name, packed) for name in result.profiles]
    data = {
        "began": result.began,
        "seconds": round(result.seconds, 1),
        "totals": {
            "runs": len(result.runs),
            "wrong": len(result.wrong),
            "differences": result.differences,
            "skipped": len(result.skipped),
        },
        "kinds": result.kinds,
        "wrongKinds": [*result.kinds, SESSION.id],
        "ways": [way.name for way in WAYS],
        "profiles": profiles,
        "skipped": _skipped(result.skipped),
        "texts": TEXTS,
    }
    scripts = "\n".join(
        f'<script type="application/octet-stream" id="{name}">{content}</script>'
        for name, content in packed.items()
    )
    return _filled(
        {
            "/*STYLE*/": _asset("page.css"),
            "/*SCRIPT*/": _asset("page.js"),
            "<!--STATIC-->": _static(result),
            "<!--DATA-->": _in_script(data),
            "<!--TRANSCRIPTS-->": scripts,
        }
    )


def _profile(result: Result, name: str, packed: dict[str, str]) -> Json:
    wrong = [run for run in result.wrong if run.profile == name]
    wrong_id = f"transcripts-{len(packed)}"
    packed[wrong_id] = _packed(
        f"{json.dumps(f'{run.way}:{run.kind}')}:{run.transcript.decode()}" for run in wrong
    )
    return {
        "name": name,
        "parts": [_part(result, name, each, packed) for each in result.operations(name)],
        "wrong": [_wrong(run) for run in wrong],
        "transcripts": wrong_id,
    }


def _part(result: Result, profile: str, operation: str, packed: dict[str, str]) -> Json:
    runs = [run for run in result.runs if (run.profile, run.operation) == (profile, operation)]
    name = f"transcripts-{len(packed)}"
    packed[name] = _packed(
        f'"{_key(result, run.kinds)}":[{",".join(map(_attempt, run.attempts))}]' for run in runs
    )
    tried = {kind for run in runs for kind in run.kinds}
    return {
        "operation": operation,
        "clauses": result.clauses.get(profile, {}).get(operation, ()),
        "openedBy": runs[0].opened_by,
        "kinds": [at for at, kind in enumerate(result.kinds) if kind in tried],
        "runs": {_key(result, run.kinds): _run(run) for run in runs},
        "transcripts": name,
    }


def _skipped(skipped: Sequence[Skipped]) -> Json:
    """Return one row for each policy and reason: what it says of, and of whose wrong ways."""
    rows: dict[tuple[str, str], tuple[list[str], list[str]]] = {}
    for each in skipped:
        way, _, kind = each.what.partition(": ")
        whole, ways = rows.setdefault((each.profile, each.why), ([], []))
        into, name = (ways, kind) if kind else (whole, way)
        if name not in into:
            into.append(name)
    return [
        {"profile": profile, "why": why, "what": whole, "ways": ways}
        for (profile, why), (whole, ways) in rows.items()
    ]


def _run(run: Run) -> Json:
    return [int(run.allowed), int(run.differs), round(run.ms, 1)]


def _wrong(run: WrongRun) -> Json:
    return {
        "way": run.way,
        "kind": run.kind,
        "expected": run.expected,
        "actual": run.actual,
        "differs": run.differs,
        "ms": round(run.ms, 1),
    }


def _attempt(attempt: Attempt) -> str:
    told = {
        "shown": [[each.kind, each.came, each.code] for each in attempt.shown],
        "actual": [attempt.actual.allowed, attempt.actual.missing],
        "expected": [attempt.expected.allowed, attempt.expected.missing],
        "door": attempt.door,
        "difference": attempt.difference,
    }
    return f'{json.dumps(told)[:-1]},"calls":{attempt.transcript.decode()}}}'


def _key(result: Result, kinds: Sequence[str]) -> str:
    return "-".join(str(at) for at in sorted(result.kinds.index(kind) for kind in kinds))


def _packed(members: Iterable[str]) -> str:
    raw = f"{{{','.join(members)}}}".encode()
    # Without a time in its header, the same content is the same file.
    return base64.b64encode(gzip.compress(raw, 9, mtime=0)).decode("ascii")


def _in_script(data: Json) -> str:
    """Write JSON so that nothing in it can end the script element, or begin a comment."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _static(result: Result) -> str:
    """Return what a browser without scripts is shown: the counts."""
    rows = []
    for profile in result.profiles:
        for operation in result.operations(profile):
            runs = [r for r in result.runs if (r.profile, r.operation) == (profile, operation)]
            counts = (
                sum(run.allowed for run in runs),
                sum(not run.allowed for run in runs),
                sum(run.differs for run in runs),
            )
            cells = "".join(
                f"<td>{html.escape(str(it))}</td>" for it in (profile, operation, *counts)
            )
            rows.append(f"<tr>{cells}</tr>")
    columns = ("policy", "operation", "allowed", "refused", "differences")
    head = "".join(f"<th>{column}</th>" for column in columns)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _asset(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


def _filled(blanks: dict[str, str]) -> str:
    """Fill the page's blanks, each once, and none in what was filled in."""
    left = _asset("page.html")
    done = []
    for mark, content in sorted(blanks.items(), key=lambda pair: left.index(pair[0])):
        before, left = left.split(mark, 1)
        done += [before, content]
    return "".join([*done, left])
