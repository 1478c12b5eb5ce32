"""The poster of a scan: its best side in soft light, on a transparent background."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter

from pipeline.model import ByteArray, FloatArray, IntArray, Mesh
from pipeline.render.camera import Frustum, fitted
from pipeline.render.raycasting import Scene, scene_of
from pipeline.render.sampling import interpolate_corners, surface_colors, to_linear, to_srgb
from pipeline.render.shading import Spots, corner_normals, face_normals, facing, first_of_each, openness, sky_light
from pipeline.render.viewpoints import Viewpoint, best_view, bounds, box, view_from

BAND_RAYS = 1_500_000
CLAY = 214.0
SCRAPS = 2e-4
SHADOW_COLOR = (24, 24, 28)


@dataclass(frozen=True)
class PosterOptions:
    """How a portrait is taken.

    longest_px : longer edge of the picture, 16 to 4096 pixels
    samples : rays along each edge of a pixel, 1 to 8
    margin : empty border as a share of the longer edge, 0 to 0.3
    sky_rays : rays a pixel that ask how open it is to the sky, 1 to 256; 0 where colours have their shade already
    shadow : darkness of the soft shadow it stands on, 0 (none) to 1
    webp_quality : 1 to 100
    is_faceted : whether edges are as sharp as the mesh's own normals say; else they are rounded, as scans need
    """

    longest_px: int = 1200
    samples: int = 3
    margin: float = 0.045
    sky_rays: int = 8
    shadow: float = 0.5
    webp_quality: int = 88
    is_faceted: bool = False


@dataclass(frozen=True, eq=False)
class _Sight:
    """Every ray that met the mesh: `rays` are flat indices into (h * samples, w * samples)."""

    rays: IntArray
    faces: IntArray
    barycentrics: FloatArray


def render_poster(mesh: Mesh, options: PosterOptions | None = None, side: Viewpoint | None = None) -> ByteArray:
    """Return (h, w, 4) uint8 sRGB with straight alpha: the mesh from a side, or its best; y must be up.

    An empty mesh gives an empty square.
    """
    options = options or PosterOptions()
    mesh = _solid(mesh)
    if not len(mesh.faces):
        return np.zeros((options.longest_px, options.longest_px, 4), np.uint8)
    scene = scene_of(mesh.positions, mesh.faces)
    if side is None:
        view = best_view(mesh, scene, face_normals(mesh)[0])
    else:  # found before, which takes half a second of a statue of 600,000 triangles
        view = view_from(mesh, side.azimuth_deg, side.elevation_deg)
    return portrait(mesh, scene, _framed(mesh, view, options), options)


def portrait(mesh: Mesh, scene: Scene, frame: Frustum, options: PosterOptions) -> ByteArray:
    """Return (h, w, 4) uint8 sRGB with straight alpha: what a frame sees of a mesh without broken places.

    scene : of the mesh
    """
    sight = _look(scene, frame, options.samples)
    light, alpha = _lit(mesh, scene, frame, sight, options)
    light *= np.float32(_exposure(light, alpha, 1.25 if _has_texture(mesh) else 1.5))
    return _composed(light, alpha, _ground_shadow(mesh, scene, frame, options), frame)


def encode_poster(pixels: ByteArray, options: PosterOptions | None = None) -> dict[str, bytes]:
    """Return the picture (h, w, 4) as file names and their bytes: poster.webp and poster.png.

    WebP's method 5 takes two thirds of the time of 6, for 1.3 % more bytes; PNG without `optimize` a quarter, for 5 %.
    """
    options = options or PosterOptions()
    image, webp, png = Image.fromarray(pixels), io.BytesIO(), io.BytesIO()
    image.save(webp, "WEBP", quality=options.webp_quality, alpha_quality=95, method=5)
    image.save(png, "PNG", optimize=True)
    return {"poster.webp": webp.getvalue(), "poster.png": png.getvalue()}


def _solid(mesh: Mesh) -> Mesh:
    """Return the mesh without faces that touch a place that is not a number."""
    whole: NDArray[np.bool_] = np.isfinite(mesh.positions).min(axis=1)
    if whole.all():
        return mesh
    kept = whole[mesh.faces].min(axis=1)
    return Mesh(
        np.where(whole[:, None], mesh.positions, np.float32(0)),
        mesh.faces[kept],
        tuple(texcoords[kept] for texcoords in mesh.texcoords),
        None if mesh.normals is None else mesh.normals[kept],
        mesh.colors,
        mesh.face_materials[kept],
        mesh.materials,
        mesh.origin,
    )


def _framed(mesh: Mesh, frame: Frustum, options: PosterOptions) -> Frustum:
    """Return the frame cut to the mesh; the outermost 0.02 % of places, floating scraps, may leave the picture."""
    named = np.zeros(len(mesh.positions), np.bool_)
    named[mesh.faces] = True
    points = mesh.positions[named]
    places = frame.project(points)
    low = np.quantile(places, SCRAPS, axis=0, method="lower")
    high = np.quantile(places, 1 - SCRAPS, axis=0, method="higher")
    inside = np.all((places >= low) & (places <= high), axis=1)
    return fitted(frame, points[inside], options.longest_px, options.margin)


def _look(scene: Scene, frame: Frustum, samples: int) -> _Sight:
    band = max(BAND_RAYS // (frame.width * samples * samples), 1)
    rays, faces, weights = [], [], []
    for first in range(0, frame.height, band):
        last = min(first + band, frame.height)
        hits = scene.cast(frame.rays(first, last, samples))
        met = np.flatnonzero(hits.faces >= 0)
        rays.append((met + first * samples * frame.width * samples).astype(np.int32))
        faces.append(hits.faces[met])
        weights.append(hits.barycentrics[met])
    return _Sight(np.concatenate(rays), np.concatenate(faces), np.concatenate(weights))


def _pixels(sight: _Sight, frame: Frustum, samples: int) -> IntArray:
    row, column = np.divmod(sight.rays, frame.width * samples)
    values: IntArray = ((row // samples) * frame.width + column // samples).astype(np.int32)
    return values


def _averaged(values: FloatArray, pixels: IntArray, frame: Frustum) -> tuple[FloatArray, FloatArray]:
    """Return (h * w, c) means of the rays' values (k, c), and (h * w,) how many rays each pixel had."""
    size = frame.width * frame.height
    counts = np.bincount(pixels, minlength=size).astype(np.float32)
    sums = [np.bincount(pixels, values[:, c], size) for c in range(values.shape[1])]
    return (np.stack(sums, axis=1) / np.maximum(counts, 1)[:, None]).astype(np.float32), counts


