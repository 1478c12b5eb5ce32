"""The record of a picture that `carreau georeference` wrote: where it lies, and whose it is."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path

from carreau.base.messages import Message, message

SUFFIX = ".webp"


@dataclass(frozen=True)
class Georeferenced:
    """A picture whose rows and columns are parallels and meridians.

    bounds : west, south, east and north, degrees
    rms_m : how well its control points fit
    """

    path: Path
    bounds: tuple[float, float, float, float]
    source: str
    licence: str
    credit: str
    rms_m: float


class RecordError(Exception):
    """A picture has no record, or one that says too little; `cause` and `cure` are messages."""

    def __init__(self, cause: Message) -> None:
        """Set both."""
        super().__init__(cause)
        self.cause, self.cure = cause, message("write the picture again with carreau georeference")


def record_path(picture: Path) -> Path:
    """Return the path of the record of a picture."""
    return picture.with_suffix(".json")


def read_georeferenced(picture: Path) -> Georeferenced:
    """Return a picture with its record; raises RecordError."""
    try:
        record = json.loads(record_path(picture).read_bytes())
        west, south, east, north = (float(each) for each in record["bounds"])
        source, licence, credit = (str(record[each]).strip() for each in ("source", "licence", "credit"))
        rms_m = float(record["rms_m"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise RecordError(message("'%(file)s' has no record beside it", file=picture.name)) from error
    if not (-180 <= west < east <= 180 and -85 < south < north < 85 and math.isfinite(rms_m)) or not all(
        (source, licence, credit)
    ):
        raise RecordError(message("the record of '%(file)s' does not say where and whose it is", file=picture.name))
    return Georeferenced(picture, (west, south, east, north), source, licence, credit, rms_m)
