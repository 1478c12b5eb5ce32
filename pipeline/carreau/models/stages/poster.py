"""The poster of a scan: its best side in soft light, on a transparent background."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter, maximum_filter

from carreau.base.jit import compiled
from carreau.base.model import ByteArray, DoubleArray, FloatArray, IntArray, Mesh
from carreau.base.process import bands
from carreau.formats.images import image_codecs
from carreau.geometry.render.camera import Frustum, fit_frame
from carreau.geometry.render.opacity import without_holes
from carreau.geometry.render.raycasting import Scene, build_scene
from carreau.geometry.render.sampling import (
    interpolate_corners,
    interpolate_vertices,
    surface_albedo,
    to_linear,
    to_srgb,
)
from carreau.geometry.render.shading import Spots, face_normals, facing, openness, sky_light
from carreau.geometry.render.viewpoints import Viewpoint, best_view, bounds, box, view_from
from carreau.geometry.render.views import Sight, see, see_through_mesh
from carreau.geometry.triangles import smooth_normals

CLAY = 214.0
PLACES_AT_ONCE = 1 << 20
SCRAPS = 2e-4
SOFT_PX = 2.0
VEIL = 0.4
"""Share of the light that a translucent part itself contributes."""

NEAR_RADII, WIDEST, SUN_DEG = 2.2, 1.6, 26.0
"""Of pictures of a part of a mesh: how near one stands, how wide they are at most, and how high the sun is."""

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
    is_sunlit : whether a low sun throws shadows, as for what is modelled; scans bring those of their photographs
    """

    longest_px: int = 1200
    samples: int = 3
    margin: float = 0.045
    sky_rays: int = 8
    shadow: float = 0.5
    webp_quality: int = 88
    is_faceted: bool = False
    is_sunlit: bool = False


def render_poster(
    mesh: Mesh,
    options: PosterOptions | None = None,
    side: Viewpoint | None = None,
    solid: Mesh | None = None,
    subject: Mesh | None = None,
) -> ByteArray:
    """Return (h, w, 4) uint8 sRGB with straight alpha: the mesh from a side, or its best; y must be up.

    solid : what of the mesh one cannot look through; all of it without
    subject : what of the mesh fills the picture, whose rims may cut the rest, as a street its plain; all of it without
    An empty mesh gives an empty square.
    """
    options = options or PosterOptions()
    mesh = _solid(mesh)
    if not len(mesh.faces):
        return np.zeros((options.longest_px, options.longest_px, 4), np.uint8)
    scene = build_scene(mesh.positions, mesh.faces)
    if side is None:
        view = best_view(mesh, scene, face_normals(mesh)[0])
    elif subject is not None:
        view = view_from(subject, side.azimuth_deg, side.elevation_deg, NEAR_RADII)
    else:  # found before, which takes half a second of a statue of 600,000 triangles
        view = view_from(mesh, side.azimuth_deg, side.elevation_deg)
    frame = _frame(mesh, view, options) if subject is None else _fill(_frame(subject, view, options), options)
    radius = bounds(subject or mesh)[1]
    if solid is None or len(solid.faces) == len(mesh.faces):
        return portrait(mesh, scene, frame, options, radius)
    whole = portrait(without_holes(mesh), scene, frame, options, radius)
    behind = np.zeros_like(whole)
    if len(solid.faces):
        behind = portrait(solid, build_scene(solid.positions, solid.faces), frame, options, radius)
    return _veil(behind, whole)


def _veil(behind: ByteArray, before: ByteArray) -> ByteArray:
    """Return a picture seen through another, (h, w, 4) uint8 with straight alpha as both of them."""
    shares = [share * picture[..., 3:].astype(np.float32) for share, picture in ((1 - VEIL, behind), (VEIL, before))]
    # A weighted mean of two pictures with straight alpha: colours are weighed by their alpha, and divided by the sum.
    alpha = shares[0] + shares[1]
    mixed = (shares[0] * behind[..., :3] + shares[1] * before[..., :3]) / np.maximum(alpha, 1e-6)
    return np.concatenate([np.rint(mixed), np.rint(alpha)], axis=2).astype(np.uint8)


def portrait(
    mesh: Mesh, scene: Scene, frame: Frustum, options: PosterOptions, radius: float | None = None
) -> ByteArray:
    """Return (h, w, 4) uint8 sRGB with straight alpha: what a frame sees of a mesh without broken places.

    scene : of the mesh
    radius : of what the picture is of, by which shadows are measured; None for that of the mesh
    """
    radius = bounds(mesh)[1] if radius is None else radius
    screen = frame.screen(options.samples)
    first = see(mesh.positions, mesh.faces, screen)
    sight = see_through_mesh(mesh, screen, first)
    light, alpha = _lit(mesh, scene, frame, sight, options, radius)
    light *= np.float32(_exposure(light, alpha, 1.25 if _has_texture(mesh) else 1.5))
    return _compose(light, alpha, _ground_shadow(mesh, scene, frame, alpha, options, radius), frame)


