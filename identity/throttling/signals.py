"""What the service notices, in one table: the signs of an attack that no single limit shows. Pure.

A signal is how many different things of one kind were seen about one key: accounts tried from a
network, networks that failed in one autonomous system. They are counted in sets that never hold
more than the threshold, each for a stretch of time that begins at the same moment for all nodes.

    fewer than `threshold` in `per` seconds     nothing
    the threshold, and every new one beyond     the key's windows are warmed by `weight` requests:
                                                more work, never a refusal (`backoff.warmed`);
                                                an operator's alarm, once an hour for each key

No signal locks anybody out, and none is fed by a right answer from a known device. What a caller
can feel of a signal must not depend on whether an account exists, or the signal would tell: hence
`unknown_accounts` warms nothing, and its names warm as `accounts`, which known ones do alike.
Clause: CC-17010.j.g, CC-17010.l
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from identity.clock import DAY

HOUR = 3600.0


class Signal(msgspec.Struct, frozen=True, kw_only=True):
    """`threshold` different ones within `per` seconds; 0 seconds means since the last success.

    `about` says what they are counted for: an ``account``, an ``account_prefix``, a ``prefix_1``,
    a ``password`` or a ``system``. `warms` is the limit that is warmed, by `weight` requests; ""
    is none. `source` is the clause or reason, `tells` what it is a sign of, `false_alarms` what
    innocent people may do to raise it.
    """

    name: str
    about: str
    threshold: int
    per: float
    weight: float
    warms: str
    source: str
    tells: str
    false_alarms: str

    def reached(self, size: int) -> bool:
        """Whether so many are a sign."""
        return size >= self.threshold

    def stretch(self, now: float) -> tuple[int, float]:
        """Return the number of the stretch of time that `now` is in, and its end (Unix seconds)."""
        number = int(now // self.per)
        return number, (number + 1) * self.per


_ROWS = (
    Signal(
        name="accounts",
        about="prefix_1",
        threshold=20,
        per=HOUR,
        weight=5,
        warms="prefix_1",
        source="OWASP ASVS 5.0 6.3.1: credential stuffing",
        tells="one network gives wrong answers for many accounts: stuffing, or spraying",
        false_alarms="a carrier's NAT in an hour when many of its customers mistype",
    ),
    Signal(
        name="unknown_accounts",
        about="prefix_1",
        threshold=10,
        per=HOUR,
        weight=0,
        warms="",
        source="OWASP ASVS 5.0 6.3.8: enumeration",
        tells="one network answers for accounts that do not exist: a list from elsewhere",
        false_alarms="a carrier's NAT; a page that sends another firm's customers to us",
    ),
    Signal(
        name="sprayed_password",
        about="password",
        threshold=10,
        per=DAY,
        weight=25,
        warms="password",
        source="OWASP ASVS 5.0 6.3.1: password spraying",
        tells="one wrong password for many accounts, from however many networks",
        false_alarms="a word that many mistype alike, say that of a training or a letter",
    ),
    Signal(
        name="same_password",
        about="account",
        threshold=20,
        per=DAY,
        weight=2,
        warms="account_prefix",
        source="an account's share must not be used up by a program with an old password",
        tells="one wrong password for one account, again and again",
        false_alarms="it nearly always is one: an app that was not told of a changed password",
    ),
    Signal(
        name="speed",
        about="account_prefix",
        threshold=5,
        per=10.0,
        weight=10,
        warms="prefix_1",
        source="CC-17010.j.g: automated programs",
        tells="different wrong answers for one account, faster than a person types",
        false_alarms="somebody who pastes old passwords out of a list",
    ),
    Signal(
        name="autonomous_system",
        about="system",
        threshold=100,
        per=HOUR,
        weight=10,
        warms="prefix_1",
        source="CC-17010.l: logins from abnormal addresses",
        tells="wrong answers from many networks of one operator: rented machines, or proxies",
        false_alarms="a large carrier at the opening of the market; look at whose number it is",
    ),
    Signal(
        name="success_after_failures",
        about="account",
        threshold=10,
        per=0.0,
        weight=4,
        warms="account_prefix",
        source="OWASP ASVS 5.0 6.3.5: success after failures",
        tells="a right answer from an unknown device, after many wrong ones from such",
        false_alarms="the customer himself, on a new device, after strangers had tried",
    ),
    Signal(
        name="second_refused",
        about="account",
        threshold=3,
        per=DAY,
        weight=10,
        warms="account_prefix",
        source="OWASP ASVS 5.0 6.3.5: partial success",
        tells="a right first factor from an unknown device, then wrong second ones",
        false_alarms="a customer whose telephone's clock is wrong",
    ),
    Signal(
        name="unfinished",
        about="account",
        threshold=3,
        per=DAY,
        weight=1,
        warms="account_prefix",
        source="OWASP ASVS 5.0 6.3.5: partial success",
        tells="a right first factor from an unknown device in several logins, none completed",
        false_alarms="a customer who left the second factor at home and tries all the same",
    ),
)

TABLE: Mapping[str, Signal] = {row.name: row for row in _ROWS}
