"""Pages, and other documents that are stored under their own path."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter, Request, Response

from carreau_server.errors import NotFoundError, invalid
from carreau_server.http.context import JSON, RequestContext
from carreau_server.http.negotiation import select_media_type
from carreau_server.http.responses import FRESH, generated_response, stored_response
from carreau_server.http.security_headers import WORKER
from carreau_server.openapi import HTML, content_response, problems
from carreau_server.query_params import Context, State, run_in_thread
from carreau_server.routes.ogc import landing_page
from carreau_server.routes.search import MAX_QUERY_CHARS, SearchParams, search_all
from carreau_server.search.page import fill_page, is_search_page

router = APIRouter(tags=["pages"])

_HTML = "text/html"


@router.get(
    "/",
    response_class=Response,
    responses={**content_response({_HTML: HTML, JSON: {"title": "Carreau", "links": []}}), **problems(404)},
)
async def get_home(context: Context, state: State, request: Request) -> Response:
    """Return the home page; to a client that accepts JSON only, the landing page of OGC API Features."""
    accepted = select_media_type(context.header(b"accept"), (_HTML, JSON))
    is_json = request.query_params.get("f") == "json" or accepted == JSON
    response = landing_page(context, state) if is_json else stored_response(context, "/")
    response.headers.add_vary_header("Accept")
    return response


@router.get("/embed/{slug}", response_class=Response, responses={**content_response({_HTML: HTML}), **problems(404)})
async def get_embed(slug: str, context: Context) -> Response:
    """Return a page with a site's models only, for frames of other sites."""
    return stored_response(context, f"/embed/{slug}")


@router.get("/q/{slug}/{number}", include_in_schema=False)
async def qr_plate(slug: str, number: str, context: Context) -> Response:
    """Redirect from the QR code of a stop or chapter to its route or trail, in the visitor's language."""
    for kind, counted in (("routes", "stops"), ("trails", "chapters")):
        files = context.bundle.responses(f"/v1/{kind}")
        lang = context.language(tuple(files)) if files else ""
        cards = context.bundle.document(files[lang])[kind] if files else []
        card = next((each for each in cards if each["slug"] == slug), None)
        if card and number in map(str, range(1, card[counted] + 1)):
            headers = {"Location": f"{quote(card['page'])}#stop={number}", "Cache-Control": FRESH}
            if vary := context.language_vary(tuple(files)):
                headers["Vary"] = ", ".join(vary)
            return Response(status_code=303, headers=headers)
    raise NotFoundError


@router.get("/{path:path}", include_in_schema=False)
async def page(path: str, context: Context, request: Request) -> Response:
    """Return the document of a path; redirect a path that differs only by its final slash."""
    if not context.bundle.responses(f"/{path}"):
        return _other_slash(context, path, request.url.query)
    query = next(iter(request.query_params.getlist("q")), "").strip()
    response = await _search_page(context, f"/{path}", query) if query else None
    response = response or stored_response(context, f"/{path}")
    if f"/{path}" == WORKER:
        response.headers["Cache-Control"] = "no-cache"
    return response


async def _search_page(context: RequestContext, path: str, query: str) -> Response | None:
    """Return the search page with results, None for any other page; raises InvalidParameterError for a long query."""
    (lang, file), *others = context.bundle.responses(path).items()
    if others or file.media_type != _HTML:
        return None
    template = context.bundle.read(file).decode()
    if not is_search_page(template):
        return None
    if len(query) > MAX_QUERY_CHARS:
        raise invalid("q", "too-long", maximum=MAX_QUERY_CHARS)
    params = SearchParams.model_validate({"q": query})
    content = await run_in_thread(lambda: fill_page(template, search_all(context, params, lang)).encode())
    return generated_response(context, content, _HTML, lang)


def _other_slash(context: RequestContext, path: str, query: str) -> Response:
    other = path.removesuffix("/") if path.endswith("/") else f"{path}/"
    if path in ("", "/") or other.startswith("/") or not context.bundle.responses(f"/{other}"):
        raise NotFoundError
    location = f"/{quote(other)}" + (f"?{query}" if query else "")
    return Response(status_code=308, headers={"Location": location, "Cache-Control": "public, max-age=60"})
