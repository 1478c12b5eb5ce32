"""Fields that documents of sites, routes, trails and shows share: rights, sources, positions, media."""

from __future__ import annotations

from carreau.base.i18n.languages import CHAINS, SOURCE
from carreau.base.licences import licence_url
from carreau.base.schema.medium import Medium, Track
from carreau.base.schema.place import Place
from carreau.base.schema.site import Rights, Source
from carreau.base.schema.words import Text
from carreau.catalogue.media import TEXTS
from carreau.catalogue.media import Medium as WrittenMedium
from carreau.catalogue.site import Position
from carreau.exports.records.record import RouteRecord, ShowRecord, SiteRecord, Texts, TrailRecord
from carreau.site.publish.artifacts import EntryArtifacts
from carreau.site.publish.localizer import Localizer


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
