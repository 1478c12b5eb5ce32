"""What it takes to gather a site: its tiles, the bytes that are still to come, and the time."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import IO

from carreau.air.survey.http_client import NoRangesError
from carreau.air.survey.map_requests import aligned_grid, pieces, touches
from carreau.air.survey.point_tiles import PointTile, open_tile
from carreau.air.survey.ranges import RangeStream
from carreau.air.survey.services import PictureService, Services
from carreau.air.survey.site_area import Area
from carreau.air.survey.source import Source
from carreau.air.survey.tile_index import Tile, TileList, tiles_of
from carreau.air.survey.whole_files import whole_file
from carreau.base.errors import ScanError
from carreau.base.messages import message

_COLOUR_BYTES, _GREY_BYTES = 0.15, 0.35
"""Of a pixel as JPEG and as grey PNG: 0.8 MB for a colour picture of 2,350 pixels square."""

_NODE_HALF_M = 31.0
"""Nodes of the octree are 31 to 62 m wide at its leaves, so that more is read than lies in an area."""


@dataclass(frozen=True)
class SitePlan:
    """What it takes to gather a site.

    slug : of the site
    folder : of the survey
    missing : south-west corners of the tiles that are not there
    opened : the tiles with what the area touches of them
    point_bytes, other_bytes : still to come; those of pictures and buildings are estimated
    requests : how many, about
    """

    slug: str
    folder: Path
    area: Area
    tiles: TileList
    missing: tuple[tuple[float, float], ...]
    opened: tuple[tuple[Tile, PointTile], ...]
    point_bytes: int
    other_bytes: int
    requests: int

    @property
    def total_bytes(self) -> int:
        """Return the bytes of all that is still to come."""
        return self.point_bytes + self.other_bytes

    def seconds(self, services: Services) -> float:
        """Return how long it may take."""
        polite = self.requests / min(services.index.per_s, services.points.per_s, services.orthophoto.per_s)
        return polite + self.total_bytes / 1e6 / services.client.expected_mb_s

    def close(self) -> None:
        """Close the tiles."""
        for _tile, opened in self.opened:
            opened.stream.close()


def plan_site(
    source: Source, services: Services, slug: str, area: Area, folder: Path, outline: Path, whole_files: bool
) -> SitePlan:
    """Return the plan of a site, for which the index of each tile is read.

    Raises ScanError for a site that is too wide, ServiceError where a service does not answer as it should.
    """
    corners = area.tile_corners(services.place.tile_m)
    if len(corners) > services.place.most_tiles:
        cause = message(
            "with its surroundings it touches %(count)s tiles, more than %(most)s",
            count=len(corners),
            most=services.place.most_tiles,
        )
        cure = message("draw it smaller, lower --buffer, or raise most_tiles in services.toml")
        raise ScanError(outline, "", cause, cure)
    listed = tiles_of(source, services, area.bounds)
    tiles = tuple(tile for tile in listed.tiles if (tile.west, tile.south) in corners)
    missing = tuple(sorted(set(corners) - {(tile.west, tile.south) for tile in tiles}))
    opened = tuple((tile, _open(source, services, tile, area, whole_files)) for tile in tiles)
    to_come = [each.stream.missing_bytes(each.ranges) for _tile, each in opened if isinstance(each.stream, RangeStream)]
    pictures = [picture_bytes(each, area) for each in (services.orthophoto, services.historic)]
    return SitePlan(
        slug, folder, area, TileList(tiles, listed.remarks), missing, opened, sum(to_come), sum(pictures),
        3 + len(tiles) * 4,
    )  # fmt: skip


def _open(source: Source, services: Services, tile: Tile, area: Area, whole_files: bool) -> PointTile:
    """Open a tile by its parts, or whole where its address gives no parts and a whole file is allowed."""
    stream: RangeStream | IO[bytes] = RangeStream(source, tile.address, services.points, tile.name)
    try:
        return open_tile(stream, tile.name, area, services.place)
    except NoRangesError:
        if not whole_files:
            raise
    return open_tile(
        whole_file(source, tile.address, services.points, tile.name).open("rb"), tile.name, area, services.place
    )


def picture_bytes(service: PictureService, area: Area) -> int:
    """Return about how many bytes the picture of an area has."""
    grid = aligned_grid(area.bounds, service.pixel_m, service.most_megapixels * 1e6)
    each = _GREY_BYTES if service.format == "image/png" else _COLOUR_BYTES
    parts = (piece.grid for piece in pieces(grid, service.edge_px) if touches(area.shape, piece.grid))
    return int(sum(part.columns * part.rows for part in parts) * each)


def rough_bytes(services: Services, area: Area) -> int:
    """Return about how many bytes a site takes, without asking anybody."""
    points = area.shape.buffer(_NODE_HALF_M).area * services.points.points_m2 * services.points.bytes_per_point
    return int(points) + sum(picture_bytes(each, area) for each in (services.orthophoto, services.historic))
