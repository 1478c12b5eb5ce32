"""Surface reconstruction from point clouds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from carreau.base.errors import ScanError
from carreau.base.messages import Message, Number, message
from carreau.base.model import Cloud, DoubleArray, FloatArray, Mesh, Scan
from carreau.geometry.clouds.cloud_facts import Noise, measure_noise
from carreau.geometry.clouds.local_surface import (
    LocalSurface,
    cell_for,
    clip_above,
    find_enclosed,
    local_surface,
    width_for,
)
from carreau.geometry.clouds.point_attributes import PointPaint, orient_normals, point_normals, surfel_mesh
from carreau.geometry.clouds.points import (
    Neighbors,
    downsample,
    find_neighbors,
    is_land,
    merged_points,
    outliers,
    point_colors,
    take_points,
)
from carreau.geometry.clouds.smoothing import fitted_points
from carreau.geometry.mesh_parts import compact, take_faces
from carreau.geometry.render.raycasting import build_scene
from carreau.geometry.topology import find_components
from carreau.geometry.triangles import face_areas, vertex_normals

NEIGHBORS, MOST_NEIGHBORS = 12, 30
"""Points a plane is laid through, and most of them where they scatter. With 20 instead of 12, leaves and corners melt
(0.2 dB on a lion); with 8, rounding shows. But from points of a statue that deviate by half their spacing, the surface
lies 1.4 mm from it with 25, and 1.8 with 12."""

LEAST_POINTS = 50

MOST_POINTS = 3_000_000
"""Points a surface is made from: three for each cell that it may cross."""

MOST_TILES = 1_500_000
"""Points drawn: nine million triangles, and as many as the pictures they are compared in have pixels."""

ISLAND = 6.0
"""Edge of the square that a piece of a noisy cloud must cover, in deviations."""

GAP = 2.0
"""Distance from the nearest point, in its spacings, up to which a gap is taken for chance. Of a surface with a random
point on each square of the spacing, 4 % is farther than one, and three millionths than two. Spacings are random too, so
that some gaps stay, one for each 26,000 points; with 2.5 it is one for 300,000, but a beach, a pump and a lion, whose
gaps are real, are 0.1 to 0.2 dB less like their points."""

NEARNESS_SAMPLE = 20_000

AGREEING = 0.95
"""Share of a file's normals that must agree with those beside them to be believed."""

ORIENTED = {
    "scanner": message("normals are oriented towards the scanner positions"),
    "sky": message("normals are oriented towards the sky: seen from above, the cloud is terrain"),
    "file": message("normals are oriented as in the file"),
    "outwards": message("normals are oriented outwards, starting from the outermost points"),
}
"""How the outer side of the points was decided, by `SurfaceFindings.sides`."""


@dataclass(frozen=True)
class SurfaceOptions:
    """How a cloud becomes a surface.

    up : "auto" (as the file says, else z), or x, y, z, -x, -y, -z; land is looked at from there
    reach : how many spacings the surface may go beyond the points; 1, 0.5 to 10: gaps twice as wide are bridged, and
        those up to four spacings wide that have surface all around
    cell : edge of the cells that the surface is made in, in the scan's unit; 0: as far as points are apart
    island : faces with which a piece that touches nothing stays; 30, 0 and more
    """

    up: str = "auto"
    reach: float = 1.0
    cell: float = 0.0
    island: int = 30


@dataclass(frozen=True)
class SurfaceFindings:
    """What was found on the way.

    points : of the cloud as it came
    merged : points at the place of another
    outliers : points left out
    spacing : median distance of the points that were used, in the scan's unit
    cell : edge of the cells that the surface was made in, in the scan's unit
    sides : "scanner", "sky", "file" or "outwards": who said which side of a point is out
    trimmed_share : of the surface's area that was made and that no point held up, 0..1
    islands : pieces dropped because they were small
    noise, noise_spacing : deviation of the points from their surface, and their spacing along it, in the scan's unit;
        0 if no surface shows
    noisy : whether the surface is fitted to points that scatter about it
    stray : share of the points of a noisy cloud that lie about no surface, 0..1
    """

    points: int
    merged: int
    outliers: int
    spacing: float
    cell: float
    sides: str
    trimmed_share: float
    islands: int
    noise: float = 0.0
    noise_spacing: float = 0.0
    noisy: bool = False
    stray: float = 0.0


