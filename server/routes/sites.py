"""Answer about sites: the list, one in every form, and the best model for whoever asks."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response

from pipeline.manifest.lists import SiteList
from pipeline.manifest.site import Site
from server import examples
from server.asked import Asked
from server.dependencies import AskedNow, ListQuestion, PlainlyAsked, in_thread
from server.described import json_answer, plain_answer, refusals
from server.documents import Collection, joined
from server.errors import NotAcceptableError, NotThereError
from server.forms import GEOJSON, JSON, SITE, chosen
from server.listing import cards, features, found
from server.negotiation import media_type
from server.sending import made, ready

router = APIRouter(prefix="/v1", tags=["sites"])


@router.get(
    "/sites",
    response_class=Response,
    responses={**json_answer(SiteList, examples.SITES, {GEOJSON: examples.FEATURES}), **refusals(400, 406)},
)
async def sites(question: Annotated[ListQuestion, Query()], asked: AskedNow, request: Request) -> Response:
    """List sites, a page at a time, as cards or as GeoJSON."""
    accepted = asked.header(b"accept")
    form = {"json": JSON, "geojson": GEOJSON}.get(question.f or "") or media_type(accepted, (JSON, GEOJSON))
    if not form:
        if not media_type(accepted, ("text/html",)):
            raise NotAcceptableError("form", {"forms": f"{JSON}, {GEOJSON}"}, headers={"Vary": "Accept"})
        form = JSON
    by = () if question.f else ("Accept",)
    path = "/v1/sites" if form == JSON else "/v1/sites.geojson"
    if not question.model_dump(exclude={"lang", "f"}, exclude_unset=True) and asked.bundle.answers(path):
        return ready(asked, path, by)
    lang = asked.language(asked.bundle.languages)
    by = by if asked.lang else (*by, "Accept-Language")
    content = await in_thread(lambda: _page(asked, question, lang, form, request.url.query))
    return made(asked, content, form, lang, by)


def _page(asked: Asked, question: ListQuestion, lang: str, form: str, query: str) -> bytes:
    with asked.bundle.reading() as connection:
        page = found(connection, question)
        more = f"/v1/sites?{_with_cursor(question, page.cursor)}" if page.cursor else None
        if form == JSON:
            return joined({"lang": lang, "matched": page.matched, "next": more}, "sites", cards(connection, page, lang))
        own = f"/v1/sites?{query}" if query else "/v1/sites"
        collection = Collection(asked.bundle.base_url, own, more, page.matched)
        return collection.of(features(connection, page, lang))


def _with_cursor(question: ListQuestion, cursor: str) -> str:
    said = question.model_dump(exclude={"cursor"}, exclude_unset=True, exclude_none=True)
    return urlencode({**said, "cursor": cursor})


@router.get(
    "/sites.geojson",
    response_class=Response,
    responses={**plain_answer({GEOJSON: examples.FEATURES}), **refusals(400, 404)},
)
async def sites_geojson(asked: PlainlyAsked) -> Response:
    """Return all sites as GeoJSON."""
    return ready(asked, "/v1/sites.geojson")


_FORMS: dict[str, object] = {
    GEOJSON: examples.FEATURE,
    "application/ld+json": examples.JSONLD,
    "application/rdf+xml": examples.XML,
}
_FORMS |= {"application/xml": examples.XML, "application/zip": "the bytes of an archive"}


@router.get(
    "/sites/{slug}.{ending}",
    response_class=Response,
    responses={**plain_answer({**_FORMS, JSON: {"position": {"lat": 50.329, "lon": 3.395}}}), **refusals(400, 404)},
)
async def site_as(slug: str, ending: str, asked: PlainlyAsked) -> Response:
    """Return a site in another form: jsonld, geojson, svx.zip, edm.xml, lido.xml, dc.xml, geopose.json."""
    slug, _, ending = f"{slug}.{ending}".partition(".")
    known_site(asked, slug)
    path = f"/v1/sites/{slug}.{ending}"
    if not asked.bundle.answers(path):
        raise NotThereError("export", {"slug": slug, "ending": ending})
    return ready(asked, path)


@router.get(
    "/sites/{slug}",
    response_class=Response,
    responses={**json_answer(Site, examples.SITE, _FORMS), **refusals(400, 404, 406)},
)
async def site(slug: str, asked: PlainlyAsked) -> Response:
    """Return everything of one site; other forms by Accept, or by the ending of the address."""
    known_site(asked, slug)
    own, path = f"/v1/sites/{slug}", chosen(asked, "sites", slug, SITE)
    return ready(asked, path, ("Accept",), path if path != own else "")


def known_site(asked: Asked, slug: str) -> int:
    """Return the number of a site; raises NotThereError."""
    row = asked.bundle.one("SELECT id FROM site WHERE slug = ?", slug)
    if row is None:
        raise NotThereError("site", {"slug": slug[:100]})
    return int(row[0])
