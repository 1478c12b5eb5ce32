"""What routes declare: parameters, dependencies, responses with examples; and the OpenAPI document of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal, TypeVar

from anyio import CapacityLimiter, to_thread
from fastapi import Depends, FastAPI, Query, Request
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter
from pydantic.alias_generators import to_camel

from carreau.base.levels import PHONE
from carreau.base.schema.lists import PAGE_SIZE, Problem
from carreau.base.schema.requests import PROBLEMS, TYPE_PREFIX
from carreau_server.app_state import AppState
from carreau_server.context import RequestContext, get_context
from carreau_server.errors import PARAMETER_ERRORS
from carreau_server.responses import PROBLEM_TYPE

Responses = dict[int | str, dict[str, Any]]

_MEANING = {
    200: "Success.",
    206: "The requested range.",
    303: "Address of the page.",
    307: "Address of the best file.",
    308: "New address.",
}
_NOT_MODIFIED = {"description": "The version that `If-None-Match` names is current."}
_CODES = {
    400: "invalid-parameter", 404: "not-found", 406: "not-acceptable", 413: "content-too-large", 414: "uri-too-long",
    416: "range-not-satisfiable", 429: "too-many-requests", 501: "format-not-supported", 503: "bundle-corrupt",
}  # fmt: skip
"""The problem that stands as an example, by status."""
_NEGOTIATED = {
    "ETag": {"schema": {"type": "string"}, "description": "Strong, of this content coding."},
    "Content-Language": {"schema": {"type": "string"}, "description": "The language that is served."},
}
_LINK = {"Link": {"schema": {"type": "string"}, "description": "`rel=next`: the next page (RFC 8288)."}}
_LICENSE = {
    "name": "Licence Ouverte 2.0 for the data of the catalogue; every text, model and picture names its own",
    "url": "https://www.etalab.gouv.fr/licence-ouverte-open-licence/",
}


def json_response(
    model: Any, example: object, more: Mapping[str, object] | None = None, *, is_paged: bool = False
) -> Responses:
    """Describe a JSON response, which may be 304.

    example : a document of the model; what has a default may be left out
    more : examples in other media types, by type
    is_paged : whether a Link header leads to the next page
    """
    content: dict[str, Any] = {"application/json": {"example": _as_published(model, example)}}
    content |= {name: _example_content(name, value) for name, value in (more or {}).items()}
    headers = {**_NEGOTIATED, **(_LINK if is_paged else {})}
    return {
        200: {"model": model, "description": _MEANING[200], "content": content, "headers": headers},
        304: _NOT_MODIFIED,
    }


def content_response(examples: Mapping[str, object]) -> Responses:
    """Describe a response in other media types, by an example of each, which may be 304."""
    return {**volatile_response(examples), 304: _NOT_MODIFIED}


def volatile_response(examples: Mapping[str, object]) -> Responses:
    """Describe a response that has no entity tag."""
    content = {name: _example_content(name, value) for name, value in examples.items()}
    return {200: {"description": _MEANING[200], "content": content}}


def redirect(status: int, example: str) -> Responses:
    """Describe a redirection."""
    header = {"schema": {"type": "string"}, "example": example, "description": "Address to go to."}
    return {status: {"description": _MEANING[status], "headers": {"Location": header}}}


def problems(*statuses: int) -> Responses:
    """Describe problems; every request can also be too long, too frequent, or of a damaged file."""
    return {status: _problem(status) for status in sorted({*statuses, 400, 413, 414, 429, 503})}


def _problem(status: int) -> dict[str, Any]:
    code = _CODES[status]
    problem = PROBLEMS[code]
    example = {
        "type": TYPE_PREFIX + code,
        "title": problem.title,
        "status": status,
        "code": code,
        "detail": problem.detail,
        "instance": "/v1/sites",
    }
    if status == 400:
        message = str(PARAMETER_ERRORS["maximum"]) % {"maximum": 100}
        example["errors"] = [{"parameter": "limit", "message": message}]
    # Not as a model: FastAPI would say that it comes as application/json too.
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": problem.title, "content": {PROBLEM_TYPE: {"schema": schema, "example": example}}}


def _as_published(model: Any, example: object) -> object:
    """Return an example as documents are published: with defaults, and without null."""
    adapter = TypeAdapter[Any](model)
    return adapter.dump_python(adapter.validate_python(example), mode="json", exclude_none=True)


def _example_content(name: str, value: object) -> dict[str, Any]:
    is_text = isinstance(value, str)
    schema = {"type": "string"} if is_text else {"type": "object"}
    if is_text and not name.startswith("text/") and "xml" not in name:
        schema["format"] = "binary"
    return {"schema": schema, "example": value}


def operation_id(route: APIRoute) -> str:
    """Return the name of an operation in generated clients: renaming the function of a route breaks them.

    >>> operation_id(APIRoute("/v1/sites", lambda: None, name="list_sites"))
    'listSites'
    """
    return to_camel(route.name)


def describe(app: FastAPI, base_url: str) -> dict[str, Any]:
    """Return the OpenAPI document, generated once; wrong parameters are problems of status 400 here, never 422."""
    if app.openapi_schema:
        return app.openapi_schema
    document = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        routes=app.routes,
        servers=[{"url": base_url}],
        contact={"name": "Publisher of this catalogue", "url": f"{base_url}/"},
        license_info=_LICENSE,
    )
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for path in document["paths"].values():
        for operation in path.values():
            operation["responses"].pop("422", None)
            for parameter in operation.get("parameters", ()):
                parameter["schema"] = _without_null(parameter["schema"])
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
    faults = problem.pop("$defs", {})
    described = {name: _as_sent(schema) for name, schema in (schemas | faults).items()}
    # Problems leave out every default.
    described["Problem"] = _as_sent(problem, problem["required"])
    document["components"]["schemas"] = dict(sorted(described.items()))
    app.openapi_schema = json.loads(json.dumps(document))
    return app.openapi_schema or {}


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a parameter without null, which is how pydantic names one that is left out."""
    choices = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    if len(choices) != 1:
        return schema
    return {**choices[0], **{name: value for name, value in schema.items() if name != "anyOf"}}


