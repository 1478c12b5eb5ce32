"""Texture baking: the colours of a scan on the atlas of a level."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from carreau.base.model import ByteArray, FloatArray, IntArray, LevelMesh, Mesh, Skin
from carreau.formats.images.basis import Codec, encode_basis
from carreau.geometry.render.correspondence import hits_at
from carreau.geometry.render.image_resampling import box_means, filled, sharpened
from carreau.geometry.render.raycasting import Scene, scene_of
from carreau.geometry.render.sampling import interpolate_corners, interpolate_directions, surface_colors
from carreau.geometry.threads import bands, in_threads
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


def surface_at(level: LevelMesh, faces: IntArray, barycentrics: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return points and unit normals (k, 3) float32 at places on a level."""
    points = interpolate_corners(level.positions[level.faces], faces, barycentrics)
    return points, interpolate_directions(level.normals[level.faces], faces, barycentrics)


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
