"""Build a cloud from points as a reader finds them, however the file writes their looks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import FormatError
from pipeline.formats.clouds.cloud_colors import ColorRange, gray_levels, unit_normals
from pipeline.formats.clouds.thinning import MOST_POINTS, Points, Thinner, inner_box
from pipeline.formats.io.file_errors import EXPORT_AGAIN
from pipeline.formats.io.origin import about_origin
from pipeline.messages import Message, message, plural_message
from pipeline.model import Cloud, DoubleArray, FloatArray, Mesh, Scan, ScanFacts

Numbers = NDArray[Any]
FARTHEST = 1e30
"""Coordinates from here on are taken for mistakes, as infinite ones are: float32 ends at 3e38, its squares at 1e19."""

_NONE = np.zeros(0, np.float32)


@dataclass(frozen=True, eq=False)
class Batch:
    """Some points as a file has them.

    positions : (n, 3) float64, finite or not
    colors : (n, 3) integers of 8 or 16 bits, or floats in 0..1 or 0..255; None when these points have none
    intensity : (n,) in any range, or None
    normals : (n, 3) of any length, or None
    station : index of the place the scanner stood, -1 when nobody says
    """

    positions: DoubleArray
    colors: Numbers | None = None
    intensity: Numbers | None = None
    normals: Numbers | None = None
    station: int = -1


class CloudBuilder:
    """Takes batches of points, drops what is no place, thins the rest while it comes."""

    def __init__(
        self,
        path: Path,
        *,
        colors: bool = False,
        intensity: bool = False,
        normals: bool = False,
        most: int = MOST_POINTS,
    ) -> None:
        """Say which looks any of the points may have; at most `most` points are kept."""
        self.path = path
        self.warnings: list[Message] = []
        self._widths = {"colors": 3 * colors, "intensity": 1 * intensity, "normals": 3 * normals}
        self._thinner = Thinner(sum(self._widths.values()), most)
        self._range = ColorRange()
        self._count = self._wild = self._bare = 0

    def add(self, batch: Batch, dropped: int = 0) -> None:
        """Take more points; `dropped` says how many of the file the reader has left out before."""
        positions = np.asarray(batch.positions, np.float64)
        self._count += len(positions) + dropped
        kept: NDArray[np.bool_] = np.all(np.abs(positions) < FARTHEST, axis=1)
        wild = len(kept) - int(np.count_nonzero(kept))
        self._wild += wild
        values = np.empty((len(positions), sum(self._widths.values())), np.float32)
        at = 0
        for name, width in self._widths.items():
            if width:
                values[:, at : at + width] = self._column(name, getattr(batch, name), kept)
                at += width
        stations = np.full(len(positions), batch.station, np.int32)
        if wild:
            positions, values, stations = positions[kept], values[kept], stations[kept]
        if len(positions):
            self._thinner.add(Points(np.ascontiguousarray(positions), values, stations))

    def _column(self, name: str, numbers: Numbers | None, kept: NDArray[np.bool_]) -> Any:
        """Return what is written of a look; mid grey, no intensity, no normal where these points have none."""
        if name == "colors":
            if numbers is None:
                self._bare += int(np.count_nonzero(kept))
                return np.nan
            self._range.widen(numbers)
        if numbers is None:
            return 0.0
        with np.errstate(over="ignore"):
            found = np.asarray(numbers, np.float32)
        found = np.nan_to_num(found, nan=0.0, posinf=0.0, neginf=0.0)
        return found if found.ndim == 2 else found[:, None]

    def finish(self, stations: DoubleArray | None = None) -> Cloud:
        """Return the cloud; `warnings` say by then what was left out.

        stations : (s, 3) float64, where the scanner stood
        Raises FormatError when no point is left.
        """
        thinned = self._thinner.finish()
        if not len(thinned.positions):
            raise FormatError(self.path, "", self._no_points(), EXPORT_AGAIN)
        if self._wild:
            self.warnings.append(
                plural_message(
                    "%(count)s point without finite coordinates was skipped",
                    "%(count)s points without finite coordinates were skipped",
                    self._wild,
                )
            )
        origin = _origin(thinned.positions)
        looks = self._looks(thinned.values)
        stations = np.zeros((0, 3)) if stations is None else stations
        known = len(stations) > 0 and bool((thinned.station_of >= 0).all())
        return Cloud(
            positions=_about(thinned.positions, origin),
            colors=self._colors(looks["colors"]),
            intensity=gray_levels(looks["intensity"][:, 0]) if "intensity" in looks else None,
            normals=unit_normals(looks["normals"]) if "normals" in looks else None,
            stations=_about(stations, origin),
            station_of=thinned.station_of if known else None,
            count=self._count,
            voxel=thinned.voxel,
            origin=origin,
        )

    def _no_points(self) -> Message:
        if not self._count:
            return message("it contains no points")
        return message("none of its points (%(count)s) has finite coordinates", count=self._count)

    def _looks(self, values: FloatArray) -> dict[str, FloatArray]:
        looks, at = {"colors": _NONE}, 0
        for name, width in self._widths.items():
            if width:
                looks[name] = values[:, at : at + width]
                at += width
        return looks

    def _colors(self, values: FloatArray) -> Any:
        if not values.size:
            return None
        if self._range.top <= 0:
            if self._bare < self._count - self._wild:
                self.warnings.append(message("all its colours are black; they are ignored"))
            return None
        if self._bare:
            self.warnings.append(
                plural_message(
                    "%(count)s point has no colour and is shown in grey",
                    "%(count)s points have no colour and are shown in grey",
                    self._bare,
                )
            )
        return self._range.bytes_of(values)


def cloud_scan(path: Path, builder: CloudBuilder, cloud: Cloud, facts: ScanFacts, warnings: list[Message]) -> Scan:
    """Return the scan of a cloud, without any triangle, with the warnings of its reader and of its builder."""
    told = ScanFacts(
        facts.format,
        facts.detail,
        facts.parts,
        facts.up,
        facts.unit_m,
        facts.copyright,
        (*facts.warnings, *warnings, *builder.warnings),
        facts.crs,
    )
    name = path.stem.removesuffix(".copc")
    empty = Mesh(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int32), origin=cloud.origin)
    return Scan(name, empty, told, (path,), cloud)


def _origin(positions: DoubleArray) -> DoubleArray:
    """Return the place to count from; a stray at zero in national coordinates must not make float32 do."""
    low, high = inner_box(positions[:: max(1, len(positions) // 100_000)])
    return about_origin(np.stack([low, high]))[1]


def _about(places: DoubleArray, origin: DoubleArray) -> FloatArray:
    about = np.empty(places.shape, np.float32)
    np.subtract(places, origin, out=about, casting="same_kind")
    return about