def _as_sent(schema: dict[str, Any], required: Sequence[str] | None = None) -> dict[str, Any]:
    """Return the schema of a document with the properties that it always has: by default, those that are never null.

    Defaults are left out: openapi-typescript takes a property with one for a property that is always there.
    """
    properties = {
        name: {key: each for key, each in value.items() if key != "default"}
        for name, value in schema.get("properties", {}).items()
    }
    if required is None:
        required = [name for name, value in properties.items() if {"type": "null"} not in value.get("anyOf", ())]
    return {**schema, "properties": properties, "required": list(required)}


SHA256 = "0f" * 32
_NAME = {"text": "Mathilde pit (example)", "lang": "en", "standing": "reviewed"}
_SUMMARY = {"text": "Ein erfundenes Beispiel.", "lang": "de", "standing": "source"}
_PLACE = {"lon": 3.395, "lat": 50.329, "is_simulated": True}
_KIND = {"code": "fosse", "text": "Pit"}
_THEME = {"code": "extraction", "text": "Coal mining"}

CARD: dict[str, Any] = {
    **{"slug": "fosse-mathilde", "lang": "en", "name": _NAME, "summary": _SUMMARY, "kind": _KIND, "theme": _THEME},
    **{"commune": "Denain", "insee": "59172", "position": _PLACE, "is_demonstration": True, "has": ["model", "ar"]},
    **{"modified": "2026-11-26T08:00:00Z", "url": "/v1/sites/fosse-mathilde", "page": "/en/sites/fosse-mathilde"},
}
SITES: dict[str, Any] = {"lang": "en", "matched": 1, "next": None, "sites": [CARD]}

