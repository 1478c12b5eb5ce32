"""Answer errors with problem details (RFC 9457), in the client's language."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, cast

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from carreau.base.schema.lists import Fault, Problem
from carreau.base.schema.problems import PROBLEMS, TYPE_PREFIX
from carreau_server.errors import CorruptBundleError, InvalidParameterError, ParameterError, ServerError
from carreau_server.http.context import RequestContext, get_context
from carreau_server.http.negotiation import select_media_type
from carreau_server.http.responses import document_response
from carreau_server.messages import Messages

_log = logging.getLogger("carreau")
MEDIA_TYPE = "application/problem+json"
_OF_FORM = frozenset((405, 413, 414, 416))
"""Statuses of a wrong form of a request, and not of its address, by which a cache stores a response."""
_CODES_BY_STATUS = {404: "not-found", 405: "method-not-allowed"}
"""Problems that Starlette's router raises."""
# Keys of `messages.PARAMETER_ERRORS` by error type of pydantic, and placeholders by name in pydantic's context.
_PARAMETER_ERRORS = {
    "extra_forbidden": "unknown",
    "missing": "missing",
    "float_parsing": "number",
    "finite_number": "number",
    "int_parsing": "integer",
    "int_parsing_size": "integer",
    "int_from_float": "integer",
    "greater_than_equal": "minimum",
    "less_than_equal": "maximum",
    "string_too_short": "too-short",
    "string_too_long": "too-long",
    "literal_error": "choice",
    "enum": "choice",
}
_LIMITS = {"ge": "minimum", "le": "maximum", "min_length": "minimum", "max_length": "maximum", "expected": "choices"}


def add_exception_handlers(app: FastAPI, messages: Messages) -> None:
    """Let an app answer every exception with problem details."""

    async def server_error(request: Request, exception: Exception) -> Response:
        error, context = cast(ServerError, exception), get_context(request.scope)
        if isinstance(error, CorruptBundleError):
            # The client only learns that something is damaged; what it is stands in the log.
            _log.error("request %s: %s", context.request_id, error.reason)
        headers = dict(error.headers)
        if error.code == "not-found":
            if page := _not_found_page(request, context):
                return page
            headers |= {"Vary": "Accept"}  # see `_not_found_page`
        errors = error.errors if isinstance(error, InvalidParameterError) else ()
        errors = tuple(_with_known_names(request, each) for each in errors)
        return problem_response(context, messages, request.url.path, error.code, error.values, errors, headers)

    async def validation_error(request: Request, exception: Exception) -> Response:
        errors = cast(RequestValidationError, exception).errors()
        return await server_error(request, InvalidParameterError(*map(_parameter_error, errors)))

    async def http_exception(request: Request, exception: Exception) -> Response:
        error, context = cast(HTTPException, exception), get_context(request.scope)
        code = _CODES_BY_STATUS.get(error.status_code, "internal-error")
        headers = dict(error.headers or {}) | ({"Allow": "GET, HEAD, OPTIONS"} if error.status_code == 405 else {})
        return problem_response(context, messages, request.url.path, code, {"id": context.request_id}, (), headers)

    app.add_exception_handler(ServerError, server_error)
    app.add_exception_handler(RequestValidationError, validation_error)
    app.add_exception_handler(HTTPException, http_exception)


def problem_response(
    context: RequestContext,
    messages: Messages,
    path: str,
    code: str,
    values: Mapping[str, object],
    errors: Sequence[ParameterError] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return the response for a problem; it varies by language besides what `headers` say."""
    status = PROBLEMS[code].status
    available = tuple(each for each in context.bundle.languages if each in messages.languages) or ("en",)
    lang = context.language(available)
    problem = Problem(
        type=TYPE_PREFIX + code,
        title=messages.problem_title(code, lang),
        status=status,
        code=code,
        detail=messages.problem_detail(code, lang, values),
        instance=path[:500],
        errors=tuple(
            Fault(parameter=each.parameter, message=messages.parameter_error(each.message, lang, each.values))
            for each in errors
        ),
    )
    content = problem.model_dump_json(exclude_defaults=True).encode()
    is_kept = status < 429 and status not in _OF_FORM and code != "invalid-host"
    fields = {"Content-Language": lang, "Cache-Control": "max-age=10" if is_kept else "no-store"}
    response = Response(content, status, {**fields, **(headers or {})}, MEDIA_TYPE)
    for name in context.language_vary(available):
        response.headers.add_vary_header(name)
    return response


def _parameter_error(error: Mapping[str, Any]) -> ParameterError:
    """Return an error of pydantic in our terms."""
    values = {_LIMITS[name]: value for name, value in error.get("ctx", {}).items() if name in _LIMITS}
    if "choices" in values:
        values["choices"] = str(values["choices"]).replace("'", "").replace(" or ", ", ")
    path = [str(each) for each in error["loc"][1:]]
    return ParameterError(
        path[0] if path else str(error["loc"][0]), _PARAMETER_ERRORS.get(error["type"], "invalid"), values
    )


def _with_known_names(request: Request, error: ParameterError) -> ParameterError:
    """Return the error for an unknown parameter with the names of the known ones."""
    if error.message != "unknown":
        return error
    dependant = getattr(request.scope.get("route"), "dependant", None)
    dependants = [dependant, *dependant.dependencies] if dependant else []
    models = [field.field_info.annotation for each in dependants for field in each.query_params]
    fields = [item for model in models for item in getattr(model, "model_fields", {}).items()]
    names = ", ".join(field.alias or name for name, field in fields)
    return ParameterError(error.parameter, error.message, {**error.values, "names": names})


def _not_found_page(request: Request, context: RequestContext) -> Response | None:
    """Return the bundle's page for an unknown address, to a browser."""
    if select_media_type(context.header(b"accept"), (MEDIA_TYPE, "text/html")) != "text/html":
        return None
    pages = context.bundle.responses("/404")
    if not pages:
        return None
    first = request.url.path.split("/")[1]
    lang = first if first in pages else context.language(tuple(pages))
    vary = () if first in pages else context.language_vary(tuple(pages))
    response = document_response(context, pages[lang], lang, ("Accept", *vary))
    response.status_code, context.is_cacheable = 404, False
    for name in ("etag", "cache-control"):
        del response.headers[name]
    return response
