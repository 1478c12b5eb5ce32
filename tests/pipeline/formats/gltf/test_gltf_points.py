"""A glTF of points without triangles is read as a point cloud."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from carreau.base.errors import FormatError
from carreau.formats.gltf import gltf, gltf_points
from tests.pipeline.formats.conftest import GltfMaker

POINTS = np.random.default_rng(4).uniform(-1, 1, (400, 3)).astype(np.float32)
NORMALS = np.tile(np.array([[0, 0, 1]], np.float32), (400, 1))
REDS = np.linspace(0, 1, 400)


def points(maker: GltfMaker, **node: Any) -> GltfMaker:
    """Add points, red by their number in linear light, with normals to +z."""
    colors = np.column_stack([REDS, np.zeros((400, 2)), np.ones(400)])
    names = {
        "POSITION": maker.accessor(POINTS),
        "NORMAL": maker.accessor(NORMALS),
        "COLOR_0": maker.accessor((colors * 65535).round().astype(np.uint16), "uint16", normalized=True),
    }
    maker.node(mesh=maker.mesh(names, mode=0), name="wall", **node)
    return maker


def test_points_have_places_colors_and_normals_in_the_world(tmp_path: Path) -> None:
    quarter = [0.0, float(np.sqrt(0.5)), 0.0, float(np.sqrt(0.5))]  # about y: +z becomes +x
    maker = points(GltfMaker(), translation=[100, 2, 3], rotation=quarter, scale=[2, 2, 2])
    scan = gltf.read(maker.write(tmp_path / "a.gltf", "separate"))
    cloud = scan.cloud
    assert cloud is not None
    assert (len(scan.mesh.faces), cloud.count, scan.facts.up, scan.facts.parts) == (0, 400, "y", ("wall",))
    assert [path.name for path in scan.files] == ["a.gltf", "a data.bin"]
    turn = np.array([[0, 0, 1], [0, 1, 0], [-1, 0, 0]])
    expected = 2 * POINTS @ turn.T + [100, 2, 3]
    order, wanted = np.lexsort((cloud.positions + cloud.origin).T), np.lexsort(expected.T)
    assert np.allclose((cloud.positions + cloud.origin)[order], expected[wanted], atol=1e-5)
    assert cloud.normals is not None
    assert np.allclose(cloud.normals, [1, 0, 0], atol=1e-6)
    assert cloud.colors is not None
    srgb = 255 * np.where(REDS <= 0.0031308, 12.92 * REDS, 1.055 * REDS ** (1 / 2.4) - 0.055)
    assert np.abs(cloud.colors[order, 0] - srgb[wanted]).max() <= 1
    assert not cloud.colors[:, 1:].any()


def test_indices_choose_points_and_instances_repeat_them(tmp_path: Path) -> None:
    maker = points(GltfMaker())
    primitive = maker.json["meshes"][0]["primitives"][0]
    primitive["indices"] = maker.accessor(np.arange(0, 400, 4), "uint16")
    maker.node(mesh=0, translation=[5, 0, 0])
    cloud = gltf.read(maker.write(tmp_path / "a.glb")).cloud
    assert cloud is not None
    assert cloud.count == 200
    left = cloud.positions[:, 0] + cloud.origin[0] < 2
    assert np.allclose(np.sort((cloud.positions + cloud.origin)[left, 0]), np.sort(POINTS[::4, 0]), atol=1e-5)


def test_points_beside_triangles_are_left_out(tmp_path: Path) -> None:
    maker = points(GltfMaker())
    maker.triangle()
    scan = gltf.read(maker.write(tmp_path / "a.glb"))
    assert scan.cloud is None
    assert scan.facts.warnings == ("meshes[0].primitives[0] contains points and is left out",)


@pytest.mark.parametrize(
    ("case", "cause"),
    [
        ("short colours", "different lengths"),
        ("index", "out of range"),
        ("no positions", "no POSITION"),
        ("claim", "exceeds the data"),
        ("nan", "none of its points"),
        ("splats", "it is a Gaussian splat, which has no triangles"),
        ("repeated", "instancing repeats 400 points as 1,200"),
    ],
)
def test_damaged_points_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str, cause: str) -> None:
    maker = points(GltfMaker())
    primitive = maker.json["meshes"][0]["primitives"][0]
    if case == "short colours":
        primitive["attributes"]["COLOR_0"] = maker.accessor(np.zeros((7, 3)))
    elif case == "index":
        primitive["indices"] = maker.accessor([0, 400], "uint16")
    elif case == "no positions":
        del primitive["attributes"]["POSITION"]
    elif case == "claim":
        del maker.json["accessors"][0]["bufferView"]
        maker.json["accessors"][0]["count"] = 2**40
        monkeypatch.setattr(gltf_points, "MOST_REPEATED", 2**41)
    elif case == "nan":
        primitive["attributes"]["POSITION"] = maker.accessor(np.full((400, 3), np.nan))
    elif case == "splats":
        primitive["extensions"] = {"KHR_gaussian_splatting": {}}
    else:
        monkeypatch.setattr(gltf_points, "MOST_REPEATED", 500)
        maker.node(mesh=0)
        maker.node(mesh=0)
    with pytest.raises(FormatError, match=cause):
        gltf.read(maker.write(tmp_path / "a.glb"))
