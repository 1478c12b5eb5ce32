"""An atlas holds every face once, apart from the others, whatever the surface."""

from typing import Any

import numpy as np
import pytest
import trimesh

from carreau.base.errors import BudgetError
from carreau.base.model import DoubleArray, FloatArray, IntArray
from carreau.geometry.topology import find_components
from carreau.geometry.uv.bitmap_packing import draw
from carreau.models.stages.unwrap import Atlas, UnwrapOptions, unwrap

Surface = tuple[FloatArray, IntArray]


def arrays(shape: Any) -> Surface:
    return np.asarray(shape.vertices, np.float32), np.asarray(shape.faces, np.int32)


def bumpy() -> Surface:
    positions, faces = arrays(trimesh.creation.icosphere(subdivisions=4))
    bumps = 1 + 0.2 * np.sin(7 * positions).prod(axis=1)
    return np.asarray(positions * bumps[:, None], np.float32), faces


def fin() -> Surface:
    """Return three squares that share an edge."""
    rim = [[1, 0, 0], [1, 1, 0], [-1, 0, 0], [-1, 1, 0], [0, 0, 1], [0, 1, 1]]
    positions = np.array([[0, 0, 0], [0, 1, 0], *rim], np.float32)
    faces = [[0, 2, 1], [2, 3, 1], [0, 1, 4], [4, 1, 5], [0, 1, 6], [6, 1, 7]]
    return positions, np.array(faces, np.int32)


def pieces() -> Surface:
    parts = [trimesh.creation.box(extents=(size, size, size)) for size in (1, 0.5, 0.1, 0.01)]
    for place, part in enumerate(parts):
        part.apply_translation([2 * place, 0, 0])
    return arrays(trimesh.util.concatenate(parts))


def crumpled() -> Surface:
    positions, faces = arrays(trimesh.creation.icosphere(subdivisions=3))
    noise = np.random.default_rng(4).normal(0, 0.08, positions.shape)
    return np.asarray(positions + noise, np.float32), faces


SURFACES = {
    "triangle": (np.eye(3, dtype=np.float32), np.array([[0, 1, 2]], np.int32)),
    "box": arrays(trimesh.creation.box()),
    "ball": arrays(trimesh.creation.icosphere(subdivisions=3)),
    "torus": arrays(trimesh.creation.torus(2, 0.6, 30, 20)),
    "bumpy": bumpy(),
    "fin": fin(),
    "pieces": pieces(),
    "crumpled": crumpled(),
}


@pytest.fixture(scope="module", params=SURFACES)
def surface(request: pytest.FixtureRequest) -> Surface:
    found: Surface = SURFACES[request.param]
    return found


def plane_areas(atlas: Atlas) -> DoubleArray:
    a, b, c = (atlas.texcoords[atlas.faces[:, k]].astype(np.float64) for k in range(3))
    areas: DoubleArray = ((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]) / 2
    return areas


def cover(atlas: Atlas, edge: int, reach: float) -> tuple[IntArray, IntArray]:
    """Return (edge, edge) how many charts reach each texel, and how many texels each chart reaches."""
    pieces = find_components(atlas.faces, len(atlas.sources))
    count, sizes = np.zeros((edge, edge), np.int32), []
    for piece in range(pieces.count):
        bitmap = np.zeros((edge, edge), np.uint8)
        draw(atlas.texcoords.astype(np.float64) * edge, atlas.faces[pieces.labels == piece], reach, bitmap)
        count += bitmap
        sizes.append(int(bitmap.sum()))
    return count, np.array(sizes, np.int32)


@pytest.mark.parametrize("options", [UnwrapOptions(300), UnwrapOptions(512, gutter_px=4), UnwrapOptions(1024)])
def test_charts_lie_inside_and_a_gutter_apart(surface: Surface, options: UnwrapOptions) -> None:
    atlas = unwrap(*surface, options)
    assert np.isfinite(atlas.texcoords).all()
    assert atlas.texcoords.min() >= 0
    assert atlas.texcoords.max() <= 1
    count, _ = cover(atlas, options.texture_px, options.gutter_px / 2)
    assert count.max() == 1


def test_the_surface_is_the_same_only_cut(surface: Surface) -> None:
    positions, faces = surface
    atlas = unwrap(positions, faces, UnwrapOptions(256))
    assert np.array_equal(atlas.sources[atlas.faces], faces)
    assert len(np.unique(atlas.faces)) == len(atlas.sources) == len(atlas.texcoords)
    assert atlas.chart_count == find_components(atlas.faces, len(atlas.sources)).count
    assert [str(part.dtype) for part in (atlas.sources, atlas.faces, atlas.texcoords)] == ["int32", "int32", "float32"]


