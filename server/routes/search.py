"""Search all texts in all languages."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Response
from pydantic import Field, StringConstraints

from pipeline.manifest.lists import Hits, cursor_of, place
from server import examples
from server.asked import Asked
from server.dependencies import AskedNow, Question, in_thread
from server.described import json_answer, refusals
from server.errors import refused
from server.forms import JSON
from server.looking import wanted
from server.ranking import hits, ranked
from server.sending import made

router = APIRouter(prefix="/v1", tags=["search"])

_LIMIT = 20
_MOST = 50
MOST_CHARS = 200


class SearchQuestion(Question):
    """What is looked for."""

    q: Annotated[str, StringConstraints(min_length=1, max_length=MOST_CHARS)] = Field(
        description="Words; the first 8 are read. Accents and capitals do not matter.", examples=["mathilde"]
    )
    limit: int = Field(_LIMIT, ge=1, le=_MOST, description="Hits on a page.")
    cursor: Annotated[str, StringConstraints(max_length=400)] | None = Field(
        None, description="Where to go on, from `next`."
    )


@router.get("/search", response_class=Response, responses={**json_answer(Hits, examples.HITS), **refusals(400)})
async def search(question: Annotated[SearchQuestion, Query()], asked: AskedNow) -> Response:
    """Find sites and routes, best first: the language of the reader counts more, and the others are found, too."""
    lang = asked.language(asked.bundle.languages)
    content = await in_thread(lambda: found(asked, question, lang).model_dump_json().encode())
    return made(asked, content, JSON, lang, () if asked.lang else ("Accept-Language",))


def found(asked: Asked, question: SearchQuestion, lang: str) -> Hits:
    """Return what is found, the texts in one language if they can be; raises QuestionError for a wrong cursor."""
    begin = _begin(question.cursor)
    with asked.bundle.reading() as connection:
        what = wanted(connection, question.q)
        if what is None:
            return Hits(lang=lang, q=question.q, matched=0)
        rows, is_partial = ranked(connection, what, lang)
        end = begin + question.limit
        page = hits(connection, what, is_partial, rows[begin:end])
    said = {"q": question.q, "limit": question.limit, **({"lang": question.lang} if question.lang else {})}
    more = f"/v1/search?{urlencode({**said, 'cursor': cursor_of(end)})}" if end < len(rows) else None
    return Hits(
        lang=lang,
        q=question.q,
        read_as=what.read_as,
        is_partial=is_partial,
        matched=len(rows),
        next=more,
        hits=tuple(page),
    )


def _begin(cursor: str | None) -> int:
    if cursor is None:
        return 0
    try:
        (begin,) = place(cursor)
    except ValueError:
        begin = -1
    if not isinstance(begin, int) or not 0 <= begin < 1_000_000:
        raise refused("cursor", "cursor")
    return begin
