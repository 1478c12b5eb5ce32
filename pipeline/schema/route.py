"""Say what the API answers about an itinerary, in one language."""

from __future__ import annotations

from pydantic import Field

from pipeline.schema.frozen_model import FrozenModel, Moment
from pipeline.schema.medium import Medium
from pipeline.schema.place import Place
from pipeline.schema.site import Rights, Source
from pipeline.schema.words import Term, Text

Line = tuple[tuple[float, float], ...]


class Stop(FrozenModel):
    """One stop.

    site : slug of a site of the catalogue; empty for a place outside it
    """

    number: int = Field(ge=1)
    site: str = ""
    name: Text
    commune: str = ""
    position: Place | None = None
    is_optional: bool = False
    text: Text | None = None


class RouteCard(FrozenModel):
    """A route in a list.

    modified : when what is published about it last changed
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
    length_text: str = ""
    duration_min: float | None = None
    stops: int
    url: str = Field(pattern=r"^/")
    page: str = Field(pattern=r"^/")


class Route(FrozenModel):
    """Everything of one route.

    modified : when what is published about it last changed, in any language
    path : longitudes and latitudes in WGS 84
    path_measure : "indicative" where straight lines stand in for the way
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
    length_km: float | None = None
    length_text: str = ""
    length_measure: Term
    length_note: Text | None = None
    climb_m: float | None = None
    duration_min: float | None = None
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
