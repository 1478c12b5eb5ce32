"""The API document of a trail in one language, and its card for lists."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal
from urllib.parse import quote

from carreau.base.languages import LANGUAGES
from carreau.base.schema import trail as schema
from carreau.base.schema.map_scene import SceneGround
from carreau.base.schema.parts import Text
from carreau.catalogue.trail import POINT, Chapter, Question, Way
from carreau.exports.records.record import TrailRecord
from carreau.site.publish import static_paths
from carreau.site.publish.artifacts import EntryArtifacts
from carreau.site.publish.map_scene_document import scenes
from carreau.site.publish.shared_fields import Localizer, media, place, rights

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
        pages=static_paths.pages(KIND, record.slug, LANGUAGES),
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
        url=static_paths.api(KIND, trail.slug),
        page=static_paths.page(KIND, trail.slug, trail.lang),
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
            page=static_paths.page("sites", site.slug, localizer.language),
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
    number = other.number_of(way.to) if other else None
    if other is None or number is None:
        return None
    return schema.Way(
        trail=way.trail,
        to=way.to,
        title=localizer.required_text(other.text("chapter", number, "title"), way.to),
        label=label,
        page=f"{static_paths.page(KIND, other.slug, localizer.language)}#chapter={quote(way.to)}",
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
