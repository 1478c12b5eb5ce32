"""Difference between a level and its scan, in pictures and in metres."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

import numpy as np

from carreau.base.model import DoubleArray, FloatArray, LevelMesh, Mesh, Skin
from carreau.geometry.clouds.point_paint import surfel_centers, surfel_radius
from carreau.geometry.extent import bounding_sphere
from carreau.geometry.render.camera import PinholeCamera, fibonacci_views, pixel_length
from carreau.geometry.render.image_metrics import psnr_db, silhouette_difference, ssim
from carreau.geometry.render.raycasting import scene_of
from carreau.geometry.render.scoring import ReferenceViews, create_scorer, read_level, scan_views
from carreau.geometry.render.views import Views, render_views
from carreau.geometry.repair.defects import Cracks, cracks, rim_points
from carreau.geometry.selection import finite_part
from carreau.geometry.triangles import about, spread_points


@dataclass(frozen=True)
class MeasureOptions:
    """How closely to look.

    views : cameras on a Fibonacci sphere, 1 or more
    size_px : edge of the square pictures that are compared, 11 or more
    supersampling : rays a pixel, each way, 1 or more
    samples : points on each surface whose distance to the other is taken, 0 to leave distances and cracks out
    rim_tolerance : how far a rim may move before it counts as opened, as a share of the bounding radius
    """

    views: int = 12
    size_px: int = 768
    supersampling: int = 2
    samples: int = 50_000
    rim_tolerance: float = 0.01


THOROUGH = MeasureOptions()
"""How published numbers are taken."""

CLOUD_PX = (768, 512, 384, 256)
"""Edges of the pictures that a cloud may be compared in, each a whole part of the 1,536 rays a side."""


@dataclass(frozen=True)
class Distance:
    """How far points of one surface lie from another, in metres (or the unit of both meshes)."""

    rms: float
    p95: float
    largest: float


@dataclass(frozen=True)
class LevelError:
    """How far a level is from its scan.

    psnr_db : over all views' pixels where either shows, sRGB 8 bit; infinite when nothing differs
    ssim : -1 to 1 (nothing differs), over the same pixels
    silhouette : share of those pixels which only one of both fills, 0..1
    to_level, to_scan : distances from points of the scan to the level, and back; None when not taken
    cracks : rims the level has where the scan had none; None when not looked for
    views, size_px : how it was looked at
    """

    psnr_db: float
    ssim: float
    silhouette: float
    to_level: Distance | None
    to_scan: Distance | None
    cracks: Cracks | None
    views: int
    size_px: int

    def as_json(self) -> dict[str, object]:
        """Return plain values; an infinite PSNR is None, for JSON has no infinity."""
        values = dataclasses.asdict(self)
        return {**values, "psnr_db": None if math.isinf(self.psnr_db) else self.psnr_db}


@dataclass(frozen=True, eq=False)
class Sighting:
    """What measuring needs of a scan, worked out once for all its levels.

    cameras : around it, about its origin
    radius : of its bounding sphere
    views : the scan as the cameras see it
    points : (k, 3) float32 spread over the scan, about its origin
    rims : (k, 3) float32 along its rims
    options : how it was looked at, and its levels are to be
    """

    cameras: tuple[PinholeCamera, ...]
    radius: float
    views: Views
    points: FloatArray
    rims: FloatArray
    options: MeasureOptions = THOROUGH


def _cameras(sphere: tuple[DoubleArray, float], options: MeasureOptions) -> tuple[PinholeCamera, ...]:
    return fibonacci_views(*sphere, options.views, options.size_px * options.supersampling)


def sight(scan: Mesh, options: MeasureOptions = THOROUGH) -> Sighting:
    """Look at a scan once, so that each of its levels is measured against the same pictures and points."""
    scan = finite_part(scan)
    center, radius = bounding_sphere(scan)
    cameras = _cameras((center, radius), options)
    views = render_views(scan, cameras, options.supersampling)
    if not options.samples:
        none = np.zeros((0, 3), np.float32)
        return Sighting(cameras, radius, views, none, none, options)
    spacing = options.rim_tolerance * radius
    return Sighting(
        cameras,
        radius,
        views,
        spread_points(scan.positions, scan.faces, options.samples),
        rim_points(scan.positions, scan.faces, spacing / 2),
        options,
    )


def sight_points(points: Mesh, surface: Mesh, options: MeasureOptions = THOROUGH) -> Sighting:
    """Look at a cloud, drawn as tiles, as `sight` does at a mesh.

    A picture is no finer than the points: its pixels are as long as they are apart, where `CLOUD_PX` allows, with as
    many rays in all. Finer ones show which of two neighbouring points, from two photographs, is in front: two drawings
    of a lion's points, with normals from 12 and from 20 neighbours, are 25.0 dB from each other at 768 x 768. Distances
    are from the points themselves; a rim is opened where the surface made of them has none.
    """
    points = finite_part(points)
    (center, radius), rays = bounding_sphere(points), options.size_px * options.supersampling
    apart = surfel_radius(points)
    fitting = [px for px in CLOUD_PX if px <= options.size_px and pixel_length(radius, px) >= apart]
    size_px = fitting[0] if fitting else min(options.size_px, CLOUD_PX[-1])
    options = dataclasses.replace(options, size_px=size_px, supersampling=rays // size_px)
    cameras = _cameras((center, radius), options)
    views = render_views(points, cameras, options.supersampling)
    centers = surfel_centers(points)
    step = max(1, len(centers) // max(options.samples, 1))
    rims = rim_points(surface.positions, surface.faces, options.rim_tolerance * radius / 2)
    return Sighting(cameras, radius, views, np.ascontiguousarray(centers[::step]), rims, options)


def measure(
    scan: Mesh, level: Mesh, options: MeasureOptions = THOROUGH, sighting: Sighting | None = None
) -> LevelError:
    """Compare a level, as read back from its file, with its scan; both in the same coordinates.

    sighting : of the same scan, when it was made before; it says how to look
    """
    scan = finite_part(scan)
    sighting = sighting or sight(scan, options)
    options = sighting.options
    level = finite_part(about(level, scan.origin))
    views = render_views(level, sighting.cameras, options.supersampling)
    to_level, to_scan, opened = _geometry(scan, level, sighting) if options.samples else (None, None, None)
    return LevelError(
        psnr_db(sighting.views, views),
        ssim(sighting.views, views),
        silhouette_difference(sighting.views, views),
        to_level,
        to_scan,
        opened,
        options.views,
        options.size_px,
    )


def measure_published(scan: Mesh, glb: bytes, sighting: Sighting) -> LevelError:
    """Decode a level's file again and compare what it holds with its scan."""
    return measure(scan, read_level(glb), sighting=sighting)


