"""Answer as OGC API Features does (Part 1: Core, with GeoJSON), so that a GIS opens the catalogue as a layer."""

from __future__ import annotations

import json
import re
from functools import partial
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field, StringConstraints

from server import examples
from server.asked import Asked
from server.dependencies import AskedNow, ListQuestion, Question, Short, asked_now, in_thread
from server.described import describe, plain_answer, refusals
from server.documents import Collection, dumped, link
from server.errors import refused
from server.forms import GEOJSON, JSON
from server.listing import features, found
from server.routes.sites import known_site
from server.said import Said
from server.sending import made

router = APIRouter(tags=["OGC API Features"])

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
OPENAPI = "application/vnd.oai.openapi+json;version=3.1"
# Not oas30: our description is of OpenAPI 3.1.
_CLASSES = [f"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/{name}" for name in ("core", "geojson")]
_ITEMS = "/collections/sites/items"
_MOST = 1000
_INSTANT = r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})"
_MOMENT = re.compile(rf"{_INSTANT}|(?:{_INSTANT}|\.\.)?/(?:{_INSTANT}|\.\.)?")


class FormQuestion(Question):
    """The form of the answer, of which there is one."""

    f: Literal["json"] | None = Field(None, description="Form of the answer: JSON in any case.")


def form_asked(request: Request, question: Annotated[FormQuestion, Query()]) -> Asked:  # noqa: ARG001 - only checked
    """Return what is known of a request that may say nothing but its language and form."""
    return asked_now(request)


FormAsked = Annotated[Asked, Depends(form_asked)]


class ItemsQuestion(FormQuestion):
    """Which features are wanted."""

    bbox: Short | None = Field(None, description="Four numbers, or six with heights.", examples=["3.2,50.2,3.6,50.5"])
    datetime: Short | None = Field(
        None, description="RFC 3339; sites have no date of their own, so that all of them are of any."
    )
    limit: int = Field(10, ge=1, description="Features on a page; of more than 1000 there are 1000.")
    cursor: Annotated[str, StringConstraints(max_length=400)] | None = Field(
        None, description="Where to go on, from the link `next`."
    )


def landing(asked: Asked, said: Said) -> Response:
    """Answer with the page that leads to all others."""
    base, lang = asked.bundle.base_url, asked.language(asked.bundle.languages)
    links = [
        link(f"{base}/ogc", "self", JSON),
        link(f"{base}/openapi.json", "service-desc", OPENAPI),
        link(f"{base}/conformance", "conformance", JSON),
        link(f"{base}/collections", "data", JSON),
        link(f"{base}/", "alternate", "text/html"),
    ]
    text = {"title": "Carreau", "description": said.sentence("catalogue", lang, {}), "links": links}
    return made(asked, dumped(text), JSON, lang, () if asked.lang else ("Accept-Language",))


_LINKS = [{"href": "https://carreau.example/collections", "rel": "data", "type": JSON}]
_COLLECTION = {"id": "sites", "title": "Sites", "itemType": "feature", "crs": [CRS84], "links": _LINKS}


@router.get(
    "/ogc",
    response_class=Response,
    responses={**plain_answer({JSON: {"title": "Carreau", "links": _LINKS}}), **refusals(400)},
)
async def landing_page(asked: FormAsked, request: Request) -> Response:
    """Return the landing page, which `/` is, too, for whoever accepts JSON alone."""
    return landing(asked, request.app.state.said)


@router.get(
    "/openapi.json",
    response_class=Response,
    responses={**plain_answer({OPENAPI: {"openapi": "3.1.0"}}), **refusals(400)},
)
async def description(request: Request, asked: AskedNow) -> Response:
    """Return the description of this interface."""
    return made(asked, dumped(describe(request.app)), OPENAPI)


@router.get(
    "/conformance",
    response_class=Response,
    responses={**plain_answer({JSON: {"conformsTo": _CLASSES}}), **refusals(400)},
)
async def conformance(asked: FormAsked) -> Response:
    """Return the classes of requirements that are met."""
    return made(asked, dumped({"conformsTo": _CLASSES}), JSON)


