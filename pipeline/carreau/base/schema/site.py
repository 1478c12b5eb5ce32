"""Say what the API answers about a site, in one language: its states, their models, and what is pinned to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from carreau.base.levels import PUBLISHED
from carreau.base.schema.parts import Day, FrozenModel, Link, MapScene, Medium, Moment, Picture, Place, Pose, Term, Text

if TYPE_CHECKING:
    LevelName = str
else:
    LevelName = Literal[tuple(PUBLISHED)]

EXAMPLE, STORY = "example", "story"
"""Code of the kind of a real place that is none of the territory's list."""


class Rights(FrozenModel):
    """Whom a part of an entry belongs to."""

    of: Text
    credit: str = ""
    licence: str = ""
    licence_url: str = ""
    url: str = ""


class Source(FrozenModel):
    """Where something was read."""

    title: Text
    url: str = ""


class Dated(FrozenModel):
    """Something that happened."""

    event: Term
    when: Day
    label: Text | None = None
    of: Text | None = None
    source: str = ""
    is_disputed: bool = False


class Fact(FrozenModel):
    """Something known, with its source.

    value : as written; None where nobody knows
    text : the value with its unit, in the language of the document
    """

    name: str
    label: Text
    value: str | float | None = None
    unit: str = ""
    text: Text | None = None
    source: str = ""
    note: Text | None = None
    is_disputed: bool = False


class Architect(FrozenModel):
    """Who designed it."""

    name: str
    role: Text | None = None
    source: str = ""


class Inscription(FrozenModel):
    """What the official list says, as published."""

    list: int
    code: str = ""
    component_number: int | None = None
    component: str = ""
    element: str = ""
    source: str = ""


class Visit(FrozenModel):
    """What a visitor should know before going.

    parking, bus : where to leave a car, and the nearest stop; None as long as nobody has looked
    is_step_free : whether one arrives without a step; None as long as nobody has looked
    parking_source, bus_source, step_free_source : where that was read, or who looked
    """

    see_today: Text | None = None
    access: Text | None = None
    safety: Text | None = None
    accessibility: Text | None = None
    parking: Text | None = None
    parking_source: str = ""
    bus: Text | None = None
    bus_source: str = ""
    is_step_free: bool | None = None
    step_free_source: str = ""


class Extent(FrozenModel):
    """How large it is."""

    area_ha: float | None = None
    length_m: float | None = None
    share_in_territory: float | None = None
    basis: Text | None = None


class Card(FrozenModel):
    """A site in a list.

    modified : when what is published about it last changed
    has : among "model", "ar", "tour", "sound", "image", "video", "then-and-now"
    pictures : the published sizes of `picture`, smallest first, each once: as JPEG, or as PNG or WebP where there is no
        JPEG, which every program that follows an oEmbed link shows; never AVIF
    distance_m : from the point that was asked about
    """

    slug: str
    lang: str
    modified: Moment
    name: Text
    summary: Text
    kind: Term
    theme: Term
    commune: str
    insee: str
    position: Place | None = None
    confidence: str = ""
    is_demonstration: bool = False
    has: tuple[str, ...] = ()
    picture: Picture | None = None
    pictures: tuple[Picture, ...] = ()
    picture_alt: Text | None = None
    picture_credit: str = ""
    url: str = Field(pattern=r"^/")
    page: str = Field(pattern=r"^/")
    distance_m: float | None = None

    @property
    def is_sample(self) -> bool:
        """Return whether it only shows what pages can do: a demonstration, or an example from elsewhere."""
        return self.is_demonstration or self.kind.code == EXAMPLE

    @property
    def is_apart(self) -> bool:
        """Return whether it is not on the territory's list: a demonstration, an example, or a place of a trail."""
        return self.is_demonstration or self.kind.code in (EXAMPLE, STORY)

    @property
    def is_listed(self) -> bool:
        """Return whether lists of places have it; only its trail and the search lead to a place of a trail."""
        return self.kind.code != STORY

    @property
    def is_off_map(self) -> bool:
        """Return whether maps and distances leave it out: its position is simulated, elsewhere, or a trail's alone."""
        return self.kind.code in (EXAMPLE, STORY) or (self.position is not None and self.position.is_simulated)


