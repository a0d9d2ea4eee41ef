"""A flood: many connections at once send all they can, from a process of their own.

Meanwhile customers sign in, on known devices and on new ones. Whether they come through is the
promise; how long it takes is told beside what it took before, in the same run.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any, Final

from demo_client.attack.outcomes import Found
from demo_client.attack.seen import OK, REFUSED, Seen
from demo_client.attack.stage import Play, Run
from demo_client.lab.errors import LabError
from demo_client.lab.process import HOUSE, environment

SECONDS, CONNECTIONS, REGULARS, UNLOADED = 25.0, 48, 6, 60
GRACE: Final = 60


def run(run: Run) -> Found:
    """Flood the service for a while."""
    with run.service("flood") as service:
        play = Play(run, "flood", service)
        play.peoples(count=REGULARS)
        play.rests(UNLOADED)
        seconds = max(3.0, SECONDS * run.scale)
        with play.attacking():
            spent = service.meter.cpu() if service.meter.works else 0.0
            with play.meanwhile():
                told = _flooded(service.origin, seconds)
            spent = service.meter.cpu() - spent if service.meter.works else 0.0
            _noted(play.seen, told)
        play.found.facts |= {
            "connections": str(CONNECTIONS),
            "lasted": f"{seconds:.0f}",
            "rate": f"{play.seen.requests / seconds:.0f}",
            "networks": str(told["networks"]),
            "cores": f"{spent / seconds:.1f}",
        }
        return play.ends()


def _flooded(origin: str, seconds: float) -> Any:
    command = [sys.executable, "-m", "demo_client.attack.flooding", origin]
    done = subprocess.run(  # noqa: S603 - our own words, and no shell reads them
        [*command, str(seconds), str(CONNECTIONS)],
        capture_output=True,
        text=True,
        env=environment(),
        cwd=HOUSE,
        timeout=seconds + GRACE,
        check=False,
    )
    if done.returncode:
        raise LabError(f"the flood ended: {done.stderr.strip()}")
    return json.loads(done.stdout)


def _noted(seen: Seen, told: Any) -> None:
    for second, status, is_answer, count in told["counts"]:
        verdict = is_answer and status in {OK, REFUSED}
        seen.told(second, status, count, verdicts=bool(verdict))