@dataclass(frozen=True, eq=False)
class ReconstructedSurface:
    """A surface with the points it came from; both in the scan's own coordinates.

    scan : with the surface as its mesh, coloured at its vertices
    points : each point of `cloud` as a small tile, to compare levels with
    cloud : the points that were used, with unit normals on the outer side; of a noisy scan, points of the surface
        fitted to it
    decisions, warnings : one message each, for the report
    """

    scan: Scan
    points: Mesh
    cloud: Cloud
    findings: SurfaceFindings
    decisions: tuple[Message, ...]
    warnings: tuple[Message, ...] = ()


def surface(scan: Scan, options: SurfaceOptions = SurfaceOptions()) -> ReconstructedSurface:
    """Return the surface of a scan's cloud, cut where no point holds it up, in the colours of the nearest points.

    Of a noisy cloud, it is fitted to the points, and what stands for the scan is the fitted points: the scattered ones,
    as tiles, hide each other, and no level is like them (13 to 16 dB from the true surface of noisy houses; the fitted
    ones 18 to 20).

    Raises ScanError for a scan without a cloud, or with too few points to say anything of a surface.
    """
    tidy = _tidy(scan)
    cloud, noise = tidy.cloud, tidy.noise
    width = width_for(noise.deviation, noise.spacing)
    # Planes of scattered points need more of them; a noisy cloud has been replaced by points on its surface already.
    wanted = NEIGHBORS if noise.is_high else min(round(NEIGHBORS * width**2), MOST_NEIGHBORS)
    around = find_neighbors(cloud.positions, wanted)
    spacing = around.even_spacing
    axes = point_normals(cloud.positions, around.indices) if tidy.axes is None else tidy.axes
    toward, sides = _witness(scan, cloud, around, options)
    normals = orient_normals(cloud.positions, axes, around, toward)
    del around, axes, toward
    cloud = replace(cloud, normals=normals)
    cell = options.cell or cell_for(np.ptp(cloud.positions, axis=0).astype(np.float64), spacing)
    least_area = (ISLAND * noise.deviation) ** 2 if noise.is_high else 0.0
    # The surface is made wider than asked for, and then trimmed: only so can gaps with surface all around stay closed.
    wide = local_surface(cloud.positions, normals, spacing, cell, max(options.reach, GAP), width)
    mesh, share, islands = _trim(wide, cloud.origin, options, least_area)
    if not len(mesh.faces):
        raise _refusal(scan, message("its %(points)s points do not form a surface", points=tidy.points))
    colors = point_colors(cloud)
    mesh = _paint(mesh, PointPaint(cloud.positions, normals, spacing, colors))
    findings = SurfaceFindings(
        tidy.points,
        tidy.merged,
        tidy.outliers,
        float(np.median(spacing)),
        cell,
        sides,
        share,
        islands,
        noise.deviation,
        noise.spacing,
        noise.is_high,
        tidy.stray,
    )
    return ReconstructedSurface(
        replace(scan, mesh=mesh, cloud=None),
        _draw(cloud, spacing),
        cloud,
        findings,
        tuple(_decisions(findings, cloud, options, _nearness(scan, mesh) if findings.noisy else 0.0)),
        tuple(_warnings(findings, cloud)),
    )


@dataclass(frozen=True, eq=False)
class _Tidy:
    """The points to be used, one a place, without outliers; of a noisy cloud, points of the surface fitted to it.

    axes : (n, 3) float32 unit normals of that surface, on either side; None for a cloud that is not noisy
    points, merged, outliers : how many there were, lay at the place of another and were left out
    stray : share of a noisy cloud that lies about no surface
    """

    cloud: Cloud
    axes: FloatArray | None
    noise: Noise
    points: int
    merged: int
    outliers: int
    stray: float


