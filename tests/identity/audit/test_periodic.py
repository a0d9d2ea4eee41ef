"""A periodic thread outlives its failures, tells of them, and ends when told."""

from __future__ import annotations

import threading
import time

import pytest
from structlog.testing import capture_logs

from identity.errors import StoreUnavailable
from identity.periodic import Periodic

NOW = 1_767_225_600.0


def failing(error: Exception):
    def action(now: float) -> None:
        raise error

    return action


def test_it_runs_at_once_and_again_until_it_is_stopped() -> None:
    runs, thrice = [], threading.Event()

    def action(now: float) -> None:
        runs.append(now)
        if len(runs) == 3:
            thrice.set()

    periodic = Periodic("test", action, lambda: NOW, 0.001)
    periodic.start()
    assert thrice.wait(10)
    periodic.stop()
    after = len(runs)
    time.sleep(0.02)
    assert len(runs) == after
    assert set(runs) == {NOW}


def test_stopping_does_not_wait_for_the_interval() -> None:
    ran = threading.Event()
    periodic = Periodic("test", lambda now: ran.set(), lambda: NOW, 3600)
    periodic.start()
    assert ran.wait(10)
    began = time.monotonic()
    periodic.stop()
    assert time.monotonic() - began < 5


def test_a_failure_is_counted_and_the_next_run_happens() -> None:
    outcomes = iter([ValueError("x"), None, ValueError("y")])
    recovered = threading.Event()

    def action(now: float) -> None:
        if (outcome := next(outcomes, None)) is not None:
            raise outcome
        if periodic.failures == 2:
            recovered.set()

    periodic = Periodic("test", action, lambda: NOW, 0.001)
    with capture_logs():
        periodic.start()
        assert recovered.wait(10)
        periodic.stop()
    assert (periodic.failures, periodic.last_error, periodic.last_success) == (2, "", NOW)


def test_a_clock_that_cannot_be_read_is_a_failure_like_any_other() -> None:
    def clock() -> float:
        raise OSError

    periodic = Periodic("test", lambda now: None, clock, 1)
    with capture_logs():
        assert not periodic.run_once()
    assert periodic.last_error == "OSError"


@pytest.mark.parametrize(
    ("error", "told"), [(StoreUnavailable("disk full"), True), (ValueError("amy@mail"), False)]
)
def test_only_our_own_errors_are_logged_with_their_text(error, told) -> None:
    periodic = Periodic("test", failing(error), lambda: NOW, 1)
    with capture_logs() as logs:
        assert not periodic.run_once()
    [entry] = logs
    assert (str(error) in str(entry)) == told
    assert entry["error"] == type(error).__name__
    assert "test_periodic.py:" in entry["where"]


def test_it_is_well_while_it_succeeded_within_ten_intervals() -> None:
    periodic = Periodic("test", lambda now: None, lambda: NOW, 1)
    assert not periodic.healthy(NOW)
    periodic.run_once()
    assert periodic.healthy(NOW + 10)
    assert not periodic.healthy(NOW + 10.1)


def test_it_starts_once() -> None:
    periodic = Periodic("test", lambda now: None, lambda: NOW, 3600)
    periodic.start()
    with pytest.raises(RuntimeError):
        periodic.start()
    periodic.stop()
