"""Read the points of an area from a tile, and write them as LAZ, some nodes at a time."""

from __future__ import annotations

import io
import itertools
import math
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar, cast

from carreau.air.airborne.survey_record import span
from carreau.air.survey.services import Area, Place
from carreau.air.survey.source import RangeStream
from carreau.air.survey.tile_system import TileSystemError, tile_system
from carreau.base.errors import ServiceError, StorageError, cannot_write
from carreau.base.messages import Message, message

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from shapely import MultiPolygon, Polygon

Result = TypeVar("Result")
BATCH_POINTS = 2_000_000
"""Points that are decompressed at once: 60 MB."""

CELL_M = 10.0
"""Side of the squares that are counted to tell how much of a place has points."""

_SLACK_SHARE = 0.01
"""Of a node's side, by which its points may lie beyond it: coordinates are rounded."""

_UNCLASSIFIED = (0, 1)
_GROUND = 2
_KEPT = ("X", "Y", "Z", "classification", "return_number", "number_of_returns", "synthetic", "withheld", "overlap")

Key = tuple[int, int, int, int]


@dataclass(frozen=True)
class OctreeNode:
    """Where the points of a node are.

    offset, size : bytes in the file
    """

    key: Key
    offset: int
    size: int
    count: int


@dataclass(frozen=True)
class PointTile:
    """A tile that is open.

    octree : of the whole tile; nodes : those that an area touches, in the order of the file
    flown : when its points were measured, by their GPS times: a day or an interval; empty if they do not say
    """

    title: str
    stream: IO[bytes]
    reader: Any
    octree: Octree
    nodes: list[OctreeNode]
    flown: str = ""

    @property
    def ranges(self) -> list[tuple[int, int]]:
        """Return where the points are in the file."""
        return [(node.offset, node.offset + node.size) for node in self.nodes]


@dataclass
class Excerpt:
    """What was written of a tile.

    classes : that occur
    cells : squares of `CELL_M` that have points, by column and row in the projected system
    lowest : height of the lowest point of ground, metres; infinity without one
    """

    count: int = 0
    classes: set[int] = field(default_factory=set)
    cells: set[tuple[int, int]] = field(default_factory=set)
    lowest: float = math.inf

    @property
    def is_classified(self) -> bool:
        """Return whether points tell ground from buildings."""
        return not self.classes <= set(_UNCLASSIFIED)


def open_tile(stream: RangeStream | IO[bytes], title: str, area: Area, place: Place) -> PointTile:
    """Return a tile; only its index is read.

    Raises DamagedTileError for a file that is not COPC, ServiceError for one in another coordinate system.
    """
    import laspy

    readable = cast(IO[bytes], stream)
    try:
        reader = laspy.CopcReader(readable)
        _check_system(reader, readable, title, place)
        info = reader.copc_info
        west, south = (float(each) - float(info.halfsize) for each in info.center[:2])
        octree = Octree(
            west, south, 2 * float(info.halfsize), int(info.hierarchy_root_offset), int(info.hierarchy_root_size)
        )
        nodes = octree.nodes_in(readable, area.shape)
        return PointTile(title, readable, reader, octree, nodes, _acquisition_days(reader.header, info))
    except OctreeError as error:
        raise _damage_error(title, error.reason) from error
    except (laspy.errors.LaspyException, ValueError, IndexError, OverflowError, AttributeError, EOFError) as error:
        raise _damage_error(title, message("it is not a COPC file")) from error


_GPS_EPOCH, _GPS_ADJUSTED_S = datetime(1980, 1, 6), 1e9
_FIRST_FLIGHT, _LAST_FLIGHT = datetime(1995, 1, 1), datetime(2100, 1, 1)
"""Times outside are no adjusted ones, as seconds of a week are not."""