def _tidy(scan: Scan) -> _Tidy:
    if scan.cloud is None:
        raise _refusal(scan, message("it has no points"))
    points = len(scan.cloud.positions)
    cloud = merged_points(scan.cloud)
    merged = points - len(cloud.positions)
    noise, axes, stray = measure_noise(cloud.positions), None, 0.0
    if noise.is_high:
        fitted = fitted_points(cloud, noise)
        cloud, axes, stray = fitted.cloud, fitted.axes, fitted.stray
    else:
        cloud = take_points(cloud, downsample(cloud.positions, MOST_POINTS))
    out = outliers(find_neighbors(cloud.positions, NEIGHBORS))
    if len(cloud.positions) - np.count_nonzero(out) < LEAST_POINTS:
        raise _refusal(scan, message("too few points for a surface: %(points)s", points=points))
    axes = axes if axes is None else axes[~out]
    return _Tidy(take_points(cloud, ~out), axes, noise, points, merged, int(np.count_nonzero(out)), stray)


def _refusal(scan: Scan, cause: Message) -> ScanError:
    return ScanError(scan.files[0] if scan.files else scan.name, "", cause, message("export it again with more points"))


def _witness(scan: Scan, cloud: Cloud, around: Neighbors, options: SurfaceOptions) -> tuple[FloatArray | None, str]:
    """Return (n, 3) directions that normals are to look along and their source; None if there is no such source."""
    if cloud.station_of is not None and len(cloud.stations):
        toward = cloud.stations[cloud.station_of] - cloud.positions
        return toward / np.maximum(np.linalg.norm(toward, axis=1, keepdims=True), np.float32(1e-30)), "scanner"
    if cloud.normals is not None and _agree(cloud.normals, around):
        return cloud.normals, "file"
    up = options.up if options.up != "auto" else scan.facts.up or "z"
    axis = "xyz".index(up[-1])
    if not is_land(cloud.positions, float(np.median(around.spacing)), axis):
        return None, "outwards"
    sky = np.zeros((len(cloud.positions), 3), np.float32)
    sky[:, axis] = -1 if up.startswith("-") else 1
    return sky, "sky"


def _agree(normals: FloatArray, around: Neighbors) -> bool:
    """Return whether a file's normals are on one side: nearly all agree with the neighbouring point."""
    # Normals of a file are believed only if they are on one side: programs often leave either.
    dots = np.einsum("nd,nd->n", normals, normals[around.indices[:, 0]])
    return bool(np.mean(dots > 0) >= AGREEING)


def _trim(
    wide: LocalSurface, origin: DoubleArray, options: SurfaceOptions, least_area: float
) -> tuple[Mesh, float, int]:
    """Return what the points hold up, without small islands; the share of the area cut away; how many islands were.

    Small gaps with surface all around stay closed: a statue came out with 3,100 holes instead of 60.
    """
    total = float(face_areas(wide.positions, wide.faces).sum())
    # What lies in a small closed patch counts as just within reach, so that the cut leaves it.
    farness = wide.farness.copy()
    farness[find_enclosed(wide.faces, farness, options.reach, max(options.reach, GAP))] = options.reach
    positions, faces = clip_above(wide.positions, wide.faces, farness, options.reach)
    mesh = compact(Mesh(positions, faces, origin=origin))
    pieces = find_components(mesh.faces, len(mesh.positions))
    sizes = np.bincount(pieces.labels, minlength=pieces.count)
    # Islands of few faces, of a noisy cloud also those of too little area; never the largest piece.
    small = sizes < options.island
    if least_area:
        small |= np.bincount(pieces.labels, face_areas(mesh.positions, mesh.faces), pieces.count) < least_area
    if len(sizes):
        small[np.argmax(sizes)] = False
    mesh = compact(take_faces(mesh, ~small[pieces.labels]))
    left = float(face_areas(mesh.positions, mesh.faces).sum())
    return mesh, 1 - left / max(total, 1e-30), int(np.count_nonzero(small))