@router.get(
    "/collections",
    response_class=Response,
    responses={**plain_answer({JSON: {"links": _LINKS, "collections": [_COLLECTION]}}), **refusals(400)},
)
async def collections(asked: FormAsked, request: Request) -> Response:
    """Return the collections, of which there is one."""
    lang = asked.language(asked.bundle.languages)
    links = [link(f"{asked.bundle.base_url}/collections", "self", JSON)]
    text = {"links": links, "collections": [_collection(asked, request.app.state.said, lang)]}
    return made(asked, dumped(text), JSON, lang, () if asked.lang else ("Accept-Language",))


@router.get(
    "/collections/sites", response_class=Response, responses={**plain_answer({JSON: _COLLECTION}), **refusals(400)}
)
async def collection(asked: FormAsked, request: Request) -> Response:
    """Return what the collection of sites is."""
    lang = asked.language(asked.bundle.languages)
    text = _collection(asked, request.app.state.said, lang)
    return made(asked, dumped(text), JSON, lang, () if asked.lang else ("Accept-Language",))


def _collection(asked: Asked, said: Said, lang: str) -> dict[str, Any]:
    base = asked.bundle.base_url
    box = asked.bundle.one("SELECT min(lon), min(lat), max(lon), max(lat) FROM site") or (None,)
    text: dict[str, Any] = {"id": "sites", "title": said.sentence("sites", lang, {}), "itemType": "feature"}
    text |= {"description": said.sentence("sites_of", lang, {}), "crs": [CRS84]}
    text |= {"extent": {"spatial": {"bbox": [list(box)], "crs": CRS84}}} if box[0] is not None else {}
    links = [link(f"{base}/collections/sites", "self", JSON), link(base + _ITEMS, "items", GEOJSON)]
    return text | {"links": links}


@router.get(
    _ITEMS,
    response_class=Response,
    responses={**plain_answer({GEOJSON: examples.FEATURES}), **refusals(400)},
)
async def items(question: Annotated[ItemsQuestion, Query()], asked: AskedNow, request: Request) -> Response:
    """Return a page of features."""
    moment = question.datetime
    if moment is not None and (moment == "/" or not _MOMENT.fullmatch(moment)):
        raise refused("datetime", "moment")
    lang = asked.language(asked.bundle.languages)
    content = await in_thread(lambda: _items(asked, question, lang, request.url.query))
    return made(asked, content, GEOJSON, lang, () if asked.lang else ("Accept-Language",))


def _items(asked: Asked, question: ItemsQuestion, lang: str, query: str) -> bytes:
    limit = min(question.limit, _MOST)
    inner = ListQuestion.model_construct(bbox=question.bbox, limit=limit, cursor=question.cursor)
    with asked.bundle.reading() as connection:
        page = found(connection, inner)
        numbers = [number for number, _ in page.rows]
        slugs = [connection.execute("SELECT slug FROM site WHERE id = ?", (each,)).fetchone()[0] for each in numbers]
        parts = list(map(partial(_linked, asked), slugs, features(connection, page, lang)))
    said = question.model_dump(exclude={"cursor"}, exclude_unset=True, exclude_none=True)
    more = f"{_ITEMS}?{urlencode({**said, 'cursor': page.cursor})}" if page.cursor else None
    own = f"{_ITEMS}?{query}" if query else _ITEMS
    return Collection(asked.bundle.base_url, own, more, page.matched).of(parts)


def _linked(asked: Asked, slug: str, feature: bytes) -> bytes:
    found = json.loads(feature)
    base = asked.bundle.base_url
    links = [
        link(f"{base}{_ITEMS}/{slug}", "self", GEOJSON),
        link(f"{base}/v1/sites/{slug}", "alternate", JSON),
        link(f"{base}/collections/sites", "collection", JSON),
    ]
    return dumped({**found, "id": slug, "links": [*links, *found.get("links", ())]})


@router.get(
    _ITEMS + "/{slug}",
    response_class=Response,
    responses={**plain_answer({GEOJSON: examples.FEATURE}), **refusals(400, 404)},
)
async def item(slug: str, asked: FormAsked) -> Response:
    """Return one feature."""
    site = known_site(asked, slug)
    lang = asked.language(asked.bundle.languages)
    row = asked.bundle.one("SELECT feature FROM card WHERE site = ? AND lang = ?", site, lang)
    content = _linked(asked, slug, bytes(row[0]) if row else b"{}")
    return made(asked, content, GEOJSON, lang, () if asked.lang else ("Accept-Language",))
