"""Modelling of a place from the folder of a survey: classified points, photograph, records of buildings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from carreau.air.airborne.closest import MOST_JUDGED, Sample
from carreau.air.airborne.extent import Extent, covers, extent_of
from carreau.air.airborne.picture.drape import coarser
from carreau.air.airborne.reconstruction.findings import change_messages, void_areas, void_warnings
from carreau.air.airborne.reconstruction.reconstruct import cleaned, reconstruct_cleaned
from carreau.air.airborne.roofs.raised_buildings import raised
from carreau.air.airborne.survey_data import AirborneModel, AirbornePoints, Building, Part, PartName, PointClass
from carreau.air.airborne_files.survey_buildings import read_buildings
from carreau.air.airborne_files.survey_picture import read_picture
from carreau.air.airborne_files.survey_points import read_points
from carreau.air.airborne_files.survey_record import NAME, RENEW, Role, SurveyRecord, read
from carreau.air.airborne_files.survey_terrain import read_terrain
from carreau.base.errors import FormatError
from carreau.base.messages import Message, message
from carreau.base.model import DoubleArray
from carreau.geometry.threads import bands

View = Literal["today", "historic"]
COVERED_M = 10.0
"""Edge of the cells that count as measured where any point of ground or building lies in them."""


@dataclass(frozen=True, eq=False)
class ModelledSurvey:
    """The model of a survey, and what it was made of.

    model : about an origin in the middle of the bounds, at the lowest ground
    area_m2 : what it extends over
    count : points in the bounds
    classes : how many of each class were used
    supposed : measured parts that are not measured in this model, as it has no points there
    raster_m2, interpolated_m2 : area without any laser point, filled from a raster or from what lies around
    decisions, warnings : one sentence each, for the report
    """

    model: AirborneModel
    area_m2: float
    count: int
    classes: dict[int, int]
    supposed: tuple[PartName, ...] = ()
    raster_m2: float = 0.0
    interpolated_m2: float = 0.0
    decisions: tuple[Message, ...] = ()
    warnings: tuple[Message, ...] = ()


def model_survey(folder: Path, view: View) -> ModelledSurvey:
    """Return the model of a survey.

    folder : with `survey.toml` and the files of its layers
    view : "historic" for the terrain of today with the old photograph laid on it, without buildings and trees
    Raises ScanError, or a narrower one, for anything the folder may hold.
    """
    record = read(folder / NAME)
    rings = tuple(np.array(ring, np.float64) for ring in record.outline)
    extent = extent_of(record.bounds, rings)
    read_in = read_points(folder, record)
    cells = read_terrain(folder, record)
    cells = cells[covers(extent, cells)]
    buildings = read_buildings(folder, record) if view == "today" else ()
    picture = read_picture(folder, record, Role.HISTORIC if view == "historic" else Role.ORTHOPHOTO)
    if picture is not None:
        picture = coarser(picture, extent)
    if view == "historic" and picture is None:
        cause = message("it has no layer of the role '%(role)s'", role=Role.HISTORIC)
        raise FormatError(folder / NAME, "", cause, message("gather the old photograph, or build the survey of today"))
    points, count, every = read_in.points, read_in.count, read_in.every
    filled = _unmeasured(points, cells)
    if not len(points) and not len(filled):
        cause = message("it has neither points nor a terrain raster")
        raise FormatError(folder / NAME, "", cause, RENEW)
    numbers, counts = np.unique(points.classes, return_counts=True)
    raster, interpolated = void_areas(points, filled, extent)
    has_points = len(points) > 0
    is_measured = (points.classes == PointClass.GROUND) & (len(filled) > 0)
    measured = Sample.of(points.positions[is_measured])
    used = cleaned(_with_ground(_of_view(points, view), filled), extent, is_own=True)
    del points, read_in  # tens of millions, and some of their arrays are those of `used` now
    model = reconstruct_cleaned(used, picture, extent, rings, record.has_lattice and view == "today")
    if len(filled):
        model = _with_raised(_judged_by_points(model, measured), buildings, used, filled, extent)
    model = _about_middle(model, used, record)
    supposed = () if has_points else (PartName.ROOFS,)
    return ModelledSurvey(
        model,
        extent.area,
        count,
        {int(number): int(count) for number, count in zip(numbers, counts, strict=True)},
        supposed,
        raster,
        interpolated,
        (
            *_decisions(view, every, len(filled) > 0, has_points),
            *_sampled(model),
            *change_messages(model),
        ),
        tuple(void_warnings(interpolated, extent.area)),
    )


def _of_view(points: AirbornePoints, view: View) -> AirbornePoints:
    """Return all points, or for the past only those of ground and water."""
    if view == "today":
        return points
    return _chosen(points, np.isin(points.classes, (PointClass.GROUND, PointClass.WATER)))


def _chosen(points: AirbornePoints, chosen: np.ndarray) -> AirbornePoints:
    return AirbornePoints(**{name: values[chosen] for name, values in vars(points).items()})


def _unmeasured(points: AirbornePoints, cells: DoubleArray) -> DoubleArray:
    """Return the cells of the terrain raster where no point of ground or building lies near."""
    if not len(points) or not len(cells):
        return cells
    measured = []
    for own in bands(len(points)):  # all at once would take as much memory again
        is_solid = np.isin(points.classes[own], (PointClass.GROUND, PointClass.BUILDING, PointClass.WATER))
        measured.append(np.unique(_squares(points.positions[own][is_solid])))
    return cells[~np.isin(_squares(cells), np.unique(np.concatenate(measured)))]


def _squares(places: DoubleArray) -> NDArray[np.int64]:
    """Return a number for the square of `COVERED_M` that each place lies in."""
    column, row = np.floor(places[:, :2] / COVERED_M).astype(np.int64).T
    return np.asarray((column << 32) + row)


def _with_ground(points: AirbornePoints, cells: DoubleArray) -> AirbornePoints:
    """Return the points with cells of a raster as points of ground."""
    if not len(cells):
        return points
    ones = np.ones(len(cells), np.uint8)
    return AirbornePoints(
        np.concatenate([points.positions, cells]),
        np.concatenate([points.classes, ones * np.uint8(PointClass.GROUND)]),
        np.concatenate([points.returns, ones]),
        np.concatenate([points.return_counts, ones]),
    )


def _judged_by_points(model: AirborneModel, measured: Sample) -> AirborneModel:
    """Return the model with the accuracy of its ground by laser points alone, without cells of a raster."""
    own = [part for part in model.parts if part.name is PartName.GROUND]
    about = Sample(measured.points - model.origin, measured.count)
    found = dict(model.accuracy)
    found.pop(PartName.GROUND, None)
    for part in own:
        if judged := about.accuracy(part.positions.astype(np.float64), part.faces):
            found[PartName.GROUND] = judged
    return replace(model, accuracy=found)


def _with_raised(
    model: AirborneModel, buildings: tuple[Building, ...], points: AirbornePoints, filled: DoubleArray, extent: Extent
) -> AirborneModel:
    """Return the model with buildings raised to their height on record, where their middle is not measured."""
    middles = np.array([building.rings[0][:-1].mean(axis=0) for building in buildings]).reshape(-1, 2)
    chosen = np.isin(_squares(middles), np.unique(_squares(filled)))
    ground = points.positions[points.classes == PointClass.GROUND]
    own = [building for building, is_own in zip(buildings, chosen, strict=True) if is_own]
    added = raised(own, ground, model.origin, extent)
    if any(part.name is PartName.ROOFS for part in model.parts):  # those are measured, and these are supposed
        added = tuple(replace(part, name=PartName.WALLS) for part in added)
    by_name: dict[PartName, Part] = {part.name: part for part in model.parts}
    for part in added:
        by_name[part.name] = _joined(by_name[part.name], part) if part.name in by_name else part
    return replace(model, parts=tuple(by_name.values()))


def _joined(part: Part, other: Part) -> Part:
    """Return two parts with colours as one."""
    colors = [np.zeros((0, 3), np.uint8) if each.colors is None else each.colors for each in (part, other)]
    return replace(
        part,
        positions=np.concatenate([part.positions, other.positions]),
        faces=np.concatenate([part.faces, other.faces + np.int32(len(part.positions))]),
        colors=np.concatenate(colors),
    )


def _about_middle(model: AirborneModel, points: AirbornePoints, record: SurveyRecord) -> AirborneModel:
    """Return the model about the middle of the bounds at the lowest ground, the same for today and the past."""
    west, south, east, north = record.bounds
    lowest = points.positions[points.classes == PointClass.GROUND, 2].min()
    origin = np.array([(west + east) / 2, (south + north) / 2, np.floor(lowest)])
    shift = (model.origin - origin).astype(np.float32)
    parts = tuple(replace(part, positions=part.positions + shift) for part in model.parts)
    return replace(model, parts=parts, origin=origin)


def _sampled(model: AirborneModel) -> list[Message]:
    """Return that distances are told from a sample, where they are."""
    if all(told.points <= MOST_JUDGED for told in model.accuracy.values()):
        return []
    return [
        message(
            "how close the points lie is told from a sample of %(count)s at most for each part, every nth of all",
            count=MOST_JUDGED,
        )
    ]


def _decisions(view: View, every: int, is_filled: bool, has_points: bool) -> list[Message]:
    texts = []
    if view == "historic":
        texts.append(message("an old photograph is laid on the ground of today; buildings and trees are left out"))
    if every > 1:
        texts.append(message("of the laser points, one in %(every)s was used", every=every))
    if not has_points:
        texts.append(
            message("no laser points: terrain from a raster; buildings, supposed, raised to their height on record")
        )
    elif is_filled:
        texts.append(
            message("where no laser points lie, the terrain is from a raster and buildings are raised from records")
        )
    return texts
