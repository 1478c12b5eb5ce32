"""Know our own pages by their addresses."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from server.bundle import Bundle
from server.errors import NotThereError
from server.negotiation import lookup

_LOOKS: Mapping[str, re.Pattern[str]] = {
    "colours": re.compile("light|dark|[0-9A-Fa-f]{6},[0-9A-Fa-f]{6}"),
    "display": re.compile("pyramid"),
}
"""What `server/viewer/src/embed/options.ts` reads besides language and state."""


@dataclass(frozen=True)
class Ours:
    """A page of a site or route.

    state : that it shows; empty for whichever it begins with
    look : what else of `/embed/…` the address asks for: colours and display
    picture : of its card, as the card has it
    """

    kind: str
    slug: str
    lang: str
    path: str
    state: str
    title: str
    picture: dict[str, Any] | None = None
    look: Mapping[str, str] = field(default_factory=dict)


def ours(bundle: Bundle, url: str) -> Ours:
    """Return the page at an address; raises NotThereError when it is none of a site, state or route of ours.

    A state is named by `?state=`, by `#state=`, or by one more part of the path.
    """
    try:
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        asked = {**_said(parts.fragment), **_said(parts.query)}
    except ValueError:
        raise NotThereError("foreign") from None
    if url.startswith("/") and not url.startswith("//"):
        origin = bundle.base_url
    if origin.lower() != bundle.base_url.lower():
        raise NotThereError("foreign")
    path, state = unquote(parts.path), asked.get("state", "")
    found = _page(bundle, path, asked.get("lang", ""))
    if found is None and not state:
        path, _, state = path.rstrip("/").rpartition("/")
        found = _page(bundle, path, asked.get("lang", ""))
    if found is None or not _has(bundle, found, state):
        raise NotThereError("foreign")
    return replace(found, state=state, look={name: asked[name] for name in _LOOKS if _fits(name, asked.get(name, ""))})


def _fits(name: str, value: str) -> bool:
    return _LOOKS[name].fullmatch(value) is not None


def _said(query: str) -> dict[str, str]:
    """Return what a query says; raises ValueError when it says more than any of ours."""
    return {name: values[0] for name, values in parse_qs(query, max_num_fields=20).items()} if query else {}


def _page(bundle: Bundle, path: str, lang: str) -> Ours | None:
    """Return the page at a path, or the page that a frame's is of."""
    parts = path.split("/")[1:]
    if len(parts) > 1 and parts[0] == "embed":
        kinds = ("route",) if parts[1] == "routes" and len(parts) == 3 else ("site",)
        spoken = (lookup(lang, bundle.languages) if lang else "") or bundle.languages[0]
        return next((page for kind in kinds if (page := _card(bundle, kind, parts[-1], spoken))), None)
    if len(parts) != 3 or parts[0] not in bundle.languages:
        return None
    found = (_card(bundle, kind, parts[2], parts[0]) for kind in ("site", "route"))
    return next((page for page in found if page and page.path == path), None)


def _card(bundle: Bundle, kind: str, slug: str, lang: str) -> Ours | None:
    """Return what the card of a site or route says of its page."""
    if kind == "site":
        query = "SELECT json FROM card JOIN site ON site.id = card.site WHERE slug = ? AND lang = ?"
        row = bundle.one(query, slug, lang)
        cards = [json.loads(row[0])] if row else []
    else:
        held = bundle.answers("/v1/routes").get(lang)
        cards = bundle.document(held)["routes"] if held else []
    card = next((each for each in cards if each["slug"] == slug), None)
    return Ours(kind, slug, lang, card["page"], "", card["name"]["text"], card.get("picture")) if card else None


def _has(bundle: Bundle, page: Ours, state: str) -> bool:
    query = "SELECT 1 FROM state JOIN site ON site.id = state.site WHERE slug = ? AND state = ?"
    return not state or (page.kind == "site" and bundle.one(query, page.slug, state) is not None)
