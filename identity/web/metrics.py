"""Counters for operations: a registry of our own, so that a host's stay the host's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

MEDIA_TYPE = CONTENT_TYPE_LATEST

WAITS = (0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Seconds that a call waited for a thread: upper ends of the histogram's buckets."""

_QUEUE = ("pool", "lane")


class Metrics:
    """What is counted. Labels are routes, methods and codes: never a person."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "trifactor_requests", "Requests answered", ("route", "status"), registry=self._registry
        )
        self._answers = Counter(
            "trifactor_answers", "Answers judged", ("method", "verdict"), registry=self._registry
        )
        self._queued = Gauge(
            "trifactor_queue_length",
            "Calls that wait for a thread",
            _QUEUE,
            registry=self._registry,
        )
        self._waits = Histogram(
            "trifactor_queue_wait_seconds",
            "What calls waited for a thread",
            _QUEUE,
            buckets=WAITS,
            registry=self._registry,
        )
        self._turned_away = Counter(
            "trifactor_queue_refused",
            "Calls that no queue had room for",
            _QUEUE,
            registry=self._registry,
        )
        self._sure = Gauge(
            "trifactor_counters_sure",
            "1 while what was counted before is known, 0 while counters are lost or were emptied",
            registry=self._registry,
        )

    def requested(self, route: str, status: int) -> None:
        """Count a request by its route's template."""
        self._requests.labels(route, str(status)).inc()

    def answered(self, method: str, *, accepted: bool) -> None:
        """Count a verdict."""
        self._answers.labels(method, "accepted" if accepted else "refused").inc()

    def watch(self, pool: str, lane: str, length: Callable[[], float]) -> None:
        """Tell a queue's length by `length` whenever somebody asks."""
        self._queued.labels(pool, lane).set_function(length)

    def waited(self, pool: str, lane: str) -> Callable[[float], None]:
        """Return what is told each call's wait in a queue, in seconds. From any thread."""
        return self._waits.labels(pool, lane).observe

    def turned_away(self, pool: str, lane: str) -> Callable[[], None]:
        """Return what is told each call that a queue had no room for."""
        return self._turned_away.labels(pool, lane).inc

    def sure(self, told: Callable[[], bool]) -> None:
        """Tell whether the counters are sure of what they say, whenever somebody asks."""
        self._sure.set_function(told)

    def tallied(
        self, name: str, text: str, label: str, told: Callable[[], Mapping[str, int]]
    ) -> None:
        """Tell the counts that somebody else keeps, by `told` whenever somebody asks."""
        self._registry.register(_Tallied(name, text, label, told))

    def exposed(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return generate_latest(self._registry)


class _Tallied(Collector):
    """Counts kept elsewhere, as they are at the moment they are asked for."""

    def __init__(
        self, name: str, text: str, label: str, told: Callable[[], Mapping[str, int]]
    ) -> None:
        self._name = f"trifactor_{name}"
        self._text = text
        self._label = label
        self._told = told

    def collect(self) -> Iterator[Metric]:
        """Return them as one family."""
        family = CounterMetricFamily(self._name, self._text, labels=(self._label,))
        for value, count in self._told().items():
            family.add_metric((value,), count)
        yield family
