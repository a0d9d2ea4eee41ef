"""An export examined without the service: no store, and no secret, is needed.

Found with the public keys alone: any change to an event, a leaf or a checkpoint that a later
checkpoint signs; an event taken out of the log, the first one too; one taken out among those that
wait, by the gap in its writer's numbers; the end cut off, by the checkpoint or by what its writer
said. Found with the key ring only: changes to what no checkpoint signs yet, and to what writers
said, hence an end cut off together with both. Not found by anybody: a log written anew by somebody
who holds the key ring, unless a checkpoint of it is kept elsewhere; and whether this is the
newest export there is.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
from collections.abc import Iterable

from identity.audit.archive import Ending, InLog, Opening, Outside, Said, Signed, decode
from identity.audit.checkpoint import Head, Reader, read, reader_of
from identity.audit.findings import Notes, Report
from identity.audit.merkle import EMPTY_ROOT
from identity.audit.passing import Passing
from identity.audit.record import microseconds
from identity.audit.tree import Tree
from identity.keys.ring import KeyRing


def examine(
    lines: Iterable[bytes], now: float, reader: Reader | None = None, ring: KeyRing | None = None
) -> Report:
    """Examine an export line by line. Clause: CC-18000.4.d, CC-18000.5.k

    `reader` reads checkpoints by public keys that were got from somewhere else than the export;
    without it the ring's are taken, and without a ring the export's own, which is remarked on.
    """
    if reader is None and ring is not None:
        reader = functools.partial(read, ring=ring)
    examination = _Examination(reader, ring)
    for number, line in enumerate(lines, 1):
        examination.line(number, line)
    return examination.report(microseconds(now))


class _Examination:
    """One walk along the file."""

    def __init__(self, reader: Reader | None, ring: KeyRing | None) -> None:
        self._reader = reader
        self._ring = ring
        self._notes = Notes()
        self._tree = Tree(self._read, self._notes)
        self._passing = Passing(self._notes, ring)
        self._last: Head | None = None
        self._last_size = 0
        self._at_us = 0
        self._seen = dict.fromkeys((InLog, Outside, Signed, Said), 0)
        self._digest = hashlib.sha256()
        self._ended = False

    def line(self, number: int, line: bytes) -> None:
        """Examine one line."""
        found = decode(line)
        if found is None or self._ended or (number == 1) != isinstance(found, Opening):
            self._notes.find("export_line", f"line {number}", "This is no line of an export.")
            return
        if type(found) in self._seen:
            self._seen[type(found)] += 1
        match found:
            case Opening():
                self._open(found)
            case InLog():
                self._tree.leaf(found.index, found.hash)
                self._passing.leaf(found)
            case Outside():
                self._passing.outside(found)
            case Signed():
                self._checkpoint(found)
            case Said():
                self._passing.said(found, self._at_us)
            case Ending():
                self._end(found)
        self._digest.update(line)

    def report(self, now_us: int) -> Report:
        """Tell what was found."""
        self._passing.end()
        self._ends()
        return Report(
            at_us=now_us,
            events=self._passing.events,
            lab_events=self._passing.lab_events,
            waiting=self._seen[Outside],
            leaves=self._tree.size,
            checkpoints=self._tree.heads,
            writers=self._passing.writers,
            size=self._last.size if self._last else 0,
            root=self._last.root if self._last else EMPTY_ROOT,
            findings=tuple(self._notes.findings),
            remarks=tuple(self._notes.remarks),
            omitted=self._notes.omitted,
        )

    def _open(self, opening: Opening) -> None:
        self._at_us = opening.at_us
        if self._reader is not None:
            return
        self._notes.remark(
            "export_keys",
            "line 1",
            "The public keys are the export's own: whoever wrote it anew could have put in others. "
            "Give the keys that you got from the service, or compare the last checkpoint.",
        )
        with contextlib.suppress(ValueError):  # then nothing is signed, which will be found
            self._reader = reader_of(opening.keys)

    def _read(self, note: bytes) -> Head | None:
        return None if self._reader is None else self._reader(note)

    def _checkpoint(self, signed: Signed) -> None:
        head = self._tree.head(signed.size, signed.note.encode())
        if head is not None and head.size != signed.size:
            self._notes.find(
                "checkpoint_row", f"checkpoint {signed.size}", "Its note is of another size."
            )
        self._last = head or self._last
        self._last_size = max(self._last_size, signed.size)

    def _end(self, ending: Ending) -> None:
        self._ended = True
        counts = (ending.leaves, ending.events, ending.checkpoints, ending.writers)
        if counts != tuple(self._seen.values()) or ending.sha256 != self._digest.digest():
            self._notes.find(
                "export_end", "the last line", "The lines before it are not those written out."
            )

    def _ends(self) -> None:
        leaves, end = self._tree.size, self._last_size
        if not self._ended:
            self._notes.find("export_end", "the last line", "The file was cut off.")
        if leaves < end:
            self._notes.find(
                "log_cut", f"leaf {leaves}", f"A checkpoint signs {end} leaves; there are {leaves}."
            )
        if leaves > end:
            self._notes.find(
                "checkpoint_missing",
                f"checkpoint {leaves}",
                f"There are {leaves} leaves and the last checkpoint signs {end}.",
            )
        if self._ring is None:
            self._notes.remark(
                "export_tail",
                "without the key ring",
                f"Not examined: MACs, hence {self._seen[Outside]} events that no checkpoint signs, "
                "and what writers said of themselves.",
            )
