"""The wrong ways: each factor misused as a thief would, and what must come of it.

A way is a function of the scene and the factor it is tried with. It returns what came, in a few
words (``401 refused``), and says beforehand what must come. Each that takes something from a right
proof gives that proof first: a wrong way that fails for another reason proves nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from demo_client.errors import CeremonyRefused
from demo_client.lab.customers import Customer, Transaction
from demo_client.lab.errors import LabError
from demo_client.lab.facts import Kind
from demo_client.lab.outcomes import Skipped, WrongRun, transcript
from demo_client.lab.scene import Scene
from demo_client.lab.wire import Reply

Json: TypeAlias = Any

ACCEPTED: Final = "200 accepted"
REFUSED: Final = "401 refused"
NOT_OFFERED: Final = "409 conflict: not_offered"

SESSION: Final = Kind(id="session", method="", class_="")
"""Stands for a factor where a way is about none, but about sessions and transactions."""

OK = 200


class DoesNotApply(LabError):
    """This way means nothing for this factor, or under this policy; the text's id says why."""


class ControlFailed(LabError):
    """The right proof that a way begins with was not taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A wrong way. `kinds` are those it is tried with, by id or method.

    `expected` says what must come, from the scene where it depends on the policy.
    """

    name: str
    act: Callable[[Scene, Kind], str]
    kinds: frozenset[str]
    expected: str | Callable[[Scene, Kind], str] = REFUSED

    def fits(self, kind: Kind) -> bool:
        """Whether it is tried with a kind."""
        return bool({kind.id, kind.method} & self.kinds)


def said(reply: Reply) -> str:
    """Return an answer in a few words."""
    return ACCEPTED if reply.status == OK else f"{reply.status} {reply.code}".strip()


def control(customer: Customer, transaction: Transaction, kind: Kind) -> Json:
    """Give a right answer, which must be taken, and return it."""
    response = customer.response(transaction, kind)
    reply = customer.answers(transaction, kind.method, response)
    if reply.status != OK:
        raise ControlFailed(f"the right answer came to {said(reply)}")
    return response


def tasks(ways: Sequence[Way], kinds: Sequence[Kind]) -> Iterator[tuple[Way, Kind]]:
    """Yield each way with each factor that it is tried with."""
    for way in ways:
        for kind in (*kinds, SESSION):
            if way.fits(kind):
                yield way, kind


def tried(profile: str, scene: Scene, way: Way, kind: Kind) -> WrongRun | Skipped:
    """Try one way with one factor."""
    if kind is not SESSION and not scene.reaches(kind):
        return _skipped(profile, way, kind, "why.never_asked")
    scene.exchanges.clear()
    try:
        expected = way.expected if isinstance(way.expected, str) else way.expected(scene, kind)
        actual = way.act(scene, kind)
    except DoesNotApply as why:
        return _skipped(profile, way, kind, str(why))
    except (LabError, CeremonyRefused) as error:
        expected, actual = "an answer", str(error)
    return WrongRun(
        profile=profile,
        way=way.name,
        kind=kind.id,
        expected=expected,
        actual=actual,
        ms=sum(each.ms for each in scene.exchanges),
        transcript=transcript(scene.exchanges),
    )


def _skipped(profile: str, way: Way, kind: Kind, why: str) -> Skipped:
    return Skipped(profile=profile, what=f"{way.name}: {kind.id}", why=why)
