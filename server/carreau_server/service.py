"""What the service tells of itself: health and metrics, its problem types, and where its identifiers lead."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Response

from carreau.base.languages import path_words
from carreau.base.schema.bundle import CONTACT
from carreau.base.schema.parts import ANNOTATIONS, NAMELESS, PUBLISHER, STATES, TOURS, fragment
from carreau.base.schema.requests import PROBLEMS, TYPE_PREFIX
from carreau_server import openapi
from carreau_server.context import JSON, ROUTE, SITE, TRAIL, RequestContext, lookup_language, select_media_type
from carreau_server.errors import Messages, NotFoundError, ServerError
from carreau_server.openapi import Context, ContextWithLang, State, content_response, problems, volatile_response
from carreau_server.responses import FRESH, generated_response, to_json

health_router = APIRouter(tags=["health"])

SECURITY = "/.well-known/security.txt"
_CONTACT = re.compile(r"(?:mailto:|https://)[!-~]+")
_METRICS = "text/plain; version=0.0.4; charset=utf-8"


def _response(content: bytes, media_type: str) -> Response:
    return Response(content, headers={"Cache-Control": "no-store", "Content-Type": media_type})


@health_router.get(
    "/healthz", response_class=Response, responses={**volatile_response({JSON: {"status": "alive"}}), **problems()}
)
async def get_health() -> Response:
    """Return that the process is alive."""
    return _response(to_json({"status": "alive"}), JSON)


@health_router.get(
    "/readyz", response_class=Response, responses={**volatile_response({JSON: openapi.READY}), **problems()}
)
async def get_readiness(state: State) -> Response:
    """Return the release in use, and why a newer one was refused, if one was; 503 when requests should go elsewhere."""
    if state.is_draining:
        raise ServerError("shutting-down")
    await state.releases.check_health()
    fields = {
        "status": "ready",
        "release": state.releases.bundle.head.release,
        "refused": state.releases.refused or None,
    }
    return _response(to_json(fields), JSON)


@health_router.get(
    "/metrics",
    response_class=Response,
    responses={**volatile_response({"text/plain": "carreau_sites 53\n"}), **problems()},
)
async def get_metrics(state: State) -> Response:
    """Return the metrics, in the text format of Prometheus."""
    return _response(state.metrics.text(state.releases).encode(), _METRICS)


@health_router.get(SECURITY, include_in_schema=False)
async def get_security_contact(context: Context) -> Response:
    """Return whom to tell of a vulnerability (RFC 9116): the contact that the publisher gave, if one was given."""
    row = context.bundle.one("SELECT value FROM about WHERE key = ?", CONTACT)
    if row is None or not _CONTACT.fullmatch(row[0]):
        raise NotFoundError
    lines = {
        "Contact": row[0],
        "Expires": _expiry(datetime.now(UTC)),
        "Preferred-Languages": ", ".join(context.bundle.languages),
        "Canonical": f"{context.bundle.base_url}{SECURITY}",
    }
    text = "".join(f"{name}: {value}\n" for name, value in lines.items())
    # It depends on the day, which no key of a cache names.
    return _response(text.encode(), "text/plain; charset=utf-8")


def _expiry(now: datetime) -> str:
    """Return the first day of a month, half a year from now or a little more: RFC 9116 asks for less than a year.

    >>> _expiry(datetime(2026, 7, 31, tzinfo=UTC))
    '2027-02-01T00:00:00Z'
    """
    year, month = divmod(now.year * 12 + now.month - 1 + 7, 12)
    return f"{year}-{month + 1:02d}-01T00:00:00Z"


problems_router = APIRouter(tags=["problems"])

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


@problems_router.get(_INDEX, response_class=Response, include_in_schema=False)
@problems_router.get(
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


@problems_router.get(
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


identifiers_router = APIRouter(include_in_schema=False)

_HTML = "text/html"
_DATA = {"sites": (JSON, *SITE.values()), "routes": (JSON, *ROUTE.values()), "trails": (JSON, *TRAIL.values())}
_MISSING = {"sites": "site-not-found", "routes": "route-not-found", "trails": "trail-not-found"}


@identifiers_router.get(PUBLISHER)
async def publisher(context: Context) -> Response:
    """Redirect to the page that names who publishes."""
    languages = context.bundle.languages
    lang = context.language(languages)
    page = f"/{lang}/{path_words('legal')[lang]}"
    if not context.bundle.responses(page):
        raise NotFoundError
    return _see(page, context.language_vary(languages))


@identifiers_router.get("/id/{kind}/{slug}")
async def entry(kind: str, slug: str, context: Context) -> Response:
    """Redirect from the identifier of a site, route or trail."""
    return _see_entry(context, kind, slug)


@identifiers_router.get("/id/{kind}/{slug}/{part:path}")
async def part(kind: str, slug: str, part: str, context: Context) -> Response:
    """Redirect from the identifier of a part: to it on the page of its site, or to the site's document."""
    return _see_entry(context, kind, slug, part)


def _see_entry(context: RequestContext, kind: str, slug: str, part: str = "") -> Response:
    files = context.bundle.responses(f"/v1/{kind}/{slug}") if kind in _DATA else {}
    if not files:
        raise NotFoundError(_MISSING[kind], {"slug": slug[:100]}) if kind in _MISSING else NotFoundError
    languages = tuple(files)
    lang = context.language(languages)
    document = context.bundle.document(files[lang])
    shown = _find_fragment(document, part) if part else ""
    vary = ("Accept", *context.language_vary(languages))
    page = document.get("pages", {}).get(lang)
    if page and select_media_type(context.header(b"accept"), (_HTML, *_DATA[kind])) == _HTML:
        return _see(f"{quote(page)}{shown}", vary)
    chosen = lookup_language(context.lang, languages) if context.lang else ""
    return _see(f"/v1/{kind}/{quote(slug)}" + (f"?lang={chosen}" if chosen else ""), vary)


def _find_fragment(document: Any, part: str) -> str:
    """Return the fragment that shows a part of a site, empty for one without a name; raises NotFoundError."""
    kind, _, name = part.partition("/")
    if kind in NAMELESS:
        return ""
    named = document.get(kind, ()) if kind in (STATES, ANNOTATIONS, TOURS) else ()
    match = next((each for each in named if each["id"] == name), None)
    if match is None:
        raise NotFoundError
    return fragment(kind, name, match["id"] if kind == STATES else match["state"])


def _see(location: str, vary: tuple[str, ...]) -> Response:
    headers = {"Location": location, "Cache-Control": FRESH}
    return Response(status_code=303, headers=headers | ({"Vary": ", ".join(vary)} if vary else {}))
