"""A file on a server can be read anywhere, with few requests, and goes on after a cut."""

from __future__ import annotations

import io
from collections import deque
from dataclasses import replace
from pathlib import Path

import laspy
import numpy as np
import pytest

from carreau.air.survey.http_client import NoRangesError
from carreau.air.survey.point_tiles import DamagedTileError, open_tile, write_excerpt
from carreau.air.survey.services import Area, Services
from carreau.air.survey.source import RangeStream, Source
from carreau.base.errors import ServiceError
from tests.survey_stand_in.landscape import point_file
from tests.survey_stand_in.stand_in_server import StandIn, World

PATH = "/telechargement/download/LHD_FXX_0730_7032_PTS.copc.laz"


def stream_of(source: Source, server: StandIn, services: Services) -> RangeStream:
    return RangeStream(source, server.address + PATH, services.points, "tile")


def test_it_reads_what_the_file_holds(source: Source, server: StandIn, services: Services) -> None:
    stream, file = stream_of(source, server, services), point_file(730, 7031)
    assert stream.seekable()
    assert stream.readable()
    for place, count in ((0, 375), (70_000, 200_000), (65_000, 1000), (file.size - 100, 500)):
        assert stream.seek(place) == place
        assert stream.read(count) == file.read(place, min(place + count, file.size))
    assert stream.seek(-10, io.SEEK_END) == file.size - 10
    assert stream.seek(5, io.SEEK_CUR) == file.size - 5 == stream.tell()
    assert len(stream.read(10)) == 5
    assert stream.read(10) == b""


def test_the_address_for_parts_is_asked_first(
    source: Source, server: StandIn, services: Services, world: World
) -> None:
    stream_of(source, server, services).read(4)
    assert [path.split("/")[1] for path in world.asked] == ["chunk"]


def test_laspy_reads_points_from_it(source: Source, server: StandIn, services: Services) -> None:
    reader = laspy.CopcReader(stream_of(source, server, services))
    low, high = np.array([730_100.0, 7_031_100.0]), np.array([730_150.0, 7_031_150.0])
    assert len(reader.query(laspy.copc.Bounds(low, high))) > 50_000


def test_points_that_lie_outside_their_node_are_damage(
    source: Source, server: StandIn, services: Services, area: Area, tmp_path: Path
) -> None:
    tile = open_tile(stream_of(source, server, services), "tile", area, services.place)
    assert write_excerpt(tile, area, services.place, tmp_path / "excerpt.laz").count > 1000
    moved = replace(tile, octree=replace(tile.octree, south=tile.octree.south + 200.0))
    with pytest.raises(DamagedTileError, match="tile: its points lie outside their node; run again later"):
        write_excerpt(moved, area, services.place, tmp_path / "another.laz")


@pytest.mark.parametrize("how", ["200", "403", "bare", "wrong"])
def test_the_plain_address_is_asked_where_there_are_no_parts(
    source: Source, server: StandIn, services: Services, world: World, how: str
) -> None:
    world.ranges["/chunk"] = how
    assert stream_of(source, server, services).read(4) == b"LASF"


def test_a_server_without_parts_is_told_and_never_an_empty_file(
    source: Source, server: StandIn, services: Services, world: World
) -> None:
    world.ranges[""] = "200"
    with pytest.raises(
        NoRangesError, match="tile: HTTP 200 with the whole file where a part was asked for; use --whole"
    ):
        laspy.CopcReader(stream_of(source, server, services))


def test_close_parts_are_one_request(source: Source, server: StandIn, services: Services, world: World) -> None:
    stream = stream_of(source, server, services)
    stream.read(1)
    world.asked.clear()
    ranges = [(1_000_000 + 120_000 * i, 1_000_000 + 120_000 * i + 70_000) for i in range(10)]
    stream.fetch([*ranges, (40_000_000, 40_000_100)])
    assert world.asked.total() == 2
    assert stream.missing_bytes(ranges) == 0


def test_a_long_range_is_several_requests(source: Source, server: StandIn, services: Services, world: World) -> None:
    points = replace(services.points, most_request_mb=1.0)
    stream = RangeStream(source, server.address + PATH, points, "tile")
    assert stream.missing_bytes([(2_000_000, 5_500_000)]) == 3_500_000
    world.asked.clear()
    stream.fetch([(2_000_000, 5_500_000)])
    assert world.asked.total() == 4


def test_what_a_cut_left_is_kept_and_the_rest_asked_for(
    source: Source, server: StandIn, services: Services, world: World
) -> None:
    stream, file = stream_of(source, server, services), point_file(730, 7031)
    stream.read(1)
    before = world.sent_bytes
    world.faults["/chunk"] = deque(["cut", "cut", "cut"])
    stream.fetch([(1_000_000, 3_000_000)])
    stream.seek(1_000_000)
    assert stream.read(2_000_000) == file.read(1_000_000, 3_000_000)
    assert world.sent_bytes - before < 2_200_000


def test_a_second_run_asks_only_whether_the_file_is_the_same(
    source: Source, server: StandIn, services: Services, world: World
) -> None:
    stream_of(source, server, services).fetch([(0, 5_000_000)])
    world.asked.clear()
    again = stream_of(source, server, services)
    again.fetch([(0, 5_000_000)])
    assert again.read(4) == b"LASF"
    assert world.asked.total() == 1


def test_parts_of_another_size_are_forgotten(source: Source, server: StandIn, services: Services, world: World) -> None:
    stream_of(source, server, services).fetch([(0, 5_000_000)])
    world.half = {(730, 7032)}
    again = stream_of(source, server, services)
    assert again.missing_bytes([(0, 5_000_000)]) == 5_000_000 - 65_536


def test_a_file_that_changes_meanwhile_is_told(
    source: Source, server: StandIn, services: Services, world: World
) -> None:
    stream = stream_of(source, server, services)
    stream.read(1)
    world.half = {(730, 7032)}
    with pytest.raises(ServiceError, match="the file changed while it was read; run again"):
        stream.fetch([(1_000_000, 1_100_000)])


def test_without_the_network_it_reads_what_is_kept(
    source: Source, server: StandIn, services: Services, world: World
) -> None:
    stream_of(source, server, services).fetch([(0, 1_000_000)])
    world.asked.clear()
    offline = stream_of(replace(source, offline=True), server, services)
    assert len(offline.read(900_000)) == 900_000
    with pytest.raises(ServiceError, match="nothing of it is kept here; run once without --offline"):
        offline.fetch([(2_000_000, 2_000_100)])
    assert not world.asked


def test_a_file_that_is_too_long_is_refused(source: Source, server: StandIn, services: Services) -> None:
    points = replace(services.points, most_file_mb=50.0)
    with pytest.raises(ServiceError, match="tile: the answer is over 50 MB; if that is right, raise the limit"):
        RangeStream(source, server.address + PATH, points, "tile").read(4)
