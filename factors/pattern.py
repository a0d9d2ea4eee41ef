"""The pattern lock: nodes of a grid joined in one line, known to the customer alone.

**Length.** Android asks for four nodes, of which there are 1,624 patterns on 3 by 3, fewer than
four random digits have (10,000). Five give 7,152 and six 26,016, so six is the fewest nodes that
are worth more than a four-digit number; no shorter pattern has five different strokes either, as
`pattern_strength` asks. All 380,336 patterns of six to nine nodes would be 18.5 bits if they were
drawn by chance. They are not, which is what the floor and the list of common figures are for.

**At rest.** A space this small is searched through in hours whatever one hash costs. Argon2id
slows that down; what prevents it is that the hash is sealed under a key that is not in the
database. The text that is hashed names the method and the grid, so it is no password's, and a
pattern of another grid is another pattern.

**Grid.** It is a setting, and a challenge shows the same grid to everybody. So a pattern drawn on
another grid than today's cannot be drawn any more: it is refused (`grid_changed` in the audit
log), and its owner needs another way in to draw a new one. Change the grid before customers have
patterns, or not at all.

`verify` costs one hash whatever it is given, like the password's.

Clause: CC-17010.d.a
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

import msgspec

from factors.contract import (
    Accepted,
    Context,
    Credential,
    Entropy,
    Evidence,
    FactorClass,
    Json,
    Offer,
    Refused,
)
from factors.password_hashing import (
    OWASP,
    Argon2Parameters,
    decoy,
    hash_password,
    matches,
    outdated,
)
from factors.pattern_blocklist import common_patterns
from factors.pattern_grid import Grid, Nodes
from factors.pattern_strength import too_simple

SIDES: Final = range(3, 7)
"""How many nodes a side of the grid may have."""

FEWEST: Final = 4
"""Android's minimum, `LockPatternUtils.MIN_LOCK_PATTERN_SIZE`."""

MAX_NODES: Final = SIDES[-1] ** 2
"""More nodes, or a higher one, than any grid has is no pattern at all."""


class PatternSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`rows` and `columns` of the grid, from 3 to 6; `minimum` is the fewest nodes of a new one."""

    rows: int = 3
    columns: int = 3
    minimum: int = 6
    argon2: Argon2Parameters = OWASP

    def __post_init__(self) -> None:
        if self.rows not in SIDES or self.columns not in SIDES:
            raise ValueError(f"a grid has 3 to 6 nodes a side, not {self.rows} by {self.columns}")
        if not FEWEST <= self.minimum <= self.rows * self.columns:
            raise ValueError(f"a pattern has 4 nodes to as many as the grid, not {self.minimum}")


class PatternCredential(Credential, frozen=True, kw_only=True):
    """An encoded Argon2id hash, and the grid the pattern was drawn on."""

    encoded: str
    rows: int
    columns: int

    def __repr__(self) -> str:
        return "PatternCredential(...)"


@dataclass(frozen=True, slots=True)
class Pattern:
    """The pattern factor."""

    settings: PatternSettings

    name: ClassVar[str] = "pattern"
    credential_type: ClassVar[type[PatternCredential]] = PatternCredential
    hashes: ClassVar[bool] = True
    guessable: ClassVar[bool] = True
    may_be_first: ClassVar[bool] = True
    asks_alike: ClassVar[bool] = True
    limit_of_one: ClassVar[bool] = True

    def enroll(
        self,
        held: Mapping[str, PatternCredential],  # noqa: ARG002 - the contract's
        ctx: Context,  # noqa: ARG002 - the contract's
    ) -> Offer:
        """Tell the grid, and how many nodes a new pattern may have."""
        lengths = {"minimum": self.settings.minimum, "maximum": self._grid.size}
        return Offer(private={}, public={**self._shown, **lengths})

    def confirm(
        self,
        private: Mapping[str, Json],  # noqa: ARG002 - the contract's
        response: Json,
        ctx: Context,
    ) -> Accepted[PatternCredential] | Refused[PatternCredential]:
        """Take ``{"pattern": [0, 5, ...], "again": [0, 5, ...]}``, drawn twice.

        Refuses with `malformed`, with what is wrong with the first drawing (`out_of_grid`,
        `repeated_node`, `impossible_stroke`, `too_short`, `common_pattern`, `too_simple`), or
        with `not_the_same`.
        """
        drawn = _read(response, "pattern", "again")
        if drawn is None:
            return Refused(reason="malformed")
        first, second = drawn
        if reason := self._fault(first):
            return Refused(reason=reason)
        if first != second:
            return Refused(reason="not_the_same")
        credential = PatternCredential(
            encoded=self._hash(first, ctx.entropy),
            rows=self.settings.rows,
            columns=self.settings.columns,
        )
        return Accepted(credential=credential, evidence=_EVIDENCE)

    def challenge(
        self,
        held: Mapping[str, PatternCredential],  # noqa: ARG002 - the contract's
        ctx: Context,  # noqa: ARG002 - the contract's
    ) -> Offer:
        """Show the grid, which is the same for everybody."""
        return Offer(private={}, public=self._shown)

    def verify(
        self,
        held: Mapping[str, PatternCredential],
        private: Mapping[str, Json],  # noqa: ARG002 - the contract's
        response: Json,
        ctx: Context,
    ) -> Accepted[PatternCredential] | Refused[PatternCredential]:
        """Judge ``{"pattern": [0, 5, ...]}``.

        Refuses with `malformed`, `no_credential`, `grid_changed` or `wrong_pattern`. What cannot
        be drawn is hashed like any other: it is wrong, and costs the same.
        """
        drawn = _read(response, "pattern")
        if drawn is None:
            return Refused(reason="malformed")
        credential_id, credential = next(iter(held.items()), ("", None))
        barred = self._barred(credential)
        encoded = (
            decoy(self.settings.argon2) if credential is None or barred else credential.encoded
        )
        right = matches(encoded, self._text(drawn[0]))
        if credential is None or barred or not right:
            return Refused(reason=barred or "wrong_pattern")
        return Accepted(
            credential=self._rehashed(credential, drawn[0], ctx.entropy),
            credential_id=credential_id,
            evidence=_EVIDENCE,
        )

    @property
    def _grid(self) -> Grid:
        return Grid(self.settings.rows, self.settings.columns)

    @property
    def _shown(self) -> dict[str, int]:
        return {"rows": self.settings.rows, "columns": self.settings.columns}

    def _fault(self, nodes: Nodes) -> str | None:
        """Return the first reason against a new pattern, or None where it will do."""
        grid = self._grid
        if reason := grid.fault(nodes):
            return reason
        if len(nodes) < self.settings.minimum:
            return "too_short"
        if tuple(nodes) in common_patterns(grid):
            return "common_pattern"
        return "too_simple" if too_simple(nodes, grid) else None

    def _barred(self, credential: PatternCredential | None) -> str | None:
        """Return why this credential may not be tried at all, or None."""
        if credential is None:
            return "no_credential"
        drawn_on = Grid(credential.rows, credential.columns)
        return None if drawn_on == self._grid else "grid_changed"

    def _text(self, nodes: Nodes) -> str:
        """Return what is hashed: the one way to write this pattern on this grid."""
        grid = f"{self.settings.rows}x{self.settings.columns}"
        return f"trifactor:pattern:{grid}:{'-'.join(map(str, nodes))}"

    def _hash(self, nodes: Nodes, entropy: Entropy) -> str:
        salt = entropy(self.settings.argon2.salt_length)
        return hash_password(self._text(nodes), salt, self.settings.argon2)

    def _rehashed(
        self, credential: PatternCredential, nodes: Nodes, entropy: Entropy
    ) -> PatternCredential:
        """Return the very same object where the parameters have not moved."""
        if not outdated(credential.encoded, self.settings.argon2):
            return credential
        return msgspec.structs.replace(credential, encoded=self._hash(nodes, entropy))


def _read(response: Json, *names: str) -> list[list[int]] | None:
    """Return the drawings under `names`, where there is nothing else and all are whole numbers."""
    if not isinstance(response, dict) or response.keys() != set(names):
        return None
    drawings = [response[name] for name in names]
    return drawings if all(map(_is_drawing, drawings)) else None


def _is_drawing(value: Json) -> bool:
    return (
        isinstance(value, list)
        and len(value) <= MAX_NODES
        and all(type(node) is int and node in range(MAX_NODES) for node in value)
    )


_EVIDENCE: Final = Evidence(
    method=Pattern.name, classes=(FactorClass.KNOWLEDGE,), amr=("kba",), direct=True
)
