"""Pictures are asked for on their own grid, in pieces, and believed only when they are what was asked for."""

from __future__ import annotations

import io
from collections import deque
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from shapely import box

from carreau.air.airborne.picture_voids import unshown_pixels
from carreau.air.survey.features import flight_days
from carreau.air.survey.map_requests import aligned_grid, gather_picture, map_address, pieces
from carreau.air.survey.services import Area, PictureService, Services
from carreau.air.survey.source import Source
from carreau.base.errors import ServiceError
from tests.survey_stand_in.landscape import Ground
from tests.survey_stand_in.stand_in_server import World


def opened(body: bytes | None) -> Image.Image:
    assert body
    return Image.open(io.BytesIO(body))


def test_the_picture_lies_on_the_grid_of_its_pixels(source: Source, services: Services, area: Area) -> None:
    found = gather_picture(source, services, services.orthophoto, area)
    assert (found.grid.west, found.grid.north, found.grid.pixel_m) == (area.bounds[0], area.bounds[3], 0.2)
    assert opened(found.body).size == (found.grid.columns, found.grid.rows)
    assert found.share == 1


@pytest.mark.parametrize("bounds", [(0.05, 0.05, 10.05, 10.05), (730_000.1, 7_031_000.1, 730_100.3, 7_031_050.1)])
@pytest.mark.parametrize("pixel", [0.2, 0.5, 1.0])
def test_a_grid_holds_its_bounds_on_multiples_of_its_cell(bounds: tuple[float, ...], pixel: float) -> None:
    west, south, east, north = bounds
    grid = aligned_grid((west, south, east, north), pixel, 1e9)
    assert grid.west <= west < grid.west + pixel
    assert grid.bounds[2] >= east > grid.bounds[2] - pixel
    assert round(grid.west / pixel, 4).is_integer()
    assert round(grid.north / pixel, 4).is_integer()


def test_a_large_place_gets_larger_pixels() -> None:
    assert aligned_grid((0.0, 0.0, 2000.0, 4400.0), 0.2, 64e6).pixel_m == 0.4


def test_pieces_cover_a_grid_once_within_the_longest_edge() -> None:
    grid = aligned_grid((0.0, 0.0, 1761.0, 1198.0), 0.2, 64e6)
    covered = np.zeros((grid.rows, grid.columns), np.uint8)
    for piece in pieces(grid, 5000):
        assert max(piece.grid.columns, piece.grid.rows) <= 5000
        covered[piece.row : piece.row + piece.grid.rows, piece.column : piece.column + piece.grid.columns] += 1
    assert covered.min() == covered.max() == 1


def test_pieces_are_joined_where_they_belong(source: Source, services: Services, area: Area) -> None:
    whole = np.asarray(opened(gather_picture(source, services, services.orthophoto, area).body)).astype(int)
    small = replace(services.orthophoto, edge_px=64)
    joined = np.asarray(opened(gather_picture(source, services, small, area).body)).astype(int)
    assert joined.shape == whole.shape
    assert np.abs(joined - whole).mean() < 4  # JPEG twice
    assert np.abs(np.roll(joined, 5, axis=1) - whole).mean() > 12


def test_one_answer_is_kept_as_it_came(source: Source, services: Services, area: Area) -> None:
    found = gather_picture(source, services, services.orthophoto, area)
    address = map_address(services.orthophoto, services.orthophoto.layer, found.grid, 2154)
    assert source.kept.read(address) == ("image/jpeg", found.body)


def test_the_picture_shows_the_place(source: Source, services: Services, area: Area) -> None:
    found = gather_picture(source, services, services.orthophoto, area)
    x = found.grid.west + (np.arange(found.grid.columns) + 0.5) * 0.2
    y = found.grid.north - (np.arange(found.grid.rows) + 0.5) * 0.2
    truth = Ground().picture_at(*np.meshgrid(x, y)).astype(int)
    assert np.abs(np.asarray(opened(found.body)).astype(int) - truth).mean() < 6


@pytest.mark.parametrize("how", ["white", "black", "clear"])
def test_an_empty_picture_is_none(source: Source, services: Services, world: World, area: Area, how: str) -> None:
    service = services.historic
    world.pictures[service.layer] = how
    assert gather_picture(source, services, service, area).body is None


