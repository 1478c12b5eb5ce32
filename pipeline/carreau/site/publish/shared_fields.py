"""Fields that documents of sites, routes, trails and shows share, and their words and numbers in a language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from carreau.base.languages import CHAINS, SOURCE
from carreau.base.licences import licence_url
from carreau.base.schema.parts import Day, Medium, Place, Term, Text, Track
from carreau.base.schema.site import Rights, Source
from carreau.base.terms import TERMS, translate_term
from carreau.base.translator import Translator
from carreau.catalogue.dates import When
from carreau.catalogue.i18n.quantities import format_when
from carreau.catalogue.i18n.typography import typeset
from carreau.catalogue.media import TEXTS
from carreau.catalogue.media import Medium as WrittenMedium
from carreau.catalogue.site import Position
from carreau.exports.records.record import RouteRecord, ShowRecord, SiteRecord, Texts, TrailRecord
from carreau.site.publish.artifacts import EntryArtifacts


def rights(record: SiteRecord | RouteRecord | TrailRecord | ShowRecord, localizer: Localizer) -> tuple[Rights, ...]:
    """Return rights holders and licences, without those that are undecided."""
    return tuple(
        Rights(
            of=localizer.required_text(record.text("rights", at, "of"), each.of),
            credit=each.credit,
            licence=each.licence,
            licence_url=licence_url(each.licence),
            url=each.url,
        )
        for at, each in enumerate(record.entry.of.rights)
        if each.credit or each.licence
    )


def sources(record: SiteRecord | RouteRecord, localizer: Localizer) -> tuple[Source, ...]:
    """Return the sources."""
    return tuple(
        Source(title=localizer.required_text(record.text("source", at, "title"), each.title), url=each.url)
        for at, each in enumerate(record.entry.of.source)
    )


def place(position: Position | None, basis: Texts, localizer: Localizer, is_simulated: bool = False) -> Place | None:
    """Return a point, or None where it is unknown."""
    if position is None or position.lon is None or position.lat is None:
        return None
    return Place(lon=position.lon, lat=position.lat, basis=localizer.text(basis), is_simulated=is_simulated)


def media(
    record: SiteRecord | RouteRecord | TrailRecord | ShowRecord, built: EntryArtifacts, localizer: Localizer
) -> tuple[Medium, ...]:
    """Return the media that have renditions, with their texts in one language."""
    return tuple(
        built.media[each.id].model_copy(
            update={
                "title": localizer.text(record.text("media", at, "title")),
                "alt": localizer.text(record.text("media", at, "alt")),
                **_transcript(record, at, each, localizer),
                "tracks": _tracks(built.media[each.id], localizer.language),
                "credit": each.credit,
                "licence": each.licence,
                "licence_url": licence_url(each.licence),
                "date": localizer.date(each.date),
                "sources": each.sources,
            }
        )
        for at, each in enumerate(record.entry.of.media)
        if each.id in built.media
    )


def _tracks(medium: Medium, language: str) -> tuple[Track, ...]:
    """Return captions in the order in which readers of a language want them, as their texts have it."""
    chain = CHAINS.get(language, (language, SOURCE))
    return tuple(
        sorted(
            medium.tracks, key=lambda each: (chain.index(each.lang) if each.lang in chain else len(chain), each.lang)
        )
    )


def _transcript(
    record: SiteRecord | RouteRecord | TrailRecord | ShowRecord, at: int, medium: WrittenMedium, localizer: Localizer
) -> dict[str, Text | None]:
    """Return the transcript of the catalogue; transcripts in files have one language only, and are in the rendition."""
    if not medium.transcript or medium.transcript.endswith(TEXTS):
        return {}
    return {"transcript": localizer.text(record.text("media", at, "transcript"))}


class Localizer:
    """Texts of documents in one language.

    language : its code
    """

    def __init__(self, language: str) -> None:
        """Load the translations."""
        self.language, self.translator = language, Translator(language)

    def text(self, texts: Texts) -> Text | None:
        """Return a text, typeset, in the first language of the chain that has it, or None."""
        for language in (*CHAINS[self.language], SOURCE):
            if language in texts:
                found_text = texts[language]
                shown = typeset(found_text.text, found_text.language)
                return Text.model_validate(
                    {"text": shown, "lang": found_text.language, "standing": found_text.standing}
                )
        return None

    def required_text(self, texts: Texts, instead: str) -> Text:
        """Return a text, or `instead` in the source language where it is missing."""
        return self.text(texts) or Text(text=typeset(instead, SOURCE), lang=SOURCE, standing="source")

    def texts(self, texts: tuple[Texts, ...]) -> tuple[Text, ...]:
        """Return the texts that exist."""
        return tuple(text for each in texts if (text := self.text(each)))

    def term(self, of: str, code: str) -> Term:
        """Return a term of a closed list; the text of an unknown code is the code."""
        return Term(code=code, text=translate_term(of, code, self.translator) if code in TERMS[of] else code)

    def date(self, when: When | None) -> Day | None:
        """Return a date or a period."""
        return Day(edtf=when.text, text=format_when(when, self.translator)) if when else None

    def own_text(self, text: str) -> Text | None:
        """Return a text of our own in this language."""
        return Text(text=text, lang=self.language, standing="source") if text else None


def filled(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that are not None, for classes whose fields have defaults."""
    return {key: value for key, value in values.items() if value is not None}
