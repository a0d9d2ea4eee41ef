"""Structured logs: one JSON line an event, to standard error, with no personal data in it.

What may be said is decided where it is said: codes, counts and route templates. The audit log,
not this one, knows who did what.
"""

from __future__ import annotations

import logging
import sys

import structlog


def configure(mode: str) -> None:
    """Set up logging for the whole process: for people in development, for machines elsewhere.

    In development only what is wrong is said; elsewhere every request has its line. A host that
    has configured structlog itself is left alone.
    """
    if structlog.is_configured():
        return
    shape: structlog.types.Processor = (
        structlog.dev.ConsoleRenderer()
        if mode == "development" and sys.stderr.isatty()
        else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            shape,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.WARNING if mode == "development" else logging.INFO
        ),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
