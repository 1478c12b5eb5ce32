"""Texture baking: the colours of a scan on the atlas of a level."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from carreau.base.model import ByteArray, Cloud, FloatArray, LevelMesh, Mesh, Skin
from carreau.base.process import bands, in_threads
from carreau.formats.images.basis import Codec, encode_basis
from carreau.geometry.clouds.cloud_parts import merged_points, point_colors
from carreau.geometry.clouds.neighbors import SPACING_RANK, neighbors_of
from carreau.geometry.clouds.point_normals import point_normals
from carreau.geometry.clouds.point_paint import PointPaint
from carreau.geometry.render.image_resampling import box_means, filled, sharpened
from carreau.geometry.render.raycasting import Scene, hits_at, scene_of
from carreau.geometry.render.sampling import (
    LruCache,
    array_key,
    interpolate_corners,
    interpolate_directions,
    surface_colors,
)
from carreau.geometry.uv.rasterize import Texels, texels_of

REACH_PX = 1.5
CONSTANT_PX = 4
STRIP_ROWS, STRIP_EVERY = 32, 8
BAND_ROWS = 128


@dataclass(frozen=True)
class BakeOptions:
    """How an atlas is painted.

    texture_px : edge of the atlas, in texels
    samples : rays a texel along each edge, 1 (its centre) to 4
    """

    texture_px: int
    samples: int = 1


def bake(scan: Mesh, level: LevelMesh, options: BakeOptions) -> Skin:
    """Return the level's skin: each texel as the scan looks where a ray along the level's normal meets it.

    Raises ValueError for a level without texture coordinates, or a scan without a face.
    """
    if level.texcoords is None or not len(scan.faces):
        raise ValueError("a level is baked over its texture coordinates, from a scan that has faces")
    edge = options.texture_px
    if _is_plain(scan):
        color = surface_colors(scan, np.zeros(1, np.int32), np.zeros((1, 2), np.float32))
        return Skin(_rounded(np.broadcast_to(color, (min(edge, CONSTANT_PX), min(edge, CONSTANT_PX), 3))))
    scene = scene_of(scan.positions, scan.faces)
    centres = texels_of(level.texcoords, level.faces, edge, REACH_PX)
    is_drawn = _known(centres)
    if options.samples <= 1:
        base = _image(centres, colors_at(scan, scene, level, centres))
    else:
        fine = texels_of(level.texcoords, level.faces, edge * options.samples, 0.0)
        base = _resampled(scan, scene, level, centres, fine)
    return Skin(_shrunk(_rounded(filled(base, is_drawn))))


def weigh(scan: Mesh, level: LevelMesh, options: BakeOptions) -> float:
    """Return about how many bytes a texel of the level's skin will take as UASTC, its mipmaps included.

    One row in eight is painted and encoded: a statue at 3200² comes out within a few percent in a sixth of the time.

    Raises ToolError when the encoder is missing or fails.
    """
    if level.texcoords is None or _is_plain(scan):
        return 0.0
    edge = options.texture_px
    strips = [slice(top, min(top + STRIP_ROWS, edge)) for top in range(0, edge, STRIP_EVERY * STRIP_ROWS)]
    texels = texels_of(level.texcoords, level.faces, edge, REACH_PX, strips)
    row, column = np.divmod(texels.places, edge)
    row = row // (STRIP_EVERY * STRIP_ROWS) * STRIP_ROWS + row % STRIP_ROWS
    count = sum(strip.stop - strip.start for strip in strips)
    image, is_drawn = np.zeros((count, edge, 3), np.float32), np.zeros((count, edge), np.bool_)
    image[row, column] = colors_at(scan, scene_of(scan.positions, scan.faces), level, texels)
    is_drawn[row, column] = True
    return len(encode_basis(_rounded(filled(image, is_drawn)), Codec.UASTC)) / is_drawn.size


def colors_at(scan: Mesh, scene: Scene, level: LevelMesh, texels: Texels) -> FloatArray:
    """Return (k, 3) float32 sRGB 0..255 of the scan where the texels stand."""
    hits = hits_at(scene, level, texels)
    return surface_colors(scan, hits.faces, hits.barycentrics)


def _resampled(scan: Mesh, scene: Scene, level: LevelMesh, centres: Texels, fine: Texels) -> FloatArray:
    """Return the texels (h, w, 3) that show the finer ones best; those that hold none show their own centre.

    Both are looked up together, so that each of the scan's textures is decoded once.
    """
    edge = centres.edge_px
    xy = fine.centres(edge)
    beside = centres.chosen(_is_empty(centres, xy))
    both = Texels(
        np.zeros(0, np.int32),
        np.concatenate([beside.faces, fine.faces]),
        np.concatenate([beside.barycentrics, fine.barycentrics]),
        edge,
    )
    colors = colors_at(scan, scene, level, both)
    count = len(beside.faces)
    base = box_means(_image(beside, colors[:count]), xy, colors[count:])
    return sharpened(base, xy, colors[count:])


def _is_empty(centres: Texels, xy: FloatArray) -> NDArray[np.bool_]:
    """Tell in which texels' squares none of xy (k, 2) lies."""
    is_sampled = np.zeros(centres.edge_px**2, np.bool_)
    is_sampled[xy[:, 1].astype(np.int32) * centres.edge_px + xy[:, 0].astype(np.int32)] = True
    return np.asarray(~is_sampled[centres.places])


def _is_plain(scan: Mesh) -> bool:
    """Tell whether every place on a scan has the same colour, with no need to look: 3 s of rays at 2048² else."""
    materials = [scan.materials[index] for index in np.flatnonzero(np.bincount(scan.face_materials))]
    same = len({material.base_color for material in materials}) == 1
    return same and scan.colors is None and all(material.base is None for material in materials)


def _image(texels: Texels, colors: FloatArray) -> FloatArray:
    image = np.zeros((texels.edge_px**2, 3), np.float32)
    image[texels.places] = colors
    return image.reshape(texels.edge_px, texels.edge_px, 3)


def _known(texels: Texels) -> NDArray[np.bool_]:
    is_drawn = np.zeros(texels.edge_px**2, np.bool_)
    is_drawn[texels.places] = True
    return is_drawn.reshape(texels.edge_px, texels.edge_px)


def _rounded(image: FloatArray) -> ByteArray:
    out = np.empty(image.shape, np.uint8)

    def round_rows(rows: slice) -> None:
        out[rows] = np.clip(np.rint(image[rows]), 0, 255)

    in_threads(round_rows, bands(len(image), BAND_ROWS))
    return out


def _shrunk(image: ByteArray) -> ByteArray:
    """Return a handful of texels for an image of one colour: a scan without any costs no memory."""
    is_constant = (image[0] == image[0, 0]).all() and (image == image[0, 0]).all()
    return image[:CONSTANT_PX, :CONSTANT_PX].copy() if is_constant else image


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
