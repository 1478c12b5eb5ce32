"""Make a large and messy scan from a real one: loose pieces, doubled faces, fins, cracks, T-junctions, four textures.

    python -m tests.bench.messy_scan venus_statue.obj FOLDER

The same bytes every time. Two thirds of the triangles of the scan are split in four, which leaves T-junctions against
the rest; slabs are shifted by less than what cleaning joins, which leaves cracks; the atlas is cut into four textures.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from carreau.base.model import Mesh
from carreau.models.stages.read import read

Corners = NDArray[np.float64]
"""Triangles without shared vertices: (m, 3, 5), of each corner x, y, z, u, v."""

TRIANGLES = 1_900_000
PIECES, DOUBLES, FINS, FLAT = 2000, 20_000, 5000, 3000
SLABS, SHIFT = 12, 4e-6
"""Slabs from bottom to top, and how far every second is shifted, as a share of the diagonal."""

_OCTAHEDRON = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]], np.float64)
_EIGHT = np.array([[0, 2, 4], [2, 1, 4], [1, 3, 4], [3, 0, 4], [2, 0, 5], [1, 2, 5], [3, 1, 5], [0, 3, 5]])


def make_messy(source: Path, folder: Path, triangles: int = TRIANGLES, pieces: int = PIECES) -> Path:
    """Write the OBJ, its MTL and its textures, and return the path of the OBJ.

    source : a scan with one texture
    triangles : about how many it gets, between once and four times as many as the source has
    """
    mesh, random = read(source).mesh, np.random.default_rng(14)
    folder.mkdir(parents=True, exist_ok=True)
    texture = next(material.base.texture for material in mesh.materials if material.base is not None)
    _quarter(Path(str(texture.data)), folder)
    clutter = pieces * 32 + DOUBLES + FINS + FLAT
    corners = _split(_corners(mesh), max(triangles - clutter, len(mesh.faces)))
    diagonal = float(np.linalg.norm(np.ptp(corners[..., :3].reshape(-1, 3), axis=0)))
    corners = _cracked(corners, diagonal)
    parts = [
        corners,
        _loose(corners, diagonal, pieces, random),
        _doubled(corners, random),
        _fins(corners, diagonal, random),
        corners[random.integers(0, len(corners), FLAT)][:, [0, 0, 1]],
    ]
    return _write(np.concatenate(parts), folder)


def _corners(mesh: Mesh) -> Corners:
    texcoords = np.nan_to_num(mesh.texcoords[0], nan=0.001)
    return np.concatenate([mesh.positions[mesh.faces], texcoords], axis=2).astype(np.float64)


def _split(corners: Corners, triangles: int) -> Corners:
    """Split the first triangles in four, so that there are about as many as wanted."""
    count = min((triangles - len(corners)) // 3, len(corners))
    a, b, c = (corners[:count, k] for k in range(3))
    ab, bc, ca = (a + b) / 2, (b + c) / 2, (c + a) / 2
    four = [np.stack(each, axis=1) for each in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))]
    return np.concatenate([*four, corners[count:]])


def _cracked(corners: Corners, diagonal: float) -> Corners:
    heights = corners[..., 1].mean(axis=1)
    slab = ((heights - heights.min()) / np.ptp(heights) * SLABS).astype(int)
    out = corners.copy()
    out[slab % 2 == 1, :, :3] += SHIFT * diagonal / np.sqrt(3)
    return out


def _loose(corners: Corners, diagonal: float, pieces: int, random: np.random.Generator) -> Corners:
    """Return small balls that float around the surface."""
    a, b, c = (_OCTAHEDRON[_EIGHT][:, k] for k in range(3))
    ab, bc, ca = (a + b) / 2, (b + c) / 2, (c + a) / 2
    ball = np.concatenate([np.stack(each, axis=1) for each in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))])
    ball /= np.linalg.norm(ball, axis=2, keepdims=True)
    near = corners[random.integers(0, len(corners), pieces), 0]
    middles = near[:, :3] + random.normal(size=(pieces, 3)) * 0.02 * diagonal
    radii = diagonal * 10 ** random.uniform(-4, -2.5, pieces)
    out = np.empty((pieces, len(ball), 3, 5))
    out[..., :3] = middles[:, None, None] + radii[:, None, None, None] * ball
    out[..., 3:] = near[:, None, None, 3:] + 0.001 * ball[..., :2]
    return out.reshape(-1, 3, 5)


def _doubled(corners: Corners, random: np.random.Generator) -> Corners:
    """Return faces that are there already, every second the other way round."""
    out = corners[random.integers(0, len(corners), DOUBLES)]
    out[::2] = out[::2, ::-1]
    return out


def _fins(corners: Corners, diagonal: float, random: np.random.Generator) -> Corners:
    """Return third faces on edges."""
    out = corners[random.integers(0, len(corners), FINS)]
    out[:, 2, :3] += random.normal(size=(FINS, 3)) * 0.002 * diagonal
    return out


def _quarter(picture: Path, folder: Path) -> None:
    """Write the four quarters of the texture, 0 to 3 in rows from the top, and the materials."""
    image = Image.open(picture).convert("RGB")
    half = image.width // 2
    for number in range(4):
        left, top = number % 2 * half, number // 2 * half
        image.crop((left, top, left + half, top + half)).save(folder / f"messy_{number}.jpg", quality=90)
    lines = [f"newmtl part_{number}\nmap_Kd messy_{number}.jpg\n" for number in range(4)]
    (folder / "messy.mtl").write_text("".join(lines), "utf-8")


def _write(corners: Corners, folder: Path) -> Path:
    """Write welded positions and texture coordinates; the reader's v runs downwards, that of OBJ upwards."""
    middle = corners[..., 3:].mean(axis=1)
    quarter = np.clip(middle * 2, 0, 1).astype(int)
    number = quarter[:, 1] * 2 + quarter[:, 0]
    texcoords = corners[..., 3:] * 2 - quarter[:, None]
    texcoords[..., 1] = 1 - texcoords[..., 1]
    places, faces = np.unique(corners[..., :3].astype(np.float32).reshape(-1, 3), axis=0, return_inverse=True)
    coordinates, laid = np.unique(texcoords.astype(np.float32).reshape(-1, 2), axis=0, return_inverse=True)
    path = folder / "messy.obj"
    with path.open("w", encoding="utf-8") as file:
        file.write("mtllib messy.mtl\n")
        file.write(("v %.9g %.9g %.9g\n" * len(places)) % tuple(places.ravel().tolist()))
        file.write(("vt %.7g %.7g\n" * len(coordinates)) % tuple(coordinates.ravel().tolist()))
        rows = np.stack([faces.reshape(-1, 3), laid.reshape(-1, 3)], axis=2) + 1
        for part in range(4):
            chosen = rows[number == part].reshape(-1, 6)
            file.write(f"usemtl part_{part}\n")
            file.write(("f %d/%d %d/%d %d/%d\n" * len(chosen)) % tuple(chosen.ravel().tolist()))
    return path


if __name__ == "__main__":
    print(make_messy(Path(sys.argv[1]), Path(sys.argv[2])))
