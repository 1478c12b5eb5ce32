"""Difference between a level, or any model, and its scan, in pictures and in metres."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from carreau.base.messages import Message, Number, message, plural_message
from carreau.base.model import DoubleArray, FloatArray, LevelMesh, Mesh, Scan, Skin
from carreau.formats.gltf.gltf_document import open_document
from carreau.geometry.clouds.point_attributes import surfel_centers, surfel_radius
from carreau.geometry.defects import Cracks, cracks, rim_points
from carreau.geometry.mesh_parts import bounding_sphere, finite_part
from carreau.geometry.render.camera import PinholeCamera, fibonacci_views, pixel_length
from carreau.geometry.render.image_metrics import (
    ReferenceViews,
    create_scorer,
    psnr_db,
    read_level,
    scan_views,
    silhouette_difference,
    ssim,
)
from carreau.geometry.render.raycasting import build_scene
from carreau.geometry.render.shading import face_normals, lit_views
from carreau.geometry.render.views import Views, render_views
from carreau.geometry.triangles import IDENTITY, about, spread_points, transform


@dataclass(frozen=True)
class MeasureOptions:
    """How closely to look.

    views : cameras on a Fibonacci sphere, 1 or more
    size_px : edge of the square pictures that are compared, 11 or more
    supersampling : rays a pixel, each way, 1 or more
    samples : points on each surface whose distance to the other is taken, 0 to leave distances and cracks out
    rim_tolerance : how far a rim may move before it counts as opened, as a share of the bounding radius
    lit_views, lit_px : cameras, and edge of the pictures, that look at both under light; 0 cameras to leave that out
    """

    views: int = 12
    size_px: int = 768
    supersampling: int = 2
    samples: int = 50_000
    rim_tolerance: float = 0.01
    lit_views: int = 8
    lit_px: int = 512


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
    lit_db, lit_views, lit_px : the same as psnr_db under light, which normals and maps of relief, metal, roughness,
        occlusion and emission show, and how it was looked at; None and 0 when not taken
    """

    psnr_db: float
    ssim: float
    silhouette: float
    to_level: Distance | None
    to_scan: Distance | None
    cracks: Cracks | None
    views: int
    size_px: int
    lit_db: float | None = None
    lit_views: int = 0
    lit_px: int = 0

    def as_json(self) -> dict[str, object]:
        """Return plain values; an infinite PSNR is None, for JSON has no infinity; light not looked at is left out."""
        values = {**dataclasses.asdict(self), "psnr_db": _finite(self.psnr_db)}
        if self.lit_db is None:
            return {key: value for key, value in values.items() if not key.startswith("lit_")}
        return {**values, "lit_db": _finite(self.lit_db)}


def _finite(decibels: float) -> float | None:
    return None if math.isinf(decibels) else decibels


@dataclass(frozen=True, eq=False)
class Sighting:
    """What measuring needs of a scan, worked out once for all its levels.

    cameras : around it, about its origin
    radius : of its bounding sphere
    views : the scan as the cameras see it
    points : (k, 3) float32 spread over the scan, about its origin
    rims : (k, 3) float32 along its rims
    options : how it was looked at, and its levels are to be
    lit_cameras, lit : those that see it under light, and what they see; None where its normals are not to be trusted
    """

    cameras: tuple[PinholeCamera, ...]
    radius: float
    views: Views
    points: FloatArray
    rims: FloatArray
    options: MeasureOptions = THOROUGH
    lit_cameras: tuple[PinholeCamera, ...] = ()
    lit: Views | None = None


def _cameras(sphere: tuple[DoubleArray, float], options: MeasureOptions) -> tuple[PinholeCamera, ...]:
    return fibonacci_views(*sphere, options.views, options.size_px * options.supersampling)


def sight(scan: Mesh, options: MeasureOptions = THOROUGH) -> Sighting:
    """Look at a scan once, so that each of its levels is measured against the same pictures and points."""
    scan = finite_part(scan)
    center, radius = bounding_sphere(scan)
    cameras = _cameras((center, radius), options)
    views = render_views(scan, cameras, options.supersampling)
    lit_cameras: tuple[PinholeCamera, ...] = ()
    lit = None
    if options.lit_views:
        lit_cameras = fibonacci_views(center, radius, options.lit_views, options.lit_px * options.supersampling)
        lit = lit_views(scan, lit_cameras, options.supersampling)
    points = rims = np.zeros((0, 3), np.float32)
    if options.samples:
        points = spread_points(scan.positions, scan.faces, options.samples)
        rims = rim_points(scan.positions, scan.faces, options.rim_tolerance * radius / 2)
    return Sighting(cameras, radius, views, points, rims, options, lit_cameras, lit)


