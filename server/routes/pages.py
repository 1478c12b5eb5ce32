"""Hand out pages for people, and whatever else lies ready under an address of its own."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter, Request, Response

from server.asked import Asked, asked_in
from server.dependencies import in_thread
from server.described import plain_answer, refusals
from server.errors import NotThereError, refused
from server.examples import HTML
from server.forms import JSON
from server.negotiation import lookup, media_type
from server.routes.ogc import landing
from server.routes.search import MOST_CHARS, SearchQuestion, found
from server.search_page import filled, is_searched_from
from server.security import WORKER
from server.sending import FRESH, made, ready

router = APIRouter(tags=["pages"])

_HTML = "text/html"


@router.get(
    "/",
    response_class=Response,
    responses={**plain_answer({"text/html": HTML, JSON: {"title": "Carreau", "links": []}}), **refusals(404)},
)
async def first(request: Request) -> Response:
    """Return the first page; to a program that accepts JSON alone, the landing page of OGC API Features."""
    asked = asked_in(request.scope)
    if request.query_params.get("f") == "json" or media_type(asked.header(b"accept"), ("text/html", JSON)) == JSON:
        answer = landing(asked, request.app.state.said)
    else:
        answer = ready(asked, "/")
    answer.headers.add_vary_header("Accept")
    return answer


@router.get("/embed/{slug}", response_class=Response, responses={**plain_answer({"text/html": HTML}), **refusals(404)})
async def embed(slug: str, request: Request) -> Response:
    """Return a page of nothing but a site's models, for the frames of other people's pages."""
    return ready(asked_in(request.scope), f"/embed/{slug}")


@router.get("/q/{slug}/{number}", include_in_schema=False)
async def plate(slug: str, number: str, request: Request) -> Response:
    """Lead on from the plate of a stop to its route, in the visitor's language."""
    asked = asked_in(request.scope)
    there = asked.bundle.answers("/v1/routes")
    lang = asked.language(tuple(there)) if there else ""
    routes = asked.bundle.document(there[lang])["routes"] if there else []
    route = next((each for each in routes if each["slug"] == slug), None)
    if route is None or number not in map(str, range(1, route["stops"] + 1)):
        raise NotThereError("address")
    headers = {"Location": f"{quote(route['page'])}#stop={number}", "Cache-Control": FRESH}
    headers |= {} if lookup(asked.lang, tuple(there)) else {"Vary": "Accept-Language"}
    return Response(status_code=303, headers=headers)


@router.get("/{path:path}", include_in_schema=False)
async def page(path: str, request: Request) -> Response:
    """Return what lies ready under an address; one that differs by a stroke at its end leads on."""
    asked = asked_in(request.scope)
    if not asked.bundle.answers(f"/{path}"):
        return _other_end(asked, path, request.url.query)
    words = next(iter(request.query_params.getlist("q")), "").strip()
    answer = await _searched(asked, f"/{path}", words) if words else None
    answer = answer or ready(asked, f"/{path}")
    if f"/{path}" == WORKER:
        answer.headers["Cache-Control"] = "no-cache"
    return answer


async def _searched(asked: Asked, path: str, words: str) -> Response | None:
    """Return the page with what was found, None where it is not searched from; raises QuestionError for too much."""
    (lang, held), *others = asked.bundle.answers(path).items()
    if others or held.media_type != _HTML:
        return None
    page = asked.bundle.content(held, False).decode()
    if not is_searched_from(page):
        return None
    if len(words) > MOST_CHARS:
        raise refused("q", "lengthy", most=MOST_CHARS)
    question = SearchQuestion.model_validate({"q": words})
    content = await in_thread(lambda: filled(page, found(asked, question, lang)).encode())
    return made(asked, content, _HTML, lang)


def _other_end(asked: Asked, path: str, query: str) -> Response:
    other = path.removesuffix("/") if path.endswith("/") else f"{path}/"
    if path in ("", "/") or other.startswith("/") or not asked.bundle.answers(f"/{other}"):
        raise NotThereError("address")
    location = f"/{quote(other)}" + (f"?{query}" if query else "")
    return Response(status_code=308, headers={"Location": location, "Cache-Control": "public, max-age=60"})
