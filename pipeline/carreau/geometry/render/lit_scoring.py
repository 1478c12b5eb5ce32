"""What each texture of a level adds to its pictures under light: square errors of one in another form, or left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from carreau.base.model import ByteArray, FloatArray, LevelMesh, Mesh, Wrap
from carreau.geometry.mesh_parts import bounding_sphere
from carreau.geometry.render.camera import fibonacci_views
from carreau.geometry.render.image_metrics import psnr_db, square_error
from carreau.geometry.render.normal_map import decode_normals, level_frames
from carreau.geometry.render.reflectance import MOST_SPREAD
from carreau.geometry.render.sampling import (
    WRAPS,
    bilinear,
    interpolate_corners,
    interpolate_directions,
    to_linear,
    to_srgb,
)
from carreau.geometry.render.shading import LEAST_ROUGHNESS, Surface, light_views
from carreau.geometry.render.views import Views, bounds_corners, join_sights, look, picture

VIEWS, SIZE_PX, SUPERSAMPLING = 4, 512, 2
"""Half of the views of the published figure, at its size."""

BASE, NORMAL, OCCLUSION, SURFACE, EMISSIVE = "base", "normal", "occlusion", "surface", "emissive"
"""Names of textures; that of the surface has occlusion, roughness and metal in red, green and blue."""


class LitScorer:
    """A level seen from some cameras, to be lit with one texture after the other."""

    def __init__(self, level: LevelMesh, textures: Mapping[str, ByteArray]) -> None:
        """Look at the level with its textures (h, w, 3), of occlusion (h, w). Raises ValueError without coordinates."""
        if level.texcoords is None:
            raise ValueError("textures are weighed over a level's texture coordinates, and this one has none")
        self._frames = level_frames(level)
        mesh = Mesh(level.positions, level.faces)
        self._cameras = fibonacci_views(*bounding_sphere(mesh), VIEWS, SIZE_PX * SUPERSAMPLING)
        corners = bounds_corners(level.positions)
        self._sights = [look(level.positions, level.faces, each, corners, SUPERSAMPLING) for each in self._cameras]
        whole = join_sights(self._sights)
        self._places = whole.faces, whole.barycentrics
        self._uvs = interpolate_corners(level.texcoords[level.faces], *self._places)
        count = len(whole.faces)
        plain = interpolate_directions(level.normals[level.faces], *self._places)
        self._smooth = np.asarray(plain, np.float32)
        self._surface = Surface(
            interpolate_corners(level.positions[level.faces], *self._places),
            self._smooth,
            np.ones((count, 3), np.float32),
            np.zeros((count, 1), np.float32),
            np.ones((count, 1), np.float32),
            np.ones((count, 1), np.float32),
            np.zeros((count, 3), np.float32),
        )
        for name, values in textures.items():
            self._surface = replace(self._surface, **self._changes(name, values))
        self._lit, self._unlit = self._light(self._surface), self._paint(self._surface)

    def square_error(self, name: str, values: ByteArray | None) -> float:
        """Return how far pictures move, as `image_metrics.square_error` has it, with other values; None for no texture.

        Those of a base colour count under light and without, as viewers show scans either way and both are measured.

        values : of the shape that the texture has, or of another size
        """
        surface = replace(self._surface, **self._changes(name, values))
        error = square_error(psnr_db(self._lit, self._light(surface)))
        if name == BASE:
            error += square_error(psnr_db(self._unlit, self._paint(surface)))
        return error

    def _light(self, surface: Surface) -> Views:
        return light_views(surface, self._cameras, self._sights, SUPERSAMPLING)

    def _paint(self, surface: Surface) -> Views:
        """Return the colours alone."""
        ends = np.cumsum([len(sight.faces) for sight in self._sights])[:-1]
        parts = zip(self._cameras, self._sights, np.split(to_srgb(surface.color), ends), strict=True)
        pictures = [picture(camera, sight, colors, SUPERSAMPLING) for camera, sight, colors in parts]
        return Views(np.stack([color for color, _ in pictures]), np.stack([mask for _, mask in pictures]))

    def _changes(self, name: str, values: ByteArray | None) -> dict[str, Any]:
        """Return the fields of `Surface` that a texture sets."""
        if values is None:
            return self._without(name)
        texels = self._read(values)
        if name == BASE:
            return {"color": to_linear(texels)}
        if name == NORMAL:
            return {"normals": self._frames.outwards(*self._places, decode_normals(texels))}
        if name == EMISSIVE:
            return {"emission": to_linear(texels)}
        texels /= np.float32(255)
        if name == OCCLUSION:
            return {"openness": texels[:, :1]}
        rough = np.maximum(texels[:, 1:2], LEAST_ROUGHNESS)
        return {"openness": texels[:, :1], "roughness": rough, "metallic": texels[:, 2:3]}

    def _without(self, name: str) -> dict[str, Any]:
        own, one = self._surface, np.ones((len(self._uvs), 1), np.float32)
        if name == BASE:
            return {"color": np.broadcast_to(own.color.mean(axis=0), own.color.shape)}
        if name == NORMAL:
            return {"normals": self._smooth}
        if name == EMISSIVE:
            return {"emission": np.zeros_like(own.emission)}
        if name == OCCLUSION:
            return {"openness": one}
        # As `surface_factors` has it: averages where they are fair, and else nothing of it.
        is_even = max(float(own.metallic.std()), float(own.roughness.std())) <= MOST_SPREAD
        metallic, roughness = (own.metallic.mean(), own.roughness.mean()) if is_even else (0.0, 1.0)
        return {"openness": one, "metallic": np.float32(metallic) * one, "roughness": np.float32(roughness) * one}

    def _read(self, values: ByteArray) -> FloatArray:
        image = np.ascontiguousarray(values if values.ndim == 3 else values[:, :, None])
        texels = np.empty((len(self._uvs), image.shape[2]), np.float32)
        bilinear(image, self._uvs, WRAPS[Wrap.CLAMP], WRAPS[Wrap.CLAMP], texels)
        return texels
