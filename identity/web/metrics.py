"""Counters for operations: a registry of our own, so that a host's stay the host's."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

MEDIA_TYPE = CONTENT_TYPE_LATEST


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

    def requested(self, route: str, status: int) -> None:
        """Count a request by its route's template."""
        self._requests.labels(route, str(status)).inc()

    def answered(self, method: str, *, accepted: bool) -> None:
        """Count a verdict."""
        self._answers.labels(method, "accepted" if accepted else "refused").inc()

    def exposed(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return generate_latest(self._registry)
