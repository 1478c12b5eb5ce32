"""What the documents of the API have in common: words, places, links to files, media, and maps that move."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field

Moment = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", json_schema_extra={"format": "date-time"})]
"""A time in UTC, to the second (RFC 3339)."""


class FrozenModel(BaseModel):
    """A part of a document: what it has is declared, and nothing else may be there."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Standing = Literal["source", "reviewed", "unreviewed", "stale"]


class Text(FrozenModel):
    """Words of curators or translators.

    lang : BCP 47 tag of the text, which may not be the one that was asked for
    standing : written in this language; translated and accepted; translated and not yet accepted; or translated from
        an earlier wording
    """

    text: str
    lang: str
    standing: Standing


class Term(FrozenModel):
    """A word of a closed list.

    code : for programs
    text : in the language of the document
    """

    code: str
    text: str


class Day(FrozenModel):
    """A date or a period.

    edtf : ISO 8601-2 (EDTF level 1), as "1831", "1924~" or "1831/1862"
    text : in the language of the document
    """

    edtf: str = Field(examples=["1831/1862"])
    text: str


class Place(FrozenModel):
    """A point on the Earth.

    lon, lat : degrees in WGS 84
    basis : where these figures come from
    is_simulated : whether it stands in for a real place
    """

    lon: float = Field(ge=-180, le=180)
    lat: float = Field(ge=-90, le=90)
    basis: Text | None = None
    is_simulated: bool = False


class Pose(FrozenModel):
    """Where a model's origin stands and how it is turned (OGC GeoPose 1.0).

    height_m : metres above the WGS 84 ellipsoid, None where nobody knows
    quaternion : x, y, z, w, from the model's axes to east, north and up
    yaw_deg : from east to north; what a compass needs, None where nobody knows
    """

    lon: float = Field(ge=-180, le=180)
    lat: float = Field(ge=-90, le=90)
    height_m: float | None = None
    quaternion: tuple[float, float, float, float]
    yaw_deg: float | None = None


SHA256 = r"^[0-9a-f]{64}$"


class File(FrozenModel):
    """A file by its content: `a/<sha256>.<ext>`.

    brotli_bytes, gzip_bytes : of the compressed copies that lie beside it as `.br` and `.gz`; None where none would pay
    """

    sha256: str = Field(pattern=SHA256)
    ext: str = Field(pattern=r"^[a-z0-9]{1,12}$")
    media_type: str
    bytes: int = Field(ge=0)
    brotli_bytes: int | None = None
    gzip_bytes: int | None = None

    @property
    def path(self) -> str:
        """Return where it lies in the bundle."""
        return f"a/{self.sha256}.{self.ext}"

    @property
    def copies(self) -> dict[str, int]:
        """Return the bytes of the compressed copies that lie beside it, by the ending they have there."""
        sizes = {"br": self.brotli_bytes, "gz": self.gzip_bytes}
        return {ending: size for ending, size in sizes.items() if size is not None}

    @property
    def paths(self) -> tuple[str, ...]:
        """Return where it and its copies lie in the bundle."""
        return (self.path, *(f"{self.path}.{ending}" for ending in self.copies))


class Link(File):
    """A file with the address it is fetched from, relative to the origin."""

    url: str = Field(pattern=r"^/")


class Picture(Link):
    """An image of so many pixels."""

    width: int = Field(ge=1)
    height: int = Field(ge=1)


class Variant(Link):
    """One form of a medium.

    width, height : pixels, of pictures and films
    codec : as in a `codecs` parameter, of sounds and films
    """

    width: int | None = None
    height: int | None = None
    codec: str = ""


class Track(Link):
    """Captions in a language: WebVTT."""

    lang: str


class Medium(FrozenModel):
    """A picture, sound, film or document; its variants best first.

    placeholder : a tiny picture as a data address, shown while the picture comes
    captions : WebVTT, in the language `captions_lang`, which is that of curators
    tracks : captions in all languages that there are, the one for readers of the document first
    """

    id: str
    kind: Literal["image", "sound", "video", "document"]
    title: Text | None = None
    alt: Text | None = None
    credit: str
    licence: str
    licence_url: str = ""
    date: Day | None = None
    sources: tuple[str, ...] = ()
    transcript: Text | None = None
    captions: Link | None = None
    captions_lang: str = ""
    tracks: tuple[Track, ...] = ()
    placeholder: str = ""
    duration_s: float | None = None
    variants: tuple[Variant, ...] = ()


SHARES = "/oembed/shares"
"""Path of the document; only the server asks for it."""


class Share(FrozenModel):
    """A place, route or trail.

    invitation : what a visitor gets there, in a few words
    picture : address of a picture, relative to the origin, and its size in pixels; empty for none
    """

    invitation: str
    picture: str = ""
    width: int = Field(default=0, ge=0)
    height: int = Field(default=0, ge=0)


