"""Say what the API answers where it answers several things, and what the document of the territory tells."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from carreau.base.schema.itineraries import RouteCard, TrailCard
from carreau.base.schema.parts import FrozenModel, Link, Picture, Term, Text
from carreau.base.schema.site import Camera, Card, LevelName, State, Triple

PAGE_SIZE = 100
"""Of a list whose reader names none; the lists that are prepared are of it."""


class SiteList(FrozenModel):
    """Sites, by `site.sort`, or by distance from the point that was asked about.

    matched : how many there are on all pages
    next : address of the next page, None on the last
    """

    lang: str
    matched: int = Field(ge=0)
    next: str | None = None
    sites: tuple[Card, ...] = ()


class RouteList(FrozenModel):
    """All routes, by slug."""

    lang: str
    routes: tuple[RouteCard, ...] = ()


class TrailList(FrozenModel):
    """All trails, by slug."""

    lang: str
    trails: tuple[TrailCard, ...] = ()


class Terms(FrozenModel):
    """The closed lists, by name: "kind", "theme", "evidence" …, with their words in a language."""

    lang: str
    lists: dict[str, tuple[Term, ...]]


class Marked(FrozenModel):
    """A text, and what of it was looked for.

    marks : pairs of places in the text, first and behind the last, in Unicode characters (code points)
    html : the same, escaped, with <mark> around what was looked for
    """

    text: str
    marks: tuple[tuple[int, int], ...] = ()
    html: str


class Hit(FrozenModel):
    """A site, route or trail that was found.

    lang : of the texts below, which may not be the one that was asked for
    url : of its document; page : of its page in that language
    """

    kind: Literal["site", "route", "trail"]
    slug: str
    lang: str
    title: Marked
    excerpt: Marked
    score: float
    url: str = Field(pattern=r"^/")
    page: str = Field(pattern=r"^/")


class Hits(FrozenModel):
    """What was found, best first.

    read_as : the words that were looked for, where what was typed is no word of the catalogue
    is_partial : whether nothing has all the words, so that these have some of them
    """

    lang: str
    q: str
    read_as: str | None = None
    is_partial: bool = False
    matched: int = Field(ge=0)
    next: str | None = None
    hits: tuple[Hit, ...] = ()


class Fault(FrozenModel):
    """What is wrong with one parameter."""

    parameter: str
    message: str


class Problem(FrozenModel):
    """Problem details (RFC 9457).

    type : relative URI of a page that describes this type of problem
    code : last part of `type`, stable and machine-readable
    errors : the parameters at fault
    """

    type: str
    title: str
    status: int
    code: str
    detail: str
    instance: str
    errors: tuple[Fault, ...] = ()


def make_cursor(*key: str | float) -> str:
    """Return where a list goes on, opaque to whoever asks.

    >>> place(make_cursor("fosse-mathilde"))
    ('fosse-mathilde',)
    """
    return base64.urlsafe_b64encode(json.dumps(key, ensure_ascii=False).encode()).decode().rstrip("=")


def place(cursor: str) -> tuple[str | float, ...]:
    """Return the key that a cursor was made of; raises ValueError when it was not made here."""
    try:
        values = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
        json.dumps(values, ensure_ascii=False).encode()  # JSON can name half a character, which SQLite takes for none
    except (binascii.Error, UnicodeError, RecursionError) as error:
        raise ValueError("this is no cursor") from error
    if not (isinstance(values, list) and all(type(each) in (str, float, int) for each in values)):
        raise ValueError("this is no cursor")
    return tuple(values)


class PackFile(Link):
    """One file of a pack.

    role : what it is for, so that a phone can fetch what matters first
    """

    role: Literal["page", "data", "poster", "model", "ar", "image", "sound", "video", "captions", "document", "app"]


class Pack(FrozenModel):
    """Every file that a route or a trail needs, in the order they should come.

    route : slug of the route or trail; no two of them have the same
    kind : which of the two it is of
    id : digest of what the pack holds; `have` names it
    bytes : to fetch, compressed where a compressed copy lies there
    day : of the edition, as 2026-11-26; empty as long as nobody decided it
    """

    route: str
    kind: Literal["route", "trail"] = "route"
    lang: str
    level: LevelName
    id: str
    bytes: int = Field(ge=0)
    day: str = ""
    files: tuple[PackFile, ...] = ()


class PackChange(FrozenModel):
    """What changed since the pack that a phone holds.

    is_complete : whether the pack it holds was known; otherwise everything is to fetch
    """

    have: str
    pack: Pack
    fetch: tuple[PackFile, ...] = ()
    drop: tuple[str, ...] = ()
    bytes: int = Field(ge=0)
    is_complete: bool


class TablePlace(FrozenModel):
    """A place on the table model.

    slug : also the name of its node
    page : its address, relative to the origin
    point : on top of it, in the model's metres
    camera : shows its corner of the model
    height_m : how high it stands, in metres before the exaggeration; measured: from its lowest to its highest point
    height : "attested" on measured ground, "deduced" from a sourced height, or "hypothetical" for a symbol of its kind
    picture : of its corner
    """

    slug: str
    name: Text
    kind: Term
    theme: Term
    commune: str
    page: str
    point: Triple
    camera: Camera
    height_m: float = Field(ge=0)
    height: Term
    picture: Picture | None = None


class TableCommune(FrozenModel):
    """A commune on the table model, with the number of its places that stand on it."""

    insee: str
    name: str
    point: Triple
    places: int = Field(ge=0)


class TableView(FrozenModel):
    """A picture of the whole model, with the camera that took it."""

    camera: Camera
    width: int = Field(ge=1)
    height: int = Field(ge=1)
    pictures: tuple[Picture, ...] = ()


class Relief(FrozenModel):
    """The measured terrain of the model.

    year : in which it was measured, or of whose state it is
    credit, licence : of terrain and photograph
    share : of the communes that it covers; elsewhere the plate is level
    ground : shaded picture of the terrain from above, transparent beyond the communes, for maps
    bounds : of that picture, whose rows and columns are parallels and meridians: west, south, east, north in degrees
    """

    year: str
    credit: str
    licence: str
    share: float = Field(gt=0, le=1)
    has_photo: bool
    ground: Picture
    bounds: tuple[float, float, float, float]


class Territory(FrozenModel):
    """The table model of the territory, made from outlines, and from measured terrain where it was gathered.

    state : the model, like the state of a site; its metres are those of a table
    reduction : 50,000 for 1:50,000
    exaggeration : how many times heights are larger than lengths
    relief : None for a model from outlines alone
    wide, tall : views for wide and for narrow screens
    pages : of the territory, by language
    """

    lang: str
    title: Text
    state: State
    reduction: float = Field(gt=0)
    exaggeration: float = Field(gt=0)
    wide: TableView
    tall: TableView
    places: tuple[TablePlace, ...]
    communes: tuple[TableCommune, ...]
    pages: Mapping[str, str]
    relief: Relief | None = None
