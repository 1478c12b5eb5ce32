"""Parse the URLs of our own pages."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from carreau_server.bundle.bundle import Bundle
from carreau_server.errors import NotFoundError
from carreau_server.http.negotiation import lookup_language

_EMBED_OPTIONS: Mapping[str, re.Pattern[str]] = {
    "chapter": re.compile("[a-z0-9]+(?:-[a-z0-9]+)*"),
    "colours": re.compile("light|dark|[0-9A-Fa-f]{6},[0-9A-Fa-f]{6}"),
    "display": re.compile("pyramid"),
}
"""What `server/viewer/src/embed/options.ts` reads besides language and state."""


@dataclass(frozen=True)
class EntryPage:
    """A page of a site, route or trail.

    state : that it shows; empty for the first one
    pictures : of its card, the smallest first
    embed_options : of `/embed/…`: chapter, colours and display
    """

    kind: str
    slug: str
    lang: str
    path: str
    state: str
    title: str
    pictures: tuple[Mapping[str, Any], ...] = ()
    embed_options: Mapping[str, str] = field(default_factory=dict)


def parse_page_url(bundle: Bundle, url: str) -> EntryPage:
    """Return the page at a URL; raises NotFoundError when it is not one of a site, state, route or trail here.

    A state is named by `?state=`, by `#state=`, or by a last segment of the path.
    """
    try:
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        query = {**_parse_query(parts.fragment), **_parse_query(parts.query)}
    except ValueError:
        raise NotFoundError("page-not-found") from None
    if url.startswith("/") and not url.startswith("//"):
        origin = bundle.base_url
    if origin.lower() != bundle.base_url.lower():
        raise NotFoundError("page-not-found")
    path, state = unquote(parts.path), query.get("state", "")
    page = _find_page(bundle, path, query.get("lang", ""))
    if page is None and not state:
        path, _, state = path.rstrip("/").rpartition("/")
        page = _find_page(bundle, path, query.get("lang", ""))
    if page is None or not _has_state(bundle, page, state):
        raise NotFoundError("page-not-found")
    options = {name: query[name] for name, pattern in _EMBED_OPTIONS.items() if pattern.fullmatch(query.get(name, ""))}
    return replace(page, state=state, embed_options=options)


def _parse_query(query: str) -> dict[str, str]:
    """Return the parameters of a query; raises ValueError when there are more than any page has."""
    return {name: values[0] for name, values in parse_qs(query, max_num_fields=20).items()} if query else {}


def _find_page(bundle: Bundle, path: str, lang: str) -> EntryPage | None:
    """Return the page at a path, or the page that an embedded one belongs to."""
    segments = path.split("/")[1:]
    if len(segments) > 1 and segments[0] == "embed":
        kind = {"routes": "route", "trails": "trail"}.get(segments[1], "") if len(segments) == 3 else "site"
        lang = (lookup_language(lang, bundle.languages) if lang else "") or bundle.languages[0]
        return _from_card(bundle, kind, segments[-1], lang) if kind else None
    if len(segments) != 3 or segments[0] not in bundle.languages:
        return None
    pages = (_from_card(bundle, kind, segments[2], segments[0]) for kind in ("site", "route", "trail"))
    return next((page for page in pages if page and page.path == path), None)


def _from_card(bundle: Bundle, kind: str, slug: str, lang: str) -> EntryPage | None:
    """Return the page of a site, route or trail as its card describes it."""
    if kind == "site":
        query = "SELECT json FROM card JOIN site ON site.id = card.site WHERE slug = ? AND lang = ?"
        row = bundle.one(query, slug, lang)
        cards = [json.loads(row[0])] if row else []
    else:
        file = bundle.responses(f"/v1/{kind}s").get(lang)
        cards = bundle.document(file)[f"{kind}s"] if file else []
    card = next((each for each in cards if each["slug"] == slug), None)
    if card is None:
        return None
    pictures = tuple(card.get("pictures") or ([card["picture"]] if card.get("picture") else ()))
    return EntryPage(kind, slug, lang, card["page"], "", card["name"]["text"], pictures)


def _has_state(bundle: Bundle, page: EntryPage, state: str) -> bool:
    query = "SELECT 1 FROM state JOIN site ON site.id = state.site WHERE slug = ? AND state = ?"
    return not state or (page.kind == "site" and bundle.one(query, page.slug, state) is not None)
