"""The unit of scans of known size, as land agencies, museums and excavations store them."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from carreau.base.model import Mesh
from carreau.geometry.location.placement import guess_unit, unit_warning
from tests.pipeline.city_tiles import blocks, city


def mesh_of(positions: object, faces: object, origin: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> Mesh:
    places = np.asarray(positions, np.float32)
    return Mesh(places, np.asarray(faces, np.int32), origin=np.array(origin))


def land(width: float, depth: float, height: float, origin: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> Mesh:
    """Return hills seen from above, z up."""
    u, v = (grid.ravel() for grid in np.meshgrid(np.linspace(0, 1, 40), np.linspace(0, 1, 40)))
    heights = height * (0.5 + 0.25 * np.sin(9 * u) + 0.25 * np.cos(7 * v))
    index = np.arange(1600).reshape(40, 40)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]
    faces = np.stack([a, b, c, a, c, d], axis=-1).reshape(-1, 3)
    return mesh_of(np.stack([u * width, v * depth, heights], axis=1), faces, origin)


def body(width: float, depth: float, height: float) -> Mesh:
    """Return a closed, rounded thing: a statue, a house, a stele."""
    ball = trimesh.creation.icosphere(subdivisions=3)
    return mesh_of(ball.vertices * np.array([width, depth, height]) / 2, ball.faces)


@pytest.mark.parametrize(
    ("mesh", "unit_m", "unit", "plausible"),
    [
        (land(1000, 1000, 60), None, "m", True),  # a tile of 1 km
        (land(2000, 2000, 90), None, "m", True),
        (land(1000, 1000, 60), 1.0, "m", True),  # as GLB
        (land(1000, 1000, 60, (704_000.0, 7_028_000.0, 40.0)), None, "m", True),
        (land(1000, 1000, 60, (704_000.0, 7_028_000.0, 40.0)), 1.0, "m", True),
        (land(1480, 930, 110), 1.0, "m", True),  # a spoil tip, whose format is in metres
        (land(1480, 930, 110), None, None, True),  # it may be a relief in millimetres
        (land(1200, 800, 60), None, None, True),  # and this one is
        (land(300, 200, 25), None, "m", True),
        (body(700, 500, 2100), None, "mm", True),  # a statue
        (body(700, 500, 2100), 1.0, "mm", False),
        (body(800, 150, 1800), None, "mm", True),  # a stele, scanned all round
        (body(30, 14, 12), None, "m", True),  # a house
        (body(210, 70, 50), None, "m", True),  # a statue in centimetres, which nothing tells from a hall
        (land(1000, 600, 150), None, None, True),  # a trench of 10 m in centimetres
        (land(200_000, 200_000, 900), None, "mm", True),  # longer than any land that is scanned
        (body(700, 500, 2100), 0.001, "mm", True),
    ],
)
def test_the_unit_of_known_scans(mesh: Mesh, unit_m: float | None, unit: str | None, plausible: bool) -> None:
    likely = guess_unit(mesh, unit_m, "GLB" if unit_m else "OBJ")
    assert (likely.unit, likely.plausible) == (unit, plausible)


def test_land_that_may_be_a_relief_says_both() -> None:
    assert guess_unit(land(1480, 930, 110), None, "OBJ").reason == (
        "its longest side is 1,480, and it is wide and low, as land in metres is, or a relief in millimetres"
    )


@pytest.mark.parametrize("lean_deg", [0.0, 30.0, 85.0])
@pytest.mark.parametrize("unit_m", [None, 1.0])
def test_no_tile_of_a_kilometre_is_in_millimetres_however_it_leans(lean_deg: float, unit_m: float | None) -> None:
    likely = guess_unit(city(lean_deg=lean_deg), unit_m, "GLB" if unit_m else "OBJ")
    assert (likely.unit, likely.plausible) == ("m", True)
    assert unit_m is None or unit_warning(likely, unit_m) is None


@pytest.mark.parametrize("unit_m", [None, 1.0])
def test_nor_are_the_blocks_of_a_city_without_its_ground(unit_m: float | None) -> None:
    likely = guess_unit(blocks(), unit_m, "GLB" if unit_m else "OBJ")
    warning = unit_warning(likely, unit_m)
    assert likely.unit is None
    assert warning is not None
    assert "--unit mm" not in warning
    assert "probably" not in warning


@pytest.mark.parametrize(
    ("longest", "options"),
    [(73.1, ("mm", "cm", "m")), (7.31, ("cm", "m")), (1.2, ("m",))],
)
def test_a_size_that_may_be_in_other_units_is_asked_about_with_each_option(
    longest: float, options: tuple[str, ...]
) -> None:
    figure = body(longest / 3, longest / 3, longest)
    warning = unit_warning(guess_unit(figure, None, "OBJ"), None)
    assert warning is not None
    assert f"so it becomes {longest:.3g} m long" in warning
    assert tuple(unit for unit in ("mm", "cm", "m") if f"--unit {unit} " in f"{warning} ") == options
    assert unit_warning(guess_unit(figure, 1.0, "GLB"), 1.0) is None
