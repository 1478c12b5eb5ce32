"""Point clouds as readers build them, with colours, intensities and normals in one range."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carreau.base.errors import FormatError
from carreau.base.messages import Message, message, plural_message
from carreau.base.model import ByteArray, Cloud, DoubleArray, Fidelity, FloatArray, Mesh, Scan, ScanFacts
from carreau.formats.clouds.thinning import MOST_POINTS, Points, Thinner, inner_box
from carreau.formats.origin import COARSE, about_origin, is_widened
from carreau.formats.safe_paths import EXPORT_AGAIN

Numbers = NDArray[Any]
_UNIT_LIMIT = 1.5
"""Float colours are 0..1 unless one of them is above this, as for the colours of vertices."""

_GRAY = 128
"""Grey level of points without a colour in a cloud with colours."""

_SHARES = (1.0, 99.0)
"""Percentiles of the intensities that map to black and white: mirrors and wet stone are a hundred times brighter."""

_SAMPLE = 1_000_000

FARTHEST = 1e30
"""Coordinates from here on are treated as invalid, like infinite ones: the square of a float32 overflows at 1e19."""

_NONE = np.zeros(0, np.float32)


class ColorRange:
    """The numeric range of the colours of a file, found from all of them, as a single batch may be dark by chance."""

    def __init__(self) -> None:
        """Start without any colours."""
        self.top = 0.0
        self._are_integers = True
        self._low_bits = False

    def widen(self, colors: Numbers) -> None:
        """Take more colours, (n, 3), into account."""
        if not len(colors):
            return
        if colors.dtype.kind == "f":
            self._are_integers = False
            self.top = max(self.top, float(np.max(colors, initial=0.0, where=np.isfinite(colors))))
            return
        self.top = max(self.top, float(colors.max()))
        if not self._low_bits and colors.dtype.itemsize > 1:
            self._low_bits = bool(np.any(colors & 0xFF))

    def convert_means(self, values: FloatArray) -> ByteArray:
        """Return (n, 3) uint8 of means of these colours; NaN becomes grey.

        Integers up to 255 are 8-bit values, whatever the type of the field. Larger ones have 16 bits: an 8-bit value in
        the high byte if all low bytes are zero, else 0..65535.
        """
        factor = 1.0
        if not self._are_integers and self.top <= _UNIT_LIMIT:
            factor = 255.0
        elif self.top > 255:
            factor = 1 / 257 if self._low_bits or not self._are_integers else 1 / 256
        bytes_ = np.empty(values.shape, np.uint8)
        for start in range(0, len(values), _SAMPLE):
            scaled = np.rint(np.clip(values[start : start + _SAMPLE] * np.float32(factor), 0, 255))
            bytes_[start : start + _SAMPLE] = np.nan_to_num(scaled, nan=_GRAY).astype(np.uint8)
        return bytes_


def gray_levels(intensity: FloatArray) -> FloatArray | None:
    """Return (n,) float32 in 0..1; None if all intensities are equal."""
    sample = intensity[:: max(1, len(intensity) // _SAMPLE)].astype(np.float64)
    low, high = np.percentile(sample, _SHARES)
    if not high > low:
        low, high = float(sample.min()), float(sample.max())
    if not high > low:
        return None
    levels: FloatArray = np.clip((intensity - np.float32(low)) / np.float32(high - low), 0, 1).astype(np.float32)
    return levels


def unit_normals(normals: FloatArray) -> FloatArray | None:
    """Return (n, 3) unit float32; (0, 0, 1) for zero normals (two sides in one voxel), None if most are zero."""
    with np.errstate(over="ignore", invalid="ignore"):
        lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    useless = ~((lengths[:, 0] > 1e-6) & np.isfinite(lengths[:, 0]))
    if 2 * np.count_nonzero(useless) > len(normals):
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        units: FloatArray = (normals / np.where(useless[:, None], 1, lengths)).astype(np.float32)
    units[useless] = (0.0, 0.0, 1.0)
    return units


@dataclass(frozen=True, eq=False)
class Batch:
    """A batch of points as the file stores them.

    positions : (n, 3) float64, finite or not
    colors : (n, 3) integers of 8 or 16 bits, or floats in 0..1 or 0..255; None if these points have none
    intensity : (n,) in any range, or None
    normals : (n, 3) of any length, or None
    station : index of the scanner position, -1 if unknown
    """

    positions: DoubleArray
    colors: Numbers | None = None
    intensity: Numbers | None = None
    normals: Numbers | None = None
    station: int = -1


class CloudBuilder:
    """Builds a cloud from batches of points: skips invalid coordinates, and thins the others as they arrive."""

    def __init__(
        self,
        path: Path,
        *,
        colors: bool = False,
        intensity: bool = False,
        normals: bool = False,
        most: int = MOST_POINTS,
    ) -> None:
        """Start a cloud of at most `most` points, with the attributes that any of them may have."""
        self.path = path
        self.warnings: list[Message] = []
        self._widths = {"colors": 3 * colors, "intensity": 1 * intensity, "normals": 3 * normals}
        self._thinner = Thinner(sum(self._widths.values()), most)
        self._range = ColorRange()
        self._float32 = Float32Check()
        self._count = self._invalid_count = self._uncolored_count = 0

    def add(self, batch: Batch, dropped: int = 0) -> None:
        """Add points; `dropped` is the number of points of the file that the reader skipped before them."""
        positions = np.asarray(batch.positions, np.float64)
        self._count += len(positions) + dropped
        valid: NDArray[np.bool_] = np.all(np.abs(positions) < FARTHEST, axis=1)
        invalid_count = len(valid) - int(np.count_nonzero(valid))
        self._invalid_count += invalid_count
        values = np.empty((len(positions), sum(self._widths.values())), np.float32)
        at = 0
        for name, width in self._widths.items():
            if width:
                values[:, at : at + width] = self._column(name, getattr(batch, name), valid)
                at += width
        stations = np.full(len(positions), batch.station, np.int32)
        if invalid_count:
            positions, values, stations = positions[valid], values[valid], stations[valid]
        if len(positions):
            self._float32.add(positions)
            self._thinner.add(Points(np.ascontiguousarray(positions), values, stations))

    def _column(self, name: str, numbers: Numbers | None, valid: NDArray[np.bool_]) -> Any:
        """Return the values of an attribute; NaN (for grey), zero intensity or zero normals for points without it."""
        if name == "colors":
            if numbers is None:
                self._uncolored_count += int(np.count_nonzero(valid))
                return np.nan
            self._range.widen(numbers)
        if numbers is None:
            return 0.0
        with np.errstate(over="ignore"):
            column = np.asarray(numbers, np.float32)
        column = np.nan_to_num(column, nan=0.0, posinf=0.0, neginf=0.0)
        return column if column.ndim == 2 else column[:, None]

    def finish(self, stations: DoubleArray | None = None) -> Cloud:
        """Return the cloud, and complete `warnings` with what was skipped.

        stations : (s, 3) float64, the scanner positions
        Raises FormatError if no point is left.
        """
        thinned = self._thinner.finish()
        if not len(thinned.positions):
            raise FormatError(self.path, "", self._no_points(), EXPORT_AGAIN)
        if self._invalid_count:
            self.warnings.append(
                plural_message(
                    "%(count)s point without finite coordinates was skipped",
                    "%(count)s points without finite coordinates were skipped",
                    self._invalid_count,
                )
            )
        origin = _origin(thinned.positions)
        attributes = self._attributes(thinned.values)
        stations = np.zeros((0, 3)) if stations is None else stations
        has_stations = len(stations) > 0 and bool((thinned.station_of >= 0).all())
        return Cloud(
            positions=_about(thinned.positions, origin),
            colors=self._colors(attributes["colors"]),
            intensity=gray_levels(attributes["intensity"][:, 0]) if "intensity" in attributes else None,
            normals=unit_normals(attributes["normals"]) if "normals" in attributes else None,
            stations=_about(stations, origin),
            station_of=thinned.station_of if has_stations else None,
            count=self._count,
            voxel=thinned.voxel,
            origin=origin,
            fidelity=self._float32.fidelity(thinned.positions),
        )

    def _no_points(self) -> Message:
        if not self._count:
            return message("it contains no points")
        return message("none of its points (%(count)s) has finite coordinates", count=self._count)

    def _attributes(self, values: FloatArray) -> dict[str, FloatArray]:
        attributes, at = {"colors": _NONE}, 0
        for name, width in self._widths.items():
            if width:
                attributes[name] = values[:, at : at + width]
                at += width
        return attributes

    def _colors(self, values: FloatArray) -> Any:
        if not values.size:
            return None
        if self._range.top <= 0:
            if self._uncolored_count < self._count - self._invalid_count:
                self.warnings.append(message("all its colours are black; they are ignored"))
            return None
        if self._uncolored_count:
            self.warnings.append(
                plural_message(
                    "%(count)s point has no colour and is shown in grey",
                    "%(count)s points have no colour and are shown in grey",
                    self._uncolored_count,
                )
            )
        return self._range.convert_means(values)


def cloud_scan(path: Path, builder: CloudBuilder, cloud: Cloud, facts: ScanFacts, warnings: list[Message]) -> Scan:
    """Return the scan of a cloud, with an empty mesh and the warnings of the reader and of the builder."""
    all_facts = ScanFacts(
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
    return Scan(name, empty, all_facts, (path,), cloud)


def _origin(positions: DoubleArray) -> DoubleArray:
    """Return the origin of most points; one outlier at zero must not leave national coordinates in float32."""
    low, high = inner_box(positions[:: max(1, len(positions) // 100_000)])
    return about_origin(np.stack([low, high]))[1]


def _about(positions: DoubleArray, origin: DoubleArray) -> FloatArray:
    offsets = np.empty(positions.shape, np.float32)
    np.subtract(positions, origin, out=offsets, casting="same_kind")
    return offsets


_FIDELITY_SAMPLE = 20_000
_NEIGHBORS = 8
_CROWDED = 0.05
"""Share of the spacing of an even sheet beside which steps are fine; beside less, the spacing is measured."""


class Float32Check:
    """Which axes of a file are float32 numbers, found from all points, as its batches arrive.

    Texts round heights to fewer digits than float32 has there, so that each axis is looked at by itself.
    """

    def __init__(self) -> None:
        """Start without any points."""
        self._is_single = np.ones(3, bool)
        self._first: DoubleArray = np.zeros((0, 3))

    def add(self, positions: DoubleArray) -> None:
        """Take more points, (n, 3) finite, into account."""
        if not self._is_single.any():
            return
        with np.errstate(over="ignore"):
            self._is_single &= (positions == positions.astype(np.float32)).all(axis=0)
        if len(self._first) < _FIDELITY_SAMPLE:
            self._first = np.concatenate([self._first, positions[:_FIDELITY_SAMPLE]])

    def fidelity(self, positions: DoubleArray) -> Fidelity:
        """Return the steps of the file's coordinates where they are float32 and coarse beside the points in use.

        positions : (n, 3) in the coordinates of the file, thinned
        """
        if not self._is_single.any() or not is_widened(self._first[:, self._is_single]):
            return Fidelity()
        low, high = inner_box(positions[:: max(1, len(positions) // _FIDELITY_SAMPLE)])
        near = float(np.abs((low, high))[:, self._is_single].max())
        step, even = float(np.spacing(np.float32(near))), float((high - low).max()) / np.sqrt(len(positions))
        if step <= COARSE * _CROWDED * even:
            return Fidelity()
        spacing = _spacing(positions)
        if spacing < 2 * step:  # points have fallen together, and what lies between them is rounding
            spacing = min(even, step)
        return Fidelity(0.0, step, near, spacing) if step > COARSE * spacing else Fidelity()


def _spacing(positions: DoubleArray) -> float:
    """Return the median distance of a point to the nearest at another position; 0 where nearly all lie on others."""
    from scipy.spatial import cKDTree

    tree = cKDTree(positions, balanced_tree=False, compact_nodes=False)
    sample = positions[:: max(1, len(positions) // _FIDELITY_SAMPLE)]
    distances = np.asarray(tree.query(sample, k=np.arange(1, min(_NEIGHBORS, len(positions)) + 1))[0])
    near = np.min(distances, axis=1, where=distances > 0, initial=np.inf)
    near = near[np.isfinite(near)]
    return float(np.median(near)) if len(near) else 0.0
