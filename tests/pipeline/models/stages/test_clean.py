"""What is clean stays so, what is not is mended, and corners keep what is theirs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carreau.base.model import IntArray, Mesh
from carreau.geometry.topology import find_edges
from carreau.geometry.triangles import enclosed_volume, face_areas
from carreau.models.stages.clean import CleanFindings, CleanOptions, clean


def ball(rings: int = 12) -> Mesh:
    """A closed ball of 4 * rings * (rings - 1) triangles, coloured by place, textured by longitude and latitude."""
    height, turn = np.meshgrid(
        np.linspace(0, np.pi, rings + 1)[1:-1], np.arange(2 * rings) * np.pi / rings, indexing="ij"
    )
    places = np.stack([np.sin(height) * np.cos(turn), np.cos(height), np.sin(height) * np.sin(turn)], -1).reshape(-1, 3)
    positions = np.concatenate([[[0, 1, 0]], places, [[0, -1, 0]]]).astype(np.float32)
    index = np.arange(1, len(positions) - 1).reshape(rings - 1, 2 * rings)
    a, b, c, d = index[:-1], np.roll(index[:-1], -1, 1), index[1:], np.roll(index[1:], -1, 1)
    caps = [np.stack([0 * index[0], np.roll(index[0], -1), index[0]], -1)]
    caps += [np.stack([0 * index[-1] + len(positions) - 1, index[-1], np.roll(index[-1], -1)], -1)]
    sides = [np.stack([a, b, d], -1).reshape(-1, 3), np.stack([a, d, c], -1).reshape(-1, 3)]
    faces = np.concatenate([*caps, *sides]).astype(np.int32)
    colors = np.rint((positions + 1) * 127).astype(np.uint8)
    return Mesh(
        positions, faces, ((positions[faces][:, :, :2] / 2 + 0.5).astype(np.float32),), positions[faces], colors
    )


def torn(mesh: Mesh) -> Mesh:
    """Give every face positions of its own."""
    return replace(
        mesh,
        positions=mesh.positions[mesh.faces.reshape(-1)],
        colors=None if mesh.colors is None else mesh.colors[mesh.faces.reshape(-1)],
        faces=np.arange(3 * len(mesh.faces), dtype=np.int32).reshape(-1, 3),
    )


def with_faces(mesh: Mesh, extra: object) -> Mesh:
    """Add faces over positions that are there, wearing what the first face wears."""
    faces = np.array(extra, np.int32).reshape(-1, 3)
    count = len(faces)
    return replace(
        mesh,
        faces=np.concatenate([mesh.faces, faces]),
        texcoords=tuple(np.concatenate([t, np.repeat(t[:1], count, axis=0)]) for t in mesh.texcoords),
        normals=None if mesh.normals is None else np.concatenate([mesh.normals, np.repeat(mesh.normals[:1], count, 0)]),
        face_materials=np.concatenate([mesh.face_materials, np.zeros(count, np.int32)]),
    )


def turned(mesh: Mesh, chosen: slice | list[int]) -> Mesh:
    """Wind some faces the other way round."""
    faces, texcoords = mesh.faces.copy(), mesh.texcoords[0].copy()
    faces[chosen], texcoords[chosen] = faces[chosen][:, ::-1], texcoords[chosen][:, ::-1]
    return replace(mesh, faces=faces, texcoords=(texcoords,), normals=None)


def rim_counts(mesh: Mesh) -> tuple[int, int]:
    edges = find_edges(mesh.faces, len(mesh.positions))
    return int(edges.boundary.sum()), int(edges.non_manifold.sum())


def corners(mesh: Mesh) -> IntArray:
    """Return the places of all corners, rounded and sorted, so that meshes can be compared whatever corner is first."""
    places = np.rint(mesh.positions[mesh.faces] * 1e4).astype(np.int64)
    start = (places @ [1, 10**5, 10**10]).argmin(axis=1)
    rows = np.arange(len(places))[:, None]
    places = places[rows, (start[:, None] + np.arange(3)) % 3].reshape(-1, 9)
    return np.asarray(places[np.lexsort(places.T)], np.int32)


def test_a_clean_mesh_comes_back_as_it_was(tetrahedron: Mesh) -> None:
    cleaned = clean(tetrahedron)
    assert (cleaned.mesh.positions == tetrahedron.positions).all()
    assert (cleaned.mesh.faces == tetrahedron.faces).all()
    assert cleaned.findings == CleanFindings(pieces=1)
    assert cleaned.findings.warnings == ()


def test_watertight_stays_watertight_however_it_was_torn() -> None:
    cleaned = clean(torn(ball()))
    assert cleaned.findings.welded == 3 * len(ball().faces) - len(ball().positions)
    assert rim_counts(cleaned.mesh) == (0, 0)
    assert (corners(cleaned.mesh) == corners(ball())).all()


def test_corners_keep_what_is_theirs() -> None:
    cleaned = clean(torn(ball())).mesh
    places = cleaned.positions[cleaned.faces]
    assert cleaned.texcoords[0] == pytest.approx(places[:, :, :2] / 2 + 0.5)
    assert cleaned.normals == pytest.approx(places, abs=1e-6)
    assert cleaned.colors is not None
    assert cleaned.colors == pytest.approx(np.rint((cleaned.positions + 1) * 127), abs=1)


def test_colours_that_meet_are_averaged() -> None:
    mesh = torn(ball())
    colors = np.tile(np.array([[0, 100, 255], [10, 100, 255]], np.uint8), (len(mesh.positions) // 2, 1))
    cleaned = clean(replace(mesh, colors=colors)).mesh
    assert cleaned.colors is not None
    assert (cleaned.colors[:, 0] <= 10).all()
    assert (0 < cleaned.colors[:, 0].mean() < 10) or cleaned.colors[:, 0].std() > 0
    assert (cleaned.colors[:, 1:] == [100, 255]).all()


def test_what_is_not_finite_is_dropped() -> None:
    mesh = ball()
    positions = np.concatenate([mesh.positions, [[np.nan, 0, 0], [np.inf, 0, 0]]]).astype(np.float32)
    colors = np.zeros((len(positions), 3), np.uint8)
    count = len(positions)
    broken = with_faces(replace(mesh, positions=positions, colors=colors), [[0, 1, count - 2], [count - 1, 2, 3]])
    cleaned = clean(broken)
    assert cleaned.findings.non_finite == 2
    assert cleaned.findings.unreferenced == 2
    assert np.isfinite(cleaned.mesh.positions).all()
    assert len(cleaned.mesh.faces) == len(mesh.faces)
    assert "non-finite coordinates" in cleaned.findings.warnings[0]


def test_collapsed_and_repeated_faces_are_dropped() -> None:
    mesh = ball()
    a, b, c = mesh.faces[7].tolist()
    cleaned = clean(with_faces(mesh, [[a, a, b], [a, b, c], [c, a, b], [b, a, c], [3, 3, 3]]))
    assert cleaned.findings.degenerate == 2
    assert cleaned.findings.duplicate == 2
    assert cleaned.findings.opposite == 1
    assert (corners(cleaned.mesh) == corners(mesh)).all()


def test_a_sheet_seen_from_both_sides_keeps_both(bumpy_sheet: Mesh) -> None:
    both = replace(
        bumpy_sheet,
        faces=np.concatenate([bumpy_sheet.faces, bumpy_sheet.faces[:, ::-1]]),
        texcoords=(np.concatenate([bumpy_sheet.texcoords[0], bumpy_sheet.texcoords[0][:, ::-1]]),),
        face_materials=np.zeros(2 * len(bumpy_sheet.faces), np.int32),
    )
    assert len(clean(both).mesh.faces) == len(both.faces)


def test_a_sliver_leaves_no_crack() -> None:
    """A vertex on the edge between two faces, closed by a triangle without an area, as decimators leave it."""
    positions = np.array([[0, 0, 0], [1, 0, 0], [0.3, 0, 0], [0.5, 1, 0], [0.5, -1, 0], [0.5, 0, -1]], np.float32)
    faces = [[0, 1, 3], [0, 2, 1], [0, 4, 2], [2, 4, 1], [0, 3, 5], [3, 1, 5], [4, 0, 5], [1, 4, 5]]
    mesh = Mesh(positions, np.array(faces, np.int32))
    assert rim_counts(mesh) == (0, 0)
    cleaned = clean(mesh)
    assert (cleaned.findings.degenerate, cleaned.findings.tees) == (1, 1)
    assert rim_counts(cleaned.mesh) == (0, 0)
    assert face_areas(cleaned.mesh.positions, cleaned.mesh.faces).min() > 0.01
    assert enclosed_volume(cleaned.mesh.positions, cleaned.mesh.faces) == pytest.approx(
        enclosed_volume(positions, mesh.faces)
    )


def test_seams_that_rounding_parted_close() -> None:
    mesh = torn(ball())
    noise = np.random.default_rng(7).uniform(-1e-6, 1e-6, mesh.positions.shape)
    cleaned = clean(replace(mesh, positions=(mesh.positions + noise).astype(np.float32)))
    assert cleaned.findings.stitched > 0
    assert rim_counts(cleaned.mesh) == (0, 0)
    assert len(cleaned.mesh.faces) == len(mesh.faces)
    left = clean(replace(mesh, positions=(mesh.positions + noise).astype(np.float32)), CleanOptions(seam_tolerance=0))
    assert left.findings.boundary > 0


def fragments(mesh: Mesh, count: int, size: float) -> Mesh:
    """Add small triangles that float beside a mesh."""
    rows = np.arange(count)[:, None, None]
    triangle = np.array([[3, 0, 0], [3, size, 0], [3, 0, size]])
    places = (triangle + rows * np.array([0, 0, 0.5])).reshape(-1, 3)
    first = len(mesh.positions)
    bare = Mesh(np.concatenate([mesh.positions, places]).astype(np.float32), mesh.faces)
    return with_faces(bare, first + np.arange(3 * count))


def test_dust_is_dropped() -> None:
    cleaned = clean(fragments(ball(), 5, 0.02))
    assert (cleaned.findings.loose, cleaned.findings.pieces) == (5, 1)
    assert cleaned.findings.loose_share == pytest.approx(5 * 0.0002 / 12.2, rel=0.05)
    assert (corners(cleaned.mesh) == corners(ball())).all()
    assert clean(fragments(ball(), 5, 0.02), CleanOptions(loose_share=0)).findings.pieces == 6


def test_a_piece_worth_seeing_stays() -> None:
    assert clean(fragments(ball(), 2, 0.4)).findings.pieces == 3


def test_dust_that_is_much_of_the_surface_is_not_dropped_silently() -> None:
    cleaned = clean(fragments(ball(), 60, 0.1)).findings
    assert cleaned.loose > 0
    assert cleaned.loose_share <= 0.01
    assert cleaned.loose + cleaned.spared == 60
    assert "pieces kept" in cleaned.warnings[0]


def test_triangle_soup_is_not_all_dust() -> None:
    soup = torn(ball())
    apart = soup.positions * 1.0
    apart += np.repeat(np.arange(len(soup.faces)), 3)[:, None] * np.float32(10)
    assert len(clean(replace(soup, positions=apart)).mesh.faces) > 0.98 * len(soup.faces)


def test_faces_wound_against_their_neighbours_are_turned() -> None:
    mesh = ball()
    cleaned = clean(turned(mesh, [3, 50, 51, 52, 200]))
    assert cleaned.findings.turned == 5
    assert (corners(cleaned.mesh) == corners(mesh)).all()
    assert enclosed_volume(cleaned.mesh.positions, cleaned.mesh.faces) == pytest.approx(4, abs=0.3)
    places = cleaned.mesh.positions[cleaned.mesh.faces]
    assert cleaned.mesh.texcoords[0] == pytest.approx(places[:, :, :2] / 2 + 0.5)
    assert clean(turned(mesh, [3]), CleanOptions(turn_faces=False)).findings.turned == 0


def test_a_surface_that_is_inside_out_is_turned() -> None:
    mesh = ball()
    cleaned = clean(replace(turned(mesh, slice(None)), normals=-mesh.positions[mesh.faces[:, ::-1]]))
    assert cleaned.findings.inside_out
    assert "inside out" in cleaned.findings.warnings[0]
    assert enclosed_volume(cleaned.mesh.positions, cleaned.mesh.faces) > 3
    assert cleaned.mesh.normals == pytest.approx(cleaned.mesh.positions[cleaned.mesh.faces], abs=1e-6)


def test_a_one_sided_band_is_left_alone() -> None:
    turn = np.linspace(0, 2 * np.pi, 21)[:-1]
    out = np.stack([np.cos(turn), 0 * turn, np.sin(turn)], -1)
    across = 0.3 * (np.cos(turn / 2)[:, None] * [[0, 1, 0]] + np.sin(turn / 2)[:, None] * out)
    positions = np.stack([out - across, out + across], 1).reshape(-1, 3).astype(np.float32)
    quads = [(2 * k, 2 * k + 1, 2 * k + 2, 2 * k + 3) for k in range(19)] + [(38, 39, 1, 0)]
    faces = np.array([t for a, b, c, d in quads for t in ((a, c, b), (b, c, d))], np.int32)
    cleaned = clean(Mesh(positions, faces)).findings
    assert (cleaned.turned, cleaned.unsure_winding) == (0, 1)
    assert "opposite sides" in cleaned.warnings[0]


def test_broken_looks_are_tidied() -> None:
    mesh = ball()
    texcoords, normals = mesh.texcoords[0].copy(), mesh.positions[mesh.faces] * np.float32(3)
    texcoords[4, 1] = np.inf
    texcoords[5] = np.nan
    normals[6, 0], normals[7, 1] = 0, np.nan
    cleaned = clean(replace(mesh, texcoords=(texcoords,), normals=normals)).mesh
    assert np.isnan(cleaned.texcoords[0][4:6]).all()
    assert np.isfinite(np.delete(cleaned.texcoords[0], [4, 5], axis=0)).all()
    assert cleaned.normals is not None
    assert np.linalg.norm(cleaned.normals, axis=2) == pytest.approx(np.ones(cleaned.faces.shape), abs=1e-6)
    assert cleaned.normals == pytest.approx(mesh.positions[mesh.faces], abs=0.2)


@pytest.mark.parametrize("faces", [[], [[0, 0, 0]], [[0, 1, 2]]])
def test_nothing_is_left_of_nothing(faces: list[list[int]]) -> None:
    positions = np.array([[0, 0, 0], [1, 1, 1], [2, 2, 2]], np.float32)
    cleaned = clean(Mesh(positions, np.array(faces, np.int32).reshape(-1, 3)))
    assert cleaned.mesh.faces.shape == (0, 3)
    assert cleaned.mesh.positions.shape == (0, 3)


@given(st.lists(st.tuples(*[st.integers(0, 3)] * 3), min_size=3, max_size=14), st.data())
@settings(max_examples=60)
def test_cleaning_twice_is_cleaning_once(places: list[tuple[int, int, int]], data: st.DataObject) -> None:
    corner = st.integers(0, len(places) - 1)
    soup = data.draw(st.lists(st.tuples(corner, corner, corner), max_size=30))
    once = clean(Mesh(np.array(places, np.float32), np.array(soup, np.int32).reshape(-1, 3)))
    twice = clean(once.mesh, CleanOptions(turn_faces=False))
    assert (face_areas(once.mesh.positions, once.mesh.faces) > 0).all()
    assert len(np.unique(once.mesh.faces)) == len(once.mesh.positions)
    assert len(twice.mesh.positions) == len(once.mesh.positions)
    assert twice.findings.degenerate == twice.findings.duplicate == twice.findings.welded == 0


def test_a_part_that_splitting_lays_on_another_goes() -> None:
    places = np.array([(0, 1, 2), (0, 0, 0), (0, 0, 3), (0, 0, 0), (0, 2, 1), (0, 0, 1)], np.float32)
    once = clean(Mesh(places, np.array([(0, 1, 2), (0, 2, 1), (0, 5, 4), (1, 2, 4)], np.int32)))
    assert (once.findings.tees, once.findings.duplicate) == (1, 1)
    twice = clean(once.mesh, CleanOptions(turn_faces=False))
    assert twice.findings.duplicate == 0
    assert len(once.mesh.faces) == len(twice.mesh.faces)


def test_the_same_mesh_gives_the_same_bytes() -> None:
    first, second = (clean(fragments(torn(ball()), 60, 0.1)).mesh for _ in range(2))
    assert first.positions.tobytes() == second.positions.tobytes()
    assert first.faces.tobytes() == second.faces.tobytes()
