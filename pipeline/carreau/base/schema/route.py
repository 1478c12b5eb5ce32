"""Say what the API answers about an itinerary, in one language."""

from __future__ import annotations

from pydantic import Field

from carreau.base.schema.parts import FrozenModel, Medium, Moment, Place, Term, Text
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
