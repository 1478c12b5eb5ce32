"""Say what the API answers about routes and trails, and what a page knows of a show, in one language."""

from __future__ import annotations

from pydantic import Field

from carreau.base.schema.parts import Day, FrozenModel, MapScene, Medium, Moment, Place, Term, Text
from carreau.base.schema.site import Rights, Source

Line = tuple[tuple[float, float], ...]


class Stop(FrozenModel):
    """One stop.

    site : slug of a site of the catalogue; empty for a place outside it
    position : where one stands
    along_m : how far along the path; None where that is not known
    minutes : that a visit takes
    text : its own, or the first sentence of the site
    """

    number: int = Field(ge=1)
    site: str = ""
    name: Text
    commune: str = ""
    position: Place | None = None
    along_m: float | None = None
    is_optional: bool = False
    minutes: float | None = None
    text: Text | None = None


class LineOrigin(FrozenModel):
    """Where a line comes from that was computed or imported.

    engine : the service that computed it, or the file that it was read from
    resource, version : its data
    profile : that the engine computed for
    day : on which that was
    heights_credit : of the terrain
    is_walked : whether somebody followed it on the ground
    """

    engine: str
    resource: str = ""
    version: str = ""
    profile: str = ""
    day: str = ""
    credit: str = ""
    licence: str = ""
    licence_url: str = ""
    source: str = ""
    heights_credit: str = ""
    is_walked: bool = False


class RouteCard(FrozenModel):
    """A route in a list.

    modified : when what is published about it last changed
    length_km, straight_km, length_text : as of the route
    """

    slug: str
    lang: str
    modified: Moment
    name: Text
    summary: Text
    standing: Term
    mode: Term
    is_loop: bool | None = None
    length_km: float | None = None
    straight_km: float | None = None
    length_text: str = ""
    duration_min: float | None = None
    climb_m: float | None = None
    stops: int
    url: str = Field(pattern=r"^/")
    page: str = Field(pattern=r"^/")


class Route(FrozenModel):
    """Everything of one route.

    modified : when what is published about it last changed, in any language
    path : longitudes and latitudes in WGS 84
    path_measure : "indicative" where straight lines stand in for the way, "computed" until somebody walked it
    line : where the path comes from; None for one that was drawn, and without one
    profile : heights along the path, (metres from its start, metres above the sea); empty where unknown
    length_km : along the path, or of a document; None where there is neither
    straight_km : sum of the straight lines between the stops: no way is shorter
    length_text : the length for people, with how far to trust it
    length_measure : "straight" where only the straight lines are known
    climb_m, descent_m : None where heights are unknown
    duration_min : on the way, after `duration_formula`, without `stops_min` at the stops
    required_km, required_straight_km, required_min : without the optional stops; None where there is no difference
    is_step_free : None as long as nobody has looked
    packs : addresses of the offline packs, by level
    """

    slug: str
    lang: str
    modified: Moment
    name: Text
    summary: Text
    description: Text | None = None
    standing: Term
    mode: Term
    is_loop: bool | None = None
    path: Line = ()
    path_measure: Term
    line: LineOrigin | None = None
    profile: tuple[tuple[float, float], ...] = ()
    length_km: float | None = None
    straight_km: float | None = None
    length_text: str = ""
    length_measure: Term
    length_note: Text | None = None
    climb_m: float | None = None
    descent_m: float | None = None
    duration_min: float | None = None
    duration_formula: str = ""
    stops_min: float | None = None
    required_km: float | None = None
    required_straight_km: float | None = None
    required_min: float | None = None
    surface: Text | None = None
    is_step_free: bool | None = None
    transport: Text | None = None
    safety: Text | None = None
    documented: Text | None = None
    proposed: Text | None = None
    stops: tuple[Stop, ...] = ()
    sources: tuple[Source, ...] = ()
    rights: tuple[Rights, ...] = ()
    media: tuple[Medium, ...] = ()
    packs: dict[str, str] = Field(default_factory=dict)
    links: dict[str, str] = Field(default_factory=dict)
    pages: dict[str, str] = Field(default_factory=dict)


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
