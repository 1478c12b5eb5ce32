"""Pictures are taken once, kept, and come back with the levels they are of."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from carreau.base.model import LevelMesh, Mesh
from carreau.base.options import ModelOptions
from carreau.models.builders.build_context import create_context
from carreau.models.builders.level_builder import BuiltLevel, PictureBuilder
from carreau.models.stages.pack import GltfPackOptions, pack
from carreau.runs.cache import Cache


def flow(mesh: Mesh, cache: Cache, folder: Path) -> PictureBuilder:
    path = folder / "sheet.obj"
    lines = [*("v {} {} {}".format(*place) for place in mesh.positions.tolist())]
    lines += ["f {} {} {}".format(*face) for face in (mesh.faces + 1).tolist()]
    path.write_text("\n".join(lines))
    ground = create_context(cache.files(path), ModelOptions(folder / "out", unit="m", up="y"), cache)
    return PictureBuilder(ground.mesh, ground.reference, cache)


def glb(mesh: Mesh) -> bytes:
    normals = np.tile(np.array([0, 1, 0], np.float32), (len(mesh.positions), 1))
    return pack(LevelMesh(mesh.positions, normals, mesh.faces), {}, GltfPackOptions("plain"))


def test_an_album_holds_each_level_and_the_side_of_the_poster(bumpy_sheet: Mesh, cache: Cache, tmp_path: Path) -> None:
    made = BuiltLevel("phone", glb(bumpy_sheet), b"", {})
    first, second = flow(bumpy_sheet, cache, tmp_path), flow(bumpy_sheet, cache, tmp_path)
    first.show(made)
    album = first.album()
    assert list(album.levels) == ["phone"]
    assert len(album.scan.images) == len(album.levels["phone"].heat) == 3
    assert set(first.view()) == {"azimuth_deg", "elevation_deg"}
    assert first.view()["azimuth_deg"] == album.scan.sides[0].azimuth_deg
    second.show(made)
    assert second.album().levels["phone"].heat == album.levels["phone"].heat


def test_an_album_is_kept_and_read_back(bumpy_sheet: Mesh, cache: Cache, tmp_path: Path) -> None:
    from carreau.runs.store import Record

    album = flow(bumpy_sheet, cache, tmp_path).album()
    cache.store.write("build", "0" * 40, {"album": album}, Record("build", "build", 0.0, 0, 0), "code", None)
    cached = cache.store.read("build", "0" * 40, None)
    assert cached is not None
    assert cached[0]["album"].scan.images == album.scan.images
