"""The page that generates embed code for a place, route or trail."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from carreau.base.i18n.languages import OWN_NAMES
from carreau.base.schema.folding import plain as folded
from carreau.base.schema.route import Route
from carreau.base.schema.trail import Trail
from carreau.base.schema.words import Text
from carreau.exports.records.public_address import is_public
from carreau.exports.records.urls import ROUTE_WORDS, SITE_WORDS, TRAIL_WORDS
from carreau.site.pages.addresses import embed, page_path, page_paths
from carreau.site.pages.head import Head
from carreau.site.pages.page_texts import PageTexts, plain, shortened
from carreau.site.pages.rendering import Renderer

ALLOWED = "fullscreen; autoplay; xr-spatial-tracking; accelerometer; gyroscope; magnetometer"
"""Permissions policy of an embedded frame, the same as in `server/carreau_server/routes/oembed.py`."""
ALLOWED_SITE = f"{ALLOWED}; geolocation"
"""Of the frame of a place: its viewer tells visitors how far they are from where its model stood."""


class Choice(NamedTuple):
    """A place, route or trail to embed.

    names : in other languages, where they differ, as JSON
    states : ids and titles of its states, as JSON
    """

    slug: str
    name: str
    names: str
    states: str = "[]"


class SnippetGroup(NamedTuple):
    """Choices of one kind.

    kind : "site", "route" or "trail"
    pages : addresses of their pages by language, with `{slug}` in them, as JSON
    """

    kind: str
    label: str
    pages: str
    choices: tuple[Choice, ...]


def snippet_page(renderer: Renderer) -> bytes:
    """Return the page; without its script it shows an example to edit by hand."""
    texts, edition = renderer.texts(), renderer.edition
    groups = [group for group in _groups(renderer, texts) if group.choices]
    example = groups[0].choices[0] if groups and groups[0].kind == "site" else None
    content = renderer.render(
        "snippets.html",
        texts,
        groups=groups,
        example=example,
        frame=embed(example.slug if example else "…"),
        page=f"/{renderer.language}/{SITE_WORDS[renderer.language]}/{example.slug if example else '…'}",
        allowed=ALLOWED,
        allowed_site=ALLOWED_SITE,
        is_local=not is_public(edition.base_url),
        names=[(code, OWN_NAMES.get(code, code)) for code in edition.languages],
    )
    title = texts.gettext("Embed a place, route or trail")
    head = Head(
        title=f"{title} – Carreau",
        description=shortened(texts.gettext("Show one of our models, routes or trails on your own page.")),
        language=renderer.language,
        base_url=edition.base_url,
        address=page_path("embed", renderer.language),
        versions=page_paths("embed", edition.languages),
        script=edition.assets.snippet_script,
    )
    return renderer.page(content, head, texts)


def _groups(renderer: Renderer, texts: PageTexts) -> Iterator[SnippetGroup]:
    edition, language = renderer.edition, renderer.language
    sites, routes, trails = (_pages(each, edition.languages) for each in (SITE_WORDS, ROUTE_WORDS, TRAIL_WORDS))
    with_models, others = list[Choice](), list[Choice]()
    for slug, documents in edition.sites.items():
        site = documents[language]
        # In the order of `embed_page`: the first state with content comes first.
        available = [state for state in site.states if state.levels or state.poster]
        states = [(state.id, plain(state.title)) for state in available]
        choice = Choice(
            slug, *_names({code: document.name for code, document in documents.items()}, language), _json(states)
        )
        (with_models if available else others).append(choice)
    yield SnippetGroup("site", texts.gettext("Places with models"), sites, _sorted(with_models))
    yield SnippetGroup("site", texts.gettext("Other places"), sites, _sorted(others))
    yield SnippetGroup("route", texts.gettext("Routes"), routes, _choices(edition.routes, language))
    yield SnippetGroup("trail", texts.gettext("Trails"), trails, _choices(edition.trails, language))


def _choices(
    entries: Mapping[str, Mapping[str, Route]] | Mapping[str, Mapping[str, Trail]], language: str
) -> tuple[Choice, ...]:
    """Return the choices of routes or trails, which have no states."""
    return _sorted(
        [
            Choice(slug, *_names({code: document.name for code, document in documents.items()}, language))
            for slug, documents in entries.items()
        ]
    )


def _sorted(choices: list[Choice]) -> tuple[Choice, ...]:
    return tuple(sorted(choices, key=lambda choice: (folded(choice.name), choice.slug)))


def _names(names: Mapping[str, Text], language: str) -> tuple[str, str]:
    """Return the name in a language, and as JSON the names in other languages that differ."""
    own = plain(names[language])
    return own, _json({code: name for code, text in names.items() if (name := plain(text)) != own})


def _pages(words: Mapping[str, str], languages: tuple[str, ...]) -> str:
    return _json({code: f"/{code}/{words[code]}/{{slug}}" for code in languages})


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