def _geometry(scan: Mesh, level: Mesh, sighting: Sighting) -> tuple[Distance, Distance, Cracks]:
    options = sighting.options
    tolerance = options.rim_tolerance * sighting.radius
    points = spread_points(level.positions, level.faces, options.samples)
    return (
        _distance(sighting.points, level),
        _distance(points, scan),
        cracks(level.positions, level.faces, sighting.rims, tolerance),
    )


def _distance(points: FloatArray, mesh: Mesh) -> Distance:
    if not len(points) or not len(mesh.faces):
        return Distance(math.inf, math.inf, math.inf)
    lengths = scene_of(mesh.positions, mesh.faces).closest(points).distances.astype(np.float64)
    rms, p95 = np.sqrt(np.mean(lengths * lengths)), np.percentile(lengths, 95)
    return Distance(float(rms), float(p95), float(lengths.max()))


def render_reference(scan: Mesh) -> ReferenceViews:
    """Look at the scan once, for all that will be judged against it."""
    return scan_views(scan)


def score_level(seen: ReferenceViews, level: LevelMesh, skin: Skin | None) -> float:
    """Return the peak signal-to-noise ratio in dB over the judging views; skin None for vertex colours."""
    return create_scorer(level, seen).psnr_db(None if skin is None else skin.base)
