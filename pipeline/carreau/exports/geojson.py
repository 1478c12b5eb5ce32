"""GeoJSON of sites, routes and trails (RFC 7946), and trails in the vocabulary of schema.org.

What sources say differently is not exported as if it were one: each version stands with its sources.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

from carreau.base.languages import SOURCE
from carreau.base.levels import AR, by_default
from carreau.catalogue.site import Position
from carreau.catalogue.trail import POINT, Chapter
from carreau.exports.record import RouteRecord, SiteRecord, StopRecord, Texts, TrailRecord, credit_lines
from carreau.exports.schema_org import CONTEXT, coordinates
from carreau.exports.serializers import (
    EVIDENCE,
    STANDINGS,
    compact,
    json_bytes,
    localize,
    lon_lat,
    measures,
    outlines,
    plain,
    plain_texts,
    straight,
    tag_texts,
    way,
)
from carreau.formats.geodata import Ring


def site_properties(record: SiteRecord, language: str, is_outline: bool = False) -> dict[str, Any]:
    """Return the properties of the point of a site, or the fewer ones of its outline."""
    site, model = (
        record.entry.of,
        next((each.first(*by_default(), AR.name) for each in record.models), None),
    )
    values = {
        "record": "outline" if is_outline else "site",
        "slug": record.slug,
        **in_language("name", record.names(), language),
    }
    keys = ("demonstration", "kind", "theme", "commune", "insee")
    shared = {key: getattr(site, key) for key in keys}
    rights = {"credit": "; ".join(credit_lines(site.rights))}
    if is_outline:
        return compact({**values, **shared, **rights})
    inscription = site.inscription
    return compact(
        {
            **values,
            **in_language("summary", record.summaries(), language),
            **shared,
            "period": site.period.text if site.period else "",
            "company": site.company,
            "world_heritage_list": inscription.list if inscription else None,
            "world_heritage_element": inscription.element if inscription else "",
            "world_heritage_code": inscription.code if inscription else "",
            "position_basis": site.position.basis if site.position else "",
            "confidence": site.confidence,
            "page": record.urls.page(record.slug, language),
            "model": model.url if model else "",
            "unreviewed": ",".join(record.list_unreviewed()),
            **rights,
        }
    )


def route_properties(record: RouteRecord, language: str, is_drawn: bool) -> dict[str, Any]:
    """Return the properties of the path of a route.

    is_drawn : whether it is a real path, not straight lines between the stops
    """
    route, known = record.entry.of, measures(record)
    return compact(
        {
            "record": "route",
            "slug": record.slug,
            **in_language("name", record.names(), language),
            **in_language("summary", record.summaries(), language),
            "standing": route.standing,
            "mode": route.mode,
            "loop": route.loop,
            "length_km": known.length_km,
            "straight_km": known.straight_km,
            "required_km": known.required_km,
            "required_straight_km": known.required_straight_km,
            "length_measure": known.length_measure,
            "path_measure": known.path_measure,
            "climb_m": known.climb_m if known.climb_m is None else round(known.climb_m),
            "duration_min": known.duration_min,
            "duration_formula": known.formula,
            "step_free": route.step_free,
            "is_indicative": not is_drawn or known.path_measure == "indicative",
            "page": record.urls.route_page(record.slug, language),
            "unreviewed": ",".join(record.list_unreviewed()),
            "credit": "; ".join(credit_lines(route.rights)),
        }
    )


def stop_properties(record: RouteRecord, stop: StopRecord, language: str) -> dict[str, Any]:
    """Return the properties of a stop."""
    return compact(
        {
            "record": "stop",
            "route": record.slug,
            "number": stop.number,
            "site": stop.stop.site,
            **in_language("name", stop.names, language),
            **in_language("text", stop.texts, language),
            "commune": stop.commune,
            "optional": stop.stop.optional,
            "position_basis": stop.position.basis if stop.position else "",
        }
    )


def in_language(key: str, texts: Texts, language: str) -> dict[str, str]:
    """Return a text under its key, with the language that it is in, and in every language under `key:language`.

    So OpenStreetMap names places, and map programs know it.
    """
    text = localize(texts, language)
    if text is None:
        return {}
    every = {f"{key}:{code}": text for code, text in plain_texts(texts).items()}
    return {key: plain(text.text), f"{key}_lang": text.language, **every}


MEDIA_TYPE = "application/geo+json"
_NONE, _OPEN, _CLOSE, _FEATURE = b'"features": []', b'"features": [\n', b"\n  ]", b'    {\n      "type": "Feature"'
"""How a document lists its features, in bytes; but for the first, with a line break that no text has in it."""

Feature = dict[str, Any]
Geometry = dict[str, Any]
Link = dict[str, str]


def geojson_site(record: SiteRecord, language: str = SOURCE) -> bytes:
    """Return a site: its point, and its outline where it has one.

    language : of the plain `name` and `summary`; the others stand beside them, as `name:en`
    """
    return _collection(site_features(record, language), record.urls.document("sites", record.slug, "geojson"))


def geojson_route(record: RouteRecord, language: str = SOURCE) -> bytes:
    """Return a route: its path, or straight lines marked as indicative, and its stops."""
    return _collection(route_features(record, language), record.urls.document("routes", record.slug, "geojson"))


def geojson_all(sites: Sequence[SiteRecord], routes: Sequence[RouteRecord], language: str = SOURCE) -> bytes:
    """Return everything: the sites with their outlines, then the ways of the routes without their stops."""
    features = [feature for record in sites for feature in site_features(record, language)]
    features += [route_feature(record, language) for record in routes]
    urls = next((record.urls for record in (*sites, *routes)), None)
    return _collection(features, urls.catalogue("geojson") if urls else "")


def geojson_joined(sites: Iterable[bytes], routes: Iterable[RouteRecord], address: str, language: str) -> bytes:
    """Return the same as `geojson_all`, joined from the finished documents of the sites.

    address : URL of the document
    """
    ways = _collection([route_feature(record, language) for record in routes], "")
    bodies = [each[each.index(_OPEN) + len(_OPEN) : each.index(_CLOSE)] for each in (*sites, ways) if _OPEN in each]
    count = sum(each.count(_FEATURE) for each in bodies)
    empty = _collection([], address, count)
    return empty.replace(_NONE, _OPEN + b",\n".join(bodies) + _CLOSE, 1) if bodies else empty


def geojson_list(features: Iterable[bytes], links: Sequence[Link]) -> bytes:
    """Return a collection of finished features, one for each site.

    links : of the collection, including the one to itself
    """
    parts = [b"    " + each.strip().replace(b"\n", b"\n    ") for each in features]  # no text holds a line break
    empty = _collection([], "", len(parts), links)
    return empty.replace(_NONE, _OPEN + b",\n".join(parts) + _CLOSE, 1) if parts else empty


def site_features(record: SiteRecord, language: str = SOURCE) -> list[Feature]:
    """Return the features of a site: a point with all properties, and the outline."""
    features = [_site(record, language, _point(record.entry.of.position))]
    outline = _outline(record)
    if outline:
        properties = site_properties(record, language, is_outline=True)
        features.append(_feature(f"{record.slug}/outline", outline, properties))
    return features


def site_feature(record: SiteRecord, language: str = SOURCE) -> Feature:
    """Return a site as one feature: its point, else its outline, else without geometry."""
    return _site(record, language, _point(record.entry.of.position) or _outline(record))


def _site(record: SiteRecord, language: str, geometry: Geometry | None) -> Feature:
    links = _links(record.urls.document("sites", record.slug, "geojson"), _pages(record))
    return _feature(record.slug, geometry, site_properties(record, language), links)


def _outline(record: SiteRecord) -> Geometry | None:
    polygons = [_turn(rings) for outline in outlines(record) for rings in outline.polygons]
    return _area(polygons) if polygons else None


def _point(position: Position | None) -> Geometry | None:
    point = lon_lat(position)
    return {"type": "Point", "coordinates": list(point)} if point else None


def route_features(record: RouteRecord, language: str = SOURCE) -> list[Feature]:
    """Return a route's way, then its stops."""
    return [route_feature(record, language), *(_stop(record, stop, language) for stop in record.stops())]


