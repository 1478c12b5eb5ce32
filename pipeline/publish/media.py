"""Tell the pictures, sounds, films and documents of a site or route."""

from __future__ import annotations

from pipeline.catalogue.media import TEXTS
from pipeline.catalogue.media import Medium as WrittenMedium
from pipeline.exports.records.record import RouteRecord, SiteRecord
from pipeline.exports.records.rights import licence_url
from pipeline.publish.artifacts import EntryArtifacts
from pipeline.publish.localizer import Localizer
from pipeline.schema.medium import Medium
from pipeline.schema.words import Text


def media(record: SiteRecord | RouteRecord, built: EntryArtifacts, speaker: Localizer) -> tuple[Medium, ...]:
    """Return the media that were made ready, each with its words in the language; the others are drafts."""
    return tuple(
        built.media[each.id].model_copy(
            update={
                "title": speaker.text(record.text("media", at, "title")),
                "alt": speaker.text(record.text("media", at, "alt")),
                **_transcript(record, at, each, speaker),
                "credit": each.credit,
                "licence": each.licence,
                "licence_url": licence_url(each.licence),
                "date": speaker.day(each.date),
                "sources": each.sources,
            }
        )
        for at, each in enumerate(record.entry.of.media)
        if each.id in built.media
    )


def _transcript(
    record: SiteRecord | RouteRecord, at: int, written: WrittenMedium, speaker: Localizer
) -> dict[str, Text | None]:
    """Return what is said in a medium where it stands in the catalogue: what lies in a file has one language."""
    if not written.transcript or written.transcript.endswith(TEXTS):
        return {}
    return {"transcript": speaker.text(record.text("media", at, "transcript"))}
