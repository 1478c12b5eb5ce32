"""Languages and articles of Voyager documents: one HTML file for each language.

Voyager has a closed list of languages, without Polish. Where a document offers a language, Voyager shows "Missing
content" for a text without it: so each text is written in every language of the document, if need be in the next
language of its chain.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from carreau.base.languages import BY_CODE, CHAINS, SOURCE, TABLE
from carreau.catalogue.i18n.check_translations import UNREVIEWED
from carreau.catalogue.media import IMAGE
from carreau.exports.record import SiteRecord, StateRecord, Texts
from carreau.exports.serializers import DEMONSTRATION, Phrase, as_html, compact, localize, plain, words
from carreau.exports.serializers import UNREVIEWED as UNREVIEWED_WORK

CODES: Mapping[str, str] = {each.code: each.voyager for each in TABLE if each.voyager}
"""Voyager's own, `ELanguageType` in its common.ts; its others are ES, JA, IT, HAW and AR."""


def spoken_languages(record: SiteRecord) -> tuple[str, ...]:
    """Return the languages of a site's scenes: French, and those that its name and summary are translated into."""
    names, summaries = record.names(), record.summaries()
    return tuple(code for code in CODES if code == SOURCE or (code in names and code in summaries))


def voyager_code(language: str) -> str:
    """Return the Voyager code of a language, or of the next in its fallback chain.

    >>> voyager_code("de"), voyager_code("pl")
    ('DE', 'EN')
    """
    return next(CODES[each] for each in CHAINS[language] if each in CODES)


def in_each(texts: Texts, languages: tuple[str, ...]) -> dict[str, str]:
    """Return a text without markup by Voyager's language codes; empty if there is none."""
    by_code = {CODES[code]: words(texts, code) for code in languages}
    return by_code if any(by_code.values()) else {}


STORY = "story"


@dataclass(frozen=True)
class Article:
    """An article in all languages of its scene.

    name : its id in the scene
    media : ids of its media
    """

    name: str
    titles: Texts
    texts: Texts
    leads: Texts | None = None
    sources: tuple[str, ...] = ()
    media: tuple[str, ...] = ()


class Articles:
    """The articles of a state's scene: the site's story, then those of annotations, then those of the tours' steps."""

    def __init__(self, record: SiteRecord, model: StateRecord) -> None:
        """Gather them; a text of a step is an article, since Voyager shows no other text in a tour."""
        self._record, self._languages = record, spoken_languages(record)
        story = record.descriptions() or record.summaries()
        sources = tuple(dict.fromkeys([*(each.title for each in record.entry.of.source), *model.state.sources]))
        self._all = [Article(STORY, record.names(), story, record.summaries(), sources)]
        self._all += [*self._annotations(model.state.id), *self._steps(model.state.id)]

    def _annotations(self, state: str) -> Iterator[Article]:
        for number, each in enumerate(self._record.entry.of.annotation):
            if each.state == state and (each.media or each.sources):
                titles, texts = self._record.text("annotation", number, "title"), self._record.annotation_text(number)
                yield Article(annotation_article(each.id), titles, texts, None, each.sources, each.media)

    def _steps(self, state: str) -> Iterator[Article]:
        for number, tour in enumerate(self._record.entry.of.tour):
            titles = self._record.text("tour", number, "title")
            for place in range(len(tour.step) if tour.state == state else 0):
                texts = self._record.text("tour", number, "step", place, "text")
                if texts:
                    yield Article(step_name(tour.id, place), titles, texts)

    def __contains__(self, name: str) -> bool:
        """Return whether there is an article with a name."""
        return any(each.name == name for each in self._all)

    def entries(self) -> list[dict[str, Any]]:
        """Return the articles of the scene; the description comes first."""
        return [
            compact(
                {
                    "id": each.name,
                    "titles": in_each(each.titles, self._languages),
                    "leads": in_each(each.leads or {}, self._languages),
                    "uris": {CODES[code]: _file(each, code) for code in self._languages},
                    "mimeType": "text/html",
                }
            )
            for each in self._all
        ]

    def files(self) -> dict[str, bytes]:
        """Return the articles by the name of their file."""
        return {_file(each, code): self._html(each, code) for each in self._all for code in self._languages}

    def _html(self, article: Article, language: str) -> bytes:
        """Return an article in one line, because Voyager removes line breaks without a space."""
        title, text = localize(article.titles, language), localize(article.texts, language)
        parts = [f"<h1>{html.escape(plain(title.text))}</h1>"] if title else []
        if self._record.entry.of.demonstration:
            parts.append(_note(DEMONSTRATION, language))
        if text is not None:
            lang = f' lang="{text.language}"' if text.language != language else ""
            if text.standing == UNREVIEWED:
                parts.append(_note(UNREVIEWED_WORK, language))
            parts.append(as_html(text.text, lambda kind, name: self._address(kind, name, language), lang))
        parts += self._figures(article, language)
        if article.sources:
            items = "".join(f"<li>{html.escape(plain(source))}</li>" for source in article.sources)
            parts.append(f'<h2>{BY_CODE[language].sources}</h2><ul lang="fr">{items}</ul>')
        return "".join(parts).encode()

    def _figures(self, article: Article, language: str) -> Iterator[str]:
        for number, medium in enumerate(self._record.entry.of.media):
            url = self._record.medium_url(medium)
            if medium.id in article.media and medium.kind == IMAGE and url:
                text = localize(self._record.text("media", number, "alt"), language)
                alt = html.escape(plain(text.text)) if text else ""
                credit = html.escape(plain(", ".join(part for part in (medium.credit, medium.licence) if part)))
                yield f'<figure><img src="{html.escape(url)}" alt="{alt}"><figcaption>{credit}</figcaption></figure>'

    def _address(self, kind: str, name: str, language: str) -> str:
        urls = self._record.urls
        if kind == "media":
            media = self._record.entry.of.media
            return next((self._record.medium_url(each) for each in media if each.id == name), "")
        if kind == "trail":
            return urls.trail_page(name, language)
        return urls.page(name, language) if kind == "site" else urls.route_page(name, language)


def _note(phrase: Phrase, language: str) -> str:
    """Return a note in a language or the next of its fallback chain."""
    code = next(each for each in CHAINS[language] if each in phrase)
    lang = f' lang="{code}"' if code != language else ""
    return f"<p{lang}><em>{html.escape(phrase[code])}</em></p>"


def annotation_article(annotation: str) -> str:
    """Return the name of the article of an annotation."""
    return f"annotation-{annotation}"


def step_name(tour: str, place: int) -> str:
    """Return the name of a step of a tour, for its snapshot and its article."""
    return f"tour-{tour}-{place + 1}"


def _file(article: Article, language: str) -> str:
    return f"articles/{article.name}-{CODES[language]}.html"
