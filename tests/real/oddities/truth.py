"""The scan that all oddities are made from: what its surface is, and how it is coloured."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import trimesh
from numpy.typing import NDArray
from PIL import Image

from carreau.geometry.render.raycasting import Scene

TEXTURE_PX = 1024
PATCH_M, PATCH_POINTS = 0.004, 60
"""Radius of the patch around a named point, and the places whose colours are averaged: a texel of a preview is 2 mm."""

DIRECTIONS = {
    "top": (0, 1, 0),
    "front": (0, 0, 1),
    "back": (0, 0, -1),
    "left": (-1, 0, 0),
    "right": (1, 0, 0),
}  # fmt: skip
"""Where each named point is: on the surface, seen from outside towards the middle; the base is not in the light."""


@dataclass(frozen=True, eq=False)
class Truth:
    """A surface in metres, Y up, with one texture.

    positions : (n, 3) float64
    faces : (m, 3) int64, counter-clockwise seen from outside
    texcoords : (n, 2) float64, v up, in 0..1
    texture : (h, w, 3) uint8 sRGB
    """

    positions: NDArray[np.float64]
    faces: NDArray[np.int64]
    texcoords: NDArray[np.float64]
    texture: NDArray[np.uint8]

    @property
    def size_m(self) -> NDArray[np.float64]:
        """Return the three sides of its box."""
        sides: NDArray[np.float64] = np.ptp(self.positions[self.faces.ravel()], axis=0)
        return sides

    @cached_property
    def patches(self) -> dict[str, NDArray[np.float64]]:
        """Return (k, 3) places on the surface around each named point."""
        scene = Scene(self.positions.astype(np.float32), self.faces.astype(np.int32))
        middle = self.positions.mean(axis=0)
        around = np.random.default_rng(1).normal(size=(PATCH_POINTS, 3))
        around *= PATCH_M / np.linalg.norm(around, axis=1, keepdims=True)
        places = {}
        for name, direction in DIRECTIONS.items():
            rays = np.concatenate([middle + np.array(direction), -np.array(direction, float)])[None].astype(np.float32)
            at = rays[0, :3] + rays[0, 3:] * scene.cast(rays).distances[0]
            hits = scene.closest((at + around).astype(np.float32))
            first, second = hits.barycentrics.T.astype(np.float64)
            weights = np.stack([1 - first - second, first, second], axis=1)
            places[name] = np.einsum("kc,kcd->kd", weights, self.positions[self.faces[hits.faces]])
        return places

    def colors(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the (3,) mean colour of the surface nearest to (k, 3) places, 0..255, from its nearest texels."""
        scene = Scene(self.positions.astype(np.float32), self.faces.astype(np.int32))
        hits = scene.closest(places.astype(np.float32))
        first, second = hits.barycentrics.T.astype(np.float64)
        weights = np.stack([1 - first - second, first, second], axis=1)
        texcoords = np.einsum("kc,kcd->kd", weights, self.texcoords[self.faces[hits.faces]])
        mean: NDArray[np.float64] = self.texels(texcoords).mean(axis=0)
        return mean

    def texels(self, texcoords: NDArray[np.float64]) -> NDArray[np.uint8]:
        """Return (k, 3) nearest texels at (k, 2) texture coordinates."""
        height, width = self.texture.shape[:2]
        columns = np.clip((texcoords[:, 0] * width).astype(int), 0, width - 1)
        rows = np.clip(((1 - texcoords[:, 1]) * height).astype(int), 0, height - 1)
        texels: NDArray[np.uint8] = self.texture[rows, columns]
        return texels

    def moved(self, matrix: NDArray[np.float64]) -> Truth:
        """Return the surface in other coordinates; matrix is a (4, 4) that takes a place there."""
        return replace(self, positions=self.positions @ matrix[:3, :3].T + matrix[:3, 3])


def column(scans: Path) -> Truth:
    """Return a fragment of a column (Three D Scans), with its own shading tinted by code, for it has no colours.

    13,980 triangles: a phone's level keeps them all, and a preview does not.
    """
    scene = trimesh.load_scene(scans / "column_obj" / "column03.obj", process=False, maintain_order=True)
    mesh = scene.to_mesh()
    shading = mesh.visual.material.image.convert("L").resize((TEXTURE_PX, TEXTURE_PX), Image.Resampling.BOX)
    y, x = np.mgrid[0:TEXTURE_PX, 0:TEXTURE_PX] / TEXTURE_PX
    tint = np.stack(
        [0.55 + 0.4 * np.sin(5 * x + 1), 0.55 + 0.4 * np.sin(4 * y), 0.55 + 0.4 * np.cos(6 * x - 3 * y)], -1
    )
    texture = np.rint((96 + 0.6 * np.asarray(shading, float)[..., None]) * tint).clip(0, 255).astype(np.uint8)
    texcoords = np.clip(np.asarray(mesh.visual.uv, float), 0.0, 1.0)
    return Truth(np.asarray(mesh.vertices, float), np.asarray(mesh.faces), texcoords, texture)
