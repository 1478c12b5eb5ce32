"""The two scans that the bench makes are of the kinds they stand for, and the same every time."""

from pathlib import Path

import numpy as np
import pytest

from carreau.geometry.topology import find_components
from carreau.models.stages.read import read
from tests.bench import made_scans
from tests.bench.made_scans import make_bronze, make_castle
from tests.pipeline.bronzes import write_glb
from tests.pipeline.conftest import globe, waves, write_obj


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(made_scans, "CASTLE_TRIANGLES", 1200)
    monkeypatch.setattr(made_scans, "CASTLE_PX", 256)
    monkeypatch.setattr(made_scans, "BRONZE_PX", 128)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_castle_has_many_charts_and_no_normals(tmp_path: Path) -> None:
    source = write_obj(tmp_path / "globe.obj", *globe(), [waves(128, 128)])
    path, again = (make_castle(source, tmp_path / name) for name in ("one", "two"))
    assert contents(path.parent) == contents(again.parent)
    mesh = read(path).mesh
    assert mesh.normals is None
    assert mesh.materials[0].base is not None
    _, corners = np.unique(mesh.texcoords[0].reshape(-1, 2), axis=0, return_inverse=True)
    charts = find_components(corners.reshape(-1, 3).astype(np.int32), int(corners.max()) + 1).count
    assert charts > 10


def test_a_bronze_has_maps_of_all_it_is_made_of(tmp_path: Path) -> None:
    relief = np.full((64, 64, 3), (128, 128, 255), np.uint8)
    open_sky = np.repeat(waves(64, 64)[..., :1], 3, axis=2)
    material = {"normalTexture": {"index": "relief"}, "occlusionTexture": {"index": "sky"}}
    source = write_glb(tmp_path / "plaster.glb", {"relief": relief, "sky": open_sky}, material)
    path, again = (make_bronze(source, tmp_path / name) for name in ("one", "two"))
    assert contents(path.parent) == contents(again.parent)
    (bronze,) = read(path).mesh.materials
    assert set(bronze.slots) == {"base", "normal", "occlusion", "metallic_map", "roughness_map"}
    assert {slot.texture.width for slot in bronze.slots.values()} == {128}