def test_a_piece_that_is_partly_white_is_a_gap_of_its_size(
    source: Source, services: Services, world: World, area: Area
) -> None:
    west, _south, east, _north = area.bounds
    for service in (services.orthophoto, services.historic):
        world.ends[service.layer] = west + 0.4 * (east - west)
        found = gather_picture(source, services, service, area)
        assert found.share == pytest.approx(0.4, abs=0.06)
        pixels = np.asarray(opened(found.body))
        middle = pixels[:, : int(0.35 * found.grid.columns)]
        assert middle.std() > 20
        assert (pixels[:, int(0.45 * found.grid.columns) :] >= 250).all()


def test_white_roofs_are_no_gap() -> None:
    pixels = Ground().picture_at(*np.meshgrid(np.arange(0, 300, 0.2), np.arange(0, 300, 0.2))).copy()
    pixels[:60, :60] = pixels[600:900, 600:900] = 255  # 144 m² at the edge, 3,600 m² inside
    pixels[:, ::97] = 0
    assert not unshown_pixels(pixels, 0.2).any()
    pixels[:110, :110] = 255
    assert unshown_pixels(pixels, 0.2)[:100, :100].all()
    assert not unshown_pixels(pixels, 0.2)[300:].any()


def test_pieces_are_no_larger_than_a_service_gives_in_seconds(world: World, source: Source, services: Services) -> None:
    bounds = (730_000.0, 7_031_000.0, 730_600.0, 7_031_020.0)
    found = gather_picture(source, services, services.orthophoto, Area(box(*bounds), bounds))
    assert found.grid.columns == 3000
    assert max(width for _layer, width, _height, _box in world.maps) == 1500


def test_the_old_photograph_is_grey(source: Source, services: Services, area: Area) -> None:
    assert opened(gather_picture(source, services, services.historic, area).body).mode == "L"


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("xml", "the service answered “Layer .* unknown”; see `carreau survey --check`"),
        ("gateway", "the service answered “502 Bad Gateway”"),
        ("small", "the picture has 100 × 150 pixels, not the 200 × 150 that were asked for; run again"),
    ],
)
def test_what_is_no_picture_is_told_and_not_kept(
    source: Source, services: Services, world: World, area: Area, how: str, words: str
) -> None:
    service: PictureService = services.orthophoto
    world.pictures[service.layer] = how
    with pytest.raises(ServiceError, match=f"{service.layer}: {words}"):
        gather_picture(source, services, service, area)
    world.pictures.clear()
    assert gather_picture(source, services, service, area).body


def test_a_picture_that_is_cut_is_asked_again(source: Source, services: Services, world: World, area: Area) -> None:
    world.faults["/wms-r"] = deque(["cut"])
    assert opened(gather_picture(source, services, services.orthophoto, area).body).size[0] == 200


def test_damage_in_what_is_kept_is_told(source: Source, services: Services, area: Area) -> None:
    grid = aligned_grid(area.bounds, 0.2, 64e6)
    address = map_address(services.orthophoto, services.orthophoto.layer, grid, 2154)
    source.kept.write(address, "image/jpeg", b"\xff\xd8\xff damaged")
    with pytest.raises(ServiceError, match="the picture cannot be read; run again"):
        gather_picture(source, services, services.orthophoto, area)
    assert gather_picture(source, services, services.orthophoto, area).body


def test_the_flight_is_that_of_the_finest_mosaic(source: Source, services: Services, area: Area) -> None:
    assert flight_days(source, services, area) == "2024-07-30"


def test_several_mosaics_give_an_interval(source: Source, services: Services, world: World, area: Area) -> None:
    seam = 730_225.0
    world.flights = [
        (0.0, seam, 20, "2024-07-30"), (seam, 730_800.0, 20, "2024-05-02"), (730_800.0, 2e6, 20, "2021-01-01"),
    ]  # fmt: skip
    assert flight_days(source, services, area) == "2024-05-02/2024-07-30"


@pytest.mark.parametrize("day", ["", "bientôt"])
def test_a_flight_without_a_day_is_unknown(
    source: Source, services: Services, world: World, area: Area, day: str
) -> None:
    world.flights = [(0.0, 2e6, 20, f"2024{day}")] if day else []
    assert flight_days(source, services, area) == ""
