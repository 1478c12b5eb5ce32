"""Descriptions of the problem types, at the URI that each problem names as its type."""

from __future__ import annotations

from fastapi import APIRouter, Response

from carreau.base.schema.problems import PROBLEMS, TYPE_PREFIX
from carreau_server.errors import NotFoundError
from carreau_server.http.context import JSON, RequestContext
from carreau_server.http.negotiation import select_media_type
from carreau_server.http.responses import FRESH, generated_response
from carreau_server.json_bytes import to_json
from carreau_server.messages import Messages
from carreau_server.openapi import content_response, problems
from carreau_server.query_params import ContextWithLang, State

router = APIRouter(tags=["problems"])

_INDEX = TYPE_PREFIX.rstrip("/")
_CODE = "not-found"
_EXAMPLE = {
    "type": TYPE_PREFIX + _CODE,
    "code": _CODE,
    "status": PROBLEMS[_CODE].status,
    "title": PROBLEMS[_CODE].title,
    "meaning": PROBLEMS[_CODE].meaning,
    "remedy": PROBLEMS[_CODE].remedy,
}


@router.get(_INDEX, response_class=Response, include_in_schema=False)
@router.get(
    TYPE_PREFIX,
    response_class=Response,
    responses={**content_response({JSON: {"lang": "en", "problems": [_EXAMPLE]}}), **problems()},
)
async def list_problem_types(context: ContextWithLang, state: State) -> Response:
    """List the problem types by status: browsers are redirected to the page of all types, other clients get JSON."""
    lang = context.language(context.bundle.languages)
    codes = sorted(PROBLEMS, key=lambda code: PROBLEMS[code].status)
    fields = {"lang": lang, "problems": [_fields(code, state.messages, lang) for code in codes]}
    return _redirect(context, lang) or generated_response(context, to_json(fields), JSON, lang, _vary(context))


@router.get(
    TYPE_PREFIX + "{code}",
    response_class=Response,
    responses={**content_response({JSON: _EXAMPLE}), **problems(404)},
)
async def get_problem_type(code: str, context: ContextWithLang, state: State) -> Response:
    """Describe a problem type: browsers are redirected to the page of all types, other clients get JSON."""
    if code not in PROBLEMS:
        raise NotFoundError
    lang = context.language(context.bundle.languages)
    content = to_json(_fields(code, state.messages, lang))
    return _redirect(context, lang, f"#{code}") or generated_response(context, content, JSON, lang, _vary(context))


def _fields(code: str, messages: Messages, lang: str) -> dict[str, object]:
    return {
        "type": TYPE_PREFIX + code,
        "code": code,
        "status": PROBLEMS[code].status,
        "title": messages.problem_title(code, lang),
        "meaning": messages.problem_meaning(code, lang),
        "remedy": messages.problem_remedy(code, lang),
    }


def _redirect(context: RequestContext, lang: str, fragment: str = "") -> Response | None:
    """Return the redirection to the page of all types; None for a client that prefers JSON, or without such a page."""
    page = f"/{lang}{_INDEX}"
    if select_media_type(context.header(b"accept"), (JSON, "text/html")) != "text/html":
        return None
    if not context.bundle.responses(page):
        return None
    headers = {"Location": page + fragment, "Cache-Control": FRESH, "Vary": ", ".join(_vary(context))}
    return Response(status_code=303, headers=headers)


def _vary(context: RequestContext) -> tuple[str, ...]:
    return ("Accept", *context.language_vary(context.bundle.languages))
