"""Texture baking from point clouds: each texel gets the colours of the nearest points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from carreau.base.model import Cloud, FloatArray, LevelMesh, Skin
from carreau.geometry.clouds.cloud_parts import merged_points, point_colors
from carreau.geometry.clouds.neighbors import SPACING_RANK, neighbors_of
from carreau.geometry.clouds.point_normals import point_normals
from carreau.geometry.clouds.point_paint import PointPaint
from carreau.geometry.render.image_resampling import filled
from carreau.geometry.render.lru import LruCache, array_key
from carreau.geometry.render.sampling import interpolate_corners, interpolate_directions
from carreau.geometry.uv.rasterize import Texels, texels_of

REACH_PX = 1.5
BAND = 1 << 20
"""Texels painted at once: bounds what their neighbours take."""

HELD_BYTES, BYTES_A_POINT, SHARE = 256_000_000, 64, 1 / 32
"""Of points in their grid, which are held for the next level, and the share of the run's memory that they take."""


@dataclass(frozen=True)
class BakeCloudOptions:
    """How an atlas is painted.

    texture_px : edge of the atlas, in texels
    """

    texture_px: int


def bake_cloud(cloud: Cloud, level: LevelMesh, options: BakeCloudOptions) -> Skin:
    """Return the level's skin: each texel as the points around its centre are, by distance and by their normals.

    cloud : in the level's coordinates, with normals on the outer side where the two sides of a wall are to differ
    Raises ValueError for a level without texture coordinates, or a cloud without a point.
    """
    if level.texcoords is None or not len(cloud.positions):
        raise ValueError("a level is painted over its texture coordinates, from a cloud that has points")
    edge = options.texture_px
    texels = texels_of(level.texcoords, level.faces, edge, REACH_PX)
    image, is_drawn = np.zeros((edge * edge, 3), np.float32), np.zeros(edge * edge, np.bool_)
    image[texels.places], is_drawn[texels.places] = _colors(_paint(cloud), level, texels), True
    colors = filled(image.reshape(edge, edge, 3), is_drawn.reshape(edge, edge))
    return Skin(np.clip(np.rint(colors), 0, 255).astype(np.uint8))


def _paint(cloud: Cloud) -> PointPaint:
    """Return what paints from a cloud; not worked out again when a stage asked for the same points a moment ago."""
    own = (cloud.positions, cloud.colors, cloud.intensity, cloud.normals)
    key = tuple(None if values is None else array_key(values) for values in own)
    return _PAINTS.get(key, BYTES_A_POINT * len(cloud.positions), lambda: _made(cloud))


_PAINTS: LruCache[PointPaint] = LruCache(HELD_BYTES, 1, SHARE)


def _made(cloud: Cloud) -> PointPaint:
    cloud = merged_points(cloud)
    around = neighbors_of(cloud.positions, SPACING_RANK)
    normals = cloud.normals if cloud.normals is not None else point_normals(cloud.positions, around.indices)
    return PointPaint(cloud.positions, normals, around.even_spacing, point_colors(cloud))


def _colors(paint: PointPaint, level: LevelMesh, texels: Texels) -> FloatArray:
    corners, normals = level.positions[level.faces], level.normals[level.faces]
    colors = np.empty((len(texels.faces), 3), np.float32)
    for start in range(0, len(colors), BAND):
        band = slice(start, start + BAND)
        faces, weights = texels.faces[band], texels.barycentrics[band]
        places = interpolate_corners(corners, faces, weights)
        colors[band] = paint.at(places, interpolate_directions(normals, faces, weights))
    return colors
