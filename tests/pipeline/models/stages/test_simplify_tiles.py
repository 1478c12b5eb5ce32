"""Tiles that are simplified alone fit together, and keep what the scan says about its surface."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import trimesh

from carreau.base.messages import Number
from carreau.base.model import Material, Mesh, Scan, ScanFacts
from carreau.geometry.render.raycasting import Scene
from carreau.geometry.topology import find_components, find_edges
from carreau.geometry.triangles import face_areas, face_normals, vertex_normals
from carreau.models.stages.simplify import (
    DivideOptions,
    SimplifiedScan,
    SimplifyTileOptions,
    divide,
    join_tiles,
    simplify_tile,
)


def ball() -> Mesh:
    """A closed ball of 20,480 faces with bumps, colours, normals, two materials and a chart for each half."""
    shape = trimesh.creation.icosphere(subdivisions=5)
    outward = np.asarray(shape.vertices)
    positions = (outward * (1 + 0.05 * np.sin(9 * outward).prod(axis=1))[:, None]).astype(np.float32)
    faces = np.asarray(shape.faces, np.int32)
    upper = positions[faces].mean(axis=1)[:, 2] > 0
    texcoords = (0.25 + 0.2 * positions[faces][..., :2]).astype(np.float32)
    texcoords[upper] += 0.5
    return Mesh(
        positions,
        faces,
        (texcoords,),
        vertex_normals(positions, faces)[faces],
        np.clip(127 + 100 * positions, 0, 255).astype(np.uint8),
        upper.astype(np.int32),
        (Material("lower"), Material("upper")),
    )


def simplified(mesh: Mesh, tile: int, share: float) -> SimplifiedScan:
    scan = Scan("ball", mesh, ScanFacts("PLY"), (Path("ball.ply"),))
    division = divide(mesh, DivideOptions(tile))
    assert division.count > 1
    tiles = [simplify_tile(mesh, division.labels, SimplifyTileOptions(n, share)) for n in range(division.count)]
    return join_tiles(scan, division.labels, tuple(tiles))


@pytest.fixture(scope="module")
def joined() -> Mesh:
    return simplified(ball(), 3000, 0.25).scan.mesh


def test_no_crack_opens(joined: Mesh) -> None:
    assert 0.25 * 20_480 <= len(joined.faces) < 0.35 * 20_480
    edges = find_edges(joined.faces, len(joined.positions))
    assert not edges.boundary.any()
    assert not edges.non_manifold.any()
    assert find_components(joined.faces, len(joined.positions)).count == 1


def test_it_lies_on_the_scan(joined: Mesh) -> None:
    distances = Scene(joined.positions, joined.faces).closest(ball().positions).distances
    assert np.sqrt(np.mean(np.square(distances))) < 0.002
    outward = face_normals(joined.positions, joined.faces)
    assert (np.einsum("fd,fd->f", outward, joined.positions[joined.faces[:, 0]]) > 0).mean() > 0.999


def test_each_corner_keeps_its_own_attributes(joined: Mesh) -> None:
    scan = ball()
    places = joined.positions[joined.faces]
    upper = joined.face_materials == 1
    expected = (0.25 + 0.2 * places[..., :2]).astype(np.float32)
    expected[upper] += 0.5
    np.testing.assert_array_equal(joined.texcoords[0], expected)
    area = face_areas(joined.positions, joined.faces)
    assert float(area[upper].sum() / area.sum()) == pytest.approx(0.5, abs=0.01)
    known = {
        tuple(place): normal
        for place, normal in zip(scan.positions, vertex_normals(scan.positions, scan.faces), strict=True)
    }
    assert joined.normals is not None
    for place, normal in zip(places[:200].reshape(-1, 3), joined.normals[:200].reshape(-1, 3), strict=True):
        np.testing.assert_array_equal(normal, known[tuple(place)])
    assert joined.colors is not None
    np.testing.assert_array_equal(joined.colors, np.clip(127 + 100 * joined.positions, 0, 255).astype(np.uint8))


def test_a_pattern_in_colours_stays() -> None:
    shape = trimesh.creation.icosphere(subdivisions=5)
    positions, faces = np.asarray(shape.vertices, np.float32), np.asarray(shape.faces, np.int32)
    is_dark = np.sin(12 * positions[:, 2]) > 0
    colors = np.where(is_dark[:, None], 5, 250).astype(np.uint8).repeat(3, axis=1)
    left = simplified(Mesh(positions, faces, colors=colors), 3000, 0.25).scan.mesh
    assert left.colors is not None
    hits = Scene(left.positions, left.faces).closest(positions)
    corners = left.colors[left.faces[hits.faces], 0].astype(float)
    one, two = hits.barycentrics.T
    seen = (1 - one - two) * corners[:, 0] + one * corners[:, 1] + two * corners[:, 2]
    assert (is_dark == (seen < 128)).mean() > 0.97


def test_what_is_in_no_tile_stays_for_cleaning() -> None:
    mesh = ball()
    positions = np.concatenate([mesh.positions, np.array([[np.nan, 0, 0]], np.float32)])
    faces = mesh.faces.copy()
    faces[7, 0] = len(positions) - 1
    colors = np.concatenate([mesh.colors, np.array([[9, 9, 9]], np.uint8)]) if mesh.colors is not None else None
    left = simplified(replace(mesh, positions=positions, faces=faces, colors=colors), 3000, 0.25).scan.mesh
    assert (~np.isfinite(left.positions[left.faces]).all(axis=(1, 2))).sum() == 1


def test_the_report_tells_what_was_done_and_how_far_it_is_off() -> None:
    told = simplified(ball(), 3000, 0.25).decision
    tiles, rms, most = (told.parameters[name] for name in ("tiles", "rms", "most"))
    assert told.startswith("its 20,480 triangles were simplified to 5,")
    assert isinstance(tiles, int)
    assert isinstance(rms, Number)
    assert isinstance(most, Number)
    assert 4 <= tiles <= 16
    assert 0 < rms.value < most.value < 0.01
