"""Texture baking: the colours of a scan on the atlas of a level, and maps of how it reflects and emits light."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from carreau.base.errors import OptionError
from carreau.base.messages import Message, Number, message
from carreau.base.model import LEVEL_CUTOFF, ByteArray, Cloud, FloatArray, LevelMesh, Mesh, Skin
from carreau.base.process import bands, in_threads
from carreau.formats.images.coverage import coverage_scale
from carreau.formats.images.image import Codec, encode_basis
from carreau.geometry.clouds.point_attributes import PointPaint, point_normals
from carreau.geometry.clouds.points import SPACING_RANK, find_neighbors, merged_points, point_colors
from carreau.geometry.render.image_resampling import box_means, fill_texels, sharpen
from carreau.geometry.render.lru import LruCache, array_key
from carreau.geometry.render.normal_map import draw_normals
from carreau.geometry.render.opacity import has_holes, is_blended, surface_opacity
from carreau.geometry.render.raycasting import Scene, build_scene, hits_at
from carreau.geometry.render.reflectance import carried_emission, carried_metallic_roughness, carried_occlusion
from carreau.geometry.render.sampling import (
    CLEAR,
    interpolate_corners,
    interpolate_directions,
    surface_colors,
)
from carreau.geometry.render.shading import cast_occlusion
from carreau.geometry.triangles import texcoord_areas
from carreau.geometry.uv.layout import Texels, find_texels

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
        return Skin(_round(np.broadcast_to(color, (min(edge, CONSTANT_PX), min(edge, CONSTANT_PX), 3))))
    scene = build_scene(scan.positions, scan.faces)
    # Texels and those just beside the charts, which a bilinear filter reads; all others are filled from them.
    centres = find_texels(level.texcoords, level.faces, edge, REACH_PX)
    if has_holes(scan):
        fine = find_texels(level.texcoords, level.faces, edge * max(options.samples, 1), 0.0)
        cut = _cut_out(scan, scene, level, centres, fine)
        if cut is not None:
            return Skin(cut)
    is_drawn = _find_known(centres)
    if options.samples <= 1:
        base = _image(centres, colors_at(scan, scene, level, centres))
    else:
        fine = find_texels(level.texcoords, level.faces, edge * options.samples, 0.0)
        base = _resample(scan, scene, level, centres, fine)
    return Skin(_shrunk(_round(fill_texels(base, is_drawn))))


def weigh(scan: Mesh, level: LevelMesh, options: BakeOptions) -> float:
    """Return about how many bytes a texel of the level's skin will take as UASTC, its mipmaps included.

    One row in eight is painted and encoded: a statue at 3200² comes out within a few percent in a sixth of the time.

    Raises ToolError when the encoder is missing or fails.
    """
    if level.texcoords is None or _is_plain(scan):
        return 0.0
    edge = options.texture_px
    strips = [slice(top, min(top + STRIP_ROWS, edge)) for top in range(0, edge, STRIP_EVERY * STRIP_ROWS)]
    texels = find_texels(level.texcoords, level.faces, edge, REACH_PX, strips)
    row, column = np.divmod(texels.places, edge)
    # Strips are put beneath each other, whole blocks of the codec in each.
    row = row // (STRIP_EVERY * STRIP_ROWS) * STRIP_ROWS + row % STRIP_ROWS
    count = sum(strip.stop - strip.start for strip in strips)
    image, is_drawn = np.zeros((count, edge, 3), np.float32), np.zeros((count, edge), np.bool_)
    image[row, column] = colors_at(scan, build_scene(scan.positions, scan.faces), level, texels)
    is_drawn[row, column] = True
    return len(encode_basis(_round(fill_texels(image, is_drawn)), Codec.UASTC)) / is_drawn.size


def colors_at(scan: Mesh, scene: Scene, level: LevelMesh, texels: Texels) -> FloatArray:
    """Return (k, 3) float32 sRGB 0..255 of the scan where the texels stand."""
    hits = hits_at(scene, level, texels)
    return surface_colors(scan, hits.faces, hits.barycentrics)


def _resample(scan: Mesh, scene: Scene, level: LevelMesh, centres: Texels, fine: Texels) -> FloatArray:
    """Return the texels (h, w, 3) that show the finer ones best; those that hold none show their own centre.

    Both are looked up together, so that each of the scan's textures is decoded once.
    """
    edge = centres.edge_px
    xy = fine.centres(edge)
    # Texels that no finer place fell into, along the rims, start from their own centre; all others from their mean.
    beside = centres.choose(_is_empty(centres, xy))
    both = Texels(
        np.zeros(0, np.int32),
        np.concatenate([beside.faces, fine.faces]),
        np.concatenate([beside.barycentrics, fine.barycentrics]),
        edge,
    )
    colors = colors_at(scan, scene, level, both)
    count = len(beside.faces)
    base = box_means(_image(beside, colors[:count]), xy, colors[count:])
    return sharpen(base, xy, colors[count:])


def _cut_out(scan: Mesh, scene: Scene, level: LevelMesh, centres: Texels, fine: Texels) -> ByteArray | None:
    """Return the texels (h, w, 4) of a level with holes, or None where its part of the scan is opaque everywhere.

    Colours are those of what is there alone, or the colour under a hole would bleed into its border.
    """
    xy, is_drawn = fine.centres(centres.edge_px), _find_known(centres)
    around, within = (hits_at(scene, level, texels) for texels in (centres, fine))
    own, samples = (surface_opacity(scan, hits.faces, hits.barycentrics) for hits in (around, within))
    if min(own.min(initial=1), samples.min(initial=1)) > 1 - 0.5 / 255:
        return None
    least = CLEAR if is_blended(scan) else LEVEL_CUTOFF
    is_there, is_sampled = own >= least, samples >= least
    colors = [surface_colors(scan, hits.faces, hits.barycentrics) for hits in (around, within)]
    is_known = _find_known(centres.choose(is_there))
    is_known[xy[is_sampled, 1].astype(np.int32), xy[is_sampled, 0].astype(np.int32)] = True
    base = box_means(_image(centres, colors[0]), xy[is_sampled], colors[1][is_sampled])
    if is_known.any():
        base = sharpen(fill_texels(base, is_known), xy[is_sampled], colors[1][is_sampled])
    # The opacity of a texel is the mean of its square: 1 inside, 0 in a hole, and half where a border halves it.
    spread = _image(centres, np.repeat(own[:, None], 3, axis=1))
    alpha = box_means(spread, xy, np.repeat(samples[:, None], 3, axis=1))[..., :1]
    if not is_blended(scan):
        alpha *= coverage_scale(alpha[is_drawn], float((samples >= LEVEL_CUTOFF).mean()) if len(samples) else 1.0)
    filled = fill_texels(np.clip(alpha * np.float32(255), 0, 255), is_drawn)
    return _round(np.concatenate([base, filled], axis=2))


def _is_empty(centres: Texels, xy: FloatArray) -> NDArray[np.bool_]:
    """Return which texels have none of the places xy (k, 2) in their square."""
    is_sampled = np.zeros(centres.edge_px**2, np.bool_)
    is_sampled[xy[:, 1].astype(np.int32) * centres.edge_px + xy[:, 0].astype(np.int32)] = True
    return np.asarray(~is_sampled[centres.places])


def _is_plain(scan: Mesh) -> bool:
    """Return whether the whole scan has one colour, which saves 3 s of rays at 2048²."""
    materials = [scan.materials[index] for index in np.flatnonzero(np.bincount(scan.face_materials))]
    same = len({material.base_color for material in materials}) == 1 and not has_holes(scan)
    return same and scan.colors is None and all(material.base is None for material in materials)


def _image(texels: Texels, colors: FloatArray) -> FloatArray:
    image = np.zeros((texels.edge_px**2, 3), np.float32)
    image[texels.places] = colors
    return image.reshape(texels.edge_px, texels.edge_px, 3)


def _find_known(texels: Texels) -> NDArray[np.bool_]:
    is_drawn = np.zeros(texels.edge_px**2, np.bool_)
    is_drawn[texels.places] = True
    return is_drawn.reshape(texels.edge_px, texels.edge_px)


def _round(image: FloatArray) -> ByteArray:
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
    texels = find_texels(level.texcoords, level.faces, edge, REACH_PX)
    image, is_drawn = np.zeros((edge * edge, 3), np.float32), np.zeros(edge * edge, np.bool_)
    image[texels.places], is_drawn[texels.places] = _colors(_paint(cloud), level, texels), True
    colors = fill_texels(image.reshape(edge, edge, 3), is_drawn.reshape(edge, edge))
    return Skin(np.clip(np.rint(colors), 0, 255).astype(np.uint8))


def _paint(cloud: Cloud) -> PointPaint:
    """Return the painter of a cloud, which is kept for the next stage that needs the same points."""
    own = (cloud.positions, cloud.colors, cloud.intensity, cloud.normals)
    key = tuple(None if values is None else array_key(values) for values in own)
    return _PAINTS.get(key, BYTES_A_POINT * len(cloud.positions), lambda: _make_paint(cloud))


_PAINTS: LruCache[PointPaint] = LruCache(HELD_BYTES, 1, SHARE)


def _make_paint(cloud: Cloud) -> PointPaint:
    cloud = merged_points(cloud)
    around = find_neighbors(cloud.positions, SPACING_RANK)
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


STEP_PX = 64
FINER = 1.25
"""Texels of a map to one of what it shows, along an edge: the two never line up."""

ALIKE = 0.9
"""Texels of a map, along an edge and to one of what it shows, from which on one ray a texel is enough.

