"""A tile of a city as photogrammetry makes it, hills and houses seen from above; and houses with undersides."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import trimesh
from numpy.typing import NDArray

from carreau.base.model import DoubleArray, Mesh

CELLS = 120
NAMES = ("chapel", "forge", "gate", "market", "quay", "school")


def city(side: float = 1000.0, lean_deg: float = 0.0) -> Mesh:
    """Return a square tile, y up, that leans about x; its positions are metres about its middle."""
    random = np.random.default_rng(1)
    line = np.linspace(0, 1, CELLS + 1)
    east, south = np.meshgrid(line, line, indexing="ij")
    heights = 15 * np.sin(4 * east) * np.cos(3 * south)
    for _ in range(160):
        i, j = random.integers(2, CELLS - 14, 2)
        depth, width = random.integers(3, 10, 2)
        heights[i : i + depth, j : j + width] = heights[i, j] + random.uniform(8, 60)
    positions = np.stack([side * (east - 0.5), heights, side * (south - 0.5)], axis=-1).reshape(-1, 3)
    index = np.arange((CELLS + 1) ** 2).reshape(CELLS + 1, CELLS + 1)
    a, b, c, d = index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]
    faces = np.concatenate([np.stack([a, d, b], axis=-1), np.stack([b, d, c], axis=-1)]).reshape(-1, 3)
    cos, sin = np.cos(np.radians(lean_deg)), np.sin(np.radians(lean_deg))
    turn = np.array([[1, 0, 0], [0, cos, -sin], [0, sin, cos]])
    return Mesh((positions @ turn.T).astype(np.float32), faces.astype(np.int32))


def blocks(side: float = 1000.0) -> Mesh:
    """Return the houses of a tile without its ground, each closed, z up: a city model of level of detail 1."""
    random = np.random.default_rng(2)
    box = trimesh.creation.box((1, 1, 1))
    positions: list[DoubleArray] = []
    faces: list[NDArray[np.int64]] = []
    for x in np.arange(0, side, 50):
        for y in np.arange(0, side, 50):
            height = float(random.uniform(6, 60))
            faces.append(np.asarray(box.faces) + 8 * len(positions))
            positions.append((box.vertices + np.array([0, 0, 0.5])) * np.array([30, 30, height]) + np.array([x, y, 0]))
    return Mesh(np.concatenate(positions).astype(np.float32), np.concatenate(faces).astype(np.int32))


def write_pieces(folder: Path, suffix: str) -> Path:
    """Write a city tile of 120 m as six pieces with the names of places, three along x and two along z."""
    folder.mkdir(parents=True)
    whole = city(120.0)
    middles = whole.positions[whole.faces].mean(axis=1)
    column = np.clip((middles[:, 0] + 60) // 40, 0, 2)
    row = (middles[:, 2] > 0).astype(int)
    for number, name in enumerate(NAMES):
        faces = whole.faces[(column == number % 3) & (row == number // 3)]
        piece = trimesh.Trimesh(whole.positions, faces, process=False)
        piece.remove_unreferenced_vertices()
        piece.export(folder / f"{name}{suffix}")
    return folder