def test_every_face_has_area_and_about_its_share(surface: Surface) -> None:
    positions, faces = surface
    areas = np.abs(plane_areas(unwrap(positions, faces, UnwrapOptions(512, bar_px=0))))
    corners = positions[faces].astype(float)
    deep = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 2
    assert areas.min() > 0
    share = areas / deep
    assert np.percentile(share, 5) > 0.5 * np.median(share)
    assert np.percentile(share, 95) < 1.5 * np.median(share)


def test_hardly_anything_lies_over_itself(surface: Surface) -> None:
    atlas = unwrap(*surface, UnwrapOptions(512))
    covered = int((cover(atlas, 2048, 0.0)[0] > 0).sum()) / 2048**2
    laid = float(np.abs(plane_areas(atlas)).sum())
    assert laid == pytest.approx(covered, rel=0.01)


@pytest.mark.parametrize("scale", [1e-6, 1e-3, 1e3, 1e6])
def test_any_unit_will_do(scale: float) -> None:
    positions, faces = SURFACES["bumpy"]
    atlas = unwrap(positions, faces, UnwrapOptions(256))
    scaled = unwrap(np.asarray(positions * scale, np.float32), faces, UnwrapOptions(256))
    assert scaled.chart_count == pytest.approx(atlas.chart_count, abs=3)
    assert np.abs(plane_areas(scaled)).sum() == pytest.approx(np.abs(plane_areas(atlas)).sum(), rel=0.15)


def test_far_from_the_origin() -> None:
    positions, faces = SURFACES["box"]
    atlas = unwrap(positions + np.float32(1000), faces, UnwrapOptions(128))
    assert atlas.chart_count == unwrap(positions, faces, UnwrapOptions(128)).chart_count <= 6


def test_the_same_surface_gives_the_same_bytes_on_any_number_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    surface = SURFACES["bumpy"]
    first = unwrap(*surface, UnwrapOptions(256))
    monkeypatch.setattr("carreau.base.process.THREADS", 1)
    second = unwrap(*surface, UnwrapOptions(256))
    assert first.texcoords.tobytes() == second.texcoords.tobytes()
    assert first.faces.tobytes() == second.faces.tobytes()


def test_faces_without_area_are_borne() -> None:
    positions = np.array([[0, 0, 0], [1, 0, 0], [2, 0, 0], [0, 1, 0], [0, 0, 0]], np.float32)
    for faces in ([[0, 1, 2], [0, 1, 3]], [[0, 1, 2]], [[0, 0, 0], [0, 4, 0]], [[1, 1, 3], [0, 1, 2], [2, 1, 0]]):
        atlas = unwrap(positions, np.array(faces, np.int32), UnwrapOptions(64))
        assert np.isfinite(atlas.texcoords).all()
        assert atlas.texcoords.min() >= 0
        assert atlas.texcoords.max() <= 1
        assert len(atlas.faces) == len(faces)


def test_bars_thinner_than_texels_cost_no_seam() -> None:
    wall = trimesh.creation.box(extents=(4, 4, 1))
    bars = [trimesh.creation.cylinder(0.02, 4, sections=6).subdivide() for _ in range(9)]
    for place, bar in enumerate(bars):
        bar.apply_translation([3 + place, 0, 0])
    positions, faces = arrays(trimesh.util.concatenate([wall, *bars]))
    fine, coarse = (unwrap(positions, faces, UnwrapOptions(edge)) for edge in (4096, 128))
    on_bars = np.arange(len(faces)) >= len(wall.faces)
    assert len(np.unique(coarse.faces[on_bars])) == len(np.unique(faces[on_bars]))
    assert len(np.unique(fine.faces[on_bars])) > len(np.unique(faces[on_bars]))
    count, _ = cover(coarse, 128, 1.0)
    assert count.max() == 1


def test_no_faces_have_an_empty_atlas() -> None:
    atlas = unwrap(np.zeros((3, 3), np.float32), np.zeros((0, 3), np.int32), UnwrapOptions(64))
    assert (atlas.chart_count, len(atlas.sources), atlas.faces.shape, atlas.texcoords.shape) == (0, 0, (0, 3), (0, 2))


def confetti(count: int) -> Surface:
    rng = np.random.default_rng(8)
    positions = rng.normal(size=(count, 1, 3)) * 10 + rng.normal(size=(count, 3, 3))
    return positions.reshape(-1, 3).astype(np.float32), np.arange(3 * count, dtype=np.int32).reshape(-1, 3)


def test_thousands_of_pieces_find_room_or_are_refused() -> None:
    atlas = unwrap(*confetti(3000), UnwrapOptions(128))
    assert atlas.chart_count == 3000
    assert atlas.texcoords.min() >= 0
    assert atlas.texcoords.max() <= 1
    with pytest.raises(BudgetError, match="3,000 charts do not fit into an atlas of 16 × 16"):
        unwrap(*confetti(3000), UnwrapOptions(16))


def test_an_atlas_of_one_texel_is_too_small_or_holds_what_it_can() -> None:
    with pytest.raises(BudgetError):
        unwrap(*SURFACES["box"], UnwrapOptions(1))
