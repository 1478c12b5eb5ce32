"""A trail, `assets/trails/<slug>/trail.toml`: a story in chapters, told at places, on the way and at home."""

# ruff: noqa: RUF009 - the functions return dataclass fields

from __future__ import annotations

from dataclasses import dataclass

from carreau.catalogue import fields
from carreau.catalogue.media import Medium
from carreau.catalogue.route import STANDINGS
from carreau.catalogue.site import EVIDENCE, Position, Rights, Source
from carreau.catalogue.table_reader import When

SHEET = "trail.toml"
"""Name of the file of a trail in its folder."""

ALONE, CHILDREN, CLASS = "alone", "children", "class"
AUDIENCES = (ALONE, CHILDREN, CLASS)
MEANS = ("walk", "bike", "home")
RELIABILITIES = ("A", "B", "C", "D")
"""A: a participant, a contemporary or an official inventory; B: a scholar, a museum, a public institution; C: a local
historian, an association, a tourist office, the press; D: a wiki, a blog, a dealer, an undated page."""

POINT, AREA = "point", "area"
PRECISIONS = (POINT, AREA)
"""Whether one finds the thing at the position, or only the place that it was somewhere in."""

BY_PLACE, BY_MODEL, BY_MAP, BY_WORDS = "place", "model", "map", "words"
ANSWERED_BY = (BY_PLACE, BY_MODEL, BY_MAP, BY_WORDS)
MODEL_SCENE, MAP_SCENE = "model", "map"
SCENE_ENDING = ".scene.toml"
"""End of the names of files of maps that move; what is before it is their name in addresses and translations."""


@dataclass(frozen=True)
class TrailSource(Source):
    """A source, `[[source]]`, with the name that chapters call it by and how far it can be trusted.

    id : its name in the lists of `sources`
    reliability : a letter of `RELIABILITIES`
    note : what a reader should know of it: that only a summary was read, whose side it takes
    """

    id: str = fields.name()
    reliability: str = fields.word(*RELIABILITIES)
    note: str = fields.text(translatable=True)


@dataclass(frozen=True)
class ChapterPlace:
    """Where a chapter is told, outside the catalogue.

    position : to stand at; None where nobody knows it
    precision : "point" where the thing is at the position, "area" where it was only somewhere around. Arrival by
        position needs a point
    doubt : what is not known of the place, for visitors
    """

    name: str = fields.text(fields.MUST, translatable=True, limit=fields.NAME)
    commune: str = fields.text(fields.OUGHT)
    insee: str = fields.text()
    position: Position | None = fields.one(Position, fields.OUGHT)
    precision: str = fields.word(*PRECISIONS, need=fields.MAY)
    doubt: str = fields.text(translatable=True)


@dataclass(frozen=True)
class Version:
    """What some sources say, `[[chapter.doubt.version]]`.

    sources : ids
    """

    text: str = fields.text(fields.MUST, translatable=True)
    sources: tuple[str, ...] = fields.texts(fields.MUST)


@dataclass(frozen=True)
class Doubt:
    """Something on which sources differ, `[[chapter.doubt]]`: all versions are shown, none is preferred.

    about : what it is, as "heure de l'assaut"
    """

    about: str = fields.text(fields.MUST, translatable=True, limit=fields.NAME)
    version: tuple[Version, ...] = fields.many(Version, fields.MUST)


@dataclass(frozen=True)
class Scene:
    """What a chapter shows beside its text.

    kind : a model of the catalogue, or a map with what moves on it
    site, state : of a model
    file : of a map, beside the trail
    event : of that map, by its id: where the chapter opens it
    """

    kind: str = fields.word(MODEL_SCENE, MAP_SCENE)
    site: str = fields.text()
    state: str = fields.text()
    file: str = fields.text()
    event: str = fields.text()

    @property
    def map_name(self) -> str:
        """Return the name of the map; empty for a model."""
        return self.file.removesuffix(SCENE_ENDING)


@dataclass(frozen=True)
class Option:
    """An answer to choose, `[[chapter.question.option]]`."""

    text: str = fields.text(fields.MUST, translatable=True, limit=fields.SUMMARY)
    right: bool | None = fields.flag()


