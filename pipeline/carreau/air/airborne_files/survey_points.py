"""Read the classified points of a survey: its LAS, LAZ or COPC files joined, and cut to its bounds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from carreau.air.airborne.survey_data import AirbornePoints, PointClass
from carreau.air.airborne_files.survey_record import Bounds, Layer, Role, SurveyRecord, layer_path
from carreau.base.errors import FormatError
from carreau.base.messages import message
from carreau.formats.clouds.las import las_points
from carreau.formats.clouds.las_crs import system_of
from carreau.formats.clouds.las_header import LasHeader, read_header
from carreau.formats.location.crs import CrsError, horizontal, parsed_crs

MOST_POINTS = 40_000_000
"""Points that are kept, of 27 bytes each; of more, only every second, third … is read."""

LEAST_GROUND = 16
"""Points of ground below which a file counts as without classes."""

_DROPPED = (PointClass.NOISE, 18, PointClass.ARTEFACT)
"""Classes that are no part of the place: noise, high noise, artefacts."""

_ALIKE = frozenset({2154, 9793, 9794})
"""Lambert-93 in the realisations of RGF93, which differ by some centimetres."""


@dataclass(frozen=True, eq=False)
class SurveyPoints:
    """The points of a survey.

    count : in the bounds, before thinning
    every : 1, or n where only every nth point was read
    """

    points: AirbornePoints
    count: int
    every: int = 1


def read_points(folder: Path, record: SurveyRecord, most: int = MOST_POINTS) -> SurveyPoints:
    """Return the points of all layers of that role, inside the bounds of the record.

    Withheld points, noise and artefacts are left out. Without any such layer there are no points.

    Raises FormatError for a file that is damaged, in another coordinate system, or without classes; ScanError for a
    missing file or where no point lies inside the bounds.
    """
    layers = record.of(Role.POINTS)
    paths = [layer_path(folder, layer) for layer in layers]
    total = sum(read_header(path).count for path in paths)
    every = max(1, -(-total // most))
    # Room for all of them at once: joining pieces would take twice the memory. What is not used is never touched.
    room = -(-total // every) + len(paths)
    points = AirbornePoints(np.empty((room, 3)), *(np.empty(room, np.uint8) for _ in range(3)))
    found = kept = 0
    for path in paths:
        with las_points(path) as (header, source, batches):
            _refuse_other_system(path, header, record)
            for piece in _cut(source, batches, record.bounds, every):
                own = slice(kept, kept + len(piece.points))
                for name, values in vars(piece.points).items():
                    getattr(points, name)[own] = values
                kept, found = own.stop, found + piece.found
    joined = AirbornePoints(*(values[:kept] for values in vars(points).values()))
    if layers:
        _refuse_unusable(folder, layers, joined)
    return SurveyPoints(joined, found, every)


@dataclass(frozen=True, eq=False)
class _Piece:
    points: AirbornePoints
    found: int


def _cut(source: Any, batches: Iterator[Any], bounds: Bounds, every: int) -> Iterator[_Piece]:
    """Yield what lies inside the bounds, every nth of it."""
    scales, offsets = np.asarray(source.header.scales), np.asarray(source.header.offsets)
    west, south, east, north = bounds
    done = 0
    for batch in batches:
        with np.errstate(over="ignore", invalid="ignore"):
            positions = np.column_stack([batch.array[axis] for axis in "XYZ"]) * scales + offsets
        classes = np.asarray(batch.classification, np.uint8)
        x, y = positions[:, 0], positions[:, 1]
        chosen = (x >= west) & (x <= east) & (y >= south) & (y <= north) & np.isfinite(positions[:, 2])
        chosen &= ~np.asarray(batch.withheld, bool) & ~np.isin(classes, _DROPPED)
        at = np.flatnonzero(chosen)
        kept = at[(-done) % every :: every]
        done += len(at)
        returns, counts = (np.asarray(batch[name], np.uint8)[kept] for name in ("return_number", "number_of_returns"))
        yield _Piece(AirbornePoints(positions[kept], classes[kept], returns, counts), len(at))


def _refuse_other_system(path: Path, header: LasHeader, record: SurveyRecord) -> None:
    """Raise FormatError where a file names a coordinate system, and it is not that of the record."""
    try:
        own = horizontal(parsed_crs(system_of(header.records).crs)).to_epsg()
    except CrsError:  # it names none, or one that PROJ does not know: the record counts
        return
    if own is None or own == record.epsg or {own, record.epsg} <= _ALIKE:
        return
    cause = message(
        "its points are in EPSG:%(own)s, but the survey is in EPSG:%(wanted)s",
        own=str(own),
        wanted=str(record.epsg),
    )
    raise FormatError(path, "", cause, message("gather the tiles of one coordinate system"))


def _refuse_unusable(folder: Path, layers: Sequence[Layer], points: AirbornePoints) -> None:
    """Raise FormatError for points outside the bounds, and for points without classes."""
    path = folder / layers[0].file
    if not len(points):
        cause = message("none of its points lies inside the bounds of survey.toml")
        raise FormatError(path, "", cause, message("correct the bounds, or gather the tiles of the place"))
    if np.count_nonzero(points.classes == PointClass.GROUND) < LEAST_GROUND:
        found = tuple(str(number) for number in np.unique(points.classes))
        cause = message(
            "its points are not classified: %(ground)s for ground is needed, and there is only %(classes)s",
            ground=str(int(PointClass.GROUND)),
            classes=found,
        )
        cure = message("build a surface of the file itself: carreau model %(file)s", file=str(path))
        raise FormatError(path, "", cause, cure)
