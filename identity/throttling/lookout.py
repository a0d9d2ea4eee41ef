"""Counts what was noticed, says what to warm, and raises the alarm.

Everything is counted in the caller's unit of work, in capped sets that end by themselves. A wrong
answer for an account that nobody has goes the same way, statement for statement, as one for an
account that somebody has: only the alarm's event, once an hour, is one of the two's.
Clause: CC-17010.j.g, CC-17010.l
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
import structlog

from factors.contract import Entropy
from identity.audit import events
from identity.audit.record import Journal
from identity.clock import DAY
from identity.storage.counters import Counters, Marked
from identity.storage.ports import Work
from identity.throttling.fingerprints import Fingerprints, Prints
from identity.throttling.limits import Use
from identity.throttling.signals import HOUR, TABLE, Signal
from identity.throttling.systems import Systems
from identity.throttling.tally import Tally
from identity.throttling.way import Way

REMEMBERED = 32
"""Different wrong answers that are remembered of one account, factor and day."""

_log = structlog.get_logger(__name__)


class Wrong(msgspec.Struct, frozen=True, kw_only=True):
    """A wrong answer. `prints` stand for it; `spread`: such may be tried on many accounts.

    `decoy`: no account has that name. `proven`: it came after a right first factor.
    """

    account_id: str
    decoy: bool
    method: str
    way: Way
    prints: Prints
    spread: bool
    proven: bool

    @property
    def place(self) -> Place:
        """Where it happened."""
        return Place(
            account_id=self.account_id,
            prefix=self.way.prefixes[0],
            password=self.prints.alone.hex(),
        )


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where something was noticed. `password` is a fingerprint, `system` a number."""

    account_id: str = ""
    prefix: str = ""
    password: str = ""
    system: int = 0

    def key(self, about: str) -> str:
        """Return the key under which it is counted, or warmed."""
        return _KEYS[about](self)

    def alarm(self, signal: Signal, count: int) -> events.AlarmRaised:
        """Return the event of an alarm: it names what the signal is about, and nothing else."""
        about = signal.about
        return events.AlarmRaised(
            signal=signal.name,
            account_id=self.account_id if about.startswith("account") else "",
            prefix=self.prefix if about in {"prefix_1", "account_prefix"} else "",
            system=self.system if about == "system" else 0,
            count=count,
        )


_KEYS: Mapping[str, Callable[[Place], str]] = {
    "account": lambda place: place.account_id,
    "account_prefix": lambda place: f"{place.account_id}:{place.prefix}",
    "prefix_1": lambda place: place.prefix,
    "password": lambda place: place.password,
    "system": lambda place: str(place.system),
}


class Noticed(NamedTuple):
    """What a look brought: signals that were raised, and the windows to warm, by how much.

    `repeated`: it was a wrong answer that was given before.
    """

    signals: frozenset[str] = frozenset()
    warmed: Mapping[Use, float] = {}
    repeated: bool = False


class _Sight(NamedTuple):
    """One thing seen. `item` is which of those that are counted for `key`.

    `told`: its alarm is an event. `again`: what is in the set already raises it like what is new.
    """

    signal: Signal
    place: Place
    item: bytes
    key: str
    told: bool = True
    again: bool = False


