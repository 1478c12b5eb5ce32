"""Say what the document of the territory tells: its table model, and where each place stands on it."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from carreau.base.schema.parts import FrozenModel, Picture, Term, Text
from carreau.base.schema.state import Camera, State, Triple


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
