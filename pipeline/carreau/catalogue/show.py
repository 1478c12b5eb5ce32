"""A show for a kiosk, `NAME.show.toml` beside a trail or a site: words, voice, light and figures in scenes."""

# ruff: noqa: RUF009 - the functions return dataclass fields

from __future__ import annotations

from dataclasses import dataclass

from carreau.catalogue import fields
from carreau.catalogue.media import Medium
from carreau.catalogue.site import Rights
from carreau.catalogue.trail import TrailSource

ENDING = ".show.toml"
"""Of its file; the name before it is free."""

DARK, LAMP, DUST, HEADFRAME, DAY = "dark", "lamp", "dust", "headframe", "day"
LIGHTS = (DARK, LAMP, DUST, HEADFRAME, DAY)
"""What is drawn behind the words: nothing; a miner's lamp; its cone with coal dust; a headframe against the sky;
daylight at the top of a shaft."""

TOUCH, KEY, PRESENCE = "touch", "key", "presence"
STARTS = (TOUCH, KEY, PRESENCE)
"""What begins it: a touch of the screen, Enter or the space bar, a sensor that presses `presence_key`."""

SHORTEST_S, LONGEST_S = 2, 600


@dataclass(frozen=True)
class Attract:
    """What the screen shows while nobody watches, `[attract]`.

    text : that invites
    """

    text: str = fields.text(fields.MUST, translatable=True, limit=fields.NAME)
    light: str = fields.word(*LIGHTS, need=fields.MAY)


@dataclass(frozen=True)
class Quiet:
    """Hours with a lower volume, `[[quiet]]`, in the clock of the kiosk.

    begins, ends : full hours; hours that end before they begin go over midnight
    volume : share of the full volume; 0 is silence
    """

    begins: int | None = fields.whole(0, 23, fields.MUST)
    ends: int | None = fields.whole(0, 24, fields.MUST)
    volume: float | None = fields.number(0, 1, need=fields.MUST)


@dataclass(frozen=True)
class Scene:
    """A scene, `[[scene]]`.

    seconds : that it lasts; with a voice or a film that is longer, as long as that
    text : words of ours
    lines : words of somebody else, line by line, as they are written there
    lang : language of the lines, BCP 47, as "pcd" for Picard
    translation : of each line
    is_read : whether a speaker of that language has read the translation
    credit : whose the lines are, and where they stand
    voice, figure : ids of a sound, and of a picture or film, in `[[media]]`
    model : a state of a site that turns in place of a figure, as SITE/STATE
    sources : ids of `[[source]]`
    """

    id: str = fields.name()
    seconds: float | None = fields.number(SHORTEST_S, LONGEST_S, fields.SECONDS, fields.MUST)
    light: str = fields.word(*LIGHTS, need=fields.MAY)
    text: str = fields.text(translatable=True)
    lines: tuple[str, ...] = fields.texts()
    lang: str = fields.text()
    translation: tuple[str, ...] = fields.texts(translatable=True)
    is_read: bool | None = fields.flag()
    credit: str = fields.text(translatable=True, limit=fields.SUMMARY)
    voice: str = fields.text()
    figure: str = fields.text()
    model: str = fields.text()
    sources: tuple[str, ...] = fields.texts(fields.OUGHT)


@dataclass(frozen=True)
class Show:
    """A show.

    start : what begins it
    presence_key : name of the key that a sensor presses, as `KeyboardEvent.key` has it
    volume : greatest, as a share of the full volume
    questions : to the team
    """

    name: str = fields.text(fields.MUST, translatable=True, limit=fields.NAME)
    summary: str = fields.text(fields.MUST, translatable=True, limit=fields.SUMMARY)
    care: str = fields.text(translatable=True)
    start: tuple[str, ...] = fields.words(*STARTS)
    presence_key: str = fields.text()
    volume: float | None = fields.number(0, 1)
    attract: Attract | None = fields.one(Attract, fields.MUST)
    quiet: tuple[Quiet, ...] = fields.many(Quiet)
    basis: tuple[str, ...] = fields.texts()
    questions: tuple[str, ...] = fields.texts()
    scene: tuple[Scene, ...] = fields.many(Scene, fields.MUST)
    source: tuple[TrailSource, ...] = fields.many(TrailSource, fields.MUST)
    rights: tuple[Rights, ...] = fields.many(Rights, fields.MUST)
    media: tuple[Medium, ...] = fields.many(Medium)
