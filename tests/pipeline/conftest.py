"""Tiny scans as files, the same every time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh
from PIL import Image

from carreau.base.model import ByteArray, FloatArray, IntArray

AROUND, RINGS = 40, 20


def globe() -> tuple[FloatArray, IntArray, FloatArray]:
    """Return positions, faces and texture coordinates (v up) of a ball with one seam, unwrapped like a map."""
    u, v = (grid.ravel() for grid in np.meshgrid(np.linspace(0, 1, AROUND + 1), np.linspace(0.02, 0.98, RINGS + 1)))
    turn, polar = 2 * np.pi * (u % 1), np.pi * v
    positions = np.stack([np.sin(polar) * np.cos(turn), np.cos(polar), np.sin(polar) * np.sin(turn)], axis=1)
    index = np.arange((RINGS + 1) * (AROUND + 1)).reshape(RINGS + 1, AROUND + 1)
    a, b, c, d = index[:-1, :-1].ravel(), index[1:, :-1].ravel(), index[1:, 1:].ravel(), index[:-1, 1:].ravel()
    faces = np.stack([a, c, b, a, d, c], axis=1).reshape(-1, 3)
    return positions.astype(np.float32), faces.astype(np.int32), np.stack([u, 1 - v], axis=1).astype(np.float32)


def waves(width: int, height: int) -> ByteArray:
    """Return (h, w, 3) uint8 of gentle colours that meet at the left and right edge."""
    y, x = np.mgrid[0:height, 0:width] * (2 * np.pi / np.array([height, width])[:, None, None])
    channels = [128 + 90 * np.sin(2 * x + y), 128 + 90 * np.sin(3 * y), 128 + 90 * np.cos(x - 2 * y)]
    return np.asarray(np.rint(np.stack(channels, axis=-1)), np.uint8)


def write_obj(
    path: Path, positions: FloatArray, faces: IntArray, texcoords: FloatArray, pictures: list[ByteArray]
) -> Path:
    """Write an OBJ whose faces wear the pictures in equal parts, beside it."""
    names = [f"{path.stem}-{number}" for number in range(len(pictures))]
    for name, picture in zip(names, pictures, strict=True):
        Image.fromarray(picture).save(path.with_name(f"{name}.png"))
    materials = "".join(f"newmtl {name}\nKd 1 1 1\nmap_Kd {name}.png\n" for name in names)
    path.with_suffix(".mtl").write_text(materials)
    lines = [f"mtllib {path.stem}.mtl"]
    lines += ["v " + " ".join(repr(float(number)) for number in row) for row in positions]
    lines += ["vt " + " ".join(repr(float(number)) for number in row) for row in texcoords]
    for name, part in zip(names, np.array_split(faces, len(names)), strict=True):
        lines.append(f"usemtl {name}")
        lines += ["f " + " ".join(f"{corner + 1}/{corner + 1}" for corner in face) for face in part]
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="module")
def small_looks() -> Iterator[None]:
    """Let whole builds look at their scans in small pictures, for all tests of a file."""
    from tests.pipeline.quick_looks import quick_looks

    with quick_looks():
        yield


@pytest.fixture(scope="session")
def tiny_scans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with globe.obj (one texture), patchwork.obj (three), painted.ply (vertex colours) and plain.stl."""
    folder = tmp_path_factory.mktemp("scans")
    positions, faces, texcoords = globe()
    write_obj(folder / "globe.obj", positions, faces, texcoords, [waves(128, 128)])
    write_obj(folder / "patchwork.obj", positions, faces, texcoords, [waves(64, 64), waves(96, 48), waves(80, 80)])
    ball = trimesh.creation.icosphere(subdivisions=3)
    colors = np.rint(128 + 100 * np.sin(3 * ball.vertices)).astype(np.uint8)
    trimesh.Trimesh(ball.vertices, ball.faces, vertex_colors=colors).export(folder / "painted.ply")
    trimesh.Trimesh(ball.vertices, ball.faces).export(folder / "plain.stl")
    return folder


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the builds of `whole` and its tests share, and their cache."""
    return tmp_path_factory.mktemp("shop")


@pytest.fixture(scope="session")
def whole(tiny_scans: Path, shop: Path, encoder: Path) -> Mapping[str, Any]:
    """The globe at all levels, in `shop / "globe"`, made one step at a time."""
    from tests.pipeline.flows import SAID, built
    from tests.pipeline.quick_looks import quick_looks

    with quick_looks():
        return built(tiny_scans / "globe.obj", shop / "globe", shop / "cache", is_posed=True, jobs=1, **SAID)
