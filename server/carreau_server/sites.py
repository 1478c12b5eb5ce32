"""Sites: the list with its filters, one in every format, and the catalogue as a whole."""

from __future__ import annotations

import json
import math
import re
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response

from carreau.base.schema.bundle import plain
from carreau.base.schema.lists import SiteList, Terms, Territory, make_cursor, place
from carreau.base.schema.site import Site
from carreau_server import openapi
from carreau_server.bundle import DEGREE_M, Bundle
from carreau_server.context import GEOJSON, IIIF_3, IIIF_4, JSON, SITE, RequestContext, select_media_type, select_path
from carreau_server.errors import NotAcceptableError, NotFoundError, invalid
from carreau_server.openapi import (
    Context,
    ContextWithLang,
    ListParams,
    content_response,
    json_response,
    problems,
    run_in_thread,
)
from carreau_server.responses import FeaturePage, generated_response, stored_response, with_array
from carreau_server.search import parse_query

sites_router = APIRouter(prefix="/v1", tags=["sites"])


@sites_router.get(
    "/sites",
    response_class=Response,
    responses={
        **json_response(SiteList, openapi.SITES, {GEOJSON: openapi.FEATURES}, is_paged=True),
        **problems(406),
    },
)
async def list_sites(params: Annotated[ListParams, Query()], context: Context, request: Request) -> Response:
    """List sites, page by page, as cards or as GeoJSON."""
    media_type = {"json": JSON, "geojson": GEOJSON}.get(params.f or "") or _accept(context)
    stored = context.bundle.responses("/v1/sites")
    if media_type == JSON and stored and not params.model_dump(exclude={"lang", "f"}, exclude_unset=True):
        document = context.bundle.document(stored[context.language(tuple(stored))])
        response = stored_response(context, "/v1/sites", () if params.f else ("Accept",))
        return add_next_link(response, document.get("next"))
    languages = context.bundle.languages
    lang = context.language(languages)
    vary = (*(() if params.f else ("Accept",)), *context.language_vary(languages))
    content, next_url = await run_in_thread(lambda: _page(context, params, lang, media_type, request.url.query))
    return add_next_link(generated_response(context, content, media_type, lang, vary), next_url)


def _accept(context: RequestContext) -> str:
    accept = context.header(b"accept")
    media_type = select_media_type(accept, (JSON, GEOJSON))
    if not media_type and not select_media_type(accept, ("text/html",)):
        raise NotAcceptableError(values={"media_types": f"{JSON}, {GEOJSON}"}, headers={"Vary": "Accept"})
    return media_type or JSON


def _page(
    context: RequestContext, params: ListParams, lang: str, media_type: str, query: str
) -> tuple[bytes, str | None]:
    """Return a page of the list, and the URL of the next one."""
    terms = valid_codes(context.bundle)
    with context.bundle.connection() as connection:
        page = query_sites(connection, params, terms)
        next_url = f"/v1/sites?{_with_cursor(params, page.cursor)}" if page.cursor else None
        if media_type == JSON:
            cards = card_bytes(connection, page, lang)
            return with_array({"lang": lang, "matched": page.matched, "next": next_url}, "sites", cards), next_url
        own_url = f"/v1/sites?{query}" if query else "/v1/sites?f=geojson"
        features = FeaturePage(context.bundle.base_url, own_url, next_url, page.matched)
        return features.to_json(feature_bytes(connection, page, lang)), next_url


def _with_cursor(params: ListParams, cursor: str) -> str:
    fields = params.model_dump(exclude={"cursor"}, exclude_unset=True, exclude_none=True)
    return urlencode({**fields, "cursor": cursor})


@sites_router.get(
    "/sites.geojson",
    response_class=Response,
    responses={**content_response({GEOJSON: openapi.FEATURES}), **problems(404)},
)
async def get_sites_geojson(context: ContextWithLang) -> Response:
    """Return all sites as GeoJSON."""
    return stored_response(context, "/v1/sites.geojson")


_EXPORTS = openapi.of_exports(SITE.values())
_ACCEPTED = {media_type: example for media_type, example in _EXPORTS.items() if media_type != JSON}


@sites_router.get(
    "/sites/{slug}.{ending}",
    description=f"Return a site in another format: {', '.join(SITE)}.",
    response_class=Response,
    responses={**content_response(_EXPORTS), **problems(404)},
)
async def export_site(slug: str, ending: str, context: ContextWithLang) -> Response:
    """Return a site in another format, by its suffix."""
    slug, _, ending = f"{slug}.{ending}".partition(".")
    get_site_id(context, slug)
    path = f"/v1/sites/{slug}.{ending}"
    if not context.bundle.responses(path):
        raise NotFoundError("export-not-found", {"slug": slug, "ending": ending})
    return stored_response(context, path)