_LEVEL = {
    **{"sha256": SHA256, "ext": "glb", "media_type": "model/gltf-binary", "bytes": 1_300_000, "brotli_bytes": 900_000},
    **{
        "url": f"/a/{SHA256}.glb",
        "level": PHONE.name,
        "triangles": 80_000,
        "texture_px": 2048,
        "texture_format": "webp",
    },
    **{"gpu_bytes": 22_369_621, "extensions": ["EXT_meshopt_compression", "EXT_texture_webp"]},
    "error": {"psnr_db": 35.0, "ssim": 0.97, "rms_m": 0.0034},
}
_STATE = {
    **{"id": "1930", "title": {"text": "In 1930", "lang": "en", "standing": "reviewed"}, "is_simulated": True},
    **{"date": {"edtf": "1930~", "text": "about 1930"}, "kind": {"code": "reconstruction", "text": "Reconstruction"}},
    **{"evidence": {"code": "hypothetical", "text": "Hypothetical"}, "levels": [_LEVEL]},
}
SITE: dict[str, Any] = {
    **{name: CARD[name] for name in ("slug", "lang", "modified", "name", "summary", "kind", "theme")},
    **{name: CARD[name] for name in ("commune", "insee")},
    **{"position": _PLACE, "is_demonstration": True, "period": {"edtf": "1831/1862", "text": "1831 to 1862"}},
    **{"states": [_STATE], "links": {"jsonld": "/v1/sites/fosse-mathilde.jsonld"}},
    "pages": {"en": "/en/sites/fosse-mathilde", "fr": "/fr/sites/fosse-mathilde"},
}
FEATURE: dict[str, Any] = {
    **{"type": "Feature", "id": "fosse-mathilde", "geometry": {"type": "Point", "coordinates": [3.395, 50.329]}},
    "properties": {"name": "Mathilde pit (example)", "kind": "fosse", "commune": "Denain", "insee": "59172"},
}
FEATURES: dict[str, Any] = {
    **{"type": "FeatureCollection", "numberMatched": 1, "numberReturned": 1, "features": [FEATURE]},
    "links": [{"href": "https://carreau.example/v1/sites?f=geojson", "rel": "self", "type": "application/geo+json"}],
}

ROUTE_CARD: dict[str, Any] = {
    **{"slug": "autour-de-mathilde", "lang": "en", "name": {**_NAME, "text": "Around Mathilde (example)"}},
    **{"summary": _SUMMARY, "standing": {"code": "proposed", "text": "Proposed"}, "is_loop": True},
    **{"length_km": 4.2, "straight_km": 3.1, "climb_m": 38, "duration_min": 66},
    **{"mode": {"code": "walk", "text": "On foot"}, "length_text": "4.2 km", "stops": 3},
    **{"modified": CARD["modified"], "url": "/v1/routes/autour-de-mathilde"},
    **{"page": "/en/routes/autour-de-mathilde"},
}
ROUTES: dict[str, Any] = {"lang": "en", "routes": [ROUTE_CARD]}
ROUTE: dict[str, Any] = {
    **{name: ROUTE_CARD[name] for name in ("slug", "lang", "modified", "name", "summary", "standing", "mode")},
    "is_loop": ROUTE_CARD["is_loop"],
    **{"length_km": 4.2, "length_text": "4.2 km", "path": [[3.39, 50.32], [3.4, 50.33]]},
    **{name: ROUTE_CARD[name] for name in ("straight_km", "climb_m", "duration_min")},
    **{"duration_formula": "DIN 33466", "path_measure": {"code": "computed", "text": "computed, not walked"}},
    "length_measure": {"code": "computed", "text": "computed, not walked"},
    "stops": [{"number": 1, "site": "fosse-mathilde", "name": _NAME, "commune": "Denain", "position": _PLACE}],
    "packs": {PHONE.name: f"/v1/routes/autour-de-mathilde/pack?level={PHONE.name}"},
}
_SOURCES = {"sources": ["b1"]}
TRAIL_CARD: dict[str, Any] = {
    **{"slug": "la-greve-de-mathilde", "lang": "en", "name": {**_NAME, "text": "The strike (example)"}},
    **{"summary": _SUMMARY, "standing": {"code": "proposal", "text": "Proposal"}},
    **{"means": [{"code": "walk", "text": "on foot"}], "period": {"edtf": "1884~", "text": "about 1884"}},
    **{"chapters": 1, "modified": CARD["modified"], "url": "/v1/trails/la-greve-de-mathilde"},
    "page": "/en/trails/la-greve-de-mathilde",
}
TRAILS: dict[str, Any] = {"lang": "en", "trails": [TRAIL_CARD]}
TRAIL: dict[str, Any] = {
    **{name: TRAIL_CARD[name] for name in ("slug", "lang", "modified", "name", "summary", "standing", "means")},
    "chapters": [
        {
            **{"id": "start", "number": 1, "title": _NAME, "text": _SUMMARY, **_SOURCES},
            **{"where": {"site": "fosse-mathilde", "name": _NAME, "position": _PLACE, "is_exact": True}},
            "evidence": {"code": "hypothetical", "text": "Hypothetical"},
            "doubts": [{"about": _NAME, "versions": [{"text": _SUMMARY, **_SOURCES}]}],
        }
    ],
    "sources": [{"id": "b1", "title": _NAME, "reliability": {"code": "B", "text": "a museum"}}],
    "pages": {"en": "/en/trails/la-greve-de-mathilde"},
}
_PACK_FILE = {
    **{"sha256": SHA256, "ext": "glb", "media_type": "model/gltf-binary", "bytes": 1_300_000, "brotli_bytes": 900_000},
    **{"url": f"/a/{SHA256}.glb", "role": "model"},
}
PACK: dict[str, Any] = {
    **{"route": "autour-de-mathilde", "lang": "en", "level": PHONE.name, "id": "5d41402abc4b2a76"},
    **{"bytes": 900_000, "files": [_PACK_FILE]},
}
TERMS: dict[str, Any] = {"lang": "en", "lists": {"kind": [_KIND], "theme": [_THEME]}}

