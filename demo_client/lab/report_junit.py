"""`junit.xml`: each run as a test case, for whatever reads test results in a build.

The shape is the one that Jenkins, GitLab and GitHub's readers agree on: `testsuites` with counts,
a `testsuite` for each policy and operation, a `testcase` with `classname`, `name` and `time` in
seconds; `failure` where service and lab disagree, `skipped` where a run could not be made.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from demo_client.lab.outcomes import Result, Run, Skipped, WrongRun
from demo_client.lab.texts import english

WRONG_WAYS: Final = "wrong ways"
LEFT_OUT: Final = "left out"

# What XML 1.0 section 2.2 does not allow in a document, however it is written.
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def document(result: Result) -> bytes:
    """Return the document, UTF-8."""
    root = Element("testsuites", name="trifactor lab", time=_seconds(result.seconds * 1000))
    for profile in result.profiles:
        for operation in result.operations(profile):
            runs = [r for r in result.runs if (r.profile, r.operation) == (profile, operation)]
            _suite(root, f"{profile}: {operation}", result.began, map(_case, runs))
        wrong = [run for run in result.wrong if run.profile == profile]
        if wrong:
            _suite(root, f"{profile}: {WRONG_WAYS}", result.began, map(_wrong_case, wrong))
    if result.skipped:
        _suite(root, LEFT_OUT, result.began, map(_skipped_case, result.skipped))
    _count(root)
    indent(root)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, "unicode").encode()


def _suite(root: Element, name: str, began: str, cases: Iterable[Element]) -> None:
    suite = SubElement(root, "testsuite", name=_clean(name), timestamp=began[:19])
    suite.extend(cases)
    _count(suite)


def _count(element: Element) -> None:
    """Tell the numbers of what is inside; an error of the lab itself leaves no document."""
    cases = list(element.iter("testcase"))
    element.set("tests", str(len(cases)))
    element.set("failures", str(sum(1 for _ in element.iter("failure"))))
    element.set("errors", "0")
    element.set("skipped", str(sum(1 for _ in element.iter("skipped"))))
    if element.tag == "testsuite":
        element.set("time", f"{sum(float(case.get('time', '0')) for case in cases):.3f}")


def _case(run: Run) -> Element:
    case = _named(f"{run.profile}.{run.operation}", " + ".join(run.kinds), run.ms)
    if run.differs:
        found = [attempt for attempt in run.attempts if attempt.differs]
        failure = SubElement(case, "failure", type="difference")
        failure.set("message", _clean(found[0].difference))
        failure.text = _clean("\n\n".join(it.transcript.decode() for it in found))
    return case


def _wrong_case(run: WrongRun) -> Element:
    case = _named(f"{run.profile}.{WRONG_WAYS.replace(' ', '_')}", f"{run.way}: {run.kind}", run.ms)
    if run.differs:
        failure = SubElement(case, "failure", type="difference")
        failure.set("message", _clean(f"expected {run.expected}, came {run.actual}"))
        failure.text = _clean(run.transcript.decode())
    return case


def _skipped_case(each: Skipped) -> Element:
    case = _named(f"{each.profile}.{LEFT_OUT.replace(' ', '_')}", each.what, 0.0)
    SubElement(case, "skipped", message=_clean(english(each.why)))
    return case


def _named(classname: str, name: str, ms: float) -> Element:
    return Element("testcase", classname=_clean(classname), name=_clean(name), time=_seconds(ms))


def _seconds(ms: float) -> str:
    return f"{ms / 1000:.3f}"


def _clean(text: str) -> str:
    return _UNPRINTABLE.sub("\ufffd", text)