def _acquisition_days(header: Any, info: Any) -> str:
    """Return when points were measured, by the GPS times in the record of COPC: a day or an interval, or nothing.

    Leap seconds are left out. Source: LAS 1.4 R15, global encoding, bit 0; COPC 1.0, `gpstime_minimum` and `_maximum`.
    """
    days = list[str]()
    is_timed = info.gps_min or info.gps_max  # zeros are of points without a time
    if not header.global_encoding.gps_time_type or not is_timed:
        return ""
    for seconds in (info.gps_min, info.gps_max):
        try:
            time = _GPS_EPOCH + timedelta(seconds=float(seconds) + _GPS_ADJUSTED_S)
        except (ValueError, OverflowError):
            return ""
        if not _FIRST_FLIGHT <= time < _LAST_FLIGHT:
            return ""
        days.append(time.date().isoformat())
    return span(days)


class DamagedTileError(ServiceError):
    """A tile whose bytes are not those of a COPC file: what is kept of it is no good either."""


_FETCH_ANEW = message("run again later: what was received of it is dropped, and fetched anew")


def _damage_error(title: str, reason: Message) -> DamagedTileError:
    return DamagedTileError(title, reason, _FETCH_ANEW)


def _check_system(reader: Any, stream: IO[bytes], title: str, place: Place) -> None:
    """Raise ServiceError for a file in another coordinate system than the requested one."""
    try:
        crs = tile_system(reader.header, stream)
    except TileSystemError as error:
        raise _damage_error(title, error.reason) from error
    # Matched by its definition where the file does not give its code.
    if crs is None or crs.to_epsg(min_confidence=60) == place.epsg:
        return
    answer = message("it is in the system %(system)s", system=crs.name)
    raise ServiceError(title, answer, message("only metropolitan France is gathered, in Lambert-93"))


def write_excerpt(tile: PointTile, area: Area, place: Place, path: Path) -> Excerpt:
    """Write the points of a tile that lie in an area; without any, no file is written.

    Place, class and returns are kept, in the order of the file; intensity, time and angles are not used later, and are
    set to zero, which takes no space.
    Raises DamagedTileError where its points are, ServiceError where they do not come, StorageError.
    """
    import laspy

    excerpt, source = Excerpt(), tile.reader.header
    header = laspy.LasHeader(version="1.4", point_format=6)
    header.scales, header.offsets = source.scales, source.offsets
    header.generating_software, header.system_identifier = "Carreau", "excerpt"
    header.creation_date = source.creation_date
    header.vlrs.extend(_system_record(place))
    _write_laz(_select(tile, area, header, excerpt), header, path)
    return excerpt


def _select(tile: PointTile, area: Area, header: Any, excerpt: Excerpt) -> Iterator[Any]:
    """Yield the points of some nodes at a time that lie in an area, and describe them in an excerpt."""
    import laspy
    import numpy as np
    import shapely

    for points in _decompress(tile):
        keep = shapely.contains_xy(area.shape, np.asarray(points.x), np.asarray(points.y))
        if not keep.any():
            continue
        record = laspy.ScaleAwarePointRecord.zeros(int(keep.sum()), header=header)
        for name in _KEPT:
            record[name] = np.asarray(points[name])[keep]
        excerpt.count += len(record)
        excerpt.classes.update(np.unique(np.asarray(record.classification)).tolist())
        excerpt.cells |= _cells(np.asarray(record.x), np.asarray(record.y))
        is_ground = np.asarray(record.classification) == _GROUND
        if is_ground.any():
            excerpt.lowest = min(excerpt.lowest, float(np.asarray(record.z)[is_ground].min()))
        yield record


def _write_laz(records: Iterator[Any], header: Any, path: Path) -> None:
    """Write records of points one after the other, so that memory does not grow with the tile."""
    import laspy
    import lazrs

    first = next(records, None)
    if first is None:
        return
    file = _WatchedFile(path)
    try:
        with file, laspy.open(
            cast(IO[bytes], file), "w", header=header, do_compress=True, laz_backend=laspy.LazBackend.Lazrs,
            closefd=False,
        ) as writer:  # fmt: skip
            for record in itertools.chain((first,), records):
                writer.write_points(record)
    except (OSError, lazrs.LazrsError) as error:
        if file.failure is None:
            raise
        raise StorageError(cannot_write(path, file.failure)) from error