_CAMERA = {"position": [0.1, 0.4, 0.6], "target": [0.0, 0.0, 0.0], "field_deg": 26.0}
_TABLE_VIEW = {"camera": _CAMERA, "width": 1800, "height": 1000}
TERRITORY: dict[str, Any] = {
    **{"lang": "en", "title": {"text": "La Porte du Hainaut as a table model", "lang": "en", "standing": "source"}},
    **{"state": {**_STATE, "id": "table"}, "reduction": 50_000, "exaggeration": 3, "wide": _TABLE_VIEW},
    **{"tall": {**_TABLE_VIEW, "width": 860, "height": 1060}, "pages": {"en": "/en/", "fr": "/fr/"}},
    "places": [
        {
            **{name: CARD[name] for name in ("slug", "name", "kind", "theme", "commune", "page")},
            **{"point": [-0.03, 0.002, 0.1], "camera": _CAMERA, "height_m": 30.0},
            "height": {"code": "hypothetical", "text": "Hypothetical"},
        }
    ],
    "communes": [{"insee": "59172", "name": "Denain", "point": [-0.03, 0.0, 0.1], "places": 1}],
}

_TITLE = {"text": "Mathilde pit (example)", "marks": [[0, 8]], "html": "<mark>Mathilde</mark> pit (example)"}
HITS: dict[str, Any] = {
    **{"lang": "en", "q": "matilde", "read_as": "mathilde", "is_partial": False, "matched": 1, "next": None},
    "hits": [
        {
            **{"kind": "site", "slug": "fosse-mathilde", "lang": "en", "title": _TITLE, "score": 7.5},
            "excerpt": {"text": "An invented pit.", "marks": [], "html": "An invented pit."},
            **{"url": "/v1/sites/fosse-mathilde", "page": "/en/sites/fosse-mathilde"},
        }
    ],
}

OEMBED: dict[str, Any] = {
    **{"version": "1.0", "type": "rich", "title": "Mathilde pit (example)", "provider_name": "Carreau"},
    **{"provider_url": "https://carreau.example/", "width": 800, "height": 600, "cache_age": 86400},
    "html": '<iframe src="https://carreau.example/embed/fosse-mathilde?lang=en" width="800" height="600"></iframe>',
}
OEMBED_XML = (
    '<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n<oembed><version>1.0</version><type>rich</type></oembed>'
)