def sight_points(points: Mesh, surface: Mesh, options: MeasureOptions = THOROUGH) -> Sighting:
    """Look at a cloud, drawn as tiles, as `sight` does at a mesh.

    A picture is no finer than the points: its pixels are as long as they are apart, where `CLOUD_PX` allows, with as
    many rays in all. Finer ones show which of two neighbouring points, from two photographs, is in front: two drawings
    of a lion's points, with normals from 12 and from 20 neighbours, are 25.0 dB from each other at 768 x 768. Distances
    are from the points themselves; a rim is opened where the surface made of them has none. Points are not looked at
    under light: their tiles have no normals to shade them by, but for what their neighbours make probable.
    """
    points = finite_part(points)
    (center, radius), rays = bounding_sphere(points), options.size_px * options.supersampling
    apart = surfel_radius(points)
    # The largest picture whose pixels are no shorter than the points are apart.
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
        *_measure_lit(scan, level, sighting),
    )


def _measure_lit(scan: Mesh, level: Mesh, sighting: Sighting) -> tuple[float | None, int, int]:
    """Return the likeness under light in dB, with how many views and of which edge it is."""
    if sighting.lit is None:
        return None, 0, 0
    options, seen = sighting.options, sighting.lit
    if level.normals is None:
        # Viewers shade a mesh without normals by its facets (glTF 2.0, 3.7.2.1). They would do so with a scan without
        # any, too; beside smooth normals it is taken for the smooth surface that was photographed.
        level = _with_facets(level)
        if scan.normals is None:
            seen = lit_views(_with_facets(scan), sighting.lit_cameras, options.supersampling)
    views = lit_views(level, sighting.lit_cameras, options.supersampling)
    return psnr_db(seen, views), options.lit_views, options.lit_px


def _with_facets(mesh: Mesh) -> Mesh:
    facets = face_normals(mesh)[0].astype(np.float32)
    return dataclasses.replace(mesh, normals=np.repeat(facets[:, None], 3, axis=1))


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
    lengths = build_scene(mesh.positions, mesh.faces).closest(points).distances.astype(np.float64)
    rms, p95 = np.sqrt(np.mean(lengths * lengths)), np.percentile(lengths, 95)
    return Distance(float(rms), float(p95), float(lengths.max()))


def render_reference(scan: Mesh) -> ReferenceViews:
    """Look at the scan once, for all that will be judged against it."""
    return scan_views(scan)


def score_level(seen: ReferenceViews, level: LevelMesh, skin: Skin | None) -> float:
    """Return the peak signal-to-noise ratio in dB over the judging views; skin None for vertex colours."""
    return create_scorer(level, seen).psnr_db(None if skin is None else skin.base)


FRAME_KEY = "scan_to_model"
"""Where our models keep the transform: `asset.extras.scan_to_model`, a row-major 4x4."""


@dataclass(frozen=True)
class Comparison:
    """A model beside its scan.

    scan, model : file names
    scan_triangles, triangles : of the scan and of the model
    scan_points : of a scan that is a point cloud, else 0; it has no triangles then
    file_bytes : of the model, as it lies on disk
    """

    scan: str
    model: str
    scan_triangles: int
    triangles: int
    file_bytes: int
    error: LevelError
    scan_points: int = 0

    def lines(self) -> list[Message]:
        """Return a line for each kind of figure."""
        return _lines(self)

    def as_json(self) -> dict[str, object]:
        """Return plain values."""
        return {**vars(self), "error": self.error.as_json()}


def scan_to_model(path: Path) -> DoubleArray:
    """Return the 4x4 that took a scan's own coordinates to a glTF model's; identity when the model says none.

    Raises FormatError when the file is no glTF or the matrix is not sixteen finite numbers.
    """
    asset = open_document(path).root.child("asset")
    extras = asset.child("extras") if asset is not None and isinstance(asset.members.get("extras"), dict) else None
    numbers = extras.numbers(FRAME_KEY, 16) if extras is not None else None
    return IDENTITY if numbers is None else np.array(numbers).reshape(4, 4)


