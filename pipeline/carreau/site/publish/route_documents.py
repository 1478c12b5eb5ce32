"""The API documents of routes, trails and shows in one language, and their cards for lists."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal
from urllib.parse import quote

from carreau.base.languages import LANGUAGES, path_words
from carreau.base.schema import itineraries as schema
from carreau.base.schema import itineraries as show_schema
from carreau.base.schema.itineraries import Line, LineOrigin, Route, RouteCard, Stop, TrailSource
from carreau.base.schema.parts import SceneGround, Text
from carreau.base.terms import licence_url
from carreau.catalogue.i18n.formatting import format_distance
from carreau.catalogue.route import RouteLine
from carreau.catalogue.route_measures import WALKED, RouteMeasures, along_line, list_positions
from carreau.catalogue.show import SHORTEST_S, Scene
from carreau.catalogue.trail import POINT, Chapter, Question, Way
from carreau.exports.record import RouteRecord, ShowRecord, StopRecord, TrailRecord
from carreau.exports.serializers import measures, read_route_line
from carreau.site.publish import bundle_answers
from carreau.site.publish.artifacts import EntryArtifacts
from carreau.site.publish.map_documents import scenes
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
    route, known, drawn = record.entry.of, measures(record), read_route_line(record)
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
        pages=bundle_answers.page_paths("routes", record.slug, LANGUAGES),
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
        url=bundle_answers.api_path("routes", route.slug),
        page=bundle_answers.page_path("routes", route.slug, route.lang),
    )


def _along(record: RouteRecord, line: RouteLine | None) -> list[float | None]:
    """Return how far along the line each stop is; None without a line or a position."""
    points = list_positions(record.entry.of, record.catalogue)
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


KIND: Literal["trails"] = "trails"


def trail_document(
    record: TrailRecord,
    built: EntryArtifacts,
    localizer: Localizer,
    links: Mapping[str, str],
    packs: Mapping[str, str],
    trails: Mapping[str, TrailRecord],
    grounds: Mapping[str, SceneGround] = MappingProxyType({}),
) -> schema.Trail:
    """Return the API document of a trail.

    links : URLs of exports, by format
    packs : paths of the offline packs, by level
    trails : all records, for ways that cross into another trail
    grounds : pictures under its maps, by map
    """
    trail = record.entry.of
    return schema.Trail(
        slug=record.slug,
        lang=localizer.language,
        modified=record.modified,
        name=localizer.required_text(record.names(), record.slug),
        summary=localizer.required_text(record.summaries(), ""),
        description=localizer.text(record.descriptions()),
        standing=localizer.term("standing", trail.standing),
        audiences=tuple(localizer.term("audience", each) for each in trail.audience),
        means=tuple(localizer.term("means", each) for each in trail.means),
        period=localizer.date(trail.period),
        care=localizer.text(record.text("care")),
        access=localizer.text(record.text("access")),
        safety=localizer.text(record.text("safety")),
        badge=localizer.text(record.text("badge")),
        chapters=tuple(_chapter(at, each, record, localizer, trails) for at, each in enumerate(trail.chapter)),
        lesson=_lesson(record, localizer),
        sources=_sources(record, localizer),
        rights=rights(record, localizer),
        media=media(record, built, localizer),
        packs=dict(packs),
        maps=scenes(record, KIND, localizer, grounds),
        links=dict(links),
        pages=bundle_answers.page_paths(KIND, record.slug, LANGUAGES),
    )


def trail_card(trail: schema.Trail) -> schema.TrailCard:
    """Return a trail for lists."""
    return schema.TrailCard(
        slug=trail.slug,
        lang=trail.lang,
        modified=trail.modified,
        name=trail.name,
        summary=trail.summary,
        standing=trail.standing,
        means=trail.means,
        period=trail.period,
        chapters=len(trail.chapters),
        duration_min=_duration(trail),
        url=bundle_answers.api_path(KIND, trail.slug),
        page=bundle_answers.page_path(KIND, trail.slug, trail.lang),
    )


def _duration(trail: schema.Trail) -> float | None:
    """Return the minutes of all chapters that are not optional; None where one of them is not known."""
    minutes = [each.minutes for each in trail.chapters if not each.is_optional]
    known = [each for each in minutes if each is not None]
    return sum(known) if known and len(known) == len(minutes) else None


def _chapter(
    at: int, chapter: Chapter, record: TrailRecord, localizer: Localizer, trails: Mapping[str, TrailRecord]
) -> schema.Chapter:
    def text(*key: str | int) -> Text | None:
        return localizer.text(record.text("chapter", at, *key))

    scene = chapter.scene
    return schema.Chapter(
        id=chapter.id,
        number=at + 1,
        title=localizer.required_text(record.text("chapter", at, "title"), chapter.id),
        text=localizer.required_text(record.text("chapter", at, "text"), ""),
        children=text("children"),
        where=_where(at, chapter, record, localizer),
        period=localizer.date(chapter.period),
        period_note=text("period_note"),
        media=chapter.media,
        sound=chapter.sound,
        scene=schema.Scene(kind=scene.kind, site=scene.site, state=scene.state, map=scene.map_name, event=scene.event)
        if scene
        else None,
        sources=chapter.sources,
        evidence=localizer.term("evidence", chapter.evidence),
        doubts=_doubts(at, chapter, record, localizer),
        questions=tuple(
            _question(("chapter", at, "question", number), each, record, localizer)
            for number, each in enumerate(chapter.question)
        ),
        ways=tuple(
            way
            for number, each in enumerate(record.entry.of.ways_from(at))
            if (way := _way(each, text("way", number, "label") if chapter.way else None, record, localizer, trails))
        ),
        is_optional=chapter.optional or False,
        minutes=chapter.minutes,
    )


def _where(at: int, chapter: Chapter, record: TrailRecord, localizer: Localizer) -> schema.Where | None:
    site, own = record.site(chapter.site), chapter.place
    if site is not None:
        position = site.entry.of.position
        return schema.Where(
            site=site.slug,
            page=bundle_answers.page_path("sites", site.slug, localizer.language),
            name=localizer.required_text(site.names(), site.slug),
            commune=site.entry.of.commune,
            position=place(position, site.text("position", "basis") if position else {}, localizer),
            is_exact=True,
        )
    if own is None:
        return None
    basis = record.text("chapter", at, "place", "position", "basis") if own.position else {}
    return schema.Where(
        name=localizer.required_text(record.text("chapter", at, "place", "name"), ""),
        commune=own.commune,
        position=place(own.position, basis, localizer),
        is_exact=own.precision == POINT,
        doubt=localizer.text(record.text("chapter", at, "place", "doubt")),
    )


def _doubts(at: int, chapter: Chapter, record: TrailRecord, localizer: Localizer) -> tuple[schema.Doubt, ...]:
    return tuple(
        schema.Doubt(
            about=localizer.required_text(record.text("chapter", at, "doubt", number, "about"), doubt.about),
            versions=tuple(
                schema.Version(
                    text=localizer.required_text(
                        record.text("chapter", at, "doubt", number, "version", which, "text"), version.text
                    ),
                    sources=version.sources,
                )
                for which, version in enumerate(doubt.version)
            ),
        )
        for number, doubt in enumerate(chapter.doubt)
    )


def _question(
    key: tuple[str | int, ...], question: Question, record: TrailRecord, localizer: Localizer
) -> schema.Question:
    def texts(name: str, count: int) -> tuple[Text, ...]:
        return localizer.texts(tuple(record.text(*key, name, number) for number in range(count)))

    return schema.Question(
        by=localizer.term("answered", question.by),
        text=localizer.required_text(record.text(*key, "text"), ""),
        is_open=question.open or False,
        options=tuple(
            schema.Option(
                text=localizer.required_text(record.text(*key, "option", number, "text"), option.text),
                is_right=option.right or False,
            )
            for number, option in enumerate(question.option)
        ),
        accepted=_words(texts("accepted", len(question.accepted))),
        site=question.site,
        state=question.state,
        annotation=question.annotation,
        position=place(question.position, {}, localizer),
        radius_m=question.radius_m,
        hints=texts("hint", len(question.hint)),
        answer=localizer.text(record.text(*key, "answer")),
        sources=question.sources,
    )


def _words(texts: tuple[Text, ...]) -> tuple[Text, ...]:
    """Return each accepted word by itself: a translation may list several, with commas between them.

    One French word may be typed in several forms: "wąż" and "węża".
    """
    words = {word.strip(): text for text in texts for word in text.text.split(",") if word.strip()}
    return tuple(text.model_copy(update={"text": word}) for word, text in words.items())


def _way(
    way: Way, label: Text | None, record: TrailRecord, localizer: Localizer, trails: Mapping[str, TrailRecord]
) -> schema.Way | None:
    """Return a way on; None into a trail or a chapter that does not exist."""
    other = trails.get(way.trail) if way.trail else record
    number = other.find_number(way.to) if other else None
    if other is None or number is None:
        return None
    return schema.Way(
        trail=way.trail,
        to=way.to,
        title=localizer.required_text(other.text("chapter", number, "title"), way.to),
        label=label,
        page=f"{bundle_answers.page_path(KIND, other.slug, localizer.language)}#chapter={quote(way.to)}",
    )


def _lesson(record: TrailRecord, localizer: Localizer) -> schema.Lesson | None:
    lesson = record.entry.of.lesson
    if lesson is None:
        return None

    def texts(name: str, count: int) -> tuple[Text, ...]:
        return localizer.texts(tuple(record.text("lesson", name, number) for number in range(count)))

    return schema.Lesson(
        level=localizer.text(record.text("lesson", "level")),
        goals=texts("goals", len(lesson.goals)),
        before=localizer.text(record.text("lesson", "before")),
        after=localizer.text(record.text("lesson", "after")),
        discuss=texts("discuss", len(lesson.discuss)),
    )


def _sources(record: TrailRecord, localizer: Localizer) -> tuple[schema.TrailSource, ...]:
    return tuple(
        schema.TrailSource(
            id=each.id,
            title=localizer.required_text(record.text("source", at, "title"), each.title),
            url=each.url,
            reliability=localizer.term("reliability", each.reliability),
            note=localizer.text(record.text("source", at, "note")),
        )
        for at, each in enumerate(record.entry.of.source)
    )


def show_document(record: ShowRecord, kind: str, built: EntryArtifacts, localizer: Localizer) -> show_schema.Show:
    """Return what the page of a show knows of it.

    kind : of what it belongs to, "trails" or "sites"
    """
    show, words = record.entry.of, path_words("show")
    owners = bundle_answers.page_paths(kind, record.slug, LANGUAGES)
    attract = show.attract
    return show_schema.Show(
        slug=record.slug,
        lang=localizer.language,
        owner=owners[localizer.language],
        owner_kind=kind,
        name=localizer.required_text(record.names(), record.slug),
        summary=localizer.required_text(record.summaries(), ""),
        care=localizer.text(record.text("care")),
        start=show.start,
        presence_key=show.presence_key,
        volume=1.0 if show.volume is None else show.volume,
        attract=show_schema.Attract(
            text=localizer.required_text(record.text("attract", "text") if attract else {}, record.slug),
            light=attract.light if attract else "",
        ),
        quiet=tuple(
            show_schema.Quiet(begins=each.begins or 0, ends=each.ends or 0, volume=each.volume or 0.0)
            for each in show.quiet
        ),
        scenes=tuple(_scene(at, each, record, localizer) for at, each in enumerate(show.scene)),
        sources=tuple(
            TrailSource(
                id=each.id,
                title=localizer.required_text(record.text("source", at, "title"), each.title),
                url=each.url,
                reliability=localizer.term("reliability", each.reliability),
                note=localizer.text(record.text("source", at, "note")),
            )
            for at, each in enumerate(show.source)
        ),
        rights=rights(record, localizer),
        media=media(record, built, localizer),
        pages={language: f"{address}/{words[language]}" for language, address in owners.items()},
    )


def _scene(at: int, scene: Scene, record: ShowRecord, localizer: Localizer) -> show_schema.ShowScene:
    translated = (record.text("scene", at, "translation", number) for number in range(len(scene.translation)))
    return show_schema.ShowScene(
        id=scene.id,
        seconds=scene.seconds or SHORTEST_S,
        light=scene.light,
        text=localizer.text(record.text("scene", at, "text")),
        lines=scene.lines,
        lang=scene.lang,
        translation=() if scene.lang == localizer.language else localizer.texts(tuple(translated)),
        is_read=scene.is_read or False,
        credit=localizer.text(record.text("scene", at, "credit")),
        voice=scene.voice,
        figure=scene.figure,
        model=scene.model,
        sources=scene.sources,
    )
