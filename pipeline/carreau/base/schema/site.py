"""Say what the API answers about a site, in one language."""

from __future__ import annotations

from pydantic import Field

from carreau.base.schema.map_scene import MapScene
from carreau.base.schema.parts import Day, FrozenModel, Medium, Moment, Picture, Place, Term, Text
from carreau.base.schema.state import Annotation, State, Tour

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
