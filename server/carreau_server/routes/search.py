"""Search in all texts and languages."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Response
from pydantic import Field, StringConstraints

from carreau.base.schema.lists import Hits, cursor_of, place
from carreau_server import openapi
from carreau_server.errors import invalid
from carreau_server.http.context import JSON, RequestContext
from carreau_server.http.responses import generated_response
from carreau_server.openapi import json_response, problems
from carreau_server.query_params import CURSOR_DESCRIPTION, Context, Cursor, QueryParams, run_in_thread
from carreau_server.routes.sites import add_next_link
from carreau_server.search.query import parse_query
from carreau_server.search.ranking import highlight, rank

router = APIRouter(prefix="/v1", tags=["search"])

_DEFAULT_LIMIT, _MAX_LIMIT = 20, 50
MAX_QUERY_CHARS = 200


class SearchParams(QueryParams):
    """A search."""

    q: Annotated[str, StringConstraints(min_length=1, max_length=MAX_QUERY_CHARS)] = Field(
        description="Words; the first 8 count. Accents and capitals do not matter.", examples=["mathilde"]
    )
    limit: int = Field(_DEFAULT_LIMIT, ge=1, le=_MAX_LIMIT, description="Hits per page.")
    cursor: Cursor | None = Field(None, description=CURSOR_DESCRIPTION)


@router.get(
    "/search",
    response_class=Response,
    responses={**json_response(Hits, openapi.HITS, is_paged=True), **problems()},
)
async def search(params: Annotated[SearchParams, Query()], context: Context) -> Response:
    """Find sites and routes, best first; matches in the client's language rank higher."""
    languages = context.bundle.languages
    lang = context.language(languages)
    results = await run_in_thread(lambda: search_all(context, params, lang))
    content = results.model_dump_json().encode()
    response = generated_response(context, content, JSON, lang, context.language_vary(languages))
    return add_next_link(response, results.next)


def search_all(context: RequestContext, params: SearchParams, lang: str) -> Hits:
    """Return the results, in one language where possible; raises InvalidParameterError for a wrong cursor."""
    start = _parse_cursor(params.cursor)
    with context.bundle.connection() as connection:
        query = parse_query(connection, params.q)
        if query is None:
            return Hits(lang=lang, q=params.q, matched=0)
        ranked, is_partial = rank(connection, query, lang)
        end = start + params.limit
        page = highlight(connection, query, is_partial, ranked[start:end])
    fields = {"q": params.q, "limit": params.limit, **({"lang": params.lang} if params.lang else {})}
    next_url = f"/v1/search?{urlencode({**fields, 'cursor': cursor_of(end)})}" if end < len(ranked) else None
    return Hits(
        lang=lang,
        q=params.q,
        read_as=query.read_as,
        is_partial=is_partial,
        matched=len(ranked),
        next=next_url,
        hits=tuple(page),
    )


def _parse_cursor(cursor: str | None) -> int:
    if cursor is None:
        return 0
    try:
        (start,) = place(cursor)
    except ValueError:
        start = -1
    if not isinstance(start, int) or not 0 <= start < 1_000_000:
        raise invalid("cursor", "cursor")
    return start
