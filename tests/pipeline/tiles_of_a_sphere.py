"""Cut a sphere into tiles as programs do, and leave its seams as rough as theirs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from carreau.base.model import DoubleArray

Faces = NDArray[np.int64]

GRID = ((0, 0), (0, 1), (1, 0), (1, 1))


@dataclass(frozen=True, eq=False)
class Tile:
    """One tile: (n, 3) float64 places, (m, 3) faces."""

    name: str
    places: DoubleArray
    faces: Faces


def sphere(detail: int = 3, radius: float = 10.0) -> tuple[DoubleArray, Faces]:
    """Return an icosphere."""
    golden = (1 + 5**0.5) / 2
    signs = [(a, b) for a in (-1, 1) for b in (-golden, golden)]
    places = np.array([v for a, b in signs for v in ((0, a, b), (a, b, 0), (b, 0, a))], float)
    faces = _hull_faces(places)
    for _ in range(detail):
        places, faces = _halved(places, faces)
    return radius * places / np.linalg.norm(places, axis=1, keepdims=True), faces


def _hull_faces(places: DoubleArray) -> Faces:
    from scipy.spatial import ConvexHull

    faces = ConvexHull(places).simplices.astype(np.int64)
    a, b, c = (places[faces[:, k]] for k in range(3))
    inward = np.einsum("fd,fd->f", np.cross(b - a, c - a), a) < 0
    faces[inward] = faces[inward][:, ::-1]
    return faces


def _halved(places: DoubleArray, faces: Faces) -> tuple[DoubleArray, Faces]:
    edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
    unique, number = np.unique(edges, axis=0, return_inverse=True)
    ab, bc, ca = number.reshape(3, -1) + len(places)
    middles = places[unique].mean(axis=1)
    middles *= np.linalg.norm(places[0]) / np.linalg.norm(middles, axis=1, keepdims=True)
    a, b, c = faces.T
    parts = [np.stack(corners, axis=1) for corners in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))]
    return np.concatenate([places, middles]), np.concatenate(parts)


def cut(places: DoubleArray, faces: Faces, axis: int, at: float, sign: float) -> tuple[DoubleArray, Faces]:
    """Return the part of a mesh on one side of a plane, with new vertices on it."""
    beyond = (places[:, axis] - at) * sign
    out: list[DoubleArray] = []
    for face in faces:
        polygon: list[DoubleArray] = []
        for k in range(3):
            p, q = int(face[k]), int(face[(k + 1) % 3])
            if beyond[p] >= 0:
                polygon.append(places[p])
            if (beyond[p] > 0) != (beyond[q] > 0) and beyond[p] != 0 and beyond[q] != 0:
                low, high = min(p, q), max(p, q)  # the same arithmetic on both sides
                share = beyond[low] / (beyond[low] - beyond[high])
                polygon.append(places[low] + share * (places[high] - places[low]))
        out += [np.stack([polygon[0], polygon[k], polygon[k + 1]]) for k in range(1, len(polygon) - 1)]
    corners = np.concatenate(out)
    unique, number = np.unique(corners, axis=0, return_inverse=True)
    found = number.reshape(-1, 3)
    a, b, c = found.T
    return unique, found[(a != b) & (b != c) & (c != a)]


def split_rims(places: DoubleArray, faces: Faces, rng: np.random.Generator, share: float) -> tuple[DoubleArray, Faces]:
    """Split some rim edges of a tile at any place on them, as the tile across does not."""
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    unique, counts = np.unique(np.sort(edges, axis=1), axis=0, return_counts=True)
    rims = {tuple(edge) for edge in unique[counts == 1].tolist()}
    new_places, new_faces = list(places), []
    for face in faces.tolist():
        k = next((k for k in range(3) if tuple(sorted((face[k], face[(k + 1) % 3]))) in rims), None)
        if k is None or rng.random() > share:
            new_faces.append(face)
            continue
        a, b, c = face[k], face[(k + 1) % 3], face[(k + 2) % 3]
        at = rng.uniform(0.2, 0.8)
        new_places.append(places[a] * (1 - at) + places[b] * at)
        middle = len(new_places) - 1
        new_faces += [[a, middle, c], [middle, b, c]]
    return np.array(new_places), np.array(new_faces)


def tiles_of_a_sphere(seed: int = 0, share: float = 0.5, detail: int = 3) -> list[Tile]:
    """Cut a sphere of 10 m along x and along y, beside its middle, and split the rims of each tile at other places."""
    rng = np.random.default_rng(seed)
    places, faces = sphere(detail)
    tiles = []
    for x, y in GRID:
        part = cut(places, faces, 0, 0.7, 1.0 if x else -1.0)
        part = cut(*part, 1, -1.3, 1.0 if y else -1.0)
        tiles.append(Tile(f"Tile_+00{x}_+00{y}", *split_rims(*part, rng, share)))
    return tiles


def write_obj(path: Path, tile: Tile, offset: tuple[float, float, float], decimals: int, texture: bool = False) -> None:
    """Write a tile, with a texture of its own when asked."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"v {x:.{decimals}f} {y:.{decimals}f} {z:.{decimals}f}" for x, y, z in tile.places + offset]
    if texture:
        Image.new("RGB", (8, 8), (len(tile.name) * 9 % 255, 99, 20)).save(path.with_suffix(".jpg"))
        path.with_suffix(".mtl").write_text(f"newmtl own\nmap_Kd {path.stem}.jpg\n")
        u, v = np.clip(tile.places[:, 0] / 20 + 0.5, 0, 1), np.clip(tile.places[:, 1] / 20 + 0.5, 0, 1)
        lines = [
            f"mtllib {path.stem}.mtl",
            "usemtl own",
            *lines,
            *(f"vt {a:.5f} {b:.5f}" for a, b in zip(u, v, strict=True)),
        ]
    pattern = "f {0}/{0} {1}/{1} {2}/{2}" if texture else "f {} {} {}"
    lines += [pattern.format(*(face + 1)) for face in tile.faces]
    path.write_text("\n".join(lines) + "\n")


def capture(folder: Path, tiles: list[Tile], srs: str = "EPSG:2154", decimals: int = 4, texture: bool = False) -> Path:
    """Write tiles as ContextCapture does, and return their folder."""
    folder.mkdir(parents=True, exist_ok=True)
    text = f'<?xml version="1.0" encoding="utf-8"?>\n<ModelMetadata version="1">\n\t<SRS>{srs}</SRS>\n'
    (folder / "metadata.xml").write_text(text + "\t<SRSOrigin>722000,7030000,40</SRSOrigin>\n</ModelMetadata>\n")
    for tile in tiles:
        write_obj(folder / "Data" / tile.name / f"{tile.name}.obj", tile, (0, 0, 0), decimals, texture)
    return folder
