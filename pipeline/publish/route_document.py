"""Tell everything of one route in one language."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.exports.records.record import RouteRecord, StopRecord
from pipeline.i18n.languages import LANGUAGES
from pipeline.i18n.quantities import say_distance
from pipeline.publish import addresses
from pipeline.publish.artifacts import EntryArtifacts
from pipeline.publish.common_fields import media, place, rights, sources
from pipeline.publish.localizer import Localizer
from pipeline.schema.route import Line, Route, RouteCard, Stop


def route_document(
    record: RouteRecord,
    line: Line,
    built: EntryArtifacts,
    speaker: Localizer,
    links: Mapping[str, str],
    packs: Mapping[str, str],
) -> Route:
    """Return what the API answers about a route.

    line : longitudes and latitudes of the way, or of the stops where no way was recorded
    links : addresses of the same in other formats, by name
    packs : addresses of its offline packs, by level
    """
    written = record.entry.of
    return Route(
        slug=record.slug,
        lang=speaker.language,
        modified=record.modified,
        name=speaker.told(record.names(), record.slug),
        summary=speaker.told(record.summaries(), ""),
        description=speaker.text(record.descriptions()),
        standing=speaker.term("standing", written.standing),
        mode=speaker.term("mode", written.mode),
        is_loop=written.loop,
        path=line,
        path_measure=speaker.term("measure", written.path_measure),
        length_km=written.length_km,
        length_text=_length(written.length_km, speaker),
        length_measure=speaker.term("measure", written.length_measure),
        length_note=speaker.text(record.text("length_note")),
        climb_m=written.climb_m,
        duration_min=written.duration_min,
        surface=speaker.text(record.text("surface")),
        is_step_free=written.step_free,
        transport=speaker.text(record.text("transport")),
        safety=speaker.text(record.text("safety")),
        documented=speaker.text(record.text("documented")),
        proposed=speaker.text(record.text("proposed")),
        questions=speaker.list(record.texts("questions")),
        stops=tuple(_stop(each, record, speaker) for each in record.stops()),
        sources=sources(record, speaker),
        rights=rights(record, speaker),
        media=media(record, built, speaker),
        packs=dict(packs),
        links=dict(links),
        pages=addresses.pages("routes", record.slug, LANGUAGES),
    )


def route_card(route: Route) -> RouteCard:
    """Return a route as it stands in a list."""
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
        url=addresses.api("routes", route.slug),
        page=addresses.page("routes", route.slug, route.lang),
    )


def _stop(stop: StopRecord, record: RouteRecord, speaker: Localizer) -> Stop:
    basis = record.text("stop", stop.number - 1, "place", "position", "basis") if stop.site is None else {}
    return Stop(
        number=stop.number,
        site=stop.site.slug if stop.site else "",
        name=speaker.told(stop.names, stop.stop.site),
        commune=stop.commune,
        position=place(stop.position, basis, speaker),
        is_optional=stop.stop.optional or False,
        text=speaker.text(stop.texts),
    )


def _length(kilometres: float | None, speaker: Localizer) -> str:
    return say_distance(kilometres * 1000, speaker.wording) if kilometres is not None else ""
