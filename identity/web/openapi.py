"""The OpenAPI 3.1 document of everything that is served, made from the table that serves it.

Bodies are described by the types that decode and encode them, paths, statuses and errors by the
rows of the table, so the document says what is there and nothing else. A method that the
deployment has not is not in it. Source: OpenAPI Specification 3.1.1, JSON Schema 2020-12.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from typing import Any, TypeAlias

import msgspec

from identity import errors
from identity.errors import IdentityError
from identity.web import cookies, problems, shapes
from identity.web.endpoint import JSON, Endpoint
from identity.web.schemas import Kinds, Schema

Operations: TypeAlias = tuple[tuple[str, Callable[..., Any]], ...]

NAMES = {"type": "string", "pattern": "^[A-Za-z0-9_.-]{1,64}$"}
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

INFO = {
    "title": "Trifactor",
    "version": "1",
    "description": (
        "Errors are problem documents (RFC 9457): `code` is the word for programs, `title` a "
        "sentence in the language of `Accept-Language`. An address that is not here answers 404 "
        "`unknown`, a method that one does not take 405 `method_not_allowed`. Bodies over 64 KiB "
        "are not read. A call by a browser that changes something must come from an origin of "
        "the firm's."
    ),
}

SCHEMES = {
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": cookies.SESSION,
        "description": "The session; set when a login succeeds, and anew at every step-up.",
    },
    "client": {
        "type": "http",
        "scheme": "basic",
        "description": "An API client by its secret; or it signs, or sends both in the form.",
    },
    "device": {
        "type": "apiKey",
        "in": "cookie",
        "name": cookies.DEVICE,
        "description": "A device a customer signed in from before, with a way in of its own.",
    },
    "transaction": {
        "type": "apiKey",
        "in": "header",
        "name": "Trifactor-Transaction",
        "description": "A transaction's `secret`, from a program.",
    },
    "transaction_cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": f"{cookies.TRANSACTION}{{id}}",
        "description": "The same from a browser; the cookie's name ends in the transaction's id.",
    },
}

LANGUAGE = {
    "name": "Accept-Language",
    "in": "header",
    "description": "zh-TW or en.",
    "schema": {"type": "string"},
}

WORK = {
    "name": "Trifactor-Work",
    "in": "header",
    "description": "The proof of work that 428 asked, or an opening's `work`; good for one call.",
    "schema": {"type": "string"},
}

RATE_LIMIT = {
    "description": "The limit of the caller's own network or device that is used up, if it is one.",
    "schema": {"type": "string"},
}

RETRY_AFTER = {
    "description": "Seconds. Absent where waiting does not help.",
    "schema": {"type": "integer", "minimum": 1},
}

PLAIN: Mapping[str, Mapping[int, type[msgspec.Struct] | str]] = {
    "/healthz": {200: shapes.Alive},
    "/readyz": {200: shapes.Ready, 503: shapes.NotReady},
    "/metrics": {200: "text/plain"},
}
"""What operations answer: a type of JSON, or a media type. One not named answers some JSON."""


@lru_cache(maxsize=4)
def encoded(
    endpoints: tuple[Endpoint, ...], operations: Operations, methods: tuple[str, ...]
) -> bytes:
    """Return the document as JSON. Made once: a deployment's routes and methods do not change."""
    return msgspec.json.encode(document(endpoints, operations, methods))


def document(
    endpoints: Sequence[Endpoint], operations: Operations, methods: Sequence[str]
) -> Schema:
    """Describe `endpoints`, the `operations` (path and handler) beside them, and `methods`."""
    paths: dict[str, Schema] = {}
    kinds = Kinds()
    for endpoint in endpoints:
        path = re.sub(r"{(\w+):\w+}", r"{\1}", endpoint.path)
        told = _operation(endpoint, kinds)
        told["responses"][str(endpoint.status)] |= _following(endpoint, endpoints)
        paths.setdefault(path, {})[endpoint.method.lower()] = told
    for path, serve in operations:
        paths.setdefault(path, {})["get"] = _plain(path, serve, kinds)
    return {
        "openapi": "3.1.1",
        "info": INFO,
        "servers": [{"url": ".", "description": "Beside this document, wherever it is mounted."}],
        "paths": paths,
        "components": {"schemas": kinds.schemas(methods), "securitySchemes": SCHEMES},
    }


def _operation(endpoint: Endpoint, kinds: Kinds) -> Schema:
    name, handle = _name(endpoint), endpoint.handle
    told: Schema = {
        "operationId": name,
        "tags": [name.partition(".")[0]],
        "summary": endpoint.summary,
        "description": inspect.getdoc(handle) or endpoint.summary,
        "parameters": [*_parameters(endpoint.path), *_query(endpoint.query), *_headers(endpoint)],
        "responses": {**_success(endpoint, kinds), **_problems(endpoint, kinds)},
        "security": [{name: []} if name else {} for name in endpoint.security],
    }
    if endpoint.body:
        content = {endpoint.media_type: {"schema": kinds.ref(endpoint.body)}}
        told["requestBody"] = {"required": True, "content": content}
    return told


