"""Say what a state's model is in the words of schema.org: its files, its evidence, what is told on it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipeline.catalogue.media import DOCUMENT, IMAGE, SOUND, VIDEO
from pipeline.catalogue.site import Position
from pipeline.exports.jsonld import filled, tagged
from pipeline.exports.labels import DEMONSTRATION, EVIDENCE, evidence
from pipeline.exports.record import ModelFile, SiteRecord, StateRecord
from pipeline.exports.rights import licence_url
from pipeline.exports.schema_org_places import coordinates

_MEDIA = {IMAGE: "ImageObject", SOUND: "AudioObject", VIDEO: "VideoObject", DOCUMENT: "DigitalDocument"}


def model(record: SiteRecord, made: StateRecord) -> dict[str, Any]:
    """Return a state that has files as `3DModel`."""
    state, number = made.state, record.states.index(made)
    pose = state.geopose
    is_real = not record.entry.of.demonstration
    here = coordinates(Position(pose.lon, pose.lat)) if pose is not None and is_real else None
    return filled(
        {
            "@id": record.urls.part(record.slug, "states", state.id),
            "@type": "3DModel",
            "name": tagged(record.text("state", number, "title") or record.names()),
            "description": tagged(record.text("state", number, "note")),
            "disambiguatingDescription": [
                *tagged(evidence(state.kind, state.evidence)),
                *(tagged(DEMONSTRATION) if not is_real else []),
            ],
            "about": {"@id": record.urls.site(record.slug)},
            "temporalCoverage": state.date.text if state.date is not None else "",
            "contentLocation": {"@type": "Place", "geo": here} if here else None,
            "license": licence_url(state.licence),
            "copyrightNotice": state.licence,
            "creditText": ", ".join(dict.fromkeys(text for text in (state.credit, state.author) if text)),
            "citation": list(state.sources),
            "thumbnailUrl": made.poster_url,
            "encoding": [_file(each) for each in made.files],
            "inLanguage": list(record.names()),
            "accessMode": ["visual"],
            "hasPart": [*_parts(record, number), *_annotations(record, state.id), *_tours(record, state.id)],
            "associatedMedia": list(_media(record)) if number == 0 else [],
        }
    )


def _file(file: ModelFile) -> dict[str, Any]:
    return {
        "@type": "MediaObject",
        "name": file.level,
        "contentUrl": file.url,
        "encodingFormat": file.media_type,
        "contentSize": f"{file.bytes} B",
        "sha256": file.sha256,
    }


def _parts(record: SiteRecord, number: int) -> Iterator[dict[str, Any]]:
    """Yield the named parts of a model, each with its own evidence."""
    for index, part in enumerate(record.states[number].state.part):
        yield filled(
            {
                "@type": "CreativeWork",
                "name": tagged(record.text("state", number, "part", index, "name")),
                "description": tagged(record.text("state", number, "part", index, "note")),
                "disambiguatingDescription": tagged(EVIDENCE[part.evidence]),
                "citation": list(part.sources),
            }
        )


def _annotations(record: SiteRecord, state: str) -> Iterator[dict[str, Any]]:
    for number, annotation in enumerate(record.entry.of.annotation):
        if annotation.state == state:
            yield filled(
                {
                    "@id": record.urls.part(record.slug, "annotations", annotation.id),
                    "@type": "CreativeWork",
                    "name": tagged(record.text("annotation", number, "title")),
                    "text": tagged(record.text("annotation", number, "text")),
                    "citation": list(annotation.sources),
                }
            )


def _tours(record: SiteRecord, state: str) -> Iterator[dict[str, Any]]:
    for number, tour in enumerate(record.entry.of.tour):
        if tour.state == state:
            seconds = sum(step.duration_s or 0 for step in tour.step)
            yield filled(
                {
                    "@id": record.urls.part(record.slug, "tours", tour.id),
                    "@type": "CreativeWork",
                    "name": tagged(record.text("tour", number, "title")),
                    "abstract": tagged(record.text("tour", number, "summary")),
                    "timeRequired": f"PT{seconds:.0f}S" if seconds else "",
                }
            )


def _media(record: SiteRecord) -> Iterator[dict[str, Any]]:
    for number, medium in enumerate(record.entry.of.media):
        is_written = medium.kind in (SOUND, VIDEO) and not medium.transcript.endswith((".md", ".txt"))
        yield filled(
            {
                "@type": _MEDIA[medium.kind],
                "name": tagged(record.text("media", number, "title")),
                "description": tagged(record.text("media", number, "alt")),
                "contentUrl" if medium.kind != DOCUMENT else "url": record.medium_url(medium),
                "creditText": medium.credit,
                "license": licence_url(medium.licence),
                "copyrightNotice": medium.licence,
                "transcript": tagged(record.text("media", number, "transcript")) if is_written else [],
                "temporalCoverage": medium.date.text if medium.date is not None else "",
            }
        )
