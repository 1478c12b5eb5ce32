"""The note of a built table model: what its levels do not say, in `table.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import OptionError
from pipeline.messages import message

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
    """

    point: Triple
    camera: TableCamera
    height_m: float
    is_sourced: bool
    picture: str


@dataclass(frozen=True)
class BuiltTable:
    """What is known of a built model besides its levels.

    communes : name and point by INSEE code
    views : "wide" and "tall", by name; their pictures are NAME.webp
    """

    reduction: float
    exaggeration: float
    places: Mapping[str, PlacedPlace]
    communes: Mapping[str, tuple[str, Triple]]
    views: Mapping[str, TableCamera]


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
                    bool(each["is_sourced"]), str(each["picture"]),
                )
                for slug, each in note["places"].items()
            },
            communes={insee: (str(name), _read(point)) for insee, (name, point) in note["communes"].items()},
            views={name: _read_camera(view) for name, view in note["views"].items()},
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


def _read(values: Sequence[float]) -> Triple:
    x, y, z = values
    return float(x), float(y), float(z)