GPX = '<?xml version="1.0" encoding="UTF-8"?>\n<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"></gpx>'
XML = '<?xml version="1.0" encoding="UTF-8"?>\n<record/>'
JSONLD: dict[str, Any] = {"@context": "https://schema.org", "@type": "LandmarksOrHistoricalBuildings"}
CSV = "slug,name\nfosse-mathilde,Fosse Mathilde\n"
HTML = "<!doctype html>\n<html lang=en><title>Mathilde pit (example)</title></html>"
READY: dict[str, Any] = {"status": "ready", "release": "5d41402abc4b2a76", "refused": None}


def of_exports(media_types: Iterable[str]) -> dict[str, object]:
    """Return an example of each media type."""
    examples: dict[str, object] = {
        "application/geo+json": FEATURE,
        "application/gpx+xml": GPX,
        "application/json": {"position": {"lat": 50.329, "lon": 3.395}},
        "application/ld+json": JSONLD,
        "application/zip": "the bytes of an archive",
        "text/csv": CSV,
    }
    return {each: examples.get(each, XML if each.endswith("xml") else "the bytes of a file") for each in media_types}


_THREADS = CapacityLimiter(4)
"""Queries at the same time; each has a connection of its own, and SQLite releases Python's lock while it works."""

Short = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Tag = Annotated[str, Field(min_length=2, max_length=35, examples=["en"])]
Cursor = Annotated[str, StringConstraints(max_length=400)]
CURSOR_DESCRIPTION = "Start of the page, from `next` or the `Link` header."
Result = TypeVar("Result")


class QueryParams(BaseModel):
    """The query parameters of every route; any other is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lang: Tag | None = Field(
        None,
        description="Language of the response (BCP 47); wins over Accept-Language. Without a match, the best other "
        "language is served; `Content-Language` names it.",
    )


class ListParams(QueryParams):
    """Filters of the list of sites."""

    kind: Short | None = Field(None, description="Codes of kinds, separated by commas.", examples=["fosse"])
    theme: Short | None = Field(None, description="Codes of themes, separated by commas.", examples=["extraction"])
    commune: Short | None = Field(None, description="Name or INSEE code of a commune.", examples=["59172"])
    bbox: Short | None = Field(
        None, description="west,south,east,north in degrees; west > east across 180°.", examples=["3.2,50.2,3.6,50.5"]
    )
    near: Short | None = Field(
        None, description="longitude,latitude in degrees; sorts by distance.", examples=["3.39,50.33"]
    )
    radius: float | None = Field(
        None, ge=1, le=100_000, allow_inf_nan=False, description="Metres around `near`; default 20,000."
    )
    has: Short | None = Field(
        None,
        description="Required features, separated by commas: model, ar, tour, sound, image, video, then-and-now.",
        examples=["model"],
    )
    modified_since: Short | None = Field(
        None,
        description="Only sites whose published content changed at or after this time (RFC 3339 date or date-time).",
        examples=["2026-11-01T00:00:00Z"],
    )
    q: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = Field(
        None, description="Words that its texts must contain.", examples=["arenberg"]
    )
    limit: int = Field(PAGE_SIZE, ge=1, le=PAGE_SIZE, description="Sites per page.")
    cursor: Cursor | None = Field(None, description=CURSOR_DESCRIPTION)
    f: Literal["json", "geojson"] | None = Field(None, description="Format; wins over Accept.")


async def request_context(request: Request) -> RequestContext:
    """Return the context of the request."""
    return get_context(request.scope)


async def context_with_lang(request: Request, params: Annotated[QueryParams, Query()]) -> RequestContext:  # noqa: ARG001
    """Return the context of a request that may have no parameter but `lang`; `params` only validates."""
    return get_context(request.scope)


async def app_state(request: Request) -> AppState:
    """Return the state of the app."""
    state: AppState = request.app.state.app_state
    return state


Context = Annotated[RequestContext, Depends(request_context)]
ContextWithLang = Annotated[RequestContext, Depends(context_with_lang)]
State = Annotated[AppState, Depends(app_state)]


async def run_in_thread(query: Callable[[], Result]) -> Result:
    """Return the result of a query, while other requests are answered."""
    return await to_thread.run_sync(query, limiter=_THREADS)