@sites_router.get(
    "/sites/{slug}",
    response_class=Response,
    responses={
        **json_response(Site, openapi.SITE, _ACCEPTED),
        **problems(404, 406),
    },
)
async def get_site(slug: str, context: ContextWithLang) -> Response:
    """Return everything about a site; other formats by Accept, or by the suffix of the URL."""
    get_site_id(context, slug)
    document, path = f"/v1/sites/{slug}", select_path(context, "sites", slug, SITE)
    return stored_response(context, path, ("Accept",), path if path != document else "")


def get_site_id(context: RequestContext, slug: str) -> int:
    """Return the id of a site; raises NotFoundError."""
    row = context.bundle.one("SELECT id FROM site WHERE slug = ?", slug)
    if row is None:
        raise NotFoundError("site-not-found", {"slug": slug[:100]})
    return int(row[0])


def add_next_link(response: Response, next_url: str | None) -> Response:
    """Return a response with a Link header to the next page, where there is one."""
    if next_url:
        response.headers["Link"] = f'<{next_url}>; rel="next"'
    return response


DEFAULT_RADIUS_M = 20_000.0
_HAS = ("model", "ar", "tour", "sound", "image", "video", "then-and-now")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass
class Filter:
    """A WHERE clause on the table `site`, with its values."""

    clauses: list[str] = field(default_factory=lambda: ["1"])
    values: list[object] = field(default_factory=list)

    def add(self, clause: str, *values: object) -> None:
        """Add a condition."""
        self.clauses.append(clause)
        self.values += values

    def add_choice(self, column: str, codes: list[str]) -> None:
        """Require that a column has one of some values."""
        self.add(f"{column} IN ({', '.join('?' * len(codes))})", *codes)

    @property
    def sql(self) -> str:
        """Return the clause."""
        return " AND ".join(self.clauses)


@dataclass(frozen=True)
class SitePage:
    """A page of sites.

    rows : id of a site, and its distance in metres where the list is sorted by it
    matched : sites on all pages
    cursor : of the next page; empty on the last
    """

    rows: tuple[tuple[int, float | None], ...]
    matched: int
    cursor: str


def query_sites(connection: sqlite3.Connection, params: ListParams, terms: Mapping[str, tuple[str, ...]]) -> SitePage:
    """Return a page of the sites that match; raises InvalidParameterError.

    terms : valid codes, by parameter
    """
    if params.radius is not None and params.near is None:
        raise invalid("radius", "requires", other="near")
    where = _filter(connection, params, terms)
    return _nearest(connection, params, where) if params.near else _sort(connection, params, where)


def valid_codes(bundle: Bundle) -> dict[str, tuple[str, ...]]:
    """Return the codes that `kind`, `theme` and `has` may have in a release."""
    codes: dict[str, tuple[str, ...]] = {"has": _HAS}
    if files := bundle.responses("/v1/terms"):
        lists = bundle.document(next(iter(files.values())))["lists"]
        codes |= {name: tuple(term["code"] for term in lists[name]) for name in ("kind", "theme") if name in lists}
    return codes