def _blended(values: FloatArray, mesh: Mesh, sight: _Sight) -> FloatArray:
    """Return (k, 3) values of positions (n, 3) at the hits."""
    corners = mesh.faces[sight.faces]
    u, v = sight.barycentrics[:, :1], sight.barycentrics[:, 1:]
    a, b, c = (values[corners[:, k]] for k in range(3))
    blended: FloatArray = (a * (1 - u - v) + b * u + c * v).astype(np.float32)
    return blended


def _normals(mesh: Mesh, sight: _Sight, options: PosterOptions) -> FloatArray:
    if not options.is_faceted or mesh.normals is None:
        return _blended(corner_normals(mesh), mesh, sight)
    return interpolate_corners(mesh.normals, sight.faces, sight.barycentrics)


def _unit(vectors: FloatArray) -> FloatArray:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: FloatArray = (vectors / np.maximum(length, 1e-20)).astype(np.float32)
    return unit


def _has_texture(mesh: Mesh) -> bool:
    return any(material.base is not None for material in mesh.materials)


def _strength(mesh: Mesh) -> float:
    """Return how much of the light to add: textures brought their own, bare clay has none."""
    if _has_texture(mesh):
        return 0.30
    return 0.55 if mesh.colors is not None else 1.0


def _albedo(mesh: Mesh, sight: _Sight) -> FloatArray:
    """Return (k, 3) linear colours; where a mesh has none it is made of pale clay."""
    colors = surface_colors(mesh, sight.faces, sight.barycentrics)
    if mesh.colors is None and not any(m.base or m.base_color != (1.0, 1.0, 1.0) for m in mesh.materials):
        colors = np.minimum(colors, np.array([CLAY, CLAY - 4, CLAY - 12], np.float32))
    return to_linear(colors)


def _key(normals: FloatArray, frame: Frustum) -> FloatArray:
    """Return (k,) light from a large lamp up on the left, wrapped around the edges so that no side goes black."""
    right, up, forward = frame.axes
    lamp = -0.55 * right + 0.65 * up - 0.75 * forward
    cosine = normals @ (lamp / np.linalg.norm(lamp)).astype(np.float32)
    values: FloatArray = np.clip((cosine + 0.22) / 1.22, 0, 1).astype(np.float32)
    return values


def _representatives(sight: _Sight, pixels: IntArray, width: int, samples: int) -> NDArray[np.intp]:
    """Return indices of the rays that are lit: each pixel's first hit and those on its diagonal.

    Light changes slowly where colour does not: lighting all nine rays takes 3 s more and shows no difference.
    """
    row, column = np.divmod(sight.rays, width * samples)
    chosen = row % samples == column % samples
    chosen[first_of_each(pixels)] = True
    return np.flatnonzero(chosen)