@dataclass(frozen=True)
class Question:
    """A question, `[[chapter.question]]`. No chapter is closed to whoever does not answer.

    by : where the answer is found: by looking at the place or the map, by tapping an annotation of a model, or by words
    open : whether there is no right answer: "what do you think?"
    option : answers to choose
    accepted : words that are right where the visitor writes; a translation may list several, with commas
    site, state, annotation : what to tap on a model
    position, radius_m : what to tap on a map, and how near
    hint : from the faintest to the plainest
    answer : for whoever has answered, and on the page
    """

    by: str = fields.word(*ANSWERED_BY)
    text: str = fields.text(fields.MUST, translatable=True)
    open: bool | None = fields.flag()
    option: tuple[Option, ...] = fields.many(Option)
    accepted: tuple[str, ...] = fields.texts(translatable=True)
    site: str = fields.text()
    state: str = fields.text()
    annotation: str = fields.text()
    position: Position | None = fields.one(Position)
    radius_m: float | None = fields.number(1, 50_000, fields.METRES)
    hint: tuple[str, ...] = fields.texts(fields.OUGHT, translatable=True)
    answer: str = fields.text(fields.OUGHT, translatable=True)
    sources: tuple[str, ...] = fields.texts()


@dataclass(frozen=True)
class Way:
    """A way on from a chapter, `[[chapter.way]]`; without one it is the next chapter of the file.

    trail : slug of another trail, which this way crosses into; empty for this one
    to : id of a chapter
    label : what to choose by, where there are several
    """

    trail: str = fields.text()
    to: str = fields.name()
    label: str = fields.text(translatable=True, limit=fields.NAME)


@dataclass(frozen=True)
class Chapter:
    """A chapter, `[[chapter]]`.

    children : the same told to children
    site : slug of the place of the catalogue where it is told; or else
    place : a place outside the catalogue. Without both it is told on the way
    period, period_note : that it tells of; the note is the same in words
    media, sound : ids
    sources : ids
    evidence : how sure the whole is
    optional : whether it may be left out
    minutes : that it takes, without the way
    """

    id: str = fields.name()
    title: str = fields.text(fields.MUST, translatable=True, limit=fields.NAME)
    text: str = fields.text(fields.MUST, translatable=True)
    children: str = fields.text(translatable=True)
    site: str = fields.text()
    place: ChapterPlace | None = fields.one(ChapterPlace)
    period: When | None = fields.when()
    period_note: str = fields.text(translatable=True)
    media: tuple[str, ...] = fields.texts()
    sound: str = fields.text()
    scene: Scene | None = fields.one(Scene)
    sources: tuple[str, ...] = fields.texts(fields.OUGHT)
    evidence: str = fields.word(*EVIDENCE)
    doubt: tuple[Doubt, ...] = fields.many(Doubt)
    question: tuple[Question, ...] = fields.many(Question)
    way: tuple[Way, ...] = fields.many(Way)
    optional: bool | None = fields.flag()
    minutes: float | None = fields.number(0, 600, fields.MINUTES)


@dataclass(frozen=True)
class Lesson:
    """What a teacher needs, `[lesson]`.

    level : of the pupils
    goals : what they learn
    before, after : what to do in class
    discuss : questions without a right answer
    """

    level: str = fields.text(fields.OUGHT, translatable=True)
    goals: tuple[str, ...] = fields.texts(fields.OUGHT, translatable=True)
    before: str = fields.text(translatable=True)
    after: str = fields.text(translatable=True)
    discuss: tuple[str, ...] = fields.texts(translatable=True)


@dataclass(frozen=True)
class Trail:
    """A trail.

    standing : a proposal until it has been tested on the ground
    audience : who it is told to
    means : how it can be followed
    care : what to know before telling it, such as deaths
    badge : words on the certificate at the end
    questions : to the team
    """

    name: str = fields.text(fields.MUST, translatable=True, limit=fields.NAME)
    standing: str = fields.word(*STANDINGS)
    audience: tuple[str, ...] = fields.words(*AUDIENCES)
    means: tuple[str, ...] = fields.words(*MEANS)
    summary: str = fields.text(fields.MUST, translatable=True, limit=fields.SUMMARY)
    description: str = fields.text(fields.OUGHT, translatable=True)
    period: When | None = fields.when(fields.OUGHT)
    care: str = fields.text(translatable=True)
    access: str = fields.text(fields.OUGHT, translatable=True)
    safety: str = fields.text(fields.OUGHT, translatable=True)
    badge: str = fields.text(translatable=True, limit=fields.SUMMARY)
    basis: tuple[str, ...] = fields.texts()
    questions: tuple[str, ...] = fields.texts()
    chapter: tuple[Chapter, ...] = fields.many(Chapter, fields.MUST)
    lesson: Lesson | None = fields.one(Lesson)
    source: tuple[TrailSource, ...] = fields.many(TrailSource, fields.MUST)
    rights: tuple[Rights, ...] = fields.many(Rights, fields.MUST)
    media: tuple[Medium, ...] = fields.many(Medium)

    def ways_from(self, number: int) -> tuple[Way, ...]:
        """Return the ways on from a chapter by its index: its own, or the next chapter; none after the last one."""
        if self.chapter[number].way:
            return self.chapter[number].way
        return (Way(to=self.chapter[number + 1].id),) if number + 1 < len(self.chapter) else ()
