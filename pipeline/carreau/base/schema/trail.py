"""Say what the API answers about a trail, in one language."""

from __future__ import annotations

from pydantic import Field

from carreau.base.schema.map_scene import MapScene
from carreau.base.schema.parts import Day, FrozenModel, Medium, Moment, Place, Term, Text
from carreau.base.schema.site import Rights


class TrailSource(FrozenModel):
    """Where something was read.

    id : by which chapters name it
    reliability : code "A" (who was there, or an official inventory) to "D" (a wiki, a blog, an undated page)
    note : what a reader should know of it
    """

    id: str
    title: Text
    url: str = ""
    reliability: Term
    note: Text | None = None


class Where(FrozenModel):
    """Where a chapter is told.

    site : slug of a site of the catalogue; empty for a place outside it
    page : of that site
    position : None as long as nobody knows it
    is_exact : whether one finds the thing at the position; else it was only somewhere around, and nobody arrives there
    doubt : what is not known of the place
    """

    site: str = ""
    page: str = ""
    name: Text
    commune: str = ""
    position: Place | None = None
    is_exact: bool = False
    doubt: Text | None = None


class Version(FrozenModel):
    """What some sources say; sources : ids."""

    text: Text
    sources: tuple[str, ...] = ()


class Doubt(FrozenModel):
    """Something on which sources differ; none of the versions is chosen."""

    about: Text
    versions: tuple[Version, ...] = ()


class Scene(FrozenModel):
    """What is shown beside the text: a model of the catalogue, or a map with what moves on it.

    kind : "model" or "map"
    site, state : of the model
    map, event : slug of one of the trail's maps, and the event of it where the chapter opens it
    """

    kind: str
    site: str = ""
    state: str = ""
    map: str = ""
    event: str = ""


class Option(FrozenModel):
    """An answer to choose."""

    text: Text
    is_right: bool = False


class Question(FrozenModel):
    """A question; no chapter is closed to whoever does not answer it.

    by : where the answer is found: "place", "model", "map" or "words"
    is_open : whether there is no right answer
    accepted : words that are right where the visitor writes, in the languages that have them
    site, state, annotation : what to tap on a model
    position, radius_m : what to tap on a map, and how near
    hints : from the faintest to the plainest
    """

    by: Term
    text: Text
    is_open: bool = False
    options: tuple[Option, ...] = ()
    accepted: tuple[Text, ...] = ()
    site: str = ""
    state: str = ""
    annotation: str = ""
    position: Place | None = None
    radius_m: float | None = None
    hints: tuple[Text, ...] = ()
    answer: Text | None = None
    sources: tuple[str, ...] = ()


class Way(FrozenModel):
    """A way on.

    trail : slug of another trail; empty for this one
    to : id of a chapter
    title : of that chapter
    page : address of the chapter's page, with its fragment
    """

    trail: str = ""
    to: str
    title: Text
    label: Text | None = None
    page: str = Field(pattern=r"^/")


class Chapter(FrozenModel):
    """A chapter.

    where : None for one that is told on the way
    children : the same told to children
    media, sound, sources : ids
    ways : none after the last chapter
    """

    id: str
    number: int = Field(ge=1)
    title: Text
    text: Text
    children: Text | None = None
    where: Where | None = None
    period: Day | None = None
    period_note: Text | None = None
    media: tuple[str, ...] = ()
    sound: str = ""
    scene: Scene | None = None
    sources: tuple[str, ...] = ()
    evidence: Term
    doubts: tuple[Doubt, ...] = ()
    questions: tuple[Question, ...] = ()
    ways: tuple[Way, ...] = ()
    is_optional: bool = False
    minutes: float | None = None


class Lesson(FrozenModel):
    """What a teacher needs."""

    level: Text | None = None
    goals: tuple[Text, ...] = ()
    before: Text | None = None
    after: Text | None = None
    discuss: tuple[Text, ...] = ()


class TrailCard(FrozenModel):
    """A trail in a list.

    modified : when what is published about it last changed
    duration_min : of its chapters in minutes, without the way between them and without optional ones; None as long as
        it is not known of one of them
    """

    slug: str
    lang: str
    modified: Moment
    name: Text
    summary: Text
    standing: Term
    means: tuple[Term, ...] = ()
    period: Day | None = None
    chapters: int
    duration_min: float | None = None
    url: str = Field(pattern=r"^/")
    page: str = Field(pattern=r"^/")


class Trail(FrozenModel):
    """Everything of one trail.

    modified : when what is published about it last changed, in any language
    audiences : who it is told to; means : how it can be followed
    care : what to know before telling it
    badge : words on the certificate at the end
    packs : addresses of the offline packs, by level
    maps : that move
    links : addresses of the same in other formats, by name
    """

    slug: str
    lang: str
    modified: Moment
    name: Text
    summary: Text
    description: Text | None = None
    standing: Term
    audiences: tuple[Term, ...] = ()
    means: tuple[Term, ...] = ()
    period: Day | None = None
    care: Text | None = None
    access: Text | None = None
    safety: Text | None = None
    badge: Text | None = None
    chapters: tuple[Chapter, ...] = ()
    lesson: Lesson | None = None
    sources: tuple[TrailSource, ...] = ()
    rights: tuple[Rights, ...] = ()
    media: tuple[Medium, ...] = ()
    packs: dict[str, str] = Field(default_factory=dict)
    maps: tuple[MapScene, ...] = ()
    links: dict[str, str] = Field(default_factory=dict)
    pages: dict[str, str] = Field(default_factory=dict)