def encode_poster(pixels: ByteArray, options: PosterOptions | None = None) -> dict[str, bytes]:
    """Return the picture (h, w, 4) as file names and their bytes: poster.webp and poster.png.

    The PNG is for the few programs that read no WebP: 4 to 8 % fewer bytes would take twice to seven times as long.
    """
    options = options or PosterOptions()
    webp = io.BytesIO()
    Image.fromarray(pixels).save(webp, "WEBP", quality=options.webp_quality, alpha_quality=95, method=6)
    return {"poster.webp": webp.getvalue(), "poster.png": image_codecs.encode_png(pixels)}


def _fill(frame: Frustum, options: PosterOptions) -> Frustum:
    """Return a frame that is no more than `WIDEST` times as wide as high: more sky, and more of the ground before."""
    width, height = frame.right - frame.left, frame.top - frame.bottom
    more = max(width / WIDEST - height, 0.0)
    frame = replace(frame, top=frame.top + 0.45 * more, bottom=frame.bottom - 0.55 * more)
    size = np.array([frame.right - frame.left, frame.top - frame.bottom])
    across, down = np.rint(size / size.max() * options.longest_px).astype(int)
    return replace(frame, width=int(across), height=int(down))


def _solid(mesh: Mesh) -> Mesh:
    """Return the mesh without faces that touch a place that is not a number."""
    whole: NDArray[np.bool_] = np.isfinite(mesh.positions).min(axis=1)
    if whole.all():
        return mesh
    is_solid = whole[mesh.faces].min(axis=1)
    return Mesh(
        np.where(whole[:, None], mesh.positions, np.float32(0)),
        mesh.faces[is_solid],
        tuple(texcoords[is_solid] for texcoords in mesh.texcoords),
        None if mesh.normals is None else mesh.normals[is_solid],
        mesh.colors,
        mesh.face_materials[is_solid],
        mesh.materials,
        mesh.origin,
    )


def _frame(mesh: Mesh, frame: Frustum, options: PosterOptions) -> Frustum:
    """Return the frame cut to the mesh; the outermost 0.02 % of places, floating scraps, may leave the picture."""
    named = np.zeros(len(mesh.positions), np.bool_)
    named[mesh.faces] = True
    points = mesh.positions[named]
    places = frame.project(points)
    low = np.quantile(places, SCRAPS, axis=0, method="lower")
    high = np.quantile(places, 1 - SCRAPS, axis=0, method="higher")
    inside = np.all((places >= low) & (places <= high), axis=1)
    return fit_frame(frame, points[inside], options.longest_px, options.margin)


@compiled
def _pixels(places: IntArray, width: int, samples: int) -> IntArray:
    """Return the (k,) pixels that places (k,) lie in, in a picture `width` pixels wide, `samples` places to a side."""
    pixels = np.empty(len(places), np.int32)
    wide, each = np.uint32(width * samples), np.uint32(samples)  # a division of these takes a third of the time
    for k in range(len(places)):
        row = np.uint32(places[k]) // wide
        column = np.uint32(places[k]) - row * wide
        pixels[k] = row // each * np.uint32(width) + column // each
    return pixels


@compiled
def _add(values: FloatArray, pixels: IntArray, sums: DoubleArray, counts: IntArray) -> None:
    for k in range(len(pixels)):
        counts[pixels[k]] += 1
        for c in range(values.shape[1]):
            sums[pixels[k], c] += values[k, c]


def _average(parts: Iterable[tuple[FloatArray, IntArray]], frame: Frustum) -> tuple[FloatArray, FloatArray]:
    """Return (h * w, 3) means of values (k, 3) by their pixels (k,), and (h * w,) how many each pixel had."""
    size = frame.width * frame.height
    sums, counts = np.zeros((size, 3), np.float64), np.zeros(size, np.int32)
    for values, pixels in parts:
        _add(values, pixels, sums, counts)
    sums /= np.maximum(counts, 1)[:, None]
    return sums.astype(np.float32), counts.astype(np.float32)


def _normals(mesh: Mesh, sight: Sight, options: PosterOptions) -> FloatArray:
    if not options.is_faceted or mesh.normals is None:
        normals = smooth_normals(mesh.positions, mesh.faces)
        return interpolate_vertices(normals, mesh.faces, sight.faces, sight.barycentrics)
    return interpolate_corners(mesh.normals, sight.faces, sight.barycentrics)


