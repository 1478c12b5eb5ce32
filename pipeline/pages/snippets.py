"""Write the page that writes what others put into theirs, to show a place or route of ours."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from pipeline.exports.records.urls import ROUTE_WORDS, SITE_WORDS
from pipeline.i18n.languages import OWN_NAMES
from pipeline.pages.addresses import embed, own_page, own_pages
from pipeline.pages.head import Head
from pipeline.pages.rendering import Voice
from pipeline.pages.speech import Speech, plain, shortened
from pipeline.schema.folding import plain as folded
from pipeline.schema.words import Text

ALLOWED = "fullscreen; autoplay; xr-spatial-tracking; accelerometer; gyroscope; magnetometer"
"""What a frame of ours may do; `server/routes/oembed.py` says the same."""


class Choice(NamedTuple):
    """A place or route that can be shown.

    names : in other languages, where they are others, as JSON
    states : ids and titles of its states, as JSON
    """

    slug: str
    name: str
    names: str
    states: str = "[]"


class Group(NamedTuple):
    """Choices of one kind.

    kind : "site" or "route"
    pages : addresses of their pages by language, with `{slug}` in them, as JSON
    """

    kind: str
    label: str
    pages: str
    choices: tuple[Choice, ...]


def snippet_page(voice: Voice) -> bytes:
    """Return the page; without its script it shows a snippet to change by hand."""
    speech, edition = voice.speech(), voice.edition
    groups = [group for group in _groups(voice, speech) if group.choices]
    example = groups[0].choices[0] if groups and groups[0].kind == "site" else None
    content = voice.content(
        "snippets.html",
        speech,
        groups=groups,
        example=example,
        frame=embed(example.slug if example else "…"),
        page=f"/{voice.language}/{SITE_WORDS[voice.language]}/{example.slug if example else '…'}",
        allowed=ALLOWED,
        names=[(code, OWN_NAMES.get(code, code)) for code in edition.languages],
    )
    title = speech.words("Embed a place or a route")
    head = Head(
        title=f"{title} – Carreau",
        description=shortened(speech.words("Show one of our models or routes on your own page.")),
        language=voice.language,
        base_url=edition.base_url,
        address=own_page("embed", voice.language),
        versions=own_pages("embed", edition.languages),
        script=edition.assets.snippet_script,
    )
    return voice.page(content, head, speech)


def _groups(voice: Voice, speech: Speech) -> Iterator[Group]:
    edition, language = voice.edition, voice.language
    sites, routes = _pages(SITE_WORDS, edition.languages), _pages(ROUTE_WORDS, edition.languages)
    shown, others = list[Choice](), list[Choice]()
    for slug, documents in edition.sites.items():
        site = documents[language]
        # As `embed_page` has it: the first one that there is something of comes first.
        there = [state for state in site.states if state.levels or state.poster]
        states = [(state.id, plain(state.title)) for state in there]
        choice = Choice(slug, *_names({code: told.name for code, told in documents.items()}, language), _json(states))
        (shown if there else others).append(choice)
    yield Group("site", speech.words("Places with a model"), sites, _sorted(shown))
    yield Group("site", speech.words("Other places"), sites, _sorted(others))
    found = [
        Choice(slug, *_names({code: told.name for code, told in documents.items()}, language))
        for slug, documents in edition.routes.items()
    ]
    yield Group("route", speech.words("Routes"), routes, _sorted(found))


def _sorted(choices: list[Choice]) -> tuple[Choice, ...]:
    return tuple(sorted(choices, key=lambda choice: (folded(choice.name), choice.slug)))


def _names(names: Mapping[str, Text], language: str) -> tuple[str, str]:
    """Return the name in a language, and those in others that are others."""
    own = plain(names[language])
    return own, _json({code: name for code, text in names.items() if (name := plain(text)) != own})


def _pages(words: Mapping[str, str], languages: tuple[str, ...]) -> str:
    return _json({code: f"/{code}/{words[code]}/{{slug}}" for code in languages})


def _json(told: object) -> str:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))