A cranium of 100,000 triangles at 80,000 and 1856²: 0.55° from the scan's normals at 16 places a texel, and 0.37° with
four rays, for 2.1 in place of 8.0 CPU seconds; as the phone level packs it, 2.12° and 2.08°.
"""

MOST_SAMPLES_PX = 4096
"""Samples along an edge: 16 M rays, of which the charts use about two thirds."""


@dataclass(frozen=True)
class NormalMapOptions:
    """How large the maps may be, and when a normal map is worth its bytes.

    normal_px : most texels along an edge, 0 (none) to 8192; a scan that has less to show gets a smaller map
    occlusion_px : most texels along an edge, 0 (none) to 8192
    least_gain : share of the angle to the scan's normals that a normal map must take away; 0.2, 0 to 1
    least_angle_deg : RMS angle below which no normal map is made; 1, 0 to 90
    """

    normal_px: int = 0
    occlusion_px: int = 0
    least_gain: float = 0.2
    least_angle_deg: float = 1.0

    def __post_init__(self) -> None:
        """Refuse edges that no texture has."""
        for name, edge in (("normal_px", self.normal_px), ("occlusion_px", self.occlusion_px)):
            if not 0 <= edge <= 8192:
                raise OptionError(message("%(name)s is %(value)s; use 0 to 8192 texels", name=name, value=str(edge)))


@dataclass(frozen=True, eq=False)
class NormalMapResult:
    """Maps over a level's atlas, and why they are there or not.

    normal : (h, w, 3) uint8 tangent space, +X along u, +Y up the picture, or None
    occlusion : (h, w) uint8, 255 is open, or None
    angle_before_deg : RMS angle over the surface between the scan's normals and the level's own
    angle_after_deg : the same with the map, read from its bytes through a bilinear filter; before where there is none
    reasons : one message each, for the report
    """

    normal: ByteArray | None
    occlusion: ByteArray | None
    angle_before_deg: float
    angle_after_deg: float
    reasons: tuple[Message, ...]


def bake_normal_map(scan: Mesh, level: LevelMesh, options: NormalMapOptions) -> NormalMapResult:
    """Return the maps that are worth having on the level.

    The normal map holds the scan's smooth normals with the scan's own normal maps on top, and is kept only where it
    brings the level clearly nearer to them. Occlusion is the scan's own where it has such a map. It is cast from the
    geometry only where the scan brings no colour at all: photographs hold their own light, and would be darkened twice.
    """
    if level.texcoords is None or not len(level.faces) or not len(scan.faces):
        reason = message("no normal or occlusion map: the level has no UV coordinates")
        return NormalMapResult(None, None, 0.0, 0.0, (reason,))
    scene = build_scene(scan.positions, scan.faces)
    normal, before, after, why_normal = _normal(scan, scene, level, options)
    occlusion, why_occlusion = _occlusion(scan, scene, level, options)
    return NormalMapResult(normal, occlusion, before, after, (why_normal, why_occlusion))


def _normal(
    scan: Mesh, scene: Scene, level: LevelMesh, options: NormalMapOptions
) -> tuple[ByteArray | None, float, float, Message]:
    """Return the map or None, the angles in degrees before and after, and the reason."""
    if options.normal_px <= 0:
        return None, 0.0, 0.0, message("no normal map: no texture memory is left for it")
    fine_px = _detail_px(scan, level)
    # A larger map would show no more than the scan has.
    edge_px = min(options.normal_px, _rounded_edge(FINER * fine_px))
    drawn = draw_normals(scan, scene, level, edge_px, _samples(edge_px, fine_px))
    before, after = float(np.degrees(drawn.before_rad)), float(np.degrees(drawn.after_rad))
    angles = {"before": Number(before, ".1f"), "after": Number(after, ".1f")}
    if before < options.least_angle_deg:
        reason = message("no normal map: without it, normals differ from the scan's by only %(before)s°", **angles)
        return None, before, before, reason
    if after >= (1 - options.least_gain) * before:
        reason = message(
            "no normal map: it would only reduce the difference from the scan's normals from %(before)s° to %(after)s°",
            **angles,
        )
        return None, before, before, reason
    reason = message(
        "normal map of %(size)s²: reduces the difference from the scan's normals from %(before)s° to %(after)s°",
        size=Number(edge_px, "d"),
        **angles,
    )
    return drawn.image, before, after, reason


def _occlusion(
    scan: Mesh, scene: Scene, level: LevelMesh, options: NormalMapOptions
) -> tuple[ByteArray | None, Message]:
    edge_px = options.occlusion_px
    if edge_px <= 0:
        return None, message("no occlusion map: no texture memory is left for it")
    if any(material.occlusion for material in scan.materials):
        samples = 2 if 2 * edge_px <= MOST_SAMPLES_PX else 1
        image = carried_occlusion(scan, scene, level, edge_px, samples)
        reason = message("occlusion map of %(size)s²: resampled from the scan's own", size=Number(edge_px, "d"))
    elif scan.colors is not None or any(material.base for material in scan.materials):
        return None, message("no occlusion map: the scan's colours already contain shading")
    else:
        image = cast_occlusion(scan, scene, level, edge_px)
        reason = message(
            "occlusion map of %(size)s²: computed from the scan's shape, because it has no colour",
            size=Number(edge_px, "d"),
        )
    if image.min() >= 254:
        return None, message("no occlusion map: no part of the surface is occluded")
    return image, reason


def _detail_px(scan: Mesh, level: LevelMesh) -> float:
    """Return the edge of an atlas of the level whose texels are as fine as the scan's triangles and normal maps.

    A texel for each vertex and each edge, where smooth normals bend, is two for each face; with a quarter of that, a
    statue of 595,000 triangles at 80,000 stays 2.4° off in place of 1.3°, and no better at the same bytes.
    """
    places = 2.0 * len(scan.faces)
    for texture in {id(m.normal.texture): m.normal.texture for m in scan.materials if m.normal}.values():
        places = max(
            places, texture.width * texture.height * _measure_cover(scan.texcoords[0] if scan.texcoords else None)
        )
    return float(
        np.sqrt(places / _measure_cover(level.texcoords[level.faces] if level.texcoords is not None else None))
    )


def _measure_cover(texcoords: FloatArray | None) -> float:
    """Return the share of a picture that (m, 3, 2) triangles cover, as far as one can tell without drawing them."""
    if texcoords is None:
        return 1.0
    return float(np.clip(np.nansum(np.abs(texcoord_areas(texcoords))), 0.05, 1.0))


def _rounded_edge(edge_px: float) -> int:
    """Round up to a multiple of the step."""
    return max(int(np.ceil(edge_px / STEP_PX)), 1) * STEP_PX


def _samples(edge_px: int, detail_px: float) -> int:
    """Return rays a texel along an edge: as fine as the scan, at most four; see `ALIKE`."""
    wanted = 1 if edge_px >= ALIKE * detail_px else int(np.clip(np.ceil(detail_px / edge_px), 2, 4))
    return max(1, min(wanted, MOST_SAMPLES_PX // edge_px))


@dataclass(frozen=True)
class SurfaceMapOptions:
    """Sizes of the maps.

    metallic_roughness_px, emissive_px : texels along an edge, 0 (none) to 8192
    """

    metallic_roughness_px: int = 0
    emissive_px: int = 0


@dataclass(frozen=True, eq=False)
class SurfaceMaps:
    """Maps over a level's atlas.

    metallic_roughness : (h, w, 3) uint8, 255, roughness and metallic, or None
    emissive : (h, w, 3) uint8 sRGB, or None
    """

    metallic_roughness: ByteArray | None
    emissive: ByteArray | None


def bake_surface(scan: Mesh, level: LevelMesh, options: SurfaceMapOptions) -> SurfaceMaps:
    """Return the maps of a level: each texel as the scan is where a ray along the level's normal meets it.

    Raises ValueError for a level without texture coordinates.
    """
    scene = build_scene(scan.positions, scan.faces)
    surface, emissive = options.metallic_roughness_px, options.emissive_px
    return SurfaceMaps(
        carried_metallic_roughness(scan, scene, level, surface, _surface_samples(surface)) if surface else None,
        carried_emission(scan, scene, level, emissive, _surface_samples(emissive)) if emissive else None,
    )


def with_occlusion(metallic_roughness: ByteArray, occlusion: ByteArray) -> ByteArray:
    """Return a map (h, w, 3) with occlusion (h, w) in its red channel, which glTF leaves free for it."""
    return np.dstack([occlusion, metallic_roughness[:, :, 1:]])


def _surface_samples(edge_px: int) -> int:
    return 2 if 2 * edge_px <= MOST_SAMPLES_PX else 1
