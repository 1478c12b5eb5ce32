"""Bits of a level's vertices: those that measuring asks for, against the bytes that they take from its textures."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, replace

import numpy as np

from carreau.base.model import EncodedImage, FloatArray, LevelMesh, Mesh, Skin
from carreau.formats.images.image import decoded
from carreau.formats.images.quality_search import Trial
from carreau.formats.writers.glb import FLOAT_BITS, Precision, quantised
from carreau.geometry.render.image_metrics import square_error
from carreau.geometry.render.scoring import ReferenceViews, Scorer, create_scorer, read_level

TRIED_BITS, LEFT_BY_A_BIT = 13, 0.35
"""Bits at which quantising is measured, and the share of its square error that each further bit leaves: a quarter of
what moves inside a picture, a half of what moves along outlines; 0.32 on a statue, 0.38 on a skull."""

POSITION_BITS, TEXCOORD_BITS = range(14, 17), range(12, 17)

POSITION_BYTES, TEXCOORD_BYTES = 0.36, 0.25
"""Of one more bit of all three or both coordinates of a vertex, after Brotli; measured on a statue of 52,000."""

CODEC_POWER = {"webp": 2.0, "avif": 1.3}
"""Twice the bytes of a WebP leave a quarter of its square error: 528 kB to 1 MB of a statue, 62 to 17 millionths. Of an
AVIF they leave 0.4 of it: 171 to 443 kB, 143 to 45 millionths."""

SATURATED = {"webp": 2.2, "avif": 4.0}
"""Bytes from which on an image gets no better, in those at the trial quality."""

LEAST_TEXTURE_SHARE = 0.1
"""Least share of the bytes for textures that bits may leave."""


@dataclass(frozen=True)
class RoundingNoise:
    """What quantising takes from a level: square errors against its scan, as `square_error` gives them.

    own : with its vertices as they are
    by_position, by_texcoord : what `TRIED_BITS` of one and 16 of the other add
    vertices : how many the level has
    """

    own: float
    by_position: float
    by_texcoord: float
    vertices: int


def measure_rounding(seen: ReferenceViews, level: LevelMesh, skin: Skin) -> RoundingNoise:
    """Measure what quantising takes from a level, against the scan.

    Against the level as it is, quantising a simplified statue shows six times as much, for its texture is not in place
    to a fraction of a pixel anyway.
    """
    own = square_error(create_scorer(level, seen).psnr_db(skin.base))

    def added(precision: Precision) -> float:
        rounded = Scorer(quantised(level, precision), seen)
        return max(square_error(rounded.psnr_db(skin.base)) - own, 0.0)

    return RoundingNoise(
        own,
        added(Precision(position_bits=TRIED_BITS, texcoord_bits=16)),
        added(Precision(position_bits=16, texcoord_bits=TRIED_BITS)),
        len(level.positions),
    )


def choose_precision(noise: RoundingNoise, trial: Trial, texture_bytes: int, is_lossy: bool) -> Precision:
    """Return the bits with which quantising and encoding together lose least.

    trial : of the level's base colour, which was looked at
    texture_bytes : that are left for textures with `TRIED_BITS` for every coordinate
    is_lossy : whether these follow the quality of an image; else more bits are taken to cost nothing that shows
    """
    by_codec = max(square_error(trial.psnr_db) - noise.own, 0.0)
    saturated = SATURATED[trial.codec] * trial.size

    def loss(bits: tuple[int, int]) -> tuple[float, int]:
        position_bits, texcoord_bits = bits
        finer, closer = position_bits - TRIED_BITS, texcoord_bits - TRIED_BITS
        more = finer * POSITION_BYTES + closer * TEXCOORD_BYTES
        left = max(texture_bytes - more * noise.vertices, LEAST_TEXTURE_SHARE * texture_bytes)
        left = max(min(left, saturated), 1.0)
        encoding = by_codec * (trial.size / left) ** CODEC_POWER[trial.codec] if is_lossy else 0.0
        rounding = noise.by_position * LEFT_BY_A_BIT**finer + noise.by_texcoord * LEFT_BY_A_BIT**closer
        return rounding + encoding, -sum(bits) if left >= saturated else sum(bits)

    position_bits, texcoord_bits = min(itertools.product(POSITION_BITS, TEXCOORD_BITS), key=loss)
    return replace(Precision(), position_bits=position_bits, texcoord_bits=texcoord_bits)


def score_quantised(seen: ReferenceViews, level: LevelMesh, image: EncodedImage, precision: Precision) -> float:
    """Return how like the scan a level looks in dB, with its vertices quantised and its base colour encoded."""
    rounded = level if precision.position_bits >= FLOAT_BITS else quantised(level, precision)
    return Scorer(rounded, seen).psnr_db(decoded(image))


@dataclass(frozen=True)
class FileCounts:
    """What a level's file holds.

    triangles : as they are drawn
    vertices : as they are stored
    texture_px : longest edge of any texture, 0 without one
    texel_m : see `texel_edge`
    """

    triangles: int
    vertices: int
    texture_px: int
    texel_m: float


def read_back(glb: bytes) -> FileCounts:
    """Decode a level's file and count what it holds.

    Raises FormatError or TextureError for a file that cannot be decoded.
    """
    mesh = read_level(glb)
    slots = [slot for material in mesh.materials for slot in material.slots.values()]
    edges = [max(slot.texture.width, slot.texture.height) for slot in slots]
    document = json.loads(glb[20 : 20 + int.from_bytes(glb[12:16], "little")])
    vertices = sum(
        document["accessors"][primitive["attributes"]["POSITION"]]["count"]
        for part in document["meshes"]
        for primitive in part["primitives"]
    )
    return FileCounts(len(mesh.faces), vertices, max(edges, default=0), texel_edge(mesh))


def texel_edge(mesh: Mesh) -> float:
    """Return the edge of a texel of the base colour on the surface, in metres; 0 without a texture.

    It is the median: half of the textured surface has finer texels, half of it coarser ones.
    """
    corners = mesh.positions[mesh.faces].astype(float)
    areas = _areas(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    texels = np.zeros(len(mesh.faces))
    for number, material in enumerate(mesh.materials):
        if material.base is None:
            continue
        own, size = mesh.face_materials == number, (material.base.texture.width, material.base.texture.height)
        places = mesh.texcoords[material.base.texcoord_set][own].astype(float) * size
        texels[own] = _areas(places[:, 1] - places[:, 0], places[:, 2] - places[:, 0])
    # Triangles without a place in the texture show nothing of it, and slivers tell nothing.
    known = np.isfinite(texels) & (texels > 0) & (areas > 0)
    if not known.any():
        return 0.0
    edges = np.sqrt(areas[known] / texels[known])
    order = np.argsort(edges)
    covered = np.cumsum(areas[known][order])
    return round(float(edges[order][np.searchsorted(covered, covered[-1] / 2)]), 6)


def _areas(one: FloatArray, other: FloatArray) -> FloatArray:
    """Return the areas of triangles from two of their edges, (n, 2) or (n, 3)."""
    squares = (one**2).sum(axis=1) * (other**2).sum(axis=1) - (one * other).sum(axis=1) ** 2
    areas: FloatArray = np.sqrt(np.maximum(squares, 0)) / 2
    return areas