def route_feature(record: RouteRecord, language: str = SOURCE) -> Feature:
    """Return the path of a route; `is_indicative` marks straight lines."""
    path = way(record)
    line = path or straight(record)
    geometry = {"type": "LineString", "coordinates": [list(point) for point in line]} if len(line) > 1 else None
    links = _links(record.urls.document("routes", record.slug, "geojson"), _pages(record))
    return _feature(record.slug, geometry, route_properties(record, language, is_drawn=bool(path)), links)


def _stop(record: RouteRecord, stop: StopRecord, language: str) -> Feature:
    return _feature(f"{record.slug}/stop/{stop.number}", _point(stop.position), stop_properties(record, stop, language))


def _feature(
    name: str, geometry: Geometry | None, properties: dict[str, Any], links: list[Link] | None = None
) -> Feature:
    feature = {"type": "Feature", "id": name, "geometry": geometry, "properties": properties}
    return {**feature, "links": links} if links else feature


def _collection(features: list[Feature], address: str, count: int = 0, links: Sequence[Link] = ()) -> bytes:
    """Return a document; `count` where its features are put in later."""
    own = [{"href": address, "rel": "self", "type": MEDIA_TYPE}] if address else []
    document = {
        "type": "FeatureCollection",
        "features": features,
        "links": [*own, *links],
        "numberMatched": len(features) or count,
        "numberReturned": len(features) or count,
    }
    return json_bytes(document)


def _links(address: str, pages: Iterable[tuple[str, str]]) -> list[Link]:
    own = {"href": address, "rel": "alternate", "type": MEDIA_TYPE}
    return [own, *({"href": page, "rel": "alternate", "type": "text/html", "hreflang": code} for code, page in pages)]


def _pages(record: SiteRecord | RouteRecord) -> list[tuple[str, str]]:
    page = record.urls.page if isinstance(record, SiteRecord) else record.urls.route_page
    return [(code, page(record.slug, code)) for code in record.names()]


