"""Modelling of a place from the folder of a survey: classified points, photograph, records of buildings."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from carreau.air.airborne.closest import MOST_JUDGED, Sample
from carreau.air.airborne.extent import Extent, covers, make_extent
from carreau.air.airborne.reconstruction.drape import coarser
from carreau.air.airborne.reconstruction.reconstruct import (
    change_messages,
    clean_points,
    reconstruct_cleaned,
    void_areas,
    void_warnings,
)
from carreau.air.airborne.roofs.boxes import raise_boxes
from carreau.air.airborne.survey_data import (
    AirborneModel,
    AirbornePoints,
    BoolArray,
    Building,
    Part,
    PartName,
    PointClass,
)
from carreau.air.airborne.survey_layers import read_buildings, read_picture, read_points, read_terrain
from carreau.air.airborne.survey_record import (
    NAME,
    PICTURES,
    RENEW,
    Bounds,
    Gap,
    Layer,
    Reason,
    Role,
    SurveyRecord,
    read,
)
from carreau.base.errors import FormatError
from carreau.base.messages import Message, Number, join_messages, message, plural_message
from carreau.base.model import DoubleArray
from carreau.base.process import bands

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
    extent = make_extent(record.bounds, rings)
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
    filled = _find_unmeasured(points, cells)
    if not len(points) and not len(filled):
        cause = message("it has neither points nor a terrain raster")
        raise FormatError(folder / NAME, "", cause, RENEW)
    numbers, counts = np.unique(points.classes, return_counts=True)
    raster, interpolated = void_areas(points, filled, extent)
    has_points = len(points) > 0
    is_measured = (points.classes == PointClass.GROUND) & (len(filled) > 0)
    measured = Sample.of(points.positions[is_measured])
    used = clean_points(_with_ground(_of_view(points, view), filled), extent, is_own=True)
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
            *_describe_sample(model),
            *change_messages(model),
        ),
        tuple(void_warnings(interpolated, extent.area)),
    )


def _of_view(points: AirbornePoints, view: View) -> AirbornePoints:
    """Return all points, or for the past only those of ground and water."""
    if view == "today":
        return points
    return _choose(points, np.isin(points.classes, (PointClass.GROUND, PointClass.WATER)))


def _choose(points: AirbornePoints, chosen: np.ndarray) -> AirbornePoints:
    return AirbornePoints(**{name: values[chosen] for name, values in vars(points).items()})


def _find_unmeasured(points: AirbornePoints, cells: DoubleArray) -> DoubleArray:
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
    accuracy = dict(model.accuracy)
    accuracy.pop(PartName.GROUND, None)
    for part in own:
        if judged := about.accuracy(part.positions.astype(np.float64), part.faces):
            accuracy[PartName.GROUND] = judged
    return replace(model, accuracy=accuracy)


def _with_raised(
    model: AirborneModel, buildings: tuple[Building, ...], points: AirbornePoints, filled: DoubleArray, extent: Extent
) -> AirborneModel:
    """Return the model with buildings raised to their height on record, where their middle is not measured."""
    middles = np.array([building.rings[0][:-1].mean(axis=0) for building in buildings]).reshape(-1, 2)
    chosen = np.isin(_squares(middles), np.unique(_squares(filled)))
    ground = points.positions[points.classes == PointClass.GROUND]
    own = [building for building, is_own in zip(buildings, chosen, strict=True) if is_own]
    added = raise_boxes(own, ground, model.origin, extent)
    if any(part.name is PartName.ROOFS for part in model.parts):  # those are measured, and these are supposed
        added = tuple(replace(part, name=PartName.WALLS) for part in added)
    by_name: dict[PartName, Part] = {part.name: part for part in model.parts}
    for part in added:
        by_name[part.name] = _join(by_name[part.name], part) if part.name in by_name else part
    return replace(model, parts=tuple(by_name.values()))


def _join(part: Part, other: Part) -> Part:
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


def _describe_sample(model: AirborneModel) -> list[Message]:
    """Return a message if distances were measured on a sample."""
    if all(each.points <= MOST_JUDGED for each in model.accuracy.values()):
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


CELL_M = 2.0
"""Edge of the cells in which a point has to lie, of ground, a building or water, for the place to count as covered."""

_SEEN = (PointClass.GROUND, PointClass.BUILDING, PointClass.OTHER_BUILDING, PointClass.WATER, PointClass.BRIDGE)


@dataclass(frozen=True)
class SurveyInspection:
    """What the folder of a survey holds.

    bounds : west, south, east, north
    points : in the bounds
    classes : points of each class
    covered : share of the outline, or of the bounds without one, 0..1, with a point of ground, a building, a bridge or
        water in reach of 2 m
    buildings : records of them
    """

    name: str
    crs: str
    bounds: Bounds
    gathered: str
    layers: tuple[Layer, ...]
    gaps: tuple[Gap, ...]
    points: int
    classes: dict[int, int]
    covered: float
    buildings: int

    @property
    def area_m2(self) -> float:
        """Return the area of the bounds."""
        west, south, east, north = self.bounds
        return (east - west) * (north - south)

    def as_json(self) -> dict[str, object]:
        """Return the same as plain data."""
        return {**dataclasses.asdict(self), "area_m2": self.area_m2}

    def lines(self) -> list[str]:
        """Return the same as messages, a fact a line."""
        lines: list[str] = [self.name]
        lines += [message("  %(label)s: %(value)s", label=label, value=value) for label, value in self._facts()]
        lines += ["", message("Layers")]
        lines += [
            message("  %(label)s: %(value)s", label=each.role.value, value=_describe(each)) for each in self.layers
        ]
        if self.gaps:
            lines += ["", message("Missing")]
            lines += [message("  %(label)s: %(value)s", label=gap.role.value, value=_why(gap)) for gap in self.gaps]
        return lines

    def _facts(self) -> Iterator[tuple[Message, Message]]:
        west, south, east, north = (Number(value, ".0f") for value in self.bounds)
        yield message("coordinates"), message("%(text)s", text=self.crs)
        yield (
            message("bounds"),
            message(
                "x %(west)s to %(east)s, y %(south)s to %(north)s (%(area)s m²)",
                west=west, east=east, south=south, north=north, area=Number(self.area_m2, ",.0f"),
            ),
        )  # fmt: skip
        yield message("gathered"), message("%(text)s", text=self.gathered)
        if self.points:
            density = Number(self.points / self.area_m2, ".1f")
            count = plural_message("%(count)s point", "%(count)s points", self.points)
            yield message("points"), message("%(count)s, %(density)s per m²", count=count, density=density)
            classes = [
                message("%(name)s %(count)s", name=class_name(number), count=count)
                for number, count in self.classes.items()
            ]
            yield message("classes"), join_messages(classes, ", ")
            yield message("covered"), message("%(share)s", share=Number(self.covered, ".0%"))
        if self.buildings:
            yield message("buildings"), plural_message("%(count)s record", "%(count)s records", self.buildings)


def inspect_survey(folder: Path) -> SurveyInspection:
    """Return what the folder of a survey holds; all layers are read.

    Raises ScanError, or a narrower one, for a layer that cannot be used.
    """
    record = read(folder / NAME)
    read_in = read_points(folder, record)
    for role in PICTURES:
        read_picture(folder, record, role)
    read_terrain(folder, record)
    numbers, counts = np.unique(read_in.points.classes, return_counts=True)
    return SurveyInspection(
        name=record.title or folder.absolute().name,
        crs=record.crs,
        bounds=record.bounds,
        gathered=record.gathered.isoformat(),
        layers=record.layers,
        gaps=record.gaps,
        points=read_in.count,
        classes={int(number): int(count) for number, count in zip(numbers, counts, strict=True)},
        covered=_measure_cover(read_in.points, record),
        buildings=len(read_buildings(folder, record)),
    )


def _measure_cover(points: AirbornePoints, record: SurveyRecord) -> float:
    west, south, east, north = record.bounds
    columns, rows = (max(int(np.ceil(length / CELL_M)), 1) for length in (east - west, north - south))
    seen = np.zeros((rows + 2, columns + 2), bool)
    at = points.positions[np.isin(points.classes, _SEEN), :2]
    column = np.clip(((at[:, 0] - west) / CELL_M).astype(int), 0, columns - 1)
    row = np.clip(((at[:, 1] - south) / CELL_M).astype(int), 0, rows - 1)
    seen[row + 1, column + 1] = True
    near = np.zeros((rows, columns), bool)
    for down in range(3):
        for right in range(3):
            near |= seen[down : down + rows, right : right + columns]
    own = near[_in_outline(record, rows, columns)]
    return float((own if own.size else near).mean())


def _in_outline(record: SurveyRecord, rows: int, columns: int) -> BoolArray:
    """Return the cells (rows, columns) whose middle lies in the outline; all without one."""
    if not record.outline:
        return np.ones((rows, columns), bool)
    west, south, _, _ = record.bounds
    x, y = (np.arange(count) * CELL_M + CELL_M / 2 for count in (columns, rows))
    area = shapely.union_all([shapely.make_valid(shapely.Polygon(ring)) for ring in record.outline])
    return np.asarray(shapely.contains_xy(area, *np.meshgrid(west + x, south + y)))


def class_name(number: int) -> Message:
    """Return the name of a class of points, the number where it has none."""
    names = {
        PointClass.UNKNOWN: message("without class"),
        PointClass.UNCLASSIFIED: message("unclassified"),
        PointClass.GROUND: message("ground"),
        PointClass.LOW_VEGETATION: message("low vegetation"),
        PointClass.MEDIUM_VEGETATION: message("medium vegetation"),
        PointClass.HIGH_VEGETATION: message("high vegetation"),
        PointClass.BUILDING: message("building"),
        PointClass.WATER: message("water"),
        PointClass.BRIDGE: message("bridge"),
        PointClass.STRUCTURE: message("lasting structure"),
        PointClass.VIRTUAL: message("virtual"),
        PointClass.OTHER_BUILDING: message("other building"),
    }
    known = {int(each): name for each, name in names.items()}
    return known.get(number, message("class %(number)s", number=str(number)))


def _describe(layer: Layer) -> Message:
    parts = [message("%(text)s", text=layer.file)]
    parts += [message("%(text)s", text=layer.name)] if layer.name else []
    parts += [message("edition %(edition)s", edition=layer.edition)] if layer.edition else []
    if layer.role in (Role.POINTS, *PICTURES):
        flown = message("flown %(date)s", date=layer.flown) if layer.flown else message("date of flight unknown")
        parts.append(flown)
    parts += [message("%(text)s", text=layer.licence)] if layer.licence else []
    return join_messages(parts, ", ")


def _why(gap: Gap) -> Message:
    words = {
        Reason.UNPUBLISHED: message("not flown or not published yet"),
        Reason.PARTIAL: message("only a part is covered"),
        Reason.EMPTY: message("the service has nothing but void here"),
        Reason.FAILED: message("the service did not answer as it should"),
    }
    texts = [message("%(text)s", text=text) for text in (gap.name, gap.detail) if text]
    return join_messages([words[gap.reason], *texts], ", ")
