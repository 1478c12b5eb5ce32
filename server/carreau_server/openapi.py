"""The OpenAPI description: responses of the routes with examples, and the document."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import TypeAdapter
from pydantic.alias_generators import to_camel

from carreau.base.schema.lists import Problem
from carreau.base.schema.problems import PROBLEMS, TYPE_PREFIX
from carreau_server.http.problems import MEDIA_TYPE
from carreau_server.messages import PARAMETER_ERRORS

Responses = dict[int | str, dict[str, Any]]

_MEANING = {
    200: "Success.",
    206: "The requested range.",
    303: "Address of the page.",
    307: "Address of the best file.",
    308: "New address.",
}
_NOT_MODIFIED = {"description": "The version that `If-None-Match` names is current."}
_CODES = {
    400: "invalid-parameter", 404: "not-found", 406: "not-acceptable", 413: "content-too-large", 414: "uri-too-long",
    416: "range-not-satisfiable", 429: "too-many-requests", 501: "format-not-supported", 503: "bundle-corrupt",
}  # fmt: skip
"""The problem that stands as an example, by status."""
_NEGOTIATED = {
    "ETag": {"schema": {"type": "string"}, "description": "Strong, of this content coding."},
    "Content-Language": {"schema": {"type": "string"}, "description": "The language that is served."},
}
_LINK = {"Link": {"schema": {"type": "string"}, "description": "`rel=next`: the next page (RFC 8288)."}}
_LICENSE = {
    "name": "Licence Ouverte 2.0 for the data of the catalogue; every text, model and picture names its own",
    "url": "https://www.etalab.gouv.fr/licence-ouverte-open-licence/",
}


def json_response(
    model: Any, example: object, more: Mapping[str, object] | None = None, *, is_paged: bool = False
) -> Responses:
    """Describe a JSON response, which may be 304.

    example : a document of the model; what has a default may be left out
    more : examples in other media types, by type
    is_paged : whether a Link header leads to the next page
    """
    content: dict[str, Any] = {"application/json": {"example": _as_published(model, example)}}
    content |= {name: _content(name, value) for name, value in (more or {}).items()}
    headers = {**_NEGOTIATED, **(_LINK if is_paged else {})}
    return {
        200: {"model": model, "description": _MEANING[200], "content": content, "headers": headers},
        304: _NOT_MODIFIED,
    }


def content_response(examples: Mapping[str, object]) -> Responses:
    """Describe a response in other media types, by an example of each, which may be 304."""
    return {**volatile_response(examples), 304: _NOT_MODIFIED}


def volatile_response(examples: Mapping[str, object]) -> Responses:
    """Describe a response that has no entity tag."""
    content = {name: _content(name, value) for name, value in examples.items()}
    return {200: {"description": _MEANING[200], "content": content}}


def redirect(status: int, example: str) -> Responses:
    """Describe a redirection."""
    header = {"schema": {"type": "string"}, "example": example, "description": "Address to go to."}
    return {status: {"description": _MEANING[status], "headers": {"Location": header}}}


def problems(*statuses: int) -> Responses:
    """Describe problems; every request can also be too long, too frequent, or of a damaged file."""
    return {status: _problem(status) for status in sorted({*statuses, 400, 413, 414, 429, 503})}


def _problem(status: int) -> dict[str, Any]:
    code = _CODES[status]
    problem = PROBLEMS[code]
    example = {
        "type": TYPE_PREFIX + code,
        "title": problem.title,
        "status": status,
        "code": code,
        "detail": problem.detail,
        "instance": "/v1/sites",
    }
    if status == 400:
        message = str(PARAMETER_ERRORS["maximum"]) % {"maximum": 100}
        example["errors"] = [{"parameter": "limit", "message": message}]
    # Not as a model: FastAPI would say that it comes as application/json too.
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": problem.title, "content": {MEDIA_TYPE: {"schema": schema, "example": example}}}


def _as_published(model: Any, example: object) -> object:
    """Return an example as documents are published: with defaults, and without null."""
    adapter = TypeAdapter[Any](model)
    return adapter.dump_python(adapter.validate_python(example), mode="json", exclude_none=True)


def _content(name: str, value: object) -> dict[str, Any]:
    is_text = isinstance(value, str)
    schema = {"type": "string"} if is_text else {"type": "object"}
    if is_text and not name.startswith("text/") and "xml" not in name:
        schema["format"] = "binary"
    return {"schema": schema, "example": value}


def operation_id(route: APIRoute) -> str:
    """Return the name of an operation in generated clients: renaming the function of a route breaks them.

    >>> operation_id(APIRoute("/v1/sites", lambda: None, name="list_sites"))
    'listSites'
    """
    return to_camel(route.name)


def describe(app: FastAPI, base_url: str) -> dict[str, Any]:
    """Return the OpenAPI document, generated once; wrong parameters are problems of status 400 here, never 422."""
    if app.openapi_schema:
        return app.openapi_schema
    document = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        routes=app.routes,
        servers=[{"url": base_url}],
        contact={"name": "Publisher of this catalogue", "url": f"{base_url}/"},
        license_info=_LICENSE,
    )
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for path in document["paths"].values():
        for operation in path.values():
            operation["responses"].pop("422", None)
            for parameter in operation.get("parameters", ()):
                parameter["schema"] = _without_null(parameter["schema"])
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
    faults = problem.pop("$defs", {})
    described = {name: _as_sent(schema) for name, schema in (schemas | faults).items()}
    # Problems leave out every default.
    described["Problem"] = _as_sent(problem, problem["required"])
    document["components"]["schemas"] = dict(sorted(described.items()))
    app.openapi_schema = json.loads(json.dumps(document))
    return app.openapi_schema or {}


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a parameter without null, which is how pydantic names one that is left out."""
    choices = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    if len(choices) != 1:
        return schema
    return {**choices[0], **{name: value for name, value in schema.items() if name != "anyOf"}}


def _as_sent(schema: dict[str, Any], required: Sequence[str] | None = None) -> dict[str, Any]:
    """Return the schema of a document with the properties that it always has: by default, those that are never null.

    Defaults are left out: openapi-typescript takes a property with one for a property that is always there.
    """
    properties = {
        name: {key: each for key, each in value.items() if key != "default"}
        for name, value in schema.get("properties", {}).items()
    }
    if required is None:
        required = [name for name, value in properties.items() if {"type": "null"} not in value.get("anyOf", ())]
    return {**schema, "properties": properties, "required": list(required)}
