"""The API document of a route in one language, and its card for lists."""

from __future__ import annotations

import math
from collections.abc import Mapping

from carreau.base.languages import LANGUAGES
from carreau.base.licences import licence_url
from carreau.base.schema.route import Line, LineOrigin, Route, RouteCard, Stop
from carreau.catalogue.i18n.quantities import format_distance
from carreau.catalogue.route_line import RouteLine
from carreau.catalogue.route_measures import WALKED, RouteMeasures, along_line, positions_of
from carreau.exports.records.record import RouteRecord, StopRecord
from carreau.exports.records.serializers import line_of, measures
from carreau.site.publish import static_paths
from carreau.site.publish.artifacts import EntryArtifacts
from carreau.site.publish.shared_fields import Localizer, media, place, rights, sources


def route_document(
    record: RouteRecord,
    line: Line,
    built: EntryArtifacts,
    localizer: Localizer,
    links: Mapping[str, str],
    packs: Mapping[str, str],
) -> Route:
    """Return the API document of a route.

    line : longitudes and latitudes of the path, or of the stops if there is no path
    links : URLs of exports, by format
    packs : paths of the offline packs, by level
    """
    route, known, drawn = record.entry.of, measures(record), line_of(record)
    return Route(
        slug=record.slug,
        lang=localizer.language,
        modified=record.modified,
        name=localizer.required_text(record.names(), record.slug),
        summary=localizer.required_text(record.summaries(), ""),
        description=localizer.text(record.descriptions()),
        standing=localizer.term("standing", route.standing),
        mode=localizer.term("mode", route.mode),
        is_loop=route.loop,
        path=line,
        path_measure=localizer.term("measure", known.path_measure),
        line=_origin(drawn, known),
        profile=tuple((round(along, 1), height) for along, height in (drawn.profile() if drawn else ())),
        length_km=known.length_km,
        straight_km=known.straight_km,
        length_text=_length(known, localizer),
        length_measure=localizer.term("measure", known.length_measure),
        length_note=localizer.text(record.text("length_note")) if known.length_km is not None else None,
        climb_m=_whole(known.climb_m),
        descent_m=_whole(known.descent_m),
        duration_min=known.duration_min,
        duration_formula=known.formula,
        stops_min=known.stops_min,
        required_km=known.required_km,
        required_straight_km=known.required_straight_km,
        required_min=_whole(known.required_min),
        surface=localizer.text(record.text("surface")),
        is_step_free=route.step_free,
        transport=localizer.text(record.text("transport")),
        safety=localizer.text(record.text("safety")),
        documented=localizer.text(record.text("documented")),
        proposed=localizer.text(record.text("proposed")),
        stops=tuple(
            _stop(each, along, record, localizer)
            for each, along in zip(record.stops(), _along(record, drawn), strict=True)
        ),
        sources=sources(record, localizer),
        rights=rights(record, localizer),
        media=media(record, built, localizer),
        packs=dict(packs),
        links=dict(links),
        pages=static_paths.pages("routes", record.slug, LANGUAGES),
    )


def route_card(route: Route) -> RouteCard:
    """Return a route for lists."""
    return RouteCard(
        slug=route.slug,
        lang=route.lang,
        modified=route.modified,
        name=route.name,
        summary=route.summary,
        standing=route.standing,
        mode=route.mode,
        is_loop=route.is_loop,
        length_km=route.length_km,
        straight_km=route.straight_km,
        length_text=route.length_text,
        duration_min=route.duration_min,
        climb_m=route.climb_m,
        stops=len(route.stops),
        url=static_paths.api("routes", route.slug),
        page=static_paths.page("routes", route.slug, route.lang),
    )


def _along(record: RouteRecord, line: RouteLine | None) -> list[float | None]:
    """Return how far along the line each stop is; None without a line or a position."""
    points = positions_of(record.entry.of, record.catalogue)
    if line is None:
        return [None for _ in points]
    return [None if along is None else round(along) for along in along_line(line.points, points)]


def _stop(stop: StopRecord, along: float | None, record: RouteRecord, localizer: Localizer) -> Stop:
    key = ("at",) if stop.stop.at else ("place", "position")
    has_own = stop.stop.at is not None or stop.site is None
    basis = record.text("stop", stop.number - 1, *key, "basis") if has_own else {}
    return Stop(
        number=stop.number,
        site=stop.site.slug if stop.site else "",
        name=localizer.required_text(stop.names, stop.stop.site),
        commune=stop.commune,
        position=place(stop.position, basis, localizer),
        along_m=along,
        is_optional=stop.stop.optional or False,
        minutes=stop.stop.minutes,
        text=localizer.text(stop.texts),
    )


def _length(known: RouteMeasures, localizer: Localizer) -> str:
    """Return the length for people: of the way, or that it is at least as long as the straight lines."""
    wording = localizer.translator
    if known.length_km is not None:
        return format_distance(known.length_km * 1000, wording)
    if known.straight_km is None:
        return ""
    rounded_down = math.floor(known.straight_km * 10) / 10 if known.straight_km >= 1 else known.straight_km
    straight = format_distance(rounded_down * 1000, wording)
    return wording.within("route", "at least %(distance)s in straight lines between the stops", distance=straight)


def _whole(value: float | None) -> float | None:
    return None if value is None else round(value)


def _origin(line: RouteLine | None, known: RouteMeasures) -> LineOrigin | None:
    if line is None or not line.origin.engine:
        return None
    origin = line.origin
    return LineOrigin(
        engine=origin.engine,
        resource=origin.resource,
        version=origin.version,
        profile=origin.profile,
        day=origin.day,
        credit=origin.credit,
        licence=origin.licence,
        licence_url=licence_url(origin.licence),
        source=origin.source,
        heights_credit=origin.heights,
        is_walked=known.path_measure == WALKED,
    )