Triple = tuple[float, float, float]
"""A level as documents name it; the type checker cannot follow the table."""


class Annotation(FrozenModel):
    """A text pinned to a point of a state, in the model's metres."""

    id: str
    state: str
    point: Triple
    normal: Triple
    title: Text
    text: Text | None = None
    media: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


class AugmentedReality(FrozenModel):
    """How a state appears in augmented reality: on a table, and life-size.

    table_scale : from its metres to metres on a table, of the levels "ar-table-android" and "ar-table-ios"; 1 where
        "ar-android" and "ar-ios" fit a table as they are; None where it has no files for a table
    life_size_m : how far from its nearest side one stands to see all of it, in metres; None where it is not to be
        shown life-size: its real size is unknown, it is a landscape, or there is no standing back far enough
    """

    table_scale: float | None = Field(None, gt=0)
    life_size_m: float | None = Field(None, gt=0)


class Camera(FrozenModel):
    """Where a view looks from and at, in the model's metres."""

    position: Triple
    target: Triple
    field_deg: float | None = None


class Clip(FrozenModel):
    """An animation of the model."""

    name: str
    duration_s: float


class Error(FrozenModel):
    """How far a level is from its scan.

    psnr_db, ssim : of rendered views; None where nothing differs or nothing was measured
    rms_m : from the level to the scan, in metres
    """

    psnr_db: float | None = None
    ssim: float | None = None
    rms_m: float | None = None


class Level(Link):
    """One published size of a state.

    texture_px : edge of the largest texture, 0 without any
    texel_m : edge of a texel on the surface, in the model's metres, the median: half of the surface has finer ones; 0
        without a texture, and where the build did not tell
    gpu_bytes : of its textures with mipmaps
    extensions : of glTF that a reader must know
    """

    level: LevelName
    triangles: int = Field(ge=0)
    texture_px: int = Field(ge=0)
    texture_format: str = ""
    texel_m: float = Field(0.0, ge=0)
    gpu_bytes: int = Field(ge=0)
    extensions: tuple[str, ...] = ()
    error: Error = Error()


class Accuracy(FrozenModel):
    """How far measured points lie from a part: half of them within `median_m`, 95 % within `p95_m`, in metres."""

    points: int = Field(ge=0)
    median_m: float = Field(ge=0)
    p95_m: float = Field(ge=0)


class NamedPart(FrozenModel):
    """A part of a model with an evidence of its own; `name` is that of its node in the glTF, where it has one.

    accuracy : of a part that was measured from the air
    """

    name: str
    label: Text
    evidence: Term
    sources: tuple[str, ...] = ()
    note: Text | None = None
    accuracy: Accuracy | None = None


class Survey(FrozenModel):
    """What a state surveyed from the air was made of.

    flown : when it was measured; None if unknown
    has_photograph : whether a photograph lies on it
    photograph : when that was taken; None if unknown
    is_historic : whether that is an old photograph, on the ground of today
    points_per_m2 : laser points per square metre; 0 where nobody measured, and all is from records
    gaps : what was asked for and is not there
    changes : what was changed of the photograph, and ground that nothing measured
    """

    flown: Day | None = None
    has_photograph: bool = False
    photograph: Day | None = None
    is_historic: bool = False
    points_per_m2: float = Field(ge=0)
    gaps: tuple[Text, ...] = ()
    changes: tuple[Text, ...] = ()


class View(FrozenModel):
    """From where a picture was taken, in degrees: azimuth from +Z towards +X, elevation from the horizon.

    subject_m : lowest and highest corner of what it is of, in the model's metres; without it, of all of the model
    """

    azimuth_deg: float
    elevation_deg: float
    subject_m: tuple[tuple[float, float, float], tuple[float, float, float]] | None = None


