"""JSON Schema of the typed bodies, as the components of one OpenAPI document."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

import msgspec

from identity.web import shapes

Schema: TypeAlias = dict[str, Any]

REF = "#/components/schemas/{name}"
OPEN = {"Answering": "response", "Challenge": "challenge", "EnrolmentView": "offer"}
"""Bodies with a member whose shape depends on their `method`."""


class Kinds:
    """The types met while a document is written, and the problems made of them."""

    def __init__(self) -> None:
        self._met: dict[str, Any] = {}

    def ref(self, kind: type[msgspec.Struct]) -> Schema:
        """Return a reference to the schema of `kind`, which is remembered."""
        if self._met.setdefault(kind.__name__, kind) is not kind:
            raise TypeError(f"two bodies named {kind.__name__}: rename one")
        return {"$ref": REF.format(name=kind.__name__)}

    def problem(self, status: int, code: str, members: type[msgspec.Struct], told: str) -> Schema:
        """Return a reference to a problem that has `members` beside the four that all have."""
        name = f"problem.{code}" if code != "refused" else f"refused.{members.__name__}"
        if name not in self._met:
            self._met[name] = msgspec.defstruct(
                name,
                [
                    ("type", Literal["about:blank"]),
                    ("title", str),
                    ("status", Literal[status]),
                    ("code", Literal[code]),
                ],
                bases=(members,),
                namespace={"__doc__": told},
                frozen=True,
                kw_only=True,
            )
        return {"$ref": REF.format(name=name)}

    def schemas(self, methods: Sequence[str]) -> Schema:
        """Return the schema of every type met, and of those they name."""
        words = [kind for name in methods for kind in shapes.METHODS.get(name, ()) if kind]
        known = [*self._met.values(), *words]
        _, found = msgspec.json.schema_components(known, ref_template=REF)
        for schema in found.values():
            if "description" in schema:
                schema["description"] = inspect.cleandoc(schema["description"])
        _narrow(found, methods)
        return dict(sorted(found.items()))


def _narrow(found: Schema, methods: Sequence[str]) -> None:
    """Say what each method's words are where the types leave them open."""
    for body, member in OPEN.items():
        if body in found:
            found[body]["oneOf"] = [_said(name, member) for name in methods]
    for body in ("Asking", "Enrolling", "Reopening"):
        if body in found:
            found[body]["properties"]["method"]["enum"] = list(methods)
    if "Confirming" in found:
        read = [_word(name, "confirmation") for name in methods]
        found["Confirming"]["properties"]["response"] = {"anyOf": read}


def _said(method: str, member: str) -> Schema:
    said = {"method": {"const": method}, member: _word(method, member)}
    return {"title": method, "properties": said}


def _word(method: str, member: str) -> Schema:
    known = shapes.METHODS.get(method)
    if known is None:
        return {}
    kind = getattr(known, member) or known.response
    return {"$ref": REF.format(name=kind.__name__)}
