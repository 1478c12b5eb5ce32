"""Point clouds as readers build them, with colours, intensities and normals in one range."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import FormatError
from pipeline.formats.clouds.thinning import MOST_POINTS, Points, Thinner, inner_box
from pipeline.formats.io.file_errors import EXPORT_AGAIN
from pipeline.formats.io.origin import about_origin
from pipeline.messages import Message, message, plural_message
from pipeline.model import ByteArray, Cloud, DoubleArray, FloatArray, Mesh, Scan, ScanFacts

Numbers = NDArray[Any]
_UNIT_LIMIT = 1.5
"""Floats are 0..1 unless one is above this, as with the colours of vertices."""

_GRAY = 128
"""What points wear that have no colour among others that have."""

_SHARES = (1.0, 99.0)
"""Percentiles of the intensities that become black and white: mirrors and wet stone are a hundred times brighter."""

_SAMPLE = 1_000_000

FARTHEST = 1e30
"""Coordinates from here on are taken for mistakes, as infinite ones are: float32 ends at 3e38, its squares at 1e19."""

_NONE = np.zeros(0, np.float32)


class ColorRange:
    """Learns from all colours of a file how they are counted; one batch may be dark by chance."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self.top = 0.0
        self._whole = True
        self._low_bits = False

    def widen(self, colors: Numbers) -> None:
        """Look at more colours, (n, 3)."""
        if not len(colors):
            return
        if colors.dtype.kind == "f":
            self._whole = False
            self.top = max(self.top, float(np.max(colors, initial=0.0, where=np.isfinite(colors))))
            return
        self.top = max(self.top, float(colors.max()))
        if not self._low_bits and colors.dtype.itemsize > 1:
            self._low_bits = bool(np.any(colors & 0xFF))

    def bytes_of(self, values: FloatArray) -> ByteArray:
        """Return (n, 3) uint8 from means of the colours seen; NaN becomes grey.

        Integers up to 255 are bytes, whatever field they stand in. Larger ones are 16 bits: bytes moved up by 8 where
        no low byte is in use, and else 0..65535.
        """
        factor = 1.0
        if not self._whole and self.top <= _UNIT_LIMIT:
            factor = 255.0
        elif self.top > 255:
            factor = 1 / 257 if self._low_bits or not self._whole else 1 / 256
        bytes_ = np.empty(values.shape, np.uint8)
        for start in range(0, len(values), _SAMPLE):
            scaled = np.rint(np.clip(values[start : start + _SAMPLE] * np.float32(factor), 0, 255))
            bytes_[start : start + _SAMPLE] = np.nan_to_num(scaled, nan=_GRAY).astype(np.uint8)
        return bytes_


def gray_levels(intensity: FloatArray) -> FloatArray | None:
    """Return (n,) float32 in 0..1; None when all are the same, which says nothing."""
    sample = intensity[:: max(1, len(intensity) // _SAMPLE)].astype(np.float64)
    low, high = np.percentile(sample, _SHARES)
    if not high > low:
        low, high = float(sample.min()), float(sample.max())
    if not high > low:
        return None
    levels: FloatArray = np.clip((intensity - np.float32(low)) / np.float32(high - low), 0, 1).astype(np.float32)
    return levels


def unit_normals(normals: FloatArray) -> FloatArray | None:
    """Return (n, 3) unit float32; up where one is nothing (two sides in one voxel), None when most are."""
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    useless = ~(lengths[:, 0] > 1e-6)
    if 2 * np.count_nonzero(useless) > len(normals):
        return None
    units: FloatArray = (normals / np.where(useless[:, None], 1, lengths)).astype(np.float32)
    units[useless] = (0.0, 0.0, 1.0)
    return units


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
