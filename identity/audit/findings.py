"""What an examination of the log found: stable codes, and a sentence for each.

A finding is something that cannot come about in order: somebody, or a broken disk, was at it. A
remark is something an examiner should know and that has innocent reasons too.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

LARGEST = 1000
"""Findings and remarks told one by one; what is over is counted."""

Code: TypeAlias = Literal[
    "event_missing",
    "event_mac",
    "event_row",
    "leaf_missing",
    "leaf_gap",
    "leaf_order",
    "leaf_hash",
    "leaf_row",
    "subtree",
    "log_cut",
    "taken_row",
    "checkpoint_signature",
    "checkpoint_row",
    "checkpoint_root",
    "checkpoint_missing",
    "writer_mac",
    "writer_missing",
    "tail_cut",
    "writer_silent",
    "events_waiting",
    "export_line",
    "export_end",
    "export_keys",
    "export_tail",
]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing found. `where` names it: ``event <writer>/<seq>``, ``leaf <index>``."""

    code: Code
    where: str
    sentence: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The result of an examination at `at_us` (Unix time in microseconds).

    `events` counts what was read, `lab_events` those of lab mode among them, `waiting` those not
    in the log yet. `size` and `root` are the last checkpoint's, for comparing with a copy of it
    that was kept elsewhere. `omitted` findings and remarks are counted and not listed.
    """

    at_us: int
    events: int
    lab_events: int
    waiting: int
    leaves: int
    checkpoints: int
    writers: int
    size: int
    root: bytes
    findings: tuple[Finding, ...]
    remarks: tuple[Finding, ...]
    omitted: int

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return not self.findings


class Notes:
    """Collects findings and remarks, a bounded number of them."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.remarks: list[Finding] = []
        self.omitted = 0

    def find(self, code: Code, where: str, sentence: str) -> None:
        """Note a finding."""
        self._add(self.findings, Finding(code=code, where=where, sentence=sentence))

    def remark(self, code: Code, where: str, sentence: str) -> None:
        """Note a remark."""
        self._add(self.remarks, Finding(code=code, where=where, sentence=sentence))

    def events(self, code: Code, writer: str, seqs: range, sentence: str) -> None:
        """Note a finding for each of a writer's events, however many numbers there are."""
        room = LARGEST - len(self.findings)
        for seq in seqs[:room]:
            self.find(code, f"event {writer}/{seq}", sentence)
        self.omitted += max(0, len(seqs) - room)

    def _add(self, to: list[Finding], finding: Finding) -> None:
        if len(to) < LARGEST:
            to.append(finding)
        else:
            self.omitted += 1
