"""The lifecycle's tables as people read them, made from what runs.

Markdown, for `docs/certificates.md` and for whoever examines: `docs()` gives every table with the
name under which the document has it. Clause: CC-17010.e.d
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from identity.certificates import reasons
from identity.certificates.lifecycle_events import EVENTS, Event
from identity.certificates.lifecycle_rules import Rules
from identity.certificates.proofs import MEANS, OPERATIONS, Proof
from identity.certificates.reasons import Actor, Line
from identity.certificates.trading_certificate import STATES, State
from identity.clock import DAY

NOTHING: Final = "none"


def docs() -> Mapping[str, str]:
    """Return every table by its name: events, proofs, policy, reasons, rules."""
    return {
        "states": states(),
        "events": events(),
        "proofs": proofs(),
        "policy": policy(),
        "reasons": revocations(),
        "rules": numbers(Rules()),
    }


def events() -> str:
    """Return the table of events."""
    head = ("event", "word", "from", "to", "who, and the proof needed", "when", "clause")
    return _table(head, (_event(row) for row in EVENTS.values()))


def states() -> str:
    """Return what each state is."""
    return _table(("state", "where it stands"), ((one, STATES[one]) for one in State))


def proofs() -> str:
    """Return what each proof is."""
    return _table(("proof", "what is shown"), ((_code(one), MEANS[one]) for one in Proof))


def policy() -> str:
    """Return what the customer's factors are held against, in the words of a policy table."""
    head = ("operation", "asks", "clause")
    return _table(
        head,
        (
            (_code(name), "; ".join(_asked(rule)), ", ".join(rule.clauses))
            for name, rule in OPERATIONS.items()
        ),
    )


def revocations() -> str:
    """Return the table of reasons."""
    head = ("code", "reason", "who may give it", "means", "leads to")
    return _table(head, (_reason(line) for line in reasons.TABLE.values()))


def numbers(rules: Rules) -> str:
    """Return the numbers in force, in days where they are as long."""
    given = msgspec.structs.asdict(rules) | {"four_eyes": sorted(rules.four_eyes)}
    return _table(
        ("rule", "value"), ((_code(name), _number(value)) for name, value in given.items())
    )


def _event(row: Event) -> Sequence[str]:
    return (
        _code(row.name),
        row.word,
        ", ".join(row.sources) or "a new one",
        row.to,
        "; ".join(_who(actor, shown) for actor, shown in row.who.items()) + _follows(row),
        "; ".join(condition.says for condition in row.when) or NOTHING,
        ", ".join(row.clauses),
    )


def _who(actor: Actor, shown: Iterable[Proof]) -> str:
    named = ", ".join(_code(proof) for proof in shown)
    return f"{actor}: {named}" if named else actor.value


def _follows(row: Event) -> str:
    return f", after {' or '.join(map(_code, row.follows))}" if row.follows else ""


def _reason(line: Line) -> Sequence[str]:
    givers = [actor for actor in Actor if actor in line.givers]
    effects = (
        "reversible" if line.reversible else "",
        "blocks the key for good, when proven by `key_shown`" if line.blocks_key else "",
        "may be said of what is revoked already" if reasons.raises(None, line.reason) else "",
    )
    return (
        str(line.reason.value),
        _code(line.reason.name.lower()),
        ", ".join(givers) or "nobody",
        line.means,
        "; ".join(filter(None, effects)) or NOTHING,
    )


def _asked(rule: msgspec.Struct) -> Iterable[str]:
    defaults = {field.name: field.default for field in msgspec.structs.fields(rule)}
    for name, value in msgspec.structs.asdict(rule).items():
        if name != "clauses" and value != defaults[name]:
            yield _code(f"{name} = {_toml(value)}")


def _toml(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case tuple():
            return "[" + ", ".join(f'"{one}"' for one in value) + "]"
        case _:
            return str(value)


def _number(value: object) -> str:
    match value:
        case list():
            return ", ".join(map(_code, value))
        case float() if value >= DAY:
            return f"{value / DAY:g} days"
        case _:
            return f"{value:g} s"


def _code(text: str) -> str:
    return f"`{text}`"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
