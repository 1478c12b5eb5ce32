"""Inspection of the folder of a survey: layers, points by class, density, and what is missing."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely

from carreau.air.airborne.survey_data import AirbornePoints, BoolArray, PointClass
from carreau.air.airborne_files.survey_buildings import read_buildings
from carreau.air.airborne_files.survey_picture import read_picture
from carreau.air.airborne_files.survey_points import read_points
from carreau.air.airborne_files.survey_record import (
    NAME,
    PICTURES,
    Bounds,
    Gap,
    Layer,
    Reason,
    Role,
    SurveyRecord,
    read,
)
from carreau.air.airborne_files.survey_terrain import read_terrain
from carreau.base.messages import Message, Number, joined, message, plural_message

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
        lines += [message("  %(label)s: %(value)s", label=each.role.value, value=_told(each)) for each in self.layers]
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
            yield message("classes"), joined(classes, ", ")
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
        covered=_covered(read_in.points, record),
        buildings=len(read_buildings(folder, record)),
    )


def _covered(points: AirbornePoints, record: SurveyRecord) -> float:
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


def _told(layer: Layer) -> Message:
    parts = [message("%(text)s", text=layer.file)]
    parts += [message("%(text)s", text=layer.name)] if layer.name else []
    parts += [message("edition %(edition)s", edition=layer.edition)] if layer.edition else []
    if layer.role in (Role.POINTS, *PICTURES):
        flown = message("flown %(date)s", date=layer.flown) if layer.flown else message("date of flight unknown")
        parts.append(flown)
    parts += [message("%(text)s", text=layer.licence)] if layer.licence else []
    return joined(parts, ", ")


def _why(gap: Gap) -> Message:
    words = {
        Reason.UNPUBLISHED: message("not flown or not published yet"),
        Reason.PARTIAL: message("only a part is covered"),
        Reason.EMPTY: message("the service has nothing but void here"),
        Reason.FAILED: message("the service did not answer as it should"),
    }
    said = [message("%(text)s", text=text) for text in (gap.name, gap.detail) if text]
    return joined([words[gap.reason], *said], ", ")