def _has_texture(mesh: Mesh) -> bool:
    return any(material.base is not None for material in mesh.materials)


def _strength(mesh: Mesh) -> float:
    """Return how much of the light to add: textures brought their own, bare clay has none."""
    if _has_texture(mesh):
        return 0.30
    return 0.55 if mesh.colors is not None else 1.0


def _albedo(mesh: Mesh, sight: Sight) -> FloatArray:
    """Return (k, 3) linear colours; where a mesh has none it is made of pale clay."""
    if mesh.colors is None and not any(m.base or m.base_color != (1.0, 1.0, 1.0) for m in mesh.materials):
        return np.tile(to_linear(np.array([CLAY, CLAY - 4, CLAY - 12], np.float32)), (len(sight.faces), 1))
    return surface_albedo(mesh, sight.faces, sight.barycentrics)


@compiled
def _shades(normals: FloatArray, open_to: FloatArray, lamp: DoubleArray, strength: float) -> FloatArray:
    """Return (k, 1) light on places with unit normals (k, 3), open to the sky to a share (k,).

    The lamp is wrapped around the edges so that no side goes black.
    """
    shades = np.empty((len(normals), 1), np.float32)
    for k in range(len(normals)):
        cosine = normals[k, 0] * lamp[0] + normals[k, 1] * lamp[1] + normals[k, 2] * lamp[2]
        key = min(max((cosine + 0.22) / 1.22, 0.0), 1.0)
        light = open_to[k] * (0.36 + 0.20 * normals[k, 1]) + 0.78 * key * (0.4 + 0.6 * open_to[k])
        shades[k, 0] = (1 - strength + strength * light) * (0.5 + 0.5 * open_to[k])
    return shades


def _lamp(frame: Frustum) -> DoubleArray:
    """Return the unit direction to a large lamp up on the left of a frame."""
    right, up, forward = frame.axes
    lamp = -0.55 * right + 0.65 * up - 0.75 * forward
    return np.asarray(lamp / np.linalg.norm(lamp), np.float64)


def _sun(frame: Frustum) -> DoubleArray:
    """Return the unit direction to a low sun on the left, behind whoever looks."""
    right, _, forward = frame.axes
    level = -0.8 * right - 0.6 * np.array([forward[0], 0.0, forward[2]]) / max(np.hypot(forward[0], forward[2]), 1e-9)
    sun = level / np.linalg.norm(level) + np.array([0.0, math.tan(math.radians(SUN_DEG)), 0.0])
    return np.asarray(sun / np.linalg.norm(sun), np.float64)


def _reached(scene: Scene, points: FloatArray, sun: DoubleArray) -> FloatArray:
    """Return (k,) 1 where nothing stands between a point (k, 3) and the sun, else 0."""
    rays = np.concatenate([points, np.tile(sun.astype(np.float32), (len(points), 1))], axis=1)
    free = [scene.cast(rays[part]).distances == np.inf for part in bands(len(rays), PLACES_AT_ONCE)]
    return np.concatenate(free).astype(np.float32) if free else np.zeros(0, np.float32)


@compiled
def _sunlit(normals: FloatArray, open_to: FloatArray, reached: FloatArray, sun: DoubleArray) -> FloatArray:
    """Return (k, 3) linear light on places with unit normals (k, 3): of a warm sun, and of the blue sky they see.

    open_to : (k,) share of the sky; reached : (k,) 1 where the sun comes to
    """
    shades = np.empty((len(normals), 3), np.float32)
    for k in range(len(normals)):
        cosine = normals[k, 0] * sun[0] + normals[k, 1] * sun[1] + normals[k, 2] * sun[2]
        key = reached[k] * max(cosine, 0.0)
        sky = open_to[k] * (0.42 + 0.14 * normals[k, 1])
        shades[k, 0] = 1.10 * key + 0.90 * sky
        shades[k, 1] = 1.00 * key + 0.98 * sky
        shades[k, 2] = 0.82 * key + 1.12 * sky
    return shades


@compiled
def _are_lit(places: IntArray, pixels: IntArray, width: int, samples: int, count: int) -> NDArray[np.bool_]:
    """Return which (k,) places are lit: the first of each of `count` pixels and those on its diagonal.

    Light changes slowly where colour does not: lighting all nine rays takes 3 s more and shows no difference.
    """
    chosen, is_new = np.empty(len(places), np.bool_), np.ones(count, np.bool_)
    wide, each = np.uint32(width * samples), np.uint32(samples)
    for k in range(len(places)):
        row = np.uint32(places[k]) // wide
        column = np.uint32(places[k]) - row * wide
        chosen[k] = is_new[pixels[k]] or row % each == column % each
        is_new[pixels[k]] = False
    return chosen