def _lit(
    mesh: Mesh, scene: Scene, frame: Frustum, sight: _Sight, options: PosterOptions
) -> tuple[FloatArray, FloatArray]:
    """Return (h * w, 3) linear light and (h * w,) coverage."""
    pixels = _pixels(sight, frame, options.samples)
    chosen = _representatives(sight, pixels, frame.width, options.samples)
    some = _Sight(sight.rays[chosen], sight.faces[chosen], sight.barycentrics[chosen])
    points = _blended(mesh.positions, mesh, some)
    normals = facing(_unit(_normals(mesh, some, options)), (frame.eye - points).astype(np.float32))
    radius = bounds(mesh)[1]
    spots = Spots(pixels[chosen], points, normals)
    open_to = np.ones(len(chosen), np.float32)
    if options.sky_rays:
        open_to = sky_light(scene, frame, spots, radius, options.sky_rays)[pixels[chosen]]
    light = open_to * (0.36 + 0.20 * normals[:, 1]) + 0.78 * _key(normals, frame) * (0.4 + 0.6 * open_to)
    strength = _strength(mesh)
    shade = (1 - strength + strength * light) * (0.5 + 0.5 * open_to)
    shading, _ = _averaged(shade[:, None], pixels[chosen], frame)
    color, counts = _averaged(_albedo(mesh, sight), pixels, frame)
    return color * shading, counts / np.float32(options.samples**2)


def _ground_shadow(mesh: Mesh, scene: Scene, frame: Frustum, options: PosterOptions) -> FloatArray:
    """Return (h * w,) alpha of the shadow that the mesh throws on the plane it stands on, gone before the edges."""
    if options.shadow <= 0:
        return np.zeros(frame.height * frame.width, np.float32)
    floor = float(box(mesh)[0][1])
    coarse = Frustum(
        frame.eye,
        frame.axes,
        frame.left,
        frame.right,
        frame.bottom,
        frame.top,
        max(frame.width // 4, 1),
        max(frame.height // 4, 1),
    )
    rays = coarse.rays(0, coarse.height)
    drop = rays[:, 4]
    reached = np.flatnonzero(drop < -1e-3)
    away = (floor - frame.eye[1]) / drop[reached]
    points = rays[reached, :3] + rays[reached, 3:] * away[:, None].astype(np.float32)
    radius = bounds(mesh)[1]
    shade = np.zeros(coarse.height * coarse.width, np.float32)
    shade[reached] = _floor_shade(scene, points.astype(np.float32), radius, max(options.sky_rays, 1) * 3)
    soft = gaussian_filter(shade.reshape(coarse.height, coarse.width), 2.0, mode="nearest")
    picture = Image.fromarray(soft).resize((frame.width, frame.height), Image.Resampling.BICUBIC)
    values: FloatArray = np.clip(options.shadow * np.asarray(picture, np.float32) * _fade(frame), 0, 1).reshape(-1)
    return values


def _floor_shade(scene: Scene, points: FloatArray, radius: float, rays: int) -> FloatArray:
    normals = np.tile(np.array([0, 1, 0], np.float32), (len(points), 1))
    phase = (np.arange(len(points)) * 5 % 16).astype(np.int32)
    return 1 - openness(scene, points - np.array([0, 1e-3 * radius, 0], np.float32), normals, 0.5 * radius, rays, phase)


def _fade(frame: Frustum) -> FloatArray:
    """Return (h, w) 1 inside, 0 at the picture's rim."""
    x = np.minimum(np.arange(frame.width) + 0.5, frame.width - np.arange(frame.width) - 0.5)
    y = np.minimum(np.arange(frame.height) + 0.5, frame.height - np.arange(frame.height) - 0.5)
    share = np.minimum(x[None, :], y[:, None]) / (0.07 * max(frame.width, frame.height))
    share = np.clip(share - 0.1, 0, 1)
    values: FloatArray = (share * share * (3 - 2 * share)).astype(np.float32)
    return values


def _exposure(light: FloatArray, alpha: FloatArray, most: float) -> float:
    """Return the factor that brings the brightest places near white: a nudge, since textures are right as they are."""
    lit = light[alpha > 0.5]
    if not len(lit):
        return 1.0
    bright = float(np.percentile(lit.max(axis=1), 96))
    return float(np.clip(0.78 / max(bright, 1e-6), 0.85, most))


def _composed(light: FloatArray, alpha: FloatArray, shadow: FloatArray, frame: Frustum) -> ByteArray:
    """Return (h, w, 4) uint8: the mesh over its shadow, blended as browsers do (in sRGB, straight alpha)."""
    color = to_srgb(light)
    under = shadow * (1 - alpha)
    total = alpha + under
    mixed = color * alpha[:, None] + np.array(SHADOW_COLOR, np.float32) * under[:, None]
    pixels = np.empty((frame.height * frame.width, 4), np.uint8)
    pixels[:, :3] = np.rint(mixed / np.maximum(total, 1e-6)[:, None])
    pixels[:, 3] = np.rint(255 * np.clip(total, 0, 1))
    pixels[pixels[:, 3] == 0] = 0
    return pixels.reshape(frame.height, frame.width, 4)
