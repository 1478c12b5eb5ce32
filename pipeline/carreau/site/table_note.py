"""The note of a built table model: what its levels do not say, in `table.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carreau.base.errors import OptionError
from carreau.base.messages import message

NOTE = "table.json"
Triple = tuple[float, float, float]
CREDIT = (
    "Mission Bassin Minier, « Périmètre bien inscrit et zone tampon du Bassin Minier – Patrimoine mondial UNESCO » ; "
    "communes : geo.api.gouv.fr"
)
LICENCE = "Licence Ouverte 2.0"


@dataclass(frozen=True)
class TableCamera:
    """Where a view looks from and at, in the model's metres, and the pixels of its picture."""

    position: Triple
    target: Triple
    width: int
    height: int
    field_deg: float


@dataclass(frozen=True)
class PlacedPlace:
    """A place of the model.

    picture : name of the file of its corner
    is_measured : whether it lies on measured ground, and its height is that from its lowest to its highest point
    """

    point: Triple
    camera: TableCamera
    height_m: float
    is_sourced: bool
    picture: str
    is_measured: bool = False


@dataclass(frozen=True)
class MeasuredGround:
    """The measured terrain of a relief.

    year : in which it was measured, or of whose state it is
    credit, licence : of terrain and photograph
    share : of the communes, 0 to 1
    has_photo : whether a photograph lies on it
    tolerance_m : by which triangles may miss a height
    picture : name of the file of the ground of maps
    bounds : of that picture: west, south, east and north in degrees
    width, height : of that picture
    """

    year: str
    credit: str
    licence: str
    share: float
    has_photo: bool
    tolerance_m: float
    picture: str
    bounds: tuple[float, float, float, float]
    width: int
    height: int


@dataclass(frozen=True)
class BuiltTable:
    """What is known of a built model besides its levels.

    communes : name and point by INSEE code
    views : "wide" and "tall", by name; their pictures are NAME.webp
    relief : None for a model from outlines alone
    """

    reduction: float
    exaggeration: float
    places: Mapping[str, PlacedPlace]
    communes: Mapping[str, tuple[str, Triple]]
    views: Mapping[str, TableCamera]
    relief: MeasuredGround | None = None


def read_table(folder: Path) -> BuiltTable | None:
    """Return what is known of a built model; None before it was built. Raises OptionError for a damaged note."""
    path = folder / NOTE
    if not path.is_file():
        return None
    try:
        note: dict[str, Any] = json.loads(path.read_bytes())
        return BuiltTable(
            reduction=float(note["reduction"]),
            exaggeration=float(note["exaggeration"]),
            places={
                slug: PlacedPlace(
                    _read(each["point"]), _read_camera(each["camera"]), float(each["height_m"]),
                    bool(each["is_sourced"]), str(each["picture"]), bool(each.get("is_measured", False)),
                )
                for slug, each in note["places"].items()
            },
            communes={insee: (str(name), _read(point)) for insee, (name, point) in note["communes"].items()},
            views={name: _read_camera(view) for name, view in note["views"].items()},
            relief=_read_relief(note["relief"]) if "relief" in note else None,
        )  # fmt: skip
    except (ValueError, KeyError, TypeError) as error:
        raise OptionError(
            message(
                "%(path)s is not the note of a table model (%(error)s); build the models again",
                path=str(path),
                error=str(error),
            )
        ) from error


def _read_camera(value: Mapping[str, Any]) -> TableCamera:
    position, target = _read(value["position"]), _read(value["target"])
    return TableCamera(position, target, int(value["width"]), int(value["height"]), float(value["field_deg"]))


def _read_relief(value: Mapping[str, Any]) -> MeasuredGround:
    west, south, east, north = map(float, value["bounds"])
    return MeasuredGround(
        year=str(value["year"]),
        credit=str(value["credit"]),
        licence=str(value["licence"]),
        share=float(value["share"]),
        has_photo=bool(value["has_photo"]),
        tolerance_m=float(value["tolerance_m"]),
        picture=str(value["picture"]),
        bounds=(west, south, east, north),
        width=int(value["width"]),
        height=int(value["height"]),
    )


def _read(values: Sequence[float]) -> Triple:
    x, y, z = values
    return float(x), float(y), float(z)
