"""Make two large scans from a real one: 9.6 M textured triangles, and a cloud of 10 M points as stereo leaves it.

    python -m tests.bench.large_scans venus_statue.obj FOLDER

The same bytes every time. The detail is made up: ripples on the finer surface; noise along the line of sight, a second
layer where two depth maps do not agree, and strays in the cloud.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import trimesh
from numpy.typing import NDArray
from PIL import Image

from carreau.base.model import Mesh
from carreau.models.stages.read import read

POINTS = 10_000_000
STRAYS, SECOND_LAYER = 0.01, 0.08
"""Shares of the points that lie anywhere near the object, and in a layer beside its surface."""
NOISE, LAYER, RIPPLE = 4e-4, 2.5e-3, 3e-4
"""Of points about the surface, of the second layer above it, and height of the ripples: shares of the diagonal."""
_RIPPLES = np.array([[310.0, 170.0, -90.0], [-120.0, 260.0, 210.0], [80.0, -190.0, 330.0]])
"""Directions and frequencies of the ripples, per diagonal."""


def make_fine(source: Path, folder: Path, times: int = 2) -> Path:
    """Write a PLY with texture coordinates in which each triangle of a scan is split in four, and again.

    source : a scan with one texture
    times : how often each is split
    """
    mesh = read(source).mesh
    folder.mkdir(parents=True, exist_ok=True)
    corners = np.concatenate([mesh.positions[mesh.faces], np.nan_to_num(mesh.texcoords[0], nan=0.001)], axis=2)
    vertices, faces = np.unique(corners.astype(np.float64).reshape(-1, 5), axis=0, return_inverse=True)
    faces = faces.reshape(-1, 3)
    for _ in range(times):
        vertices, faces = trimesh.remesh.subdivide(vertices, faces)  # type: ignore[no-untyped-call]
    diagonal = float(np.linalg.norm(np.ptp(mesh.positions, axis=0)))
    vertices[:, :3] += RIPPLE * diagonal * np.sin(vertices[:, :3] @ _RIPPLES.T / diagonal)
    picture = _texture(mesh)
    Image.open(picture).convert("RGB").save(folder / "fine.jpg", quality=92)
    path = folder / "fine.ply"
    rows = vertices.astype("<f4")
    rows[:, 4] = 1 - rows[:, 4]  # of a PLY, t runs upwards
    triangles = np.empty(len(faces), [("count", "u1"), ("corners", "<i4", 3)])
    triangles["count"], triangles["corners"] = 3, faces
    with path.open("wb") as file:
        file.write(
            f"ply\nformat binary_little_endian 1.0\ncomment TextureFile fine.jpg\nelement vertex {len(rows)}\n"
            "property float x\nproperty float y\nproperty float z\nproperty float s\nproperty float t\n"
            f"element face {len(faces)}\nproperty list uchar int vertex_indices\nend_header\n".encode()
        )
        file.write(rows.tobytes())
        file.write(triangles.tobytes())
    return path


def make_stereo_cloud(source: Path, folder: Path, points: int = POINTS) -> Path:
    """Write a PLY of points with normals and colours, as the fusion of depth maps does.

    source : a scan with one texture
    """
    mesh, random = read(source).mesh, np.random.default_rng(41)
    folder.mkdir(parents=True, exist_ok=True)
    triangles = mesh.positions[mesh.faces].astype(np.float64)
    crossed = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    areas = np.linalg.norm(crossed, axis=1)
    normals = crossed / np.maximum(areas, 1e-12)[:, None]
    diagonal = float(np.linalg.norm(np.ptp(mesh.positions, axis=0)))
    # What looks up or down is seen by fewer pictures than what stands upright.
    weights = areas * (0.25 + 0.75 * np.hypot(normals[:, 0], normals[:, 2]))
    on = np.sort(random.choice(len(triangles), points, p=weights / weights.sum()))
    u, v = random.random(points), random.random(points)
    u, v = np.where(u + v > 1, 1 - u, u), np.where(u + v > 1, 1 - v, v)
    share = np.column_stack([1 - u - v, u, v])
    places = np.einsum("kc,kcd->kd", share, triangles[on])
    away = random.normal(0, NOISE, points) + (random.random(points) < SECOND_LAYER) * random.normal(
        LAYER, NOISE, points
    )
    places += (away * diagonal)[:, None] * normals[on]
    strays = random.random(points) < STRAYS
    places[strays] += random.normal(0, 0.03 * diagonal, (int(strays.sum()), 3))
    texcoords = np.einsum("kc,kcd->kd", share, np.nan_to_num(mesh.texcoords[0], nan=0.001)[on])
    rows = np.empty(points, [("place", "<f4", 3), ("normal", "<f4", 3), ("color", "u1", 3)])
    rows["place"], rows["normal"], rows["color"] = places, normals[on], _colors(_texture(mesh), texcoords)
    path = folder / "stereo.ply"
    with path.open("wb") as file:
        names = "".join(f"property float {name}\n" for name in ("x", "y", "z", "nx", "ny", "nz"))
        colors = "".join(f"property uchar {name}\n" for name in ("red", "green", "blue"))
        header = f"ply\nformat binary_little_endian 1.0\nelement vertex {points}\n{names}{colors}end_header\n"
        file.write(header.encode())
        file.write(rows.tobytes())
    return path


def _texture(mesh: Mesh) -> Path:
    texture = next(material.base.texture for material in mesh.materials if material.base is not None)
    return Path(str(texture.data))


def _colors(picture: Path, texcoords: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return the nearest texel at each place; v runs downwards."""
    pixels = np.asarray(Image.open(picture).convert("RGB"))
    height, width = pixels.shape[:2]
    column = np.clip((texcoords[:, 0] % 1 * width).astype(int), 0, width - 1)
    row = np.clip((texcoords[:, 1] % 1 * height).astype(int), 0, height - 1)
    return np.asarray(pixels[row, column], np.uint8)


if __name__ == "__main__":
    for make in (make_fine, make_stereo_cloud):
        sys.stdout.write(f"{make(Path(sys.argv[1]), Path(sys.argv[2]))}\n")