def _codes(parameter: str, text: str, terms: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Return codes separated by commas; raises InvalidParameterError for one that does not exist."""
    codes = text.split(",")
    if parameter in terms and not set(codes) <= set(terms[parameter]):
        raise invalid(parameter, "choice", choices=", ".join(terms[parameter]))
    return codes


def _filter(connection: sqlite3.Connection, params: ListParams, terms: Mapping[str, tuple[str, ...]]) -> Filter:
    where = Filter()
    if params.kind:
        where.add_choice("kind", _codes("kind", params.kind, terms))
    if params.theme:
        where.add_choice("theme", _codes("theme", params.theme, terms))
    if params.commune:
        where.add("id IN (SELECT site FROM commune WHERE name = ?)", _commune(connection, params.commune))
    if params.bbox:
        clause, values = parse_bbox(params.bbox).clause()
        where.add(f"id IN (SELECT id FROM place WHERE {clause})", *values)  # noqa: S608 - of `geo_params`
    for what in _codes("has", params.has, terms) if params.has else ():
        where.add("id IN (SELECT site FROM has WHERE what = ?)", what)
    if params.modified_since:
        where.add("modified >= ?", _timestamp(params.modified_since))
    if params.q:
        query = parse_query(connection, params.q)
        matching = "SELECT site FROM entry WHERE id IN (SELECT rowid FROM words WHERE words MATCH ?)"
        where.add(f"id IN ({matching})" if query else "0", *([query.all_terms] if query else []))
    return where


def _commune(connection: sqlite3.Connection, text: str) -> str:
    """Return a commune as the table has it; raises InvalidParameterError where no site is in it."""
    name = plain(text.strip())
    if connection.execute("SELECT 1 FROM commune WHERE name = ?", (name,)).fetchone() is None:
        rows = connection.execute("SELECT DISTINCT commune FROM site ORDER BY commune").fetchall()
        raise invalid("commune", "choice", choices=", ".join(row[0] for row in rows))
    return name


def _timestamp(text: str) -> str:
    """Return a time as the database has it, in UTC; raises InvalidParameterError."""
    try:
        time = datetime.fromisoformat(f"{text}T00:00:00Z" if _DATE.fullmatch(text) else text.upper())
        if time.tzinfo is None:
            raise ValueError
        return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError):
        raise invalid("modified_since", "timestamp") from None


def _sort(connection: sqlite3.Connection, params: ListParams, where: Filter) -> SitePage:
    (matched,) = connection.execute(f"SELECT count(*) FROM site WHERE {where.sql}", where.values).fetchone()  # noqa: S608
    if params.cursor is not None:
        (key,) = _parse_cursor(params.cursor, str)
        where.add("sort > ?", key)
    query = f"SELECT id, sort FROM site WHERE {where.sql} ORDER BY sort LIMIT ?"  # noqa: S608 - clauses of this module
    rows = connection.execute(query, (*where.values, params.limit + 1)).fetchall()
    page = rows[: params.limit]
    cursor = make_cursor(page[-1][1]) if len(rows) > len(page) else ""
    return SitePage(tuple((site, None) for site, _ in page), matched, cursor)


def _nearest(connection: sqlite3.Connection, params: ListParams, where: Filter) -> SitePage:
    """Return those within the radius, nearest first; the R*Tree leaves only a few to measure."""
    point = parse_point(params.near or "")
    radius_m = DEFAULT_RADIUS_M if params.radius is None else params.radius
    clause, values = bounding_box(point, radius_m).clause()
    where.add(f"id IN (SELECT id FROM place WHERE {clause})", *values)  # noqa: S608 - of `geo_params`
    query = f"""SELECT distance_m(?, ?, lon, lat), sort, id FROM site
        WHERE lon IS NOT NULL AND {where.sql}"""  # noqa: S608 - clauses of this module
    rows = sorted(row for row in connection.execute(query, (*point, *where.values)) if row[0] <= radius_m)
    last = _parse_cursor(params.cursor, float, str) if params.cursor is not None else ()
    rest = [row for row in rows if not last or row[:2] > last]
    page = rest[: params.limit]
    cursor = make_cursor(*page[-1][:2]) if len(rest) > len(page) else ""
    return SitePage(tuple((site, distance_m) for distance_m, _, site in page), len(rows), cursor)


def _parse_cursor(cursor: str, *kinds: type) -> tuple[str | float, ...]:
    try:
        key = place(cursor)
    except ValueError:
        key = ()
    if len(key) != len(kinds) or not all(isinstance(part, kind) for part, kind in zip(key, kinds, strict=True)):
        raise invalid("cursor", "cursor")
    return key


def card_bytes(connection: sqlite3.Connection, page: SitePage, lang: str) -> list[bytes]:
    """Return the cards of a page as JSON, with their distances where there are any."""
    query = "SELECT json FROM card WHERE site = ? AND lang = ?"
    cards = [bytes(connection.execute(query, (site, lang)).fetchone()[0]) for site, _ in page.rows]
    return [_with_distance(card, distance_m) for card, (_, distance_m) in zip(cards, page.rows, strict=True)]


def feature_bytes(connection: sqlite3.Connection, page: SitePage, lang: str) -> list[bytes]:
    """Return the GeoJSON features of a page."""
    query = "SELECT feature FROM card WHERE site = ? AND lang = ?"
    return [bytes(connection.execute(query, (site, lang)).fetchone()[0]) for site, _ in page.rows]


def _with_distance(card: bytes, distance_m: float | None) -> bytes:
    if distance_m is None:
        return card
    fields = json.loads(card) | {"distance_m": round(distance_m)}
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True)
class BoundingBox:
    """Degrees in WGS 84; `west` is larger than `east` where it crosses 180°."""

    west: float
    south: float
    east: float
    north: float

    def clause(self) -> tuple[str, list[float]]:
        """Return a WHERE clause on the table `place`, and its values."""
        longitudes = "(max_lon >= ? AND min_lon <= ?)" if self.west <= self.east else "(max_lon >= ? OR min_lon <= ?)"
        return f"{longitudes} AND max_lat >= ? AND min_lat <= ?", [self.west, self.east, self.south, self.north]


def parse_bbox(text: str, parameter: str = "bbox") -> BoundingBox:
    """Return a box of four numbers, or of six with heights, which are left out (OGC API Features, 7.15.3).

    Raises InvalidParameterError.

    >>> parse_bbox("3.2,50.2,3.6,50.5").east
    3.6
    """
    numbers = _numbers(text)
    if len(numbers) == 6:
        numbers = [*numbers[:2], *numbers[3:5]]
    if len(numbers) != 4:
        raise invalid(parameter, "bbox")
    west, south, east, north = numbers
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90):
        raise invalid(parameter, "bbox")
    return BoundingBox(west, south, east, north)


def parse_point(text: str) -> tuple[float, float]:
    """Return longitude and latitude; raises InvalidParameterError."""
    numbers = _numbers(text)
    if len(numbers) != 2 or not (abs(numbers[0]) <= 180 and abs(numbers[1]) <= 90):
        raise invalid("near", "point")
    return numbers[0], numbers[1]


def bounding_box(point: tuple[float, float], radius_m: float) -> BoundingBox:
    """Return a box that contains a circle."""
    lon, lat = point
    height = radius_m / DEGREE_M
    south, north = max(-90.0, lat - height), min(90.0, lat + height)
    narrowest = math.cos(math.radians(max(abs(south), abs(north))))
    width = height / narrowest if narrowest > height / 180 else 180.0
    if width >= 180:
        return BoundingBox(-180.0, south, 180.0, north)
    return BoundingBox((lon - width + 180) % 360 - 180, south, (lon + width + 180) % 360 - 180, north)


def _numbers(text: str) -> list[float]:
    try:
        numbers = [float(each) for each in text.split(",")]
    except ValueError:
        return []
    return numbers if all(map(math.isfinite, numbers)) else []


catalogue_router = APIRouter(tags=["catalogue"])


@catalogue_router.get(
    "/v1/catalogue.csv",
    response_class=Response,
    responses={**content_response({"text/csv": openapi.CSV}), **problems(404)},
)
async def get_catalogue_csv(context: ContextWithLang) -> Response:
    """Return the catalogue as a table."""
    return stored_response(context, "/v1/catalogue.csv")


@catalogue_router.get(
    "/v1/terms", response_class=Response, responses={**json_response(Terms, openapi.TERMS), **problems()}
)
async def get_terms(context: ContextWithLang) -> Response:
    """Return the controlled vocabularies with their labels."""
    return stored_response(context, "/v1/terms")


@catalogue_router.get(
    "/v1/territory",
    response_class=Response,
    responses={**json_response(Territory, openapi.TERRITORY), **problems(404)},
)
async def get_territory(context: ContextWithLang) -> Response:
    """Return the table model of the territory, and where each site stands on it; 404 if it is not built."""
    return stored_response(context, "/v1/territory")


def _manifest(version: int) -> dict[str, str]:
    return {"@context": f"http://iiif.io/api/presentation/{version}/context.json", "type": "Manifest"}


@catalogue_router.get(
    "/iiif/{slug}/manifest.json",
    response_class=Response,
    responses={**content_response({IIIF_4: _manifest(4)}), **problems(404)},
)
async def get_iiif_manifest(slug: str, context: ContextWithLang) -> Response:
    """Return a site as a manifest of the IIIF Presentation API 4 (a draft), with its models."""
    get_site_id(context, slug)
    return stored_response(context, f"/iiif/{slug}/manifest.json")


@catalogue_router.get(
    "/iiif/3/{slug}/manifest.json",
    response_class=Response,
    responses={**content_response({IIIF_3: _manifest(3)}), **problems(404)},
)
async def get_iiif_3_manifest(slug: str, context: ContextWithLang) -> Response:
    """Return a site as a manifest of the IIIF Presentation API 3: its pictures, with the models as renderings."""
    get_site_id(context, slug)
    return stored_response(context, f"/iiif/3/{slug}/manifest.json")
