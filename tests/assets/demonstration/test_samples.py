"""The simulated scan is the same every time, has the promised flaws, and says everywhere that it is simulated."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from assets.demonstration.sample import SampleOptions, make_sample
from carreau.base.model import Mesh
from carreau.formats.meshes.obj import read

SMALL = SampleOptions(detail=0.02, atlas_px=512)


def digests(folder: Path) -> dict[str, str]:
    """Return every file's digest by name."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def edge_uses(mesh: Mesh) -> NDArray[np.intp]:
    """Return how many faces share each edge, faces without area left out."""
    faces = mesh.faces[[len(set(face)) == 3 for face in mesh.faces.tolist()]]
    ends = np.sort(faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    return np.unique(ends, axis=0, return_counts=True)[1]


def pieces(mesh: Mesh) -> NDArray[np.intp]:
    """Return how many faces each loose piece has, largest first."""
    count = len(mesh.positions)
    ends = mesh.faces[:, [0, 1, 1, 2]].reshape(-1, 2)
    graph = coo_matrix((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), (count, count))
    labels = connected_components(graph, directed=False)[1]
    return np.sort(np.bincount(labels[mesh.faces[:, 0]]))[::-1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small variant of the sample."""
    folder = tmp_path_factory.mktemp("sample")
    make_sample(folder, options=SMALL)
    return folder


@pytest.fixture(scope="module")
def mesh(folder: Path) -> Mesh:
    """The small variant, read as any scan is."""
    return read(folder / "headframe-simulated.obj").mesh


def test_same_bytes_twice(folder: Path, tmp_path: Path) -> None:
    make_sample(tmp_path, options=SMALL)
    assert digests(tmp_path) == digests(folder)


def test_names_and_texts_say_simulated(folder: Path) -> None:
    names = sorted(path.name for path in folder.iterdir())
    assert names == [f"headframe-simulated{end}" for end in ("-atlas.jpg", ".mtl", ".obj", ".toml")]
    for name in names[1:]:
        assert "SIMULATED" in (folder / name).read_text(encoding="utf-8")
    with Image.open(folder / names[0]) as picture:
        assert b"SIMULATED" in picture.info["comment"]
    note = tomllib.loads((folder / "headframe-simulated.toml").read_text(encoding="utf-8"))
    assert note["simulated"] is True
    assert note["license"] == "CC0-1.0"
    assert note["author"] == "the Carreau project (simulated, not a survey)"


def test_second_call_does_nothing_and_a_broken_file_is_made_again(folder: Path, tmp_path: Path) -> None:
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    said: list[str] = []
    assert make_sample(tmp_path, lambda text, _: said.append(text), SMALL) == tmp_path / "headframe-simulated.obj"
    assert said == []
    (tmp_path / "headframe-simulated.obj").write_bytes(b"v 0 0 0\n")
    make_sample(tmp_path, lambda text, _: said.append(text), SMALL)
    assert said[-1] == "Done"
    assert digests(tmp_path) == digests(folder)


def test_size_is_that_of_the_place(mesh: Mesh) -> None:
    low, high = mesh.positions.min(axis=0), mesh.positions.max(axis=0)
    assert 33 < high[1] - low[1] < 42
    assert 40 < high[0] - low[0] < 62
    # the small variant has as many floating scraps as the full one
    assert 0.9 < len(mesh.faces) / SMALL.triangles < 1.4


def test_promised_flaws_are_there(mesh: Mesh) -> None:
    uses = edge_uses(mesh)
    assert (uses > 2).sum() >= 20
    assert (uses == 1).sum() > 200
    ordered = np.sort(mesh.faces, axis=1)
    assert len(np.unique(ordered, axis=0)) <= len(ordered) - 40
    assert (ordered[:, 0] == ordered[:, 1]).sum() + (ordered[:, 1] == ordered[:, 2]).sum() >= 40
    assert (pieces(mesh) < 60).sum() >= 30


def test_atlas_is_fragmented_and_inside_its_picture(mesh: Mesh) -> None:
    (texcoords,) = mesh.texcoords
    assert np.isfinite(texcoords).all()
    assert texcoords.min() >= 0
    assert texcoords.max() <= 1
    slot = mesh.materials[0].base
    assert slot is not None
    assert (slot.texture.width, slot.texture.height) == (512, 512)


def test_picture_has_contrast(folder: Path) -> None:
    with Image.open(folder / "headframe-simulated-atlas.jpg") as image:
        picture = np.asarray(image.convert("L"), float)
    assert picture.std() > 30