def compare(
    scan: Scan,
    model: Scan,
    matrix: DoubleArray = IDENTITY,
    options: MeasureOptions = THOROUGH,
    sighting: Sighting | None = None,
    surface: Mesh | None = None,
) -> Comparison:
    """Measure a model against its scan in the model's coordinates, to which `matrix` takes the scan's.

    surface : of a point cloud, whose points are the scan's mesh, as small tiles
    """
    shown = transform(finite_part(scan.mesh), matrix)
    if surface is not None:
        sighting = sight_points(shown, about(transform(surface, matrix), shown.origin), options)
    error = measure(shown, model.mesh, options, sighting)
    return Comparison(
        scan.files[0].name,
        model.files[0].name,
        0 if scan.cloud else len(scan.mesh.faces),
        len(model.mesh.faces),
        model.files[0].stat().st_size,
        error,
        scan.cloud.count if scan.cloud else 0,
    )


def describe(comparison: Comparison) -> str:
    """Return a comparison as English text.

    >>> error = LevelError(math.inf, 1, 0, None, None, None, 12, 768)
    >>> print(describe(Comparison("a.obj", "a.glb", 12, 6, 2048, error)))
    a.glb compared with a.obj: 6 of 12 triangles, 2,048 bytes
    pictures: no pixel differs (12 views of 768 × 768)
    """
    return "\n".join(comparison.lines())


def _lines(comparison: Comparison) -> list[Message]:
    error = comparison.error
    lines: list[Message] = [_counts(comparison), message("pictures: %(figures)s", figures=_pictures(error))]
    if error.lit_db is not None:
        lines.append(message("pictures under light: %(figures)s", figures=_lit_pictures(error.lit_db, error)))
    if error.to_level is not None and error.to_scan is not None:
        lines.append(message("scan to model: %(figures)s", figures=_distances(error.to_level)))
        lines.append(message("model to scan: %(figures)s", figures=_distances(error.to_scan)))
    if error.cracks is not None:
        lines.append(message("new cracks: %(figures)s", figures=_cracks(error.cracks)))
    return lines


def _counts(comparison: Comparison) -> Message:
    names: dict[str, str | int] = {"model": comparison.model, "scan": comparison.scan, "bytes": comparison.file_bytes}
    if comparison.scan_points:
        return message(
            "%(model)s compared with %(scan)s: %(triangles)s triangles from %(points)s points, %(bytes)s bytes",
            triangles=comparison.triangles,
            points=comparison.scan_points,
            **names,
        )
    return message(
        "%(model)s compared with %(scan)s: %(triangles)s of %(total)s triangles, %(bytes)s bytes",
        triangles=comparison.triangles,
        total=comparison.scan_triangles,
        **names,
    )


def _pictures(error: LevelError) -> Message:
    views = _views(error.views, error.size_px)
    if math.isinf(error.psnr_db):
        return message("no pixel differs (%(views)s)", views=views)
    return message(
        "%(psnr)s dB PSNR, %(ssim)s SSIM, %(share)s of the silhouette differs (%(views)s)",
        psnr=Number(error.psnr_db, ".2f"),
        ssim=Number(error.ssim, ".4f"),
        share=Number(error.silhouette, ".2%"),
        views=views,
    )


def _lit_pictures(lit_db: float, error: LevelError) -> Message:
    views = _views(error.lit_views, error.lit_px)
    if math.isinf(lit_db):
        return message("no pixel differs (%(views)s)", views=views)
    return message("%(psnr)s dB PSNR (%(views)s)", psnr=Number(lit_db, ".2f"), views=views)


def _views(count: int, size_px: int) -> Message:
    return plural_message(
        "%(count)s view of %(size)s × %(size)s", "%(count)s views of %(size)s × %(size)s", count,
        size=Number(size_px, "d"),
    )  # fmt: skip


def _distances(distance: Distance) -> Message:
    return message(
        "RMS %(rms)s, 95%% within %(p95)s, largest %(largest)s",
        rms=_length(distance.rms),
        p95=_length(distance.p95),
        largest=_length(distance.largest),
    )


def _cracks(cracks: Cracks) -> Message:
    if not cracks.count:
        return message("none")
    return message(
        "%(number)s (%(edges)s edges, length %(length)s)",
        number=cracks.count,
        edges=cracks.edge_count,
        length=_length(cracks.length),
    )


def _length(length_m: float) -> Message:
    """Return a length with three digits, in the unit that suits it."""
    if length_m >= 1 or length_m == 0:
        return message("%(length)s m", length=Number(length_m, ".3g"))
    if length_m * 1e3 >= 1:
        return message("%(length)s mm", length=Number(length_m * 1e3, ".3g"))
    return message("%(length)s µm", length=Number(length_m * 1e6, ".3g"))
