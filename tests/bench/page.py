"""The table, for a terminal and as docs/benchmarks.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench.rows import Row

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"

HEAD = """\
# What operations cost

`make bench` measures this and rewrites this page; the figures are of one machine and one day, and
the ratios travel better than the milliseconds.
"""

METHOD = """\
## How it is measured

- The service runs in a process of its own, embedded in a Starlette host; the client is another
  process and is not counted. Storage is SQLite in WAL mode in a temporary folder (`TMPDIR`),
  which must be on a disk for synchronous=FULL to mean anything.
- CPU is user and system time of the whole serving process, all threads, the log's sequencer
  included, as it says itself before and after; what asking costs is left out. A figure is the
  median of 7 rounds, a round the mean of 16 operations.
- A login is three requests: open, password, TOTP, one login after the other. It is compared with
  one Argon2id verify of the same parameters (19 MiB, two passes, one lane) without anything around
  it, in rounds that alternate with the logins.
- An answer by a factor is one request, asked for before: what approves an order as a step-up, a
  pattern as a login's first proof, a recovery code as its second. Codes by SMS have all
  arrived before the first is answered.
- An attempt that is asked for work is all its requests until then, over a connection that is there,
  by who does not work: a network that is hot; on an account that is hot, one network after the
  other, each seen for the first time; and an answer in a transaction opened before the account was
  hot. It is compared with one Argon2id verify in rounds that alternate.
- Codes that are nearly right are told from others by the clock, if at all, as the factor judges
  them in this process: 4,000 of each in an order drawn by chance, the area under the ROC curve
  with its 95 % interval.
- Accounts are told apart by the clock in the same way, from outside: 2,000 openings and 2,000
  wrong passwords for each of three kinds, over one connection, with Argon2 as cheap as it gets,
  because a real one would hide a difference. The row names the comparison that tells the most.
- A processor that sleeps between two requests wakes up with cold caches: a request alone after a
  pause of 30 ms costs about twice what it costs under steady load. A password's 19 MiB evict
  caches in the same way, so what follows a hash is dearer than the same work by itself.
- Windows and shares of failures are wide (lab mode), except where limits are what is measured.
- Bare and guarded route are asked in alternating blocks over 8 connections; the ratio is the
  median over pairs of blocks.
- The flood is a process of its own: 64 connections that open logins for names that nobody has and
  guess their passwords without a pause, each request from another address. Limits and queues are
  the shipped ones. Customers log in one after the other, in blocks with and without it; they do
  the work that is asked, in this process, and wait where they are told to.
- Workers are those of `identity serve` with PostgreSQL on the same machine, which they share with
  the client: 8 customers log in at once, 5 times over; a session is checked over 8 connections.
  Of PostgreSQL's own processes no CPU is counted anywhere.
"""


def show(rows: Sequence[Row], facts: Mapping[str, str]) -> None:
    """Print the table."""
    table = Table("what", "measured", "goal", "", title=f"{facts['CPU']}, {facts['Python']}")
    for row in rows:
        style = {"NOT met": "red", "met": "green"}.get(row.verdict, "")
        table.add_row(row.what, row.measured, row.goal, row.verdict, style=style)
    Console().print(table)


def write(rows: Sequence[Row], facts: Mapping[str, str]) -> None:
    """Rewrite the page."""
    on = [f"| {name} | {value} |" for name, value in facts.items()]
    lines = [HEAD, "| what | measured | goal | |", "| --- | --- | --- | --- |"]
    lines += [_line(row) for row in rows]
    lines += ["", "## The machine", "", "| | |", "| --- | --- |", *on, "", METHOD.rstrip(), ""]
    PAGE.write_text("\n".join(lines), encoding="utf-8")


def _line(row: Row) -> str:
    remark = f" ({row.remark})" if row.remark else ""
    return f"| {row.what}{remark} | {row.measured} | {row.goal} | {row.verdict} |"