def _paint(mesh: Mesh, paint: PointPaint) -> Mesh:
    colors = paint.at(mesh.positions, vertex_normals(mesh.positions, mesh.faces))
    return replace(mesh, colors=np.clip(np.rint(colors), 0, 255).astype(np.uint8))


def _draw(cloud: Cloud, spacing: FloatArray) -> Mesh:
    """Return the points as tiles; of more than can be drawn, some that are spread over all, each as much larger."""
    chosen = downsample(cloud.positions, MOST_TILES)
    normals = np.zeros((0, 3), np.float32) if cloud.normals is None else cloud.normals
    growth = np.float32(np.sqrt(len(spacing) / max(len(chosen), 1)))
    return surfel_mesh(
        cloud.positions[chosen], normals[chosen], spacing[chosen] * growth, point_colors(cloud)[chosen], cloud.origin
    )


def _nearness(scan: Scan, mesh: Mesh) -> float:
    """Return the median distance of a cloud's points, as in the file, from the surface."""
    points = np.zeros((0, 3), np.float32) if scan.cloud is None else scan.cloud.positions
    sample = points[:: max(1, len(points) // NEARNESS_SAMPLE)]
    return float(np.median(build_scene(mesh.positions, mesh.faces).closest(sample).distances))


def _decisions(findings: SurfaceFindings, cloud: Cloud, options: SurfaceOptions, nearness: float) -> Iterator[Message]:
    if findings.noisy:
        yield message(
            "surface fitted to %(points)s points that scatter about it, as %(used)s points that lie on it (points that "
            "belong to no surface: %(stray)s)",
            points=findings.points,
            used=len(cloud.positions),
            stray=Number(findings.stray, ".0%"),
        )
        yield message(
            "half of the points of the file lie within %(distance)s units of the surface",
            distance=Number(nearness, ".2g"),
        )
    else:
        yield message(
            "surface made from %(used)s of %(points)s points (duplicates merged: %(merged)s, outliers removed: "
            "%(outliers)s)",
            used=len(cloud.positions),
            points=findings.points,
            merged=findings.merged,
            outliers=findings.outliers,
        )
    yield ORIENTED[findings.sides]
    yield message(
        "surface through the local planes of the points, in cells of %(cell)s units for a median point spacing of "
        "%(spacing)s units; surface farther from the points than %(reach)s times their spacing removed (%(share)s); "
        "small islands removed: %(islands)s",
        cell=Number(findings.cell, ".3g"),
        spacing=Number(findings.spacing, ".3g"),
        reach=Number(options.reach, "g"),
        share=Number(findings.trimmed_share, ".0%"),
        islands=findings.islands,
    )
    if cloud.colors is not None:
        yield message("the surface has the colours of the points")
    elif cloud.intensity is not None:
        yield message("the surface shows the intensity of the points in grey")
    else:
        yield message("the surface is plain grey: the points have no colour")
    if findings.noisy:
        yield message(
            "levels are compared with the points on the fitted surface, not with the scattered points of the file; "
            "each is drawn as a hexagon two point spacings wide"
        )
    else:
        yield message("levels are compared with the points, each drawn as a hexagon two point spacings wide")
    if len(cloud.positions) > MOST_TILES:
        yield message(
            "%(drawn)s of %(points)s points are drawn, evenly spread and proportionally larger",
            drawn=MOST_TILES,
            points=len(cloud.positions),
        )


def _warnings(findings: SurfaceFindings, cloud: Cloud) -> Iterator[Message]:
    if findings.outliers > 0.02 * findings.points:
        yield message(
            "isolated points left out: %(count)s of %(total)s", count=findings.outliers, total=findings.points
        )
    if cloud.colors is None and cloud.intensity is None:
        yield message("the point cloud has neither colours nor intensity: its models are grey")