class _WatchedFile(io.BufferedWriter):
    """A file that remembers why it could not be written, for which lazrs has one text, "Failed to call write".

    failure : what the system said
    """

    def __init__(self, path: Path) -> None:
        """Open a file, empty."""
        super().__init__(io.FileIO(path, "w"))
        self.failure: OSError | None = None

    def write(self, data: Any, /) -> int:
        """Write bytes."""
        return self._watch(super().write, data)

    def flush(self) -> None:
        """Hand everything to the system."""
        self._watch(super().flush)

    def _watch(self, do: Callable[..., Result], *arguments: Any) -> Result:
        try:
            return do(*arguments)
        except OSError as error:
            self.failure = error
            raise


def _system_record(place: Place) -> list[Any]:
    import laspy
    from pyproj import CRS

    wkt = CRS.from_user_input(f"EPSG:{place.epsg}+{place.vertical_epsg}").to_wkt("WKT1_GDAL")
    return [laspy.vlrs.known.WktCoordinateSystemVlr(wkt)]


def _cells(x: NDArray[np.float64], y: NDArray[np.float64]) -> set[tuple[int, int]]:
    import numpy as np

    cells = np.unique(np.column_stack([x // CELL_M, y // CELL_M]).astype(np.int64), axis=0)
    return set(map(tuple, cells.tolist()))


def _decompress(tile: PointTile) -> Iterator[Any]:
    """Yield the points of some nodes at a time; raises ServiceError for damaged ones."""
    import laspy
    import lazrs
    import numpy as np

    header, record = tile.reader.header, tile.reader.laszip_vlr.record_data
    for nodes in _batches(tile.nodes):
        packed = b"".join(_read(tile, node) for node in nodes)
        raw = np.zeros(sum(node.count for node in nodes) * header.point_format.size, np.uint8)
        try:
            lazrs.decompress_points_with_chunk_table(packed, record, raw, [(node.count, node.size) for node in nodes])
        except BaseException as error:
            # A panic of Rust is no Exception.
            if isinstance(error, KeyboardInterrupt | MemoryError | SystemExit):
                raise
            raise _damage_error(tile.title, message("its points are damaged")) from error
        packed_points = laspy.PackedPointRecord.from_buffer(raw, header.point_format)
        points = laspy.ScaleAwarePointRecord(
            packed_points.array, packed_points.point_format, header.scales, header.offsets
        )
        _check_inside(tile, nodes, np.asarray(points.x), np.asarray(points.y))
        yield points


def _check_inside(tile: PointTile, nodes: list[OctreeNode], x: NDArray[np.float64], y: NDArray[np.float64]) -> None:
    """Raise DamagedTileError for a node whose points lie elsewhere: bytes of zeros are points far from any place.

    LAZ has no checksum, and what is wrong would be told as "no points here".
    """
    import numpy as np

    starts = np.cumsum([0, *(node.count for node in nodes[:-1])])
    for node, xs, ys in zip(nodes, np.split(x, starts[1:]), np.split(y, starts[1:]), strict=True):
        west, south, east, north = tile.octree.bounds(node.key)
        slack = _SLACK_SHARE * (east - west)
        is_inside = west - slack <= xs.min() <= xs.max() <= east + slack
        if not (is_inside and south - slack <= ys.min() <= ys.max() <= north + slack):
            raise _damage_error(tile.title, message("its points lie outside their node"))


def _read(tile: PointTile, node: OctreeNode) -> bytes:
    tile.stream.seek(node.offset, io.SEEK_SET)
    body = tile.stream.read(node.size)
    if len(body) < node.size:
        raise _damage_error(tile.title, message("it ends before its points"))
    return body


def _batches(nodes: list[OctreeNode]) -> Iterator[list[OctreeNode]]:
    batch, count = list[OctreeNode](), 0
    for node in nodes:
        if batch and count + node.count > BATCH_POINTS:
            yield batch
            batch, count = [], 0
        batch.append(node)
        count += node.count
    if batch:
        yield batch


def covered_share(cells: set[tuple[int, int]], area: Area) -> float:
    """Return the share of the squares whose middle lies in an area that have points."""
    import numpy as np
    import shapely

    west, south, east, north = (int(each // CELL_M) for each in area.bounds)
    columns, rows = np.meshgrid(np.arange(west, east + 1), np.arange(south, north + 1))
    inside = shapely.contains_xy(area.shape, (columns + 0.5) * CELL_M, (rows + 0.5) * CELL_M)
    wanted = set(zip(columns[inside].tolist(), rows[inside].tolist(), strict=True))
    return len(wanted & cells) / len(wanted) if wanted else float(bool(cells))


_ENTRY = struct.Struct("<iiiiQii")
_IN_ANOTHER_PAGE = -1
MOST_PAGES = 5_000
MOST_NODE_POINTS, MOST_NODE_BYTES, MOST_PAGE_BYTES = 20_000_000, 256_000_000, 64_000_000
_DEEPEST = 20


class OctreeError(ValueError):
    """A hierarchy that cannot be true; `reason` is a clause for a sentence."""

    def __init__(self, reason: Message) -> None:
        """Keep the reason."""
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True)
class Octree:
    """The cube of an octree, and where its hierarchy begins.

    west, south : of the root's cube
    side : of it, in metres
    """

    west: float
    south: float
    side: float
    offset: int
    size: int

    def nodes_in(self, stream: IO[bytes], shape: Polygon | MultiPolygon) -> list[OctreeNode]:
        """Return the nodes with points whose cube stands on a part of an area, in the order of the file.

        Raises OctreeError.
        """
        import shapely

        shapely.prepare(shape)
        entries, pages = self._page(stream, self.offset, self.size), 1
        if (0, 0, 0, 0) not in entries or not any(count for _, _, count in entries.values()):
            raise OctreeError(message("its index is damaged"))
        nodes, waiting = list[OctreeNode](), [(0, 0, 0, 0)]
        while waiting:
            key = waiting.pop()
            entry = entries.get(key)
            if entry is None or key[0] > _DEEPEST or not shapely.intersects(shape, self._square(key)):
                continue
            # An entry may refer to another page of the index; pages are read only for nodes in the area. A page that
            # refers on again, or too many of them, mean an endless index.
            offset, size, count = entry
            if count == _IN_ANOTHER_PAGE:
                pages += 1
                page = self._page(stream, offset, size)
                if pages > MOST_PAGES or page.get(key, entry)[2] == _IN_ANOTHER_PAGE:
                    raise OctreeError(message("its index has no end"))
                entries.update(page)
                waiting.append(key)
                continue
            if count:
                if not (0 < count <= MOST_NODE_POINTS and 0 < size <= MOST_NODE_BYTES):
                    raise OctreeError(message("its index has a node of %(count)s points", count=count))
                nodes.append(OctreeNode(key, offset, size, count))
            # The eight children; the bits of the number are the halves along x, y and z.
            level, x, y, z = key
            waiting += [(level + 1, 2 * x + (i & 1), 2 * y + (i >> 1 & 1), 2 * z + (i >> 2)) for i in range(8)]
        return sorted(nodes, key=lambda node: node.offset)

    def _square(self, key: Key) -> Polygon:
        from shapely import box

        square: Polygon = box(*self.bounds(key))
        return square

    def bounds(self, key: Key) -> tuple[float, float, float, float]:
        """Return west, south, east and north of a node's cube."""
        side = self.side / 2 ** key[0]
        west, south = self.west + key[1] * side, self.south + key[2] * side
        return west, south, west + side, south + side

    def _page(self, stream: IO[bytes], offset: int, size: int) -> dict[Key, tuple[int, int, int]]:
        if not 0 < size <= MOST_PAGE_BYTES or size % _ENTRY.size:
            raise OctreeError(message("its index is damaged"))
        stream.seek(offset)
        page = stream.read(size)
        if len(page) < size:
            raise OctreeError(message("its index is cut"))
        entries = {tuple(row[:4]): tuple(row[4:]) for row in _ENTRY.iter_unpack(page)}
        if len(entries) < size // _ENTRY.size:  # a node twice: what was not received is zeros, the key of the root
            raise OctreeError(message("its index is damaged"))
        return entries