class Lookout:
    """Sees what happens at the gate.

    Nothing is warmed here: windows are asked in one order by all, after the sets.
    """

    def __init__(
        self,
        counters: Counters,
        *,
        journal: Journal,
        entropy: Entropy,
        systems: Systems | None,
    ) -> None:
        self._counters = counters
        self._journal = journal
        self._entropy = entropy
        self._systems = systems
        self._fingerprints = Fingerprints(counters, entropy)
        self.tally = Tally()

    def prints(self, work: Work, method: str, account_id: str, response: Any, now: float) -> Prints:
        """Return what stands for an answer."""
        return self._fingerprints.of(work, method, account_id, response, now)

    def wrong(self, work: Work, wrong: Wrong, now: float) -> Noticed:
        """Notice a wrong answer. The very same, given again within the day, tells little else.

        Of parallel ones that are the same, exactly one is told that it was not given before.
        """
        if wrong.spread and self._repeated(work, wrong, now):
            again = _sight("same_password", wrong.place, self._entropy(8))
            return self._seen(work, [again], now)._replace(repeated=True)
        return self._seen(work, self._sights(wrong), now)

    def begun(self, work: Work, place: Place, transaction: str, now: float) -> Noticed:
        """Notice a right first factor from an unknown device."""
        return self._seen(work, [_sight("unfinished", place, transaction.encode())], now)

    def completed(self, work: Work, account_id: str, now: float) -> None:
        """Forget what was left unfinished: a login from an unknown device was completed."""
        for name in ("second_refused", "unfinished"):
            self._counters.forget(work, _counted(TABLE[name], account_id, now)[0])

    def succeeded(self, work: Work, place: Place, failures: int, now: float) -> Noticed:
        """Notice a right answer from an unknown device after so many wrong ones from such."""
        sight = _sight("success_after_failures", place, b"")
        if not sight.signal.reached(failures):
            return Noticed()
        self._alarm(work, sight, failures, now)
        return _noticed([sight])

    def forget(self, work: Work, account_id: str, method: str) -> None:
        """Forget the wrong answers of an account: what is right was changed."""
        self._counters.forget(work, _wrong_answers(account_id, method))

    def first_today(self, work: Work, text_id: str, account_id: str, now: float) -> bool:
        """Whether an account's owner was not told this for a day: True for one of many."""
        key = f"told:{text_id}:{account_id}"
        return self._counters.mark(work, key, b"", 1, now + DAY, now).new

    def _repeated(self, work: Work, wrong: Wrong, now: float) -> bool:
        key, end = _wrong_answers(wrong.account_id, wrong.method), (now // DAY + 1) * DAY
        return not self._counters.mark(work, key, wrong.prints.own, REMEMBERED, end, now).new

    def _sights(self, wrong: Wrong) -> Iterator[_Sight]:
        place, account, own = wrong.place, wrong.account_id.encode(), wrong.prints.own
        if wrong.spread:
            yield _sight("sprayed_password", place, account)
        if wrong.way.known:
            return  # no network is suspect for what is done with its customer's own device
        yield _sight("accounts", place, account)
        # Known accounts are one more item of the very same set, which raises at every look once it
        # is full. Else who fills it with names that nobody has would see by the time it takes
        # whether the next one is such a name.
        unknown = _sight("unknown_accounts", place, account if wrong.decoy else b"")
        yield unknown._replace(told=wrong.decoy, again=True)
        yield _sight("speed", place, own)
        number = self._systems.number(place.prefix) if self._systems else 0
        if number:
            here = msgspec.structs.replace(place, system=number)
            yield _sight("autonomous_system", here, place.prefix.encode())
        if wrong.proven:
            yield _sight("second_refused", place, own)

    def _seen(self, work: Work, sights: Iterable[_Sight], now: float) -> Noticed:
        """Count what was seen; raise the alarm for what is at its threshold or beyond, and new."""
        counts = [(sight, self._marked(work, sight, now)) for sight in sights]
        raised = [
            (sight, marked.size)
            for sight, marked in counts
            if (marked.new or sight.again) and sight.signal.reached(marked.size)
        ]
        for sight, size in raised:
            self._alarm(work, sight, size, now)
        return _noticed([sight for sight, _ in raised])

    def _marked(self, work: Work, sight: _Sight, now: float) -> Marked:
        name, end = _counted(sight.signal, sight.key, now)
        return self._counters.mark(work, name, sight.item, sight.signal.threshold, end, now)

    def _alarm(self, work: Work, sight: _Sight, count: int, now: float) -> None:
        signal, hour = sight.signal, now // HOUR
        once = f"alarm:{signal.name}:{hour:.0f}:{sight.key}"
        if self._counters.mark(work, once, b"", 1, (hour + 1) * HOUR, now).new and sight.told:
            self.tally.add(signal.name)
            # Whom it is about is in the audit log, which fewer people read.
            _log.warning("alarm", signal=signal.name, count=count)
            self._journal.write(work, sight.place.alarm(signal, count), now)


def _sight(name: str, place: Place, item: bytes) -> _Sight:
    signal = TABLE[name]
    return _Sight(signal, place, item, place.key(signal.about))


def _noticed(raised: Sequence[_Sight]) -> Noticed:
    """Add up what is to be warmed."""
    warmed: dict[Use, float] = {}
    for signal, place, *_ in raised:
        if signal.warms:
            use = Use(signal.warms, place.key(signal.warms))
            warmed[use] = warmed.get(use, 0.0) + signal.weight
    return Noticed(frozenset(sight.signal.name for sight in raised), warmed)


def _counted(signal: Signal, key: str, now: float) -> tuple[str, float]:
    """Return the name of the set that counts for `key` at this time, and its end."""
    number, end = signal.stretch(now)
    return f"signal:{signal.name}:{number}:{key}", end


def _wrong_answers(account_id: str, method: str) -> str:
    return f"wrong:{method}:{account_id}"
