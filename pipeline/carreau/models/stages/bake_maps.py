"""Baking of a level's maps: normals and occlusion, and how its scan reflects and emits light."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from carreau.base.errors import OptionError
from carreau.base.messages import Message, Number, message
from carreau.base.model import ByteArray, FloatArray, LevelMesh, Mesh
from carreau.geometry.render.normal_map import draw_normals
from carreau.geometry.render.raycasting import Scene, scene_of
from carreau.geometry.render.reflectance import carried_emission, carried_metallic_roughness, carried_occlusion
from carreau.geometry.render.shading import cast_occlusion
from carreau.geometry.triangles import texcoord_areas

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
    scene = scene_of(scan.positions, scan.faces)
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
    edge_px = min(options.normal_px, _rounded(FINER * fine_px))
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
        places = max(places, texture.width * texture.height * _covered(scan.texcoords[0] if scan.texcoords else None))
    return float(np.sqrt(places / _covered(level.texcoords[level.faces] if level.texcoords is not None else None)))


def _covered(texcoords: FloatArray | None) -> float:
    """Return the share of a picture that (m, 3, 2) triangles cover, as far as one can tell without drawing them."""
    if texcoords is None:
        return 1.0
    return float(np.clip(np.nansum(np.abs(texcoord_areas(texcoords))), 0.05, 1.0))


def _rounded(edge_px: float) -> int:
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
    scene = scene_of(scan.positions, scan.faces)
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
