"""Answer what went wrong as a problem of RFC 9457, in the language of whoever asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from pipeline.manifest.lists import Fault, Problem
from server.asked import Asked, asked_in
from server.errors import STATUSES, QuestionError, RottenError, ServerError
from server.negotiation import lookup, media_type
from server.said import Said
from server.sending import prepared

MEDIA_TYPE = "application/problem+json"
NAMES = {
    400: "question",
    404: "not-found",
    405: "method",
    406: "form",
    413: "body",
    414: "long",
    416: "range",
    429: "many",
    500: "failure",
    501: "format",
    503: "unavailable",
}
_KEYS = {405: "method", 404: "address"}
# What pydantic finds wrong with a parameter, in our words.
_FAULTS = {
    "extra_forbidden": "unknown",
    "missing": "missing",
    "float_parsing": "number",
    "finite_number": "number",
    "int_parsing": "whole",
    "int_parsing_size": "whole",
    "int_from_float": "whole",
    "greater_than_equal": "least",
    "less_than_equal": "most",
    "string_too_short": "short",
    "string_too_long": "lengthy",
    "literal_error": "choice",
    "enum": "choice",
}
_LIMITS = {"ge": "least", "le": "most", "min_length": "least", "max_length": "most", "expected": "choices"}


def add_handlers(app: FastAPI, said: Said) -> None:
    """Let an app answer every error as a problem."""

    async def refused(request: Request, error: Exception) -> Response:
        failure = cast(ServerError, error)
        status = next((status for kind, status in STATUSES.items() if isinstance(failure, kind)), 500)
        asked = asked_in(request.scope)
        if failure.key == "address" and (page := _lost(request, asked)):
            return page
        faults = [_fault(request, name, key, values) for name, key, values in failure.faults]
        # What is wrong inside is for the log, and not for whoever asks.
        key = "rotten" if isinstance(failure, RottenError) else failure.key
        headers = failure.headers | ({"Vary": "Accept"} if failure.key == "address" else {})  # see `_lost`
        return answer(asked, said, request.url.path, status, key, failure.values, faults, headers)

    async def invalid(request: Request, error: Exception) -> Response:
        found = cast(RequestValidationError, error).errors()
        return await refused(request, QuestionError("question", faults=tuple(_read(each) for each in found)))

    async def plain(request: Request, error: Exception) -> Response:
        failure = cast(HTTPException, error)
        asked = asked_in(request.scope)
        key = _KEYS.get(failure.status_code, "failure")
        headers = dict(failure.headers or {}) | ({"Allow": "GET, HEAD, OPTIONS"} if failure.status_code == 405 else {})
        return answer(asked, said, request.url.path, failure.status_code, key, {"id": asked.id}, (), headers)

    def _fault(request: Request, name: str, key: str, values: Mapping[str, object]) -> tuple[str, str, dict[str, Any]]:
        more = {"names": ", ".join(_names(request))} if key == "unknown" else {}
        return name, key, {**values, **more}

    app.add_exception_handler(ServerError, refused)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, plain)


def answer(
    asked: Asked,
    said: Said,
    path: str,
    status: int,
    key: str,
    values: Mapping[str, object],
    faults: Sequence[tuple[str, str, Mapping[str, object]]] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return the answer for something that went wrong, which varies by language besides what `headers` say."""
    there = tuple(each for each in asked.bundle.languages if each in said.languages) or ("en",)
    lang = asked.language(there)
    problem = Problem(
        type=f"/problems/{NAMES.get(status, NAMES[500])}",
        title=said.title(status, lang),
        status=status,
        detail=said.sentence(key, lang, values),
        instance=path[:500],
        errors=tuple(Fault(parameter=name, message=said.sentence(what, lang, more)) for name, what, more in faults),
    )
    content = problem.model_dump_json(exclude_defaults=True).encode()
    more = {"Content-Language": lang, "Cache-Control": "no-store" if status >= 429 else "max-age=10"}
    found = Response(content, status, {**more, **(headers or {})}, MEDIA_TYPE)
    if not lookup(asked.lang, there):
        found.headers.add_vary_header("Accept-Language")
    return found


def _read(found: Mapping[str, Any]) -> tuple[str, str, dict[str, object]]:
    """Return parameter, key and values of what pydantic found."""
    values = {_LIMITS[name]: value for name, value in found.get("ctx", {}).items() if name in _LIMITS}
    if "choices" in values:
        values["choices"] = str(values["choices"]).replace("'", "").replace(" or ", ", ")
    place = [str(each) for each in found["loc"][1:]]
    return ".".join(place[:1]) or str(found["loc"][0]), _FAULTS.get(found["type"], "malformed"), values


def _names(request: Request) -> list[str]:
    """Return the parameters that the route knows."""
    dependant = getattr(request.scope.get("route"), "dependant", None)
    all_of_it = [dependant, *dependant.dependencies] if dependant else []
    models = [field.field_info.annotation for each in all_of_it for field in each.query_params]
    fields = [field for model in models for field in getattr(model, "model_fields", {}).items()]
    return [field.alias or name for name, field in fields]


def _lost(request: Request, asked: Asked) -> Response | None:
    """Return the bundle's page for people who are lost, to a person."""
    if media_type(asked.header(b"accept"), (MEDIA_TYPE, "text/html")) != "text/html":
        return None
    pages = asked.bundle.answers("/404")
    if not pages:
        return None
    first = request.url.path.split("/")[1]
    lang = first if first in pages else asked.language(tuple(pages))
    by = () if first in pages or lookup(asked.lang, tuple(pages)) else ("Accept-Language",)
    found = prepared(asked, pages[lang], lang, ("Accept", *by))
    found.status_code = 404
    for name in ("etag", "cache-control"):
        del found.headers[name]
    return found
