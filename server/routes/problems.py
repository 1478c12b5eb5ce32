"""Descriptions of the problem types, at the URI that each problem names as its type."""

from __future__ import annotations

from fastapi import APIRouter, Response

from pipeline.manifest.problems import PROBLEMS, TYPE_PREFIX
from server.errors import NotFoundError
from server.http.content_types import JSON
from server.http.context import RequestContext
from server.http.negotiation import select_media_type
from server.http.responses import FRESH, generated_response
from server.json_bytes import to_json
from server.openapi import content_response, problems
from server.query_params import ContextWithLang, State

router = APIRouter(tags=["problems"])

_CODE = "not-found"
_EXAMPLE = {"type": TYPE_PREFIX + _CODE, "code": _CODE, "status": 404, "title": "Not found"}


@router.get(
    TYPE_PREFIX + "{code}",
    response_class=Response,
    responses={**content_response({JSON: _EXAMPLE}), **problems(404)},
)
async def get_problem_type(code: str, context: ContextWithLang, state: State) -> Response:
    """Describe a problem type: browsers are redirected to the page of all types, other clients get JSON."""
    if code not in PROBLEMS:
        raise NotFoundError
    languages = context.bundle.languages
    lang = context.language(languages)
    vary = ("Accept", *context.language_vary(languages))
    page = _page(context, lang)
    if page and select_media_type(context.header(b"accept"), (JSON, "text/html")) == "text/html":
        headers = {"Location": f"{page}#{code}", "Cache-Control": FRESH, "Vary": ", ".join(vary)}
        return Response(status_code=303, headers=headers)
    fields = {
        "type": TYPE_PREFIX + code,
        "code": code,
        "status": PROBLEMS[code].status,
        "title": state.messages.problem_title(code, lang),
    }
    return generated_response(context, to_json(fields), JSON, lang, vary)


def _page(context: RequestContext, lang: str) -> str:
    """Return the path of the page of all types, empty where the bundle has none."""
    path = f"/{lang}{TYPE_PREFIX.rstrip('/')}"
    return path if context.bundle.responses(path) else ""
