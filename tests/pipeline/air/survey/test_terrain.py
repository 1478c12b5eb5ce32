"""Heights are 32-bit numbers within reason; voids are filled from the second layer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from carreau.air.survey.http_client import Answer, Asked
from carreau.air.survey.map_requests import VOID, aligned_grid, gather_terrain, map_address
from carreau.air.survey.services import Area, Services
from carreau.air.survey.source import Source, check_answer
from carreau.base.errors import ServiceError
from tests.survey_stand_in.landscape import Ground
from tests.survey_stand_in.stand_in_server import World


def test_heights_are_those_of_the_ground_inside_the_area(source: Source, services: Services, area: Area) -> None:
    found = gather_terrain(source, services, area)
    x = found.grid.west + (np.arange(found.grid.columns) + 0.5) * 0.5
    y = found.grid.north - (np.arange(found.grid.rows) + 0.5) * 0.5
    inside = found.heights != VOID
    assert np.array_equal(found.heights[inside], Ground().heights_at(*np.meshgrid(x, y))[inside])
    assert 0.9 < inside.mean() < 1  # the corners of the surroundings are round
    assert found.share == 1
    assert found.layers == services.terrain.layers[:1]


@pytest.mark.parametrize(("most_megapixels", "cell"), [(16.0, 0.5), (0.002, 1.0), (0.0002, 2.5)])
def test_heights_are_asked_in_whole_cells_of_the_service(
    source: Source, services: Services, world: World, area: Area, most_megapixels: float, cell: float
) -> None:
    """IGN's own addresses ask 885999.75 to 886999.75 for 2,000 cells of half a metre: heights are of whole metres."""
    small = replace(services, terrain=replace(services.terrain, most_megapixels=most_megapixels, edge_px=50))
    found = gather_terrain(source, small, area)
    assert found.grid.pixel_m == cell
    assert world.maps
    for _layer, width, height, (west, south, east, north) in world.maps:
        assert {(west + 0.25) % 0.5, (east + 0.25) % 0.5, (south + 0.25) % 0.5, (north + 0.25) % 0.5} == {0}
        assert (east - west, north - south) == (width * cell, height * cell)


@pytest.mark.parametrize("void", [-9999.0, -99999.0, 1e9, float("nan")])
def test_voids_are_filled_from_the_second_layer(
    source: Source, services: Services, world: World, area: Area, void: float
) -> None:
    world.voids[services.terrain.layers[0]] = void
    found = gather_terrain(source, services, area)
    assert found.layers == services.terrain.layers[1:]
    assert found.share == 1


def test_heights_nowhere_are_told(source: Source, services: Services, world: World, area: Area) -> None:
    world.voids = dict.fromkeys(services.terrain.layers, -9999.0)
    found = gather_terrain(source, services, area)
    assert (found.share, found.layers) == (0, ())
    assert (found.heights == VOID).all()


def test_a_raster_that_is_not_32_bit_is_refused_and_not_kept(source: Source, services: Services, area: Area) -> None:
    layer = services.terrain.layers[0]
    grid = aligned_grid(area.bounds, 0.5, 1e9, (-0.25, 0.25))
    source.kept.write(
        map_address(services.terrain, layer, grid, 2154), "image/x-bil", b"\0\0" * grid.columns * grid.rows
    )
    with pytest.raises(ServiceError, match=f"{layer}: the raster has 9,882 bytes, not 19,764; run again"):
        gather_terrain(source, services, area)
    assert gather_terrain(source, services, area).share == 1


def test_pieces_are_joined(source: Source, services: Services, area: Area) -> None:
    small = replace(services, terrain=replace(services.terrain, edge_px=16))
    assert np.array_equal(gather_terrain(source, small, area).heights, gather_terrain(source, services, area).heights)


def test_numbers_that_begin_like_xml_are_numbers(source: Source, services: Services, area: Area) -> None:
    heights = np.full(40 * 31, np.frombuffer(b"<\x0a\xa0\x41", "<f4")[0], "<f4")
    answer = Answer(200, "image/x-bil", heights.tobytes())
    check_answer(answer, Asked("layer", 1.0, 10_000), "image/x-bil;bits=32")
    with pytest.raises(ServiceError, match="the service answered “no such layer”"):
        check_answer(replace(answer, body=b"<e><ServiceException>no such layer</ServiceException></e>"),
                     Asked("layer", 1.0, 10_000), "image/x-bil;bits=32")  # fmt: skip