def _name(endpoint: Endpoint) -> str:
    handle = endpoint.handle
    return f"{handle.__module__.rpartition('.')[2]}.{handle.__name__.strip('_')}"


def _following(endpoint: Endpoint, endpoints: Sequence[Endpoint]) -> Schema:
    """Return the links to what goes on with the id of what a call has made."""
    if endpoint.answer is None or "id" not in endpoint.answer.__struct_fields__:
        return {}
    further = (each for each in endpoints if each.path.startswith(f"{endpoint.path}/{{id}}"))
    links = {
        _name(each): {"operationId": _name(each), "parameters": {"id": "$response.body#/id"}}
        for each in further
    }
    return {"links": links} if links else {}


def _parameters(path: str) -> list[Schema]:
    names = re.findall(r"{(\w+)", path)
    return [{"name": name, "in": "path", "required": True, "schema": NAMES} for name in names]


def _query(names: Sequence[str]) -> list[Schema]:
    return [{"name": name, "in": "query", "schema": {"type": "string"}} for name in names]


def _headers(endpoint: Endpoint) -> list[Schema]:
    return [LANGUAGE, WORK] if errors.WorkNeeded in _possible(endpoint) else [LANGUAGE]


def _success(endpoint: Endpoint, kinds: Kinds) -> Schema:
    waits = {"202": _answer(endpoint.accepted, kinds)} if endpoint.accepted else {}
    return {str(endpoint.status): _answer(endpoint.answer, kinds), **waits}


def _answer(answer: type[msgspec.Struct] | None, kinds: Kinds) -> Schema:
    if answer is None:
        return {"description": "Done."}
    content = {JSON: {"schema": kinds.ref(answer)}}
    return {"description": inspect.getdoc(answer) or "Done.", "content": content}


def _possible(endpoint: Endpoint) -> list[type[IdentityError]]:
    """Return what a call may be answered with, from the handler or on the way to it."""
    raised = set(shapes.PROBLEMS if endpoint.errors is None else endpoint.errors)
    raised |= set(shapes.ALWAYS)
    raised |= set() if endpoint.method in SAFE else {errors.OriginRefused}
    raised |= {errors.Malformed} if endpoint.body or endpoint.query else set()
    raised |= {errors.TooLarge} if endpoint.body else set()
    raised |= {errors.Unknown} if "{" in endpoint.path else set()
    return sorted(raised, key=lambda error: (error.status, error.code))


def _problems(endpoint: Endpoint, kinds: Kinds) -> Schema:
    found = [_described(error, kinds) for error in _possible(endpoint)]
    if endpoint.refused:
        told = "The answer was wrong; which part of it is not told. Where it stands now."
        found.append((401, "refused", kinds.problem(401, "refused", endpoint.refused, told)))
    told = "A fault of ours. Nothing was half-written."
    found.append((500, "internal", kinds.problem(500, "internal", shapes.Nothing, told)))
    by_status = groupby(sorted(found, key=lambda each: each[0]), key=lambda each: each[0])
    return {str(status): _answered(list(each)) for status, each in by_status}


def _described(error: type[IdentityError], kinds: Kinds) -> tuple[int, str, Schema]:
    told = inspect.getdoc(error) or error.code
    members = shapes.PROBLEMS.get(error, shapes.Nothing)
    schema = kinds.problem(error.status, error.code, members, told)
    return error.status, error.code, schema


def _answered(found: Iterable[tuple[int, str, Schema]]) -> Schema:
    """Return the response that is one of several problems with the same status."""
    codes = {code: schema for _, code, schema in found}
    response: Schema = {
        "description": ", ".join(f"`{code}`" for code in codes),
        "content": {problems.MEDIA_TYPE: {"schema": _one_of(codes)}},
    }
    if errors.TooMany.code in codes:
        response["headers"] = {"Retry-After": RETRY_AFTER, "RateLimit": RATE_LIMIT}
    return response


def _one_of(codes: Mapping[str, Schema]) -> Schema:
    if len(codes) == 1:
        return next(iter(codes.values()))
    mapping = {code: schema["$ref"] for code, schema in codes.items()}
    discriminator = {"propertyName": "code", "mapping": mapping}
    return {"oneOf": list(codes.values()), "discriminator": discriminator}


def _plain(path: str, serve: Callable[..., Any], kinds: Kinds) -> Schema:
    """Describe an operation: its handler's docstring, and what `PLAIN` says it answers."""
    responses = {"503": _answered([_described(errors.NotStarted, kinds)])}
    for status, kind in PLAIN.get(path, {200: JSON}).items():
        content = {kind: {}} if isinstance(kind, str) else {JSON: {"schema": kinds.ref(kind)}}
        response = responses.setdefault(str(status), {"description": "", "content": {}})
        response["content"] |= content
        response["description"] = response["description"] or "As asked."
    return {
        "operationId": f"operations.{serve.__name__}",
        "tags": ["operations"],
        "summary": (inspect.getdoc(serve) or path).partition("\n")[0],
        "parameters": [LANGUAGE],
        "responses": responses,
        "security": [],
    }