def _color(mesh: Mesh, sight: Sight, pixels: IntArray) -> Iterator[tuple[FloatArray, IntArray]]:
    """Yield linear colours (k, 3) and pixels (k,) of a million places at a time, so that memory is used again."""
    for part in bands(len(pixels), PLACES_AT_ONCE):
        yield _albedo(mesh, Sight(pixels[part], sight.faces[part], sight.barycentrics[part])), pixels[part]


def _lit(
    mesh: Mesh, scene: Scene, frame: Frustum, sight: Sight, options: PosterOptions, radius: float
) -> tuple[FloatArray, FloatArray]:
    """Return (h * w, 3) linear light and (h * w,) coverage."""
    # Every ray has a colour, and only some have light: shading changes slowly, and is averaged over the pixel.
    pixels = _pixels(sight.pixels, frame.width, options.samples)
    are_lit = _are_lit(sight.pixels, pixels, frame.width, options.samples, frame.width * frame.height)
    chosen = np.flatnonzero(are_lit)
    some = Sight(sight.pixels[chosen], sight.faces[chosen], sight.barycentrics[chosen])
    # Normals are turned to the eye, as scans are seen from behind too.
    points = interpolate_vertices(mesh.positions, mesh.faces, some.faces, some.barycentrics)
    normals = facing(_normals(mesh, some, options), (frame.eye - points).astype(np.float32))
    spots = Spots(pixels[chosen], points, normals)
    open_to = np.ones(len(chosen), np.float32)
    if options.sky_rays:
        open_to = sky_light(scene, frame, spots, radius, options.sky_rays)[pixels[chosen]]
    if options.is_sunlit:
        sun = _sun(frame)
        shade = _sunlit(normals, open_to, _reached(scene, points + np.float32(1e-3 * radius) * normals, sun), sun)
        shading = _average([(shade, pixels[chosen])], frame)[0]
    else:
        shade = _shades(normals, open_to, _lamp(frame), _strength(mesh))
        shading = _average([(shade, pixels[chosen])], frame)[0][:, :1]
    color, counts = _average(_color(mesh, sight, pixels), frame)
    return color * shading, counts / np.float32(options.samples**2)


def _ground_shadow(
    mesh: Mesh, scene: Scene, frame: Frustum, alpha: FloatArray, options: PosterOptions, radius: float
) -> FloatArray:
    """Return (h * w,) alpha of the shadow that the mesh throws on the plane it stands on, gone before the edges.

    alpha : (h * w,) coverage by the mesh; where its shadow cannot be seen behind it, no ray is cast
    """
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
    # Rays that go down meet the floor; only those are cast whose shadow is not hidden by the mesh.
    drop = rays[:, 4]
    reached = np.flatnonzero((drop < -1e-3) & _near_open(alpha.reshape(frame.height, frame.width), coarse))
    away = (floor - frame.eye[1]) / drop[reached]
    points = rays[reached, :3] + rays[reached, 3:] * away[:, None].astype(np.float32)
    shade = np.zeros(coarse.height * coarse.width, np.float32)
    phase, rays_each = (reached * 5 % 16).astype(np.int32), max(options.sky_rays, 1) * 3
    shade[reached] = _floor_shade(scene, points.astype(np.float32), phase, radius, rays_each)
    # At a quarter of the size, as the shadow is soft anyway.
    soft = gaussian_filter(shade.reshape(coarse.height, coarse.width), SOFT_PX, mode="nearest", truncate=4.0)
    picture = Image.fromarray(soft).resize((frame.width, frame.height), Image.Resampling.BICUBIC)
    values: FloatArray = np.clip(options.shadow * np.asarray(picture, np.float32) * _fade(frame), 0, 1).reshape(-1)
    return values


def _near_open(alpha: FloatArray, coarse: Frustum) -> NDArray[np.bool_]:
    """Return which (h * w,) coarse pixels affect, once blurred and enlarged, a pixel that the mesh leaves open."""
    rows, columns = np.nonzero(alpha < 1)
    is_open = np.zeros((coarse.height, coarse.width), np.bool_)
    is_open[rows * coarse.height // alpha.shape[0], columns * coarse.width // alpha.shape[1]] = True
    return maximum_filter(is_open, 2 * (int(4 * SOFT_PX) + 4) + 1).reshape(-1)


def _floor_shade(scene: Scene, points: FloatArray, phase: IntArray, radius: float, rays: int) -> FloatArray:
    normals = np.tile(np.array([0, 1, 0], np.float32), (len(points), 1))
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


def _compose(light: FloatArray, alpha: FloatArray, shadow: FloatArray, frame: Frustum) -> ByteArray:
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