def _area(polygons: list[list[Ring]]) -> Geometry:
    if len(polygons) == 1:
        return {"type": "Polygon", "coordinates": polygons[0]}
    return {"type": "MultiPolygon", "coordinates": polygons}


def _turn(rings: list[Ring]) -> list[Ring]:
    """Return rings with the outer one counter-clockwise and holes clockwise, as RFC 7946 requires (3.1.6)."""
    return [ring if (_signed_area(ring) >= 0) == (place == 0) else ring[::-1] for place, ring in enumerate(rings)]


def _signed_area(ring: Ring) -> float:
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairwise(ring))


def schema_org_trail(record: TrailRecord) -> bytes:
    """Return a trail as `CreativeWork` with its chapters as parts, in every language."""
    trail, urls = record.entry.of, record.urls
    work = {
        "@id": urls.trail(record.slug),
        "@type": "CreativeWork",
        "name": tag_texts(record.names()),
        "description": tag_texts(record.descriptions() or record.summaries()),
        "abstract": tag_texts(record.summaries()),
        "disambiguatingDescription": tag_texts(STANDINGS.get(trail.standing, {})),
        "temporalCoverage": trail.period.text if trail.period else "",
        "url": urls.trail_page(record.slug, SOURCE),
        "citation": [compact({"@type": "CreativeWork", "name": each.title, "url": each.url}) for each in trail.source],
        "hasPart": [_part(record, number, chapter) for number, chapter in enumerate(trail.chapter)],
    }
    return json_bytes({"@context": CONTEXT, "@graph": [compact(work)]})


def _part(record: TrailRecord, number: int, chapter: Chapter) -> dict[str, Any]:
    titles = {each.id: each.title for each in record.entry.of.source}
    return compact(
        {
            "@type": "Chapter",
            "position": number + 1,
            "name": tag_texts(record.text("chapter", number, "title")),
            "text": tag_texts(record.text("chapter", number, "text")),
            "disambiguatingDescription": [*tag_texts(EVIDENCE.get(chapter.evidence, {})), *_doubts(record, number)],
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
        return {"@id": record.urls.site(site.slug), "@type": "Place", "name": tag_texts(site.names())}
    if chapter.place is None:
        return None
    place = chapter.place
    address = {"@type": "PostalAddress", "addressLocality": place.commune} if place.commune else None
    return compact(
        {
            "@type": "Place",
            "name": tag_texts(record.text("chapter", number, "place", "name")),
            "description": tag_texts(record.text("chapter", number, "place", "doubt")),
            "geo": coordinates(place.position) if place.precision == POINT else None,
            "address": address,
        }
    )


def geojson_trail(record: TrailRecord, language: str = SOURCE) -> bytes:
    """Return the chapters of a trail as points; those whose place nobody knows, and those on the way, without one.

    language : of the plain texts; the others stand beside them, as `name:en`
    """
    features = [
        _chapter_feature(record, number, chapter, language) for number, chapter in enumerate(record.entry.of.chapter)
    ]
    address = record.urls.document("trails", record.slug, "geojson")
    document = {
        "type": "FeatureCollection",
        "features": features,
        "links": [{"href": address, "rel": "self", "type": MEDIA_TYPE}],
        "numberMatched": len(features),
        "numberReturned": len(features),
    }
    return json_bytes(document)


def _chapter_feature(record: TrailRecord, number: int, chapter: Chapter, language: str) -> dict[str, Any]:
    position, names, commune = _place(record, number, chapter)
    point = lon_lat(position)
    properties = {
        "record": "chapter",
        "trail": record.slug,
        "number": number + 1,
        "site": chapter.site,
        **in_language("name", record.text("chapter", number, "title"), language),
        **in_language("place", names, language),
        "commune": commune,
        "period": chapter.period.text if chapter.period else "",
        "evidence": chapter.evidence,
        "is_exact": bool(point) and (chapter.place is None or chapter.place.precision == POINT),
        **in_language("doubt", record.text("chapter", number, "place", "doubt") if chapter.place else {}, language),
        "position_basis": position.basis if position else "",
        "page": f"{record.urls.trail_page(record.slug, language)}#chapter={chapter.id}",
        "unreviewed": ",".join(record.list_unreviewed()),
        "credit": "; ".join(credit_lines(record.entry.of.rights)),
    }
    geometry = {"type": "Point", "coordinates": list(point)} if point else None
    return {
        "type": "Feature", "id": f"{record.slug}/{chapter.id}", "geometry": geometry, "properties": compact(properties),
    }  # fmt: skip


def _place(record: TrailRecord, number: int, chapter: Chapter) -> tuple[Position | None, Texts, str]:
    """Return position, names and commune of the place of a chapter; nothing on the way."""
    site = record.site(chapter.site)
    if site is not None:
        return site.entry.of.position, site.names(), site.entry.of.commune
    if chapter.place is None:
        return None, {}, ""
    return chapter.place.position, record.text("chapter", number, "place", "name"), chapter.place.commune
