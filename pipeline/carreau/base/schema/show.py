"""Say what a page knows of a show, in one language."""

from __future__ import annotations

from pydantic import Field

from carreau.base.schema.parts import FrozenModel, Medium, Text
from carreau.base.schema.site import Rights
from carreau.base.schema.trail import TrailSource


class Attract(FrozenModel):
    """What the screen shows while nobody watches."""

    text: Text
    light: str = ""


class Quiet(FrozenModel):
    """Full hours with a lower volume; those that end before they begin go over midnight."""

    begins: int
    ends: int
    volume: float


class ShowScene(FrozenModel):
    """A scene.

    seconds : that it lasts at least; a voice or a film that is longer is heard to its end
    light : "dark", "lamp", "dust", "headframe" or "day"
    lines : words of somebody else, each in its own language
    translation : of each line; none where they are in the language of the document
    is_read : whether a speaker of the language of the lines has read the translation
    voice, figure : ids of media; sources : ids
    model : the state of a site that turns, as SITE/STATE; empty without one
    """

    id: str
    seconds: float
    light: str = ""
    text: Text | None = None
    lines: tuple[str, ...] = ()
    lang: str = ""
    translation: tuple[Text, ...] = ()
    is_read: bool = False
    credit: Text | None = None
    voice: str = ""
    figure: str = ""
    model: str = ""
    sources: tuple[str, ...] = ()


class Show(FrozenModel):
    """A show.

    slug : of its trail or site; owner : address of the page of that
    start : among "touch", "key" and "presence"
    presence_key : as `KeyboardEvent.key` has it
    volume : greatest, from 0 to 1
    """

    slug: str
    lang: str
    owner: str = Field(pattern=r"^/")
    owner_kind: str
    name: Text
    summary: Text
    care: Text | None = None
    start: tuple[str, ...] = ()
    presence_key: str = ""
    volume: float = 1.0
    attract: Attract
    quiet: tuple[Quiet, ...] = ()
    scenes: tuple[ShowScene, ...] = ()
    sources: tuple[TrailSource, ...] = ()
    rights: tuple[Rights, ...] = ()
    media: tuple[Medium, ...] = ()
    pages: dict[str, str] = Field(default_factory=dict)
