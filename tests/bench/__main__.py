"""Measure, print, and rewrite docs/benchmarks.md."""

from tests.bench import (
    answers,
    blocked,
    codes,
    enumeration,
    flood,
    guard,
    log,
    logins,
    machine,
    page,
    pressure,
    tokens,
    workers,
)


def main() -> None:
    """Run every benchmark, the ones that must not disturb each other one after the other."""
    facts = machine.facts()
    parts = (
        logins,
        answers,
        blocked,
        codes,
        enumeration,
        guard,
        tokens,
        pressure,
        flood,
        log,
        workers,
    )
    rows = [row for part in parts for row in part.rows()]
    page.show(rows, facts)
    page.write(rows, facts)


if __name__ == "__main__":
    main()
