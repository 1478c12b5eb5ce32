"""The API document of a route in one language, and its card for lists."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.exports.records.record import RouteRecord, StopRecord
from pipeline.i18n.languages import LANGUAGES
from pipeline.i18n.quantities import format_distance
from pipeline.publish import static_paths
from pipeline.publish.artifacts import EntryArtifacts
from pipeline.publish.common_fields import media, place, rights, sources
from pipeline.publish.localizer import Localizer
from pipeline.schema.route import Line, Route, RouteCard, Stop


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
    route = record.entry.of
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
        path_measure=localizer.term("measure", route.path_measure),
        length_km=route.length_km,
        length_text=_length(route.length_km, localizer),
        length_measure=localizer.term("measure", route.length_measure),
        length_note=localizer.text(record.text("length_note")),
        climb_m=route.climb_m,
        duration_min=route.duration_min,
        surface=localizer.text(record.text("surface")),
        is_step_free=route.step_free,
        transport=localizer.text(record.text("transport")),
        safety=localizer.text(record.text("safety")),
        documented=localizer.text(record.text("documented")),
        proposed=localizer.text(record.text("proposed")),
        stops=tuple(_stop(each, record, localizer) for each in record.stops()),
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
        length_text=route.length_text,
        duration_min=route.duration_min,
        stops=len(route.stops),
        url=static_paths.api("routes", route.slug),
        page=static_paths.page("routes", route.slug, route.lang),
    )


def _stop(stop: StopRecord, record: RouteRecord, localizer: Localizer) -> Stop:
    basis = record.text("stop", stop.number - 1, "place", "position", "basis") if stop.site is None else {}
    return Stop(
        number=stop.number,
        site=stop.site.slug if stop.site else "",
        name=localizer.required_text(stop.names, stop.stop.site),
        commune=stop.commune,
        position=place(stop.position, basis, localizer),
        is_optional=stop.stop.optional or False,
        text=localizer.text(stop.texts),
    )


def _length(kilometres: float | None, localizer: Localizer) -> str:
    return format_distance(kilometres * 1000, localizer.translator) if kilometres is not None else ""
