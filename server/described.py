"""Describe answers for OpenAPI: what each looks like, with an example."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from pipeline.manifest.lists import Problem
from server import problems
from server.said import SENTENCES, TITLES

Answers = dict[int | str, dict[str, Any]]

_MEANING = {200: "As asked.", 206: "The part that was asked for.", 303: "Where it is.", 307: "Where the best file is."}
_UNMODIFIED = {"description": "Nothing has changed since the version that `If-None-Match` names."}
_KEYS = {400: "question", 404: "address", 406: "form", 416: "range", 501: "format", 503: "rotten", 413: "body"}
_KEYS |= {414: "long", 429: "many"}
_NEGOTIATED = {
    "ETag": {"schema": {"type": "string"}, "description": "Strong, of this very coding."},
    "Content-Language": {"schema": {"type": "string"}, "description": "The language that was served."},
}


def json_answer(model: Any, example: object, more: Mapping[str, object] | None = None) -> Answers:
    """Describe an answer in JSON, and that it may be unchanged.

    more : examples in other media types, by type
    """
    content: dict[str, Any] = {"application/json": {"example": example}}
    content |= {name: _content(name, value) for name, value in (more or {}).items()}
    found = {"model": model, "description": _MEANING[200], "content": content, "headers": _NEGOTIATED}
    return {200: found, 304: _UNMODIFIED}


def plain_answer(examples: Mapping[str, object]) -> Answers:
    """Describe an answer in other media types, by an example of each, and that it may be unchanged."""
    return {**passing_answer(examples), 304: _UNMODIFIED}


def passing_answer(examples: Mapping[str, object]) -> Answers:
    """Describe an answer that is another every time, and has no entity tag."""
    content = {name: _content(name, value) for name, value in examples.items()}
    return {200: {"description": _MEANING[200], "content": content}}


def redirect(status: int, example: str) -> Answers:
    """Describe an answer that leads on."""
    header = {"schema": {"type": "string"}, "example": example, "description": "Address to go on to."}
    return {status: {"description": _MEANING[status], "headers": {"Location": header}}}


def refusals(*statuses: int) -> Answers:
    """Describe what can go wrong, which is more than what was named: everywhere a question can be too long."""
    return {status: _refusal(status) for status in sorted({*statuses, 413, 414, 429, 503})}


def _refusal(status: int) -> dict[str, Any]:
    example = {
        "type": f"/problems/{problems.NAMES[status]}",
        "title": TITLES[status],
        "status": status,
        "detail": SENTENCES[_KEYS[status]],
        "instance": "/v1/sites",
    }
    if status == 400:
        example["errors"] = [{"parameter": "limit", "message": SENTENCES["most"] % {"most": 100}}]
    # No model here: FastAPI would say that it comes as application/json, too.
    schema = {"$ref": "#/components/schemas/Problem"}
    content = {problems.MEDIA_TYPE: {"schema": schema, "example": example}}
    return {"description": TITLES[status], "content": content}


def _content(name: str, value: object) -> dict[str, Any]:
    is_text = isinstance(value, str)
    schema = {"type": "string"} if is_text else {"type": "object"}
    if is_text and not name.startswith("text/") and "xml" not in name:
        schema["format"] = "binary"
    return {"schema": schema, "example": value}


def describe(app: FastAPI) -> dict[str, Any]:
    """Return the description of an app, made once; wrong questions are problems of status 400 here, and none is 422."""
    if app.openapi_schema:
        return app.openapi_schema
    found = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
    schemas = found.setdefault("components", {}).setdefault("schemas", {})
    for path in found["paths"].values():
        for operation in path.values():
            operation["responses"].pop("422", None)
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    made = Problem.model_json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
    schemas |= {**made.pop("$defs", {}), "Problem": made}
    found["components"]["schemas"] = dict(sorted(schemas.items()))
    app.openapi_schema = json.loads(json.dumps(found))
    return app.openapi_schema or {}
