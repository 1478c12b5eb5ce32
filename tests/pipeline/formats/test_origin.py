"""Coordinates keep their precision, however far from zero they lie, and whatever strays from the surface."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from carreau.base.model import DoubleArray, IntArray
from carreau.formats.origin import about_origin, local_surface
from tests.pipeline.tiles_of_a_sphere import sphere

LAMBERT = np.array([652381.12, 6862047.48, 35.1])


@pytest.mark.parametrize("middle", [0.0, 1e3, 577123.0, 5.2e6, -3e9])
@pytest.mark.parametrize("size", [1e-3, 1.0, 300.0, 1e5])
def test_rounding_costs_a_millionth_of_the_extent_at_most(middle: float, size: float) -> None:
    places = middle + np.random.default_rng(1).random((100, 3)) * size
    about, origin = about_origin(places)
    assert about.dtype == np.float32
    assert origin.dtype == np.float64
    assert np.abs(about.astype(np.float64) + origin - places).max() <= 1.1e-6 * size


def test_near_coordinates_have_no_origin() -> None:
    assert about_origin(np.array([[0.0, 0, 0], [10, 20, 30]]))[1].tolist() == [0, 0, 0]


def test_what_is_not_finite_does_not_count_and_stays() -> None:
    places = np.array([[1e6, 1e6, 1e6], [np.nan, 1e6, np.inf], [1e6 + 1, 1e300, 1e6 + 1], [1e6, 1e6 + 1, 1e6]])
    about, origin = about_origin(places)
    assert np.allclose(origin, 1e6, atol=2)
    assert np.isnan(about[1, 0])
    assert np.isposinf(about[1, 2])
    assert np.isposinf(about[2, 1])


def test_nothing_and_one_place() -> None:
    assert about_origin(np.zeros((0, 3)))[0].shape == (0, 3)
    about, origin = about_origin(np.array([[1e7, 0.0, 0.0]]))
    assert (about + origin).tolist() == [[1e7, 0, 0]]


Surface = tuple[DoubleArray, IntArray]


def statue(detail: int = 4) -> Surface:
    """Return a ball of one metre in Lambert-93."""
    places, faces = sphere(detail, 0.5)
    return places + LAMBERT, faces.astype(np.int32)


def with_triangle(surface: Surface, corners: NDArray[np.float64]) -> Surface:
    places, faces = surface
    face = np.arange(3, dtype=np.int32)[None] + np.int32(len(places))
    return np.concatenate([places, corners]), np.concatenate([faces, face])


def with_vertices(surface: Surface, *places: tuple[float, float, float]) -> Surface:
    return np.concatenate([surface[0], np.array(places)]), surface[1]


def with_spike(surface: Surface, tip: tuple[float, float, float], count: int = 6) -> Surface:
    """Join some triangles to a vertex far off, as a wrong index or a zeroed vertex does."""
    places, faces = with_vertices(surface, tip)
    faces = faces.copy()
    faces[: min(count, len(faces) // 10), 2] = len(places) - 1
    return places, faces


ZERO = (0.0, 0.0, 0.0)
STRAYS: dict[str, Callable[[Surface], Surface]] = {
    "a triangle of 1 cm at zero": lambda scan: with_triangle(scan, 0.01 * np.eye(3)),
    "a triangle of 1 km at zero": lambda scan: with_triangle(scan, 1000 * np.eye(3)),
    "a triangle from zero to the surface": lambda scan: with_triangle(scan, np.stack([np.zeros(3), *scan[0][:2]])),
    "a vertex of six triangles at zero": lambda scan: with_spike(scan, ZERO),
    "an unused vertex at zero": lambda scan: with_vertices(scan, ZERO),
    "an unused vertex at no number": lambda scan: with_vertices(scan, (np.nan, 0, 0)),
    "an unused vertex at infinity": lambda scan: with_vertices(scan, (np.inf, 0, 0)),
    "an unused vertex beyond float32": lambda scan: with_vertices(scan, (-1e39, 0, 0), (0, 1e300, 0)),
    "a used vertex at no number": lambda scan: with_spike(scan, (np.nan, 0, 0)),
    "a used vertex just within float32": lambda scan: with_spike(scan, (3e38, 0, 0)),
    "as many unused vertices at zero as used ones": lambda scan: with_vertices(scan, *([ZERO] * len(scan[0]))),
}


@pytest.mark.parametrize("detail", [0, 2, 4, 7])
@pytest.mark.parametrize("name", STRAYS)
def test_strays_do_not_move_the_origin(name: str, detail: int) -> None:
    """An icosahedron of 20 triangles, and balls of 320 to 327,680, of which origins look at a part."""
    places, faces = STRAYS[name](statue(detail))
    local = local_surface(places, faces)
    own = slice(0, len(statue(detail)[0]))
    assert np.abs(local.origin - LAMBERT).max() < 1
    assert np.abs(local.positions[own].astype(np.float64) + local.origin - places[own]).max() < 1e-7
    assert local.fidelity.changed < 1e-4
    assert local.fidelity.step == 0


def test_an_axis_in_degrees_keeps_its_origin_beside_a_stray() -> None:
    places, corners = sphere(3, 10.0)
    places = places * np.array([1e-5, 1e-5, 1]) + np.array([3.0573, 50.6365, 35])
    places = np.concatenate([places, np.zeros((1, 3))])
    local = local_surface(places, corners.astype(np.int32))
    assert np.abs(local.positions[:-1] + local.origin - places[:-1])[:, :2].max() < 1e-11


def test_a_surface_without_area_still_has_an_origin() -> None:
    places = np.array([[1e6, 2e6, 0.0], [1e6 + 1, 2e6, 0], [1e6 + 2, 2e6, 0]])
    local = local_surface(places, np.array([[0, 1, 2]], np.int32))
    assert (local.positions + local.origin).tolist() == places.tolist()


def test_a_dense_part_does_not_hide_the_rest() -> None:
    """A detail of 10 cm with most of the triangles, on the floor of a hall: the origin stays zero, as it was."""
    places, faces = sphere(5, 0.05)
    floor, tiles = sphere(3, 30.0)
    local = local_surface(
        np.concatenate([places + 25, floor]), np.concatenate([faces, tiles + len(places)]).astype(np.int32)
    )
    assert local.origin.tolist() == [0, 0, 0]


def test_rounding_that_changes_the_surface_shows() -> None:
    """Half of the surface lies so far from the rest that float32 about one origin cannot hold both."""
    places, faces = statue()
    far = places + 5e6
    local = local_surface(np.concatenate([places, far]), np.concatenate([faces, faces + len(places)]).astype(np.int32))
    assert 0.3 < local.fidelity.changed <= 1


@pytest.mark.parametrize("as_double", [False, True])
def test_float32_in_the_millions_names_its_steps(as_double: bool) -> None:
    places, faces = statue(5)
    rounded = places.astype(np.float32)
    fidelity = local_surface(rounded.astype(np.float64) if as_double else rounded, faces).fidelity
    assert fidelity.step == 0.5
    assert fidelity.near == pytest.approx(6862047, abs=10)
    assert 0.5 < fidelity.collapsed < 1


def test_float32_near_zero_and_wide_triangles_in_the_millions_are_fine() -> None:
    places, faces = sphere(5, 0.5)
    assert local_surface(places.astype(np.float32), faces.astype(np.int32)).fidelity.step == 0
    wide = (1000 * places + LAMBERT).astype(np.float32)
    assert local_surface(wide, faces.astype(np.int32)).fidelity.step == 0


def test_whole_numbers_are_not_taken_for_float32() -> None:
    """A survey in millimetres, to the millimetre, of edges of a centimetre or two."""
    places, faces = sphere(4, 300.0)
    assert (
        local_surface(np.round(places + np.array([652_381, 8_862_047, 35])), faces.astype(np.int32)).fidelity.step == 0
    )


def test_a_mesh_whose_vertices_are_all_at_zero_has_no_steps() -> None:
    faces = np.array([[0, 1, 2]], np.int32)
    surface = local_surface(np.zeros((3, 3)), faces)
    assert surface.fidelity.step == 0.0