class Shares(FrozenModel):
    """All places, routes and trails, by slug."""

    lang: str
    sites: dict[str, Share] = Field(default_factory=dict)
    routes: dict[str, Share] = Field(default_factory=dict)
    trails: dict[str, Share] = Field(default_factory=dict)


PUBLISHER = "/id/publisher"
STATES, ANNOTATIONS, TOURS = "states", "annotations", "tours"
NAMELESS = ("place", "contexts", "canvases", "scenes")
"""Parts that only documents speak of; the page of their site is about them, too."""


def identifier(kind: str, slug: str, *part: str) -> str:
    """Return the path of an identifier; kind is "sites" or "routes", part that of a part.

    >>> identifier("sites", "fosse-mathilde", STATES, "1930")
    '/id/sites/fosse-mathilde/states/1930'
    """
    return "/".join(("/id", kind, slug, *part))


def fragment(part: str, name: str, state: str) -> str:
    """Return the fragment under which the page of a site shows one of its parts.

    state : that an annotation or a tour belongs to

    >>> fragment(STATES, "1930", "1930"), fragment(TOURS, "visite", "today")
    ('#state=1930', '#state=today&step=visite.1')
    """
    further = {ANNOTATIONS: f"&annotation={quote(name)}", TOURS: f"&step={quote(name)}.1"}
    return f"#state={quote(state)}{further.get(part, '')}"


Point = tuple[float, float]
"""Longitude and latitude in WGS 84, degrees."""


class SceneSource(FrozenModel):
    """Where something was read.

    reliability : code "A" to "D", as of trails; None of a site's own sources
    note : what a reader should know of it
    """

    id: str
    title: Text
    url: str = ""
    reliability: Term | None = None
    note: Text | None = None


class SceneSide(FrozenModel):
    """Who features belong to; the map shows it by shape and pattern."""

    id: str
    name: Text


class SceneFeature(FrozenModel):
    """Something on the map.

    side : id; empty for what belongs to nobody
    label : one to three letters on the map
    is_placed : whether its position is known or supposed at any event; else it is only named
    """

    id: str
    kind: Term
    side: str = ""
    name: Text
    label: str
    text: Text | None = None
    sources: tuple[str, ...] = ()
    evidence: Term
    is_placed: bool = False


class SceneSpot(FrozenModel):
    """Where a feature is at an event.

    feature : id
    points : one of a point, more of a line; empty where its position is not known
    around : name of the commune that it was somewhere around; the point is then the middle of that commune
    is_supposed : whether no source gives the position
    is_new : whether its place or its state changes with this event
    """

    feature: str
    points: tuple[Point, ...] = ()
    around: str = ""
    is_supposed: bool = False
    is_new: bool = False
    state: Term | None = None
    sources: tuple[str, ...] = ()


class SceneOther(FrozenModel):
    """What other sources say of an event.

    time : an hour or a date of theirs, as ISO 8601 writes it
    feature : id of what they have at another place; empty where they differ in something else
    points : that place, one point; around : name of the commune that it is only the middle of
    """

    text: Text
    time: str = ""
    feature: str = ""
    points: tuple[Point, ...] = ()
    around: str = ""
    sources: tuple[str, ...] = ()


class SceneEvent(FrozenModel):
    """A step of the map.

    time : as ISO 8601 writes it, no more precise than the sources; told : the same in words
    spoken : what the map shows
    spots : of all features that are part of the story at this step
    """

    id: str
    number: int = Field(ge=1)
    time: str
    told: Text
    title: Text
    text: Text
    spoken: Text | None = None
    sources: tuple[str, ...] = ()
    evidence: Term
    others: tuple[SceneOther, ...] = ()
    spots: tuple[SceneSpot, ...] = ()


class SceneGround(FrozenModel):
    """A map of the time under the map: a picture whose rows and columns are parallels and meridians.

    bounds : west, south, east and north, degrees
    rms_m : how well its control points fit
    """

    url: str
    bounds: tuple[float, float, float, float]
    source: str
    licence: str
    credit: str
    rms_m: float


class MapScene(FrozenModel):
    """A map that moves, step by step.

    clock : "solar" where hours are those of the sun at the place; "civil", or empty
    note : what nobody knows
    ground : None for the map of today
    sources : those that it names
    pages : addresses of its page, by language
    """

    slug: str
    name: Text
    summary: Text
    clock: str = ""
    note: Text | None = None
    ground: SceneGround | None = None
    sides: tuple[SceneSide, ...] = ()
    features: tuple[SceneFeature, ...] = ()
    events: tuple[SceneEvent, ...] = ()
    sources: tuple[SceneSource, ...] = ()
    pages: dict[str, str] = Field(default_factory=dict)