class State(FrozenModel):
    """A site at a date.

    line : its kind, date and certainty in one line, for people
    bounds_m : lower and upper corner of the model, in its metres
    is_size_known : whether its metres are metres of the real thing
    ar : of a state that has files for augmented reality
    survey : of a state surveyed from the air
    is_simulated : whether nobody surveyed it
    levels : empty as long as nothing was built
    first_view : where visitors begin; without it, where the poster was taken
    """

    id: str
    title: Text
    date: Day | None = None
    kind: Term
    evidence: Term
    line: str = ""
    parts: tuple[NamedPart, ...] = ()
    sources: tuple[str, ...] = ()
    author: str = ""
    licence: str = ""
    licence_url: str = ""
    credit: str = ""
    note: Text | None = None
    pose: Pose | None = None
    survey: Survey | None = None
    is_simulated: bool = False
    is_size_known: bool = False
    bounds_m: tuple[Triple, Triple] | None = None
    clips: tuple[Clip, ...] = ()
    levels: tuple[Level, ...] = ()
    ar: AugmentedReality | None = None
    poster: tuple[Picture, ...] = ()
    poster_view: View | None = None
    first_view: Camera | None = None


class Step(FrozenModel):
    """One view of a tour; `annotation` and `sound` are ids."""

    camera: Camera | None = None
    annotation: str = ""
    text: Text | None = None
    sound: str = ""
    duration_s: float = Field(gt=0)


class Tour(FrozenModel):
    """Views one after the other."""

    id: str
    state: str
    title: Text
    summary: Text | None = None
    steps: tuple[Step, ...] = ()


class Site(FrozenModel):
    """Everything of one site.

    lang : that was asked for; each text says its own
    modified : when what is published about it last changed, in any language
    outline : address of its GeoJSON
    maps : that move: what stood and worked where, from event to event
    links : addresses of the same in other formats, by name
    pages : addresses of its page, by language
    """

    slug: str
    lang: str
    modified: Moment
    name: Text
    other_names: tuple[Text, ...] = ()
    is_demonstration: bool = False
    kind: Term
    theme: Term
    commune: str
    insee: str
    communes: tuple[str, ...] = ()
    period: Day | None = None
    period_note: Text | None = None
    company: Text | None = None
    summary: Text
    description: Text | None = None
    keywords: tuple[Text, ...] = ()
    confidence: Term | None = None
    related: tuple[str, ...] = ()
    position: Place | None = None
    extent: Extent | None = None
    outline: str = ""
    inscription: Inscription | None = None
    visit: Visit | None = None
    dates: tuple[Dated, ...] = ()
    architects: tuple[Architect, ...] = ()
    facts: tuple[Fact, ...] = ()
    sources: tuple[Source, ...] = ()
    rights: tuple[Rights, ...] = ()
    states: tuple[State, ...] = ()
    annotations: tuple[Annotation, ...] = ()
    tours: tuple[Tour, ...] = ()
    media: tuple[Medium, ...] = ()
    maps: tuple[MapScene, ...] = ()
    routes: tuple[str, ...] = ()
    links: dict[str, str] = Field(default_factory=dict)
    pages: dict[str, str] = Field(default_factory=dict)

    @property
    def is_sample(self) -> bool:
        """Return whether it only shows what pages can do: a demonstration, or an example from elsewhere."""
        return self.is_demonstration or self.kind.code == EXAMPLE

    @property
    def is_apart(self) -> bool:
        """Return whether it is not on the territory's list: a demonstration, an example, or a place of a trail."""
        return self.is_demonstration or self.kind.code in (EXAMPLE, STORY)

    @property
    def is_off_map(self) -> bool:
        """Return whether maps and distances leave it out: its position is simulated, elsewhere, or a trail's alone."""
        return self.kind.code in (EXAMPLE, STORY) or (self.position is not None and self.position.is_simulated)
