"""A scan ends upright, in metres, on the ground, and the way there is known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from carreau.base.errors import OptionError
from carreau.base.model import Cloud, Mesh, Scan, ScanFacts
from carreau.formats.location.crs import PlacementMetadata, Triple
from carreau.geometry.location.placement import merge_placements
from carreau.geometry.location.up_axis import UP_DIRECTIONS
from carreau.geometry.triangles import enclosed_volume
from carreau.models.stages.orient import TO_Y_UP, OrientOptions, crop, orient


def scan_of(mesh: Mesh, **facts: object) -> Scan:
    return Scan("a scan", mesh, ScanFacts(**{"format": "OBJ", **facts}), (Path("a.obj"),))  # type: ignore[arg-type]


@pytest.fixture
def wedge(tetrahedron: Mesh) -> Mesh:
    """A tetrahedron that is not the same along any two axes, far from its origin."""
    positions = (tetrahedron.positions * [1, 2, 3] + [5, 6, 7]).astype(np.float32)
    normals = np.tile(np.array([0.6, 0, 0.8], np.float32), (4, 3, 1))
    return replace(tetrahedron, positions=positions, normals=normals, origin=np.array([7e5, 7e6, 40.0]))


@pytest.mark.parametrize("up", UP_DIRECTIONS)
@pytest.mark.parametrize("unit", ["mm", "m", "ft"])
def test_the_matrix_says_what_happened(wedge: Mesh, up: str, unit: str) -> None:
    oriented = orient(scan_of(wedge), OrientOptions(unit, up))
    places = np.column_stack([wedge.positions + wedge.origin, np.ones(4)])
    size = {"mm": 0.001, "m": 1.0, "ft": 0.3048}[unit]
    assert (places @ oriented.scan_to_model.T)[:, :3] == pytest.approx(oriented.mesh.positions, abs=2e-6 * size)
    assert np.linalg.det(oriented.scan_to_model[:3, :3]) == pytest.approx(size**3)
    assert enclosed_volume(oriented.mesh.positions, oriented.mesh.faces) == pytest.approx(size**3, rel=1e-5)
    assert (oriented.up, oriented.unit_m, oriented.unit_known, oriented.likely_unit) == (up, size, True, unit)
    assert not oriented.mesh.origin.any()


@pytest.mark.parametrize("up", UP_DIRECTIONS)
def test_it_stands_on_the_ground_in_the_middle(wedge: Mesh, up: str) -> None:
    mesh = orient(scan_of(wedge), OrientOptions("m", up)).mesh
    low, high = mesh.positions.min(axis=0), mesh.positions.max(axis=0)
    assert low[1] == pytest.approx(0, abs=1e-6)
    assert (low + high)[[0, 2]] == pytest.approx([0, 0], abs=1e-6)
    axis, sign = UP_DIRECTIONS[up]
    was = wedge.positions[:, axis] * sign
    assert mesh.positions[:, 1] == pytest.approx(was - was.min(), abs=1e-6)


@pytest.mark.parametrize("up", UP_DIRECTIONS)
def test_normals_turn_along(wedge: Mesh, up: str) -> None:
    normals = orient(scan_of(wedge), OrientOptions("mm", up)).mesh.normals
    assert normals is not None
    assert normals[0, 0] == pytest.approx(np.array(TO_Y_UP[up]) @ [0.6, 0, 0.8])


def test_what_the_format_says_is_believed(wedge: Mesh) -> None:
    oriented = orient(scan_of(wedge, format="GLB", up="y", unit_m=1.0))
    assert (oriented.up, oriented.unit_known, oriented.warnings) == ("y", True, ())
    assert oriented.decisions == ("y is up: according to GLB", "1 unit is 1 m: according to GLB")


def test_a_guess_never_scales(tetrahedron: Mesh) -> None:
    large = replace(tetrahedron, positions=tetrahedron.positions * np.float32(2100))
    stated = orient(scan_of(large, format="GLB", up="y", unit_m=1.0))
    assert (stated.unit_m, stated.unit_known, stated.likely_unit) == (1.0, False, "mm")
    assert "--unit mm" in stated.warnings[0]
    unstated = orient(scan_of(large))
    assert (unstated.unit_m, unstated.unit_known, unstated.likely_unit) == (1.0, False, "mm")
    assert np.ptp(unstated.mesh.positions, axis=0) == pytest.approx([2100] * 3)
    oriented = orient(scan_of(large, format="GLB", up="y", unit_m=1.0), OrientOptions("mm"))
    assert (oriented.unit_known, oriented.warnings) == (True, ())
    assert np.ptp(oriented.mesh.positions, axis=0) == pytest.approx([2.1] * 3)


def test_broken_places_do_not_move_the_ground(tetrahedron: Mesh) -> None:
    positions = np.concatenate([tetrahedron.positions, [[np.nan, -9, 0], [0, -99, 0]]]).astype(np.float32)
    faces = np.concatenate([tetrahedron.faces, [[0, 1, 4]]]).astype(np.int32)
    oriented = orient(scan_of(Mesh(positions, faces)), OrientOptions("m", "y"))
    assert oriented.mesh.positions[:4, 1].min() == 0


def test_nothing_is_left_where_it_is() -> None:
    empty = Mesh(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int32))
    oriented = orient(scan_of(empty))
    assert (oriented.scan_to_model == np.eye(4)).all()


@pytest.mark.parametrize("options", [{"unit": "parsec"}, {"up": "w"}])
def test_options_that_make_no_sense_are_refused(options: dict[str, str]) -> None:
    with pytest.raises(OptionError, match="; use auto, "):
        OrientOptions(**options)


def test_a_scan_without_a_unit_is_taken_to_be_in_metres(tetrahedron: Mesh) -> None:
    (warning,) = orient(scan_of(tetrahedron), OrientOptions(up="y")).warnings
    assert warning == (
        "the scan does not state its unit: 1 unit is taken as 1 m, so it becomes 1 m long; build it with --unit m if "
        "that is right, else with another --unit"
    )


@pytest.fixture
def block() -> Mesh:
    """A box of 4 x 2 x 6 units with its base at z = 0, each side in 4 x 4 squares, far from its origin."""
    side = np.linspace(0.0, 1.0, 5)
    squares = [(side[i], side[j], side[i + 1], side[j + 1]) for i in range(4) for j in range(4)]
    corners = []
    for axis in range(3):
        for at in (0.0, 1.0):
            for a, b, c, d in squares:
                quad = np.array([[a, b], [c, b], [c, d], [a, d]])
                placed = np.insert(quad, axis, at, axis=1)
                placed = placed if (at > 0) != (axis == 1) else placed[::-1]
                corners += [placed[[0, 1, 2]], placed[[0, 2, 3]]]
    places = np.concatenate(corners)
    positions, number = np.unique((places * [4, 2, 6]).astype(np.float32), axis=0, return_inverse=True)
    return Mesh(positions, number.reshape(-1, 3).astype(np.int32), origin=np.array([1000.0, 2000.0, 50.0]))


def turned(mesh: Mesh, degrees: float) -> Mesh:
    """Lean a mesh over about its x axis."""
    sine, cosine = np.sin(np.radians(degrees)), np.cos(np.radians(degrees))
    turn = np.array([[1, 0, 0], [0, cosine, -sine], [0, sine, cosine]])
    return replace(mesh, positions=(mesh.positions @ turn.T).astype(np.float32))


@pytest.mark.parametrize("ground", ["auto", "points", "normal"])
def test_a_ground_plane_is_laid_level(block: Mesh, ground: str) -> None:
    leaning = turned(block, 7.0)
    base = leaning.positions[np.isclose(block.positions[:, 2], 0)] + leaning.origin
    said: dict[str, tuple[float, ...]] = {
        "auto": (),
        "points": tuple(base[[0, 4, -1]].ravel()),
        "normal": (*base[0], 0.0, -np.sin(np.radians(7.0)), np.cos(np.radians(7.0))),
    }
    placement = merge_placements([PlacementMetadata("scan.toml", ground=said[ground], up="z", unit="m")], 1)
    oriented = orient(scan_of(leaning), OrientOptions(), placement)
    assert np.ptp(oriented.mesh.positions, axis=0) == pytest.approx([4, 6, 2], abs=1e-4)
    assert oriented.mesh.positions[:, 1].min() == pytest.approx(0, abs=1e-4)
    assert any("7.00° off z" in said for said in oriented.decisions)
    moved = (leaning.positions + leaning.origin) @ oriented.scan_to_model[:3, :3].T + oriented.scan_to_model[:3, 3]
    assert moved == pytest.approx(oriented.mesh.positions, abs=1e-4)


def test_a_point_of_the_ground_is_at_zero(block: Mesh) -> None:
    placement = merge_placements([PlacementMetadata("scan.toml", ground=(1000.0, 2000.0, 51.5), up="z", unit="m")], 1)
    oriented = orient(scan_of(block), OrientOptions(), placement)
    assert oriented.mesh.positions[:, 1].min() == pytest.approx(-1.5, abs=1e-5)


def test_the_normal_says_what_is_up(block: Mesh) -> None:
    placement = merge_placements([PlacementMetadata("--ground", ground=(1000.0, 2002.0, 50.0, 0.0, -1.0, 0.0))], 1)
    oriented = orient(scan_of(block), OrientOptions(), placement)
    assert oriented.up == "-y"
    assert np.ptp(oriented.mesh.positions, axis=0)[1] == pytest.approx(2.0)


def test_no_ground_is_a_warning() -> None:
    wall = Mesh(np.array([[0, 0, 0], [1, 0, 0], [1, 0, 1]], np.float32), np.array([[0, 1, 2]], np.int32))
    oriented = orient(
        scan_of(wall), OrientOptions("m", "z"), merge_placements([PlacementMetadata("--ground", ground=())], 1)
    )
    assert any("no ground plane was found" in warning for warning in oriented.warnings)


@pytest.mark.parametrize("between", [None, ((1000.0, 2000.0, 50.0), (1000.0, 2000.0, 56.0))])
def test_a_real_height_gives_the_scale(block: Mesh, between: tuple[Triple, Triple] | None) -> None:
    said = PlacementMetadata("scan.toml", height_m=0.06, height_between=between, up="z")
    oriented = orient(scan_of(block), OrientOptions(), merge_placements([said], 1))
    assert np.ptp(oriented.mesh.positions, axis=0) == pytest.approx([0.04, 0.06, 0.02])
    assert (oriented.unit_known, oriented.likely_unit, oriented.warnings) == (True, "cm", ())
    assert oriented.unit_m == pytest.approx(0.01)
    assert any("according to scan.toml" in said and "0.06 m" in said for said in oriented.decisions)


def test_a_height_of_nothing_is_refused() -> None:
    flat = Mesh(np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0]], np.float32), np.array([[0, 1, 2]], np.int32))
    with pytest.raises(OptionError, match="--height: the corresponding length of the scan is 0"):
        orient(
            scan_of(flat), OrientOptions("m", "z"), merge_placements([PlacementMetadata("--height", height_m=3.0)], 1)
        )


def test_what_lies_outside_the_crop_box_is_gone_before_anything_else(block: Mesh) -> None:
    box = ((999.0, 1999.0, 49.0), (1001.5, 2003.0, 57.0))
    placement = merge_placements([PlacementMetadata("scan.toml", crop=box, up="z", unit="m")], 1)
    oriented = orient(scan_of(block), OrientOptions(), placement)
    assert np.ptp(oriented.mesh.positions, axis=0) == pytest.approx([2, 6, 2])
    places = oriented.mesh.positions[:, 0]
    assert (places.min(), places.max()) == pytest.approx((-1, 1))
    assert any("of 192 triangles with the crop box of scan.toml" in said for said in oriented.decisions)


def test_points_are_cropped_alike(block: Mesh) -> None:
    cloud = Cloud(block.positions, np.zeros(block.positions.shape, np.uint8), count=9, origin=block.origin)
    scan = replace(scan_of(Mesh(block.positions[:0], block.faces[:0])), cloud=cloud)
    left = crop(
        scan, merge_placements([PlacementMetadata("--crop", crop=((999, 1999, 49), (1001.5, 2003, 57)))], 1)
    ).cloud
    assert left is not None
    assert left.colors is not None
    assert len(left.positions) == len(left.colors) == np.count_nonzero(block.positions[:, 0] <= 1.5)


def test_a_crop_box_beside_the_scan_is_refused(block: Mesh) -> None:
    with pytest.raises(OptionError, match="--crop: no part of the scan lies in the crop box"):
        orient(
            scan_of(block),
            OrientOptions(),
            merge_placements([PlacementMetadata("--crop", crop=((0, 0, 0), (1, 1, 1)))], 1),
        )


def test_options_go_before_what_is_said_elsewhere(block: Mesh) -> None:
    said = [PlacementMetadata("scan.toml", unit="cm"), PlacementMetadata("metadata.xml", unit="mm", up="z")]
    oriented = orient(scan_of(block, format="GLB", unit_m=1.0, up="y"), OrientOptions(), merge_placements(said, 1))
    assert oriented.decisions[:2] == ("z is up: according to metadata.xml", "1 unit is 1 cm: according to scan.toml")
    asked = orient(scan_of(block, format="GLB", unit_m=1.0, up="y"), OrientOptions("m", "x"), merge_placements(said, 1))
    assert asked.decisions[:2] == ("x is up: as requested", "1 unit is 1 m: as requested")
