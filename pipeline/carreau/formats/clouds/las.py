"""LAS point clouds, compressed (LAZ, COPC) or not.

laspy and lazrs read the points; `las_header` checks the file first, since they allocate what a header declares.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import laspy
import numpy as np
from numpy.typing import NDArray

from carreau.base.errors import FormatError
from carreau.base.messages import Message, Number, message, plural_message
from carreau.base.model import Scan, ScanFacts
from carreau.formats.clouds.cloud import Batch, CloudBuilder, cloud_scan
from carreau.formats.clouds.las_header import MOST_CHUNK_BYTES, LasHeader, check_compression, read_header, system_of
from carreau.formats.clouds.laz_points import CompressedPoints, DecompressionTimeoutError, decompressing
from carreau.formats.clouds.thinning import MOST_POINTS
from carreau.formats.io.safe_paths import DAMAGED, NO_DECOMPRESSION, native_errors

BATCH_POINTS = 500_000
"""Points read at a time: 17 to 34 MB, and ten LAZ chunks of 50,000 points to decompress in parallel."""

_NOISE = (7, 18)
# Its warnings would appear on the terminal between the lines of the progress display.
logging.getLogger("laspy").addHandler(logging.NullHandler())
logging.getLogger("laspy").propagate = False

BoolArray = NDArray[np.bool_]


def read(path: Path, most: int = MOST_POINTS) -> Scan:
    """Read a LAS, LAZ or COPC file, thinned by voxel to at most `most` points.

    Points that are withheld or classified as noise (7 and 18) are skipped, and synthetic ones unless most are.
    Nothing outside the file is read.

    Raises FormatError for a file that is not LAS, declares more than it contains, or cannot be decompressed.
    """
    with las_points(path) as (header, source, batches):
        return _read(path, header, source, batches, most)


@contextmanager
def las_points(path: Path) -> Iterator[tuple[LasHeader, Any, Iterator[Any]]]:
    """Give the checked header of a LAS, LAZ or COPC file, laspy's reader, and its points, `BATCH_POINTS` at a time.

    Raises FormatError as `read` does, for the points in the iteration.
    """
    header = read_header(path)
    largest = check_compression(path, header) if header.is_compressed else 0
    with (
        native_errors(path, message("header"), message("the header cannot be read"), DAMAGED),
        path.open("rb") as file,
        laspy.open(file, closefd=False, read_evlrs=False) as source,
    ):
        if not header.is_compressed:
            yield header, source, _batches(path, header, source)
            return
        points = CompressedPoints(
            path.absolute(), header.start, header.compression, header.point_bytes, header.count, largest,
            is_parallel=largest <= MOST_CHUNK_BYTES,
        )  # fmt: skip
        with decompressing(points, BATCH_POINTS) as batches:
            yield header, source, _decompressed(path, header, source, batches)


def _read(path: Path, header: LasHeader, source: Any, batches: Iterator[Any], most: int) -> Scan:
    names = set(source.header.point_format.dimension_names)
    colors = {"red", "green", "blue"} <= names
    builder = CloudBuilder(path, colors=colors, intensity="intensity" in names, most=most)
    scales, offsets = np.asarray(source.header.scales), np.asarray(source.header.offsets)
    selector = _PointSelector()
    for points in batches:
        selected = selector.select(points)
        raw = points.array if selected.all() else points.array[selected]
        with np.errstate(over="ignore", invalid="ignore"):
            positions = np.column_stack([raw[axis] for axis in "XYZ"]) * scales + offsets
        rgb = np.column_stack([raw[name] for name in ("red", "green", "blue")]) if colors else None
        builder.add(Batch(positions, rgb, raw["intensity"]), dropped=len(selected) - len(raw))
    system = system_of(header.records)
    cloud = builder.finish()
    kind = "COPC" if header.is_copc else "LAZ" if header.is_compressed else "LAS"
    detail = message("%(version)s, point format %(format)s", version=header.version, format=str(header.point_format))
    facts = ScanFacts(kind, detail, up="z", unit_m=system.unit_m, warnings=system.warnings, crs=system.crs)
    return cloud_scan(path, builder, cloud, facts, selector.warnings())


def _batches(path: Path, header: LasHeader, source: Any) -> Iterator[Any]:
    """Yield the points, half a million at a time."""
    done = 0
    while done < header.count:
        place = message("point %(number)s of %(count)s", number=done, count=header.count)
        with native_errors(path, place, NO_DECOMPRESSION, DAMAGED):
            points = source.read_points(BATCH_POINTS)
        if not len(points):
            raise FormatError(path, place, message("the point data ends here"), DAMAGED)
        done += len(points)
        yield points


def _decompressed(path: Path, header: LasHeader, source: Any, batches: Iterator[bytes]) -> Iterator[Any]:
    """Yield the points of a LAZ file, half a million at a time."""
    done = 0
    while done < header.count:
        place = message("point %(number)s of %(count)s", number=done, count=header.count)
        with native_errors(path, place, NO_DECOMPRESSION, DAMAGED):
            points = laspy.PackedPointRecord.from_buffer(_next(path, place, batches), source.header.point_format)
        done += len(points)
        yield points


def _next(path: Path, place: Message, batches: Iterator[bytes]) -> bytes:
    try:
        return next(batches)
    except DecompressionTimeoutError as error:
        cause = message(
            "the decoder gave no points within %(seconds)s s, and was ended", seconds=Number(error.seconds, ".0f")
        )
        raise FormatError(path, place, cause, DAMAGED) from error


class _PointSelector:
    """Selects the points to keep, and counts the others by reason."""

    def __init__(self) -> None:
        self._counts = {"withheld": 0, "noise": 0, "synthetic": 0}
        self._keeps_synthetic: bool | None = None

    def select(self, points: Any) -> BoolArray:
        """Return the points to keep, (n,) bool."""
        withheld = np.asarray(points.withheld, bool)
        noise: BoolArray = np.isin(np.asarray(points.classification), _NOISE) & ~withheld
        synthetic = np.asarray(points.synthetic, bool) & ~withheld & ~noise
        if self._keeps_synthetic is None:  # photogrammetry may flag every point
            self._keeps_synthetic = bool(2 * np.count_nonzero(synthetic) > len(synthetic))
        if self._keeps_synthetic:
            synthetic[:] = False
        for name, flags in (("withheld", withheld), ("noise", noise), ("synthetic", synthetic)):
            self._counts[name] += int(np.count_nonzero(flags))
        selected: BoolArray = ~(withheld | noise | synthetic)
        return selected

    def warnings(self) -> list[Message]:
        """Return one message for each reason."""
        return [_skipped(name, count) for name, count in self._counts.items() if count]


def _skipped(reason: str, count: int) -> Message:
    if reason == "withheld":
        return plural_message(
            "%(count)s point marked as withheld was skipped", "%(count)s points marked as withheld were skipped", count
        )
    if reason == "noise":
        return plural_message(
            "%(count)s point classified as noise was skipped",
            "%(count)s points classified as noise were skipped",
            count,
        )
    return plural_message(
        "%(count)s point marked as synthetic was skipped", "%(count)s points marked as synthetic were skipped", count
    )
