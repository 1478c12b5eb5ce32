"""Steel lattices as scans show them: a pattern of bars on a few planes, with holes in the alpha of its picture."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image

from carreau.base.model import AlphaMode, ByteArray, FloatArray, IntArray, Material, Mesh, Texture, TextureSlot
from tests.pipeline.conftest import write_obj

STEEL, FLOOR = (170, 70, 45), (60, 140, 60)


def lattice(edge_px: int = 128, pitch: int = 32, bar: int = 8) -> ByteArray:
    """Return (h, w, 4) uint8: crossed bars of steel, and holes that are black beneath their alpha of 0."""
    y, x = np.mgrid[0:edge_px, 0:edge_px]
    is_bar = ((x + y) % pitch < bar) | ((x - y) % pitch < bar)
    picture = np.zeros((edge_px, edge_px, 4), np.uint8)
    picture[is_bar] = (*STEEL, 255)
    return picture


def veil(alpha: int = 110) -> ByteArray:
    """Return (h, w, 4) uint8: the bars on a ground that is as translucent as they are."""
    picture = lattice(64)
    picture[picture[..., 3] == 0, :3] = FLOOR
    picture[..., 3] = alpha
    return picture


def covered(picture: ByteArray) -> float:
    """Return the share of a picture (h, w, 4) that is not a hole."""
    return float((picture[..., 3] >= 128).mean())


def tower(steps: int = 6) -> tuple[FloatArray, IntArray, FloatArray]:
    """Return positions, faces and texture coordinates of four sides, 4 by 4 m and 10 m high, with nothing behind."""
    corners = np.array([(-2, 2), (2, 2), (2, -2), (-2, -2)], float)
    across, up = (grid.ravel() for grid in np.meshgrid(*2 * (np.linspace(0, 1, steps + 1),)))
    index = np.arange((steps + 1) ** 2).reshape(steps + 1, steps + 1)
    a, b, c, d = index[:-1, :-1].ravel(), index[:-1, 1:].ravel(), index[1:, 1:].ravel(), index[1:, :-1].ravel()
    side = np.stack([a, b, c, a, c, d], axis=1).reshape(-1, 3)
    positions, faces = [], []
    for number in range(4):
        start, end = corners[number], corners[(number + 1) % 4]
        ground = start + across[:, None] * (end - start)
        positions.append(np.stack([ground[:, 0], 10 * up, ground[:, 1]], axis=1))
        faces.append(side + number * len(across))
    texcoords = np.tile(np.stack([across, up], axis=1), (4, 1))
    return np.concatenate(positions).astype(np.float32), np.concatenate(faces).astype(np.int32), texcoords.astype("f4")


def slot(picture: ByteArray, name: str = "lattice.png") -> TextureSlot:
    """Return a picture as a texture."""
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "PNG")
    return TextureSlot(Texture(name, stream.getvalue(), picture.shape[1], picture.shape[0]))


def tower_mesh(picture: ByteArray, mode: AlphaMode = AlphaMode.MASK, opacity: float = 1.0) -> Mesh:
    """Return the tower with one material, whose colour and opacity are those of a picture (h, w, 4)."""
    positions, faces, texcoords = tower()
    texture = slot(picture)
    material = Material("steel", base=texture, alpha_mode=mode, opacity=opacity, opacity_map=texture)
    return Mesh(positions, faces, (texcoords[faces],), materials=(material,))


def write_tower(path: Path, picture: ByteArray | None = None) -> Path:
    """Write the tower as an OBJ, whose `map_d` is the picture of its colours."""
    positions, faces, texcoords = tower()
    write_obj(path, positions, faces, texcoords, [lattice() if picture is None else picture])
    with path.with_suffix(".mtl").open("a") as library:
        library.write(f"map_d {path.stem}-0.png\n")
    return path
