"""Trails in the vocabulary of schema.org (release 30), and as GeoJSON (RFC 7946).

What sources say differently is not exported as if it were one: each version stands with its sources.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from carreau.base.languages import SOURCE
from carreau.catalogue.site import Position
from carreau.catalogue.trail import POINT, Chapter
from carreau.exports.records.export_labels import EVIDENCE, STANDINGS
from carreau.exports.records.record import Texts, TrailRecord, credit_lines
from carreau.exports.records.serializers import filled, json_bytes, point_of, tagged
from carreau.exports.standards.geojson import MEDIA_TYPE
from carreau.exports.standards.geojson import tagged as named
from carreau.exports.standards.schema_org import CONTEXT, coordinates


def schema_org_trail(record: TrailRecord) -> bytes:
    """Return a trail as `CreativeWork` with its chapters as parts, in every language."""
    trail, urls = record.entry.of, record.urls
    work = {
        "@id": urls.trail(record.slug),
        "@type": "CreativeWork",
        "name": tagged(record.names()),
        "description": tagged(record.descriptions() or record.summaries()),
        "abstract": tagged(record.summaries()),
        "disambiguatingDescription": tagged(STANDINGS.get(trail.standing, {})),
        "temporalCoverage": trail.period.text if trail.period else "",
        "url": urls.trail_page(record.slug, SOURCE),
        "citation": [filled({"@type": "CreativeWork", "name": each.title, "url": each.url}) for each in trail.source],
        "hasPart": [_part(record, number, chapter) for number, chapter in enumerate(trail.chapter)],
    }
    return json_bytes({"@context": CONTEXT, "@graph": [filled(work)]})


def _part(record: TrailRecord, number: int, chapter: Chapter) -> dict[str, Any]:
    titles = {each.id: each.title for each in record.entry.of.source}
    return filled(
        {
            "@type": "Chapter",
            "position": number + 1,
            "name": tagged(record.text("chapter", number, "title")),
            "text": tagged(record.text("chapter", number, "text")),
            "disambiguatingDescription": [*tagged(EVIDENCE.get(chapter.evidence, {})), *_doubts(record, number)],
            "temporalCoverage": chapter.period.text if chapter.period else "",
            "contentLocation": _location(record, number, chapter),
            "citation": [{"@type": "CreativeWork", "name": titles[name]} for name in chapter.sources if name in titles],
        }
    )


def _doubts(record: TrailRecord, number: int) -> Iterator[dict[str, str]]:
    """Yield each doubt of a chapter in each language: what it is about, and all versions with their sources."""
    for at, doubt in enumerate(record.entry.of.chapter[number].doubt):
        key = ("chapter", number, "doubt", at)
        for code, about in record.text(*key, "about").items():
            versions = []
            for which, version in enumerate(doubt.version):
                texts = record.text(*key, "version", which, "text")
                text = texts[code].text if code in texts else version.text
                versions.append(f"{text} ({', '.join(version.sources)})")
            yield {"@language": code, "@value": f"{about.text}: {'; '.join(versions)}"}


def _location(record: TrailRecord, number: int, chapter: Chapter) -> dict[str, Any] | None:
    site = record.site(chapter.site)
    if site is not None:
        return {"@id": record.urls.site(site.slug), "@type": "Place", "name": tagged(site.names())}
    if chapter.place is None:
        return None
    place = chapter.place
    address = {"@type": "PostalAddress", "addressLocality": place.commune} if place.commune else None
    return filled(
        {
            "@type": "Place",
            "name": tagged(record.text("chapter", number, "place", "name")),
            "description": tagged(record.text("chapter", number, "place", "doubt")),
            "geo": coordinates(place.position) if place.precision == POINT else None,
            "address": address,
        }
    )


def geojson_trail(record: TrailRecord, language: str = SOURCE) -> bytes:
    """Return the chapters of a trail as points; those whose place nobody knows, and those on the way, without one.

    language : of the plain texts; the others stand beside them, as `name:en`
    """
    features = [_feature(record, number, chapter, language) for number, chapter in enumerate(record.entry.of.chapter)]
    address = record.urls.document("trails", record.slug, "geojson")
    document = {
        "type": "FeatureCollection",
        "features": features,
        "links": [{"href": address, "rel": "self", "type": MEDIA_TYPE}],
        "numberMatched": len(features),
        "numberReturned": len(features),
    }
    return json_bytes(document)


def _feature(record: TrailRecord, number: int, chapter: Chapter, language: str) -> dict[str, Any]:
    position, names, commune = _place(record, number, chapter)
    point = point_of(position)
    properties = {
        "record": "chapter",
        "trail": record.slug,
        "number": number + 1,
        "site": chapter.site,
        **named("name", record.text("chapter", number, "title"), language),
        **named("place", names, language),
        "commune": commune,
        "period": chapter.period.text if chapter.period else "",
        "evidence": chapter.evidence,
        "is_exact": bool(point) and (chapter.place is None or chapter.place.precision == POINT),
        **named("doubt", record.text("chapter", number, "place", "doubt") if chapter.place else {}, language),
        "position_basis": position.basis if position else "",
        "page": f"{record.urls.trail_page(record.slug, language)}#chapter={chapter.id}",
        "unreviewed": ",".join(record.unreviewed()),
        "credit": "; ".join(credit_lines(record.entry.of.rights)),
    }
    geometry = {"type": "Point", "coordinates": list(point)} if point else None
    return {
        "type": "Feature", "id": f"{record.slug}/{chapter.id}", "geometry": geometry, "properties": filled(properties),
    }  # fmt: skip


def _place(record: TrailRecord, number: int, chapter: Chapter) -> tuple[Position | None, Texts, str]:
    """Return position, names and commune of the place of a chapter; nothing on the way."""
    site = record.site(chapter.site)
    if site is not None:
        return site.entry.of.position, site.names(), site.entry.of.commune
    if chapter.place is None:
        return None, {}, ""
    return chapter.place.position, record.text("chapter", number, "place", "name"), chapter.place.commune
