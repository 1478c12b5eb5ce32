"""Inspection of a point cloud: its properties, its noise, and what a build would do about them."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from carreau.base.messages import Message, Number, join_messages, message, printable
from carreau.base.model import Cloud, DoubleArray, FloatArray, IntArray, Scan, ScanFacts
from carreau.base.options import UNITS_M
from carreau.formats.clouds.thinning import inner_box
from carreau.geometry.clouds.points import merged_points, nearest_points, search_tree
from carreau.geometry.defects import Finding, finding_lines, some
from carreau.geometry.location.land import footprint_of_land
from carreau.geometry.location.placement import LikelyUnit, likely_unit, unit_warning
from carreau.geometry.location.up_axis import PROJECTED

_SAMPLE = 20_000
_STRAY = 1.05
_NEIGHBORS = 8
"""Nearest points per query: more than one, as stacked scans have duplicate points."""


@dataclass(frozen=True)
class CloudInspection:
    """The properties of a point cloud.

    format, detail : "LAZ", "E57", …, and its variant in words
    parts : names of the scans in the file
    points, kept : in the file, and after skipping and thinning
    voxel : edge of the voxels of thinning, in the scan's unit, 0 without thinning
    spacing : median distance from a point to its nearest neighbour, in the scan's unit; 0 for a single position
    noise, noise_spacing : deviation of the points from their surface, and their spacing along it, in the scan's unit;
        0 if no surface shows
    size, body : lengths along x, y, z in the scan's unit, of all points, and without the outermost 0.2 % on each side
    origin : origin of its coordinates, zero unless they are very large
    stations : number of scanner positions
    crs : coordinate system in the file, empty if unknown
    unit : unit in the file, else the likely one, None if no unit fits; `unit_stated` tells which
    up : up axis in the file, else the likely one; `up_stated` tells which
    up_sure : whether it is stated, or that of the heights of projected coordinates; a build also looks at the surface
    findings : what a build would do, in order
    warnings : that the cloud is noisy, from reading, and about its up axis
    """

    name: str
    format: str
    detail: str
    files: tuple[str, ...]
    parts: tuple[str, ...]
    points: int
    kept: int
    voxel: float
    spacing: float
    noise: float
    noise_spacing: float
    size: tuple[float, float, float]
    body: tuple[float, float, float]
    origin: tuple[float, float, float]
    stations: int
    crs: str
    unit: str | None
    unit_stated: bool
    unit_plausible: bool
    unit_reason: Message
    up: str
    up_stated: bool
    up_reason: Message
    up_sure: bool
    has_colors: bool
    has_intensity: bool
    has_normals: bool
    findings: tuple[Finding, ...]
    copyright: str
    warnings: tuple[Message, ...]

    def as_json(self) -> dict[str, object]:
        """Return the inspection as plain values."""
        return dataclasses.asdict(self)

    def lines(self) -> list[str]:
        """Return the inspection as lines, one for each fact."""
        rows = (message("  %(label)s: %(value)s", label=label, value=value) for label, value in _rows(self))
        lines = [self.name, *rows, "", message("What would be done"), *finding_lines(self.findings)]
        if self.warnings:
            lines += ["", message("Warnings"), *(message("  %(text)s", text=warning) for warning in self.warnings)]
        return lines


def inspect_cloud(scan: Scan, cloud: Cloud) -> CloudInspection:
    """Return the inspection of a cloud."""
    facts = scan.facts
    places = cloud.positions.astype(np.float64)
    low, high = inner_box(places)
    body, size = high - low, np.ptp(places, axis=0)
    horizontal = _projected_up((low + high) / 2 + cloud.origin, float(body.max()))
    unit = _unit(facts, body, horizontal)
    doubt, guess = unit_warning(unit, facts.unit_m), horizontal or "z"
    noise = measure_noise(merged_points(cloud).positions)
    unit_m = facts.unit_m if unit.plausible else None
    noisy = (noise_warning(noise.deviation, noise.spacing, unit_m),) if noise.is_high else ()
    is_sure = facts.up is not None or horizontal is not None
    reason = (
        message("its coordinates look like eastings and northings")
        if horizontal
        else message("the convention of laser scanners")
    )
    return CloudInspection(
        name=scan.name,
        format=facts.format,
        detail=facts.detail,
        files=tuple(printable(path.name) for path in scan.files),
        parts=facts.parts,
        points=cloud.count,
        kept=len(cloud.positions),
        voxel=cloud.voxel,
        spacing=median_spacing(cloud),
        noise=noise.deviation,
        noise_spacing=noise.spacing,
        size=triple(size),
        body=triple(body),
        origin=triple(cloud.origin),
        stations=len(cloud.stations),
        crs=facts.crs,
        unit=unit.unit,
        unit_stated=facts.unit_m is not None,
        unit_plausible=unit.plausible,
        unit_reason=unit.reason,
        up=facts.up or guess,
        up_stated=facts.up is not None,
        up_reason=message("according to %(source)s", source=facts.format) if facts.up else reason,
        up_sure=is_sure,
        has_colors=cloud.colors is not None,
        has_intensity=cloud.intensity is not None,
        has_normals=cloud.normals is not None,
        findings=tuple(_findings(cloud)),
        copyright=facts.copyright,
        warnings=(
            *noisy,
            *facts.warnings,
            *(() if doubt is None else (doubt,)),
            *(() if is_sure else (_up_warning(guess),)),
        ),
    )


def _up_warning(axis: str) -> Message:
    """Return the warning about a cloud whose file does not state its up axis."""
    return message(
        "the scan does not state which side is up: %(axis)s is the convention, and a build also looks at the shape of "
        "its surface; if the model does not stand upright, build it again with --up",
        axis=axis,
    )


def median_spacing(cloud: Cloud) -> float:
    """Return the median distance of a point to the nearest one at another position, from 20,000 points."""
    step = max(1, len(cloud.positions) // _SAMPLE)
    tree = cKDTree(cloud.positions, balanced_tree=False, compact_nodes=False)
    distances = tree.query(cloud.positions[::step], k=np.arange(1, min(_NEIGHBORS, len(cloud.positions)) + 1))[0]
    near = np.min(np.asarray(distances), axis=1, where=np.asarray(distances) > 0, initial=np.inf)
    near = near[np.isfinite(near)]
    return float(np.median(near)) if len(near) else 0.0


def triple(values: DoubleArray) -> tuple[float, float, float]:
    """Return three numbers of an array as plain ones."""
    x, y, z = (float(value) for value in values)
    return x, y, z


def _projected_up(place: DoubleArray, longest: float) -> str | None:
    """Return the axis of heights if the other two look like eastings and northings, else None."""
    far = (np.abs(place) >= PROJECTED) & (np.abs(place) >= 2 * longest)
    return {(True, False, True): "y", (True, True, False): "z"}.get((bool(far[0]), bool(far[1]), bool(far[2])))


def _unit(facts: ScanFacts, body: DoubleArray, horizontal: str | None) -> LikelyUnit:
    """Return the unit; a known coordinate system defines it, however large the scan is."""
    if facts.crs and facts.unit_m is not None:
        name = next((name for name, size in UNITS_M.items() if size == facts.unit_m), None)
        return LikelyUnit(name, True, message("defined by its coordinate system"))
    projected = facts.unit_m is None and horizontal is not None
    return likely_unit(float(body.max()), facts.unit_m, facts.format, projected, footprint_of_land(body))


def _findings(cloud: Cloud) -> list[Finding]:
    """Return what a build would do to reconstruct a surface."""
    averaged = message("averaged in voxels of %(size)s units", size=Number(cloud.voxel, ".4g"))
    oriented = (
        message("estimated, oriented towards the scanner")
        if cloud.station_of is not None
        else message("estimated, oriented consistently, then outwards or upwards")
    )
    uncolored = (
        message("textured in plain grey")
        if cloud.intensity is None
        else message("textured from its intensity, in grey")
    )
    has_colors = cloud.colors is not None
    without_normals = len(cloud.positions) if cloud.normals is None else 0
    rows = [
        Finding(message("points above the limit"), cloud.count - len(cloud.positions) if cloud.voxel else 0, averaged),
        Finding(message("points"), len(cloud.positions), message("outliers are removed, and the others are meshed")),
        Finding(message("points without normals"), without_normals, oriented),
        Finding(message("point cloud without colours"), int(not has_colors), uncolored),
        Finding(message("point cloud with colours"), int(has_colors), message("textured from the nearest points")),
    ]
    return [finding for finding in rows if finding.count]


def _rows(cloud: CloudInspection) -> list[tuple[Message, str]]:
    """Return labels and values, without those that are empty."""
    unit = cloud.unit or message("unknown")
    is_certain = cloud.unit_stated and cloud.unit_plausible
    rows = [
        (message("format"), join_messages([text for text in (cloud.format, cloud.detail) if text], ", ")),
        (message("files"), some(cloud.files)),
        (message("scans"), f"{len(cloud.parts):,}: {some(cloud.parts)}" if cloud.parts else ""),
        (message("points"), _points(cloud)),
        (
            message("spacing"),
            message("%(size)s units between neighbours", size=Number(cloud.spacing, ".3g"))
            if cloud.spacing
            else message("all points are at the same position"),
        ),
        (
            message("noise"),
            message(
                "%(noise)s units about surfaces with a point every %(spacing)s units",
                noise=Number(cloud.noise, ".2g"),
                spacing=Number(cloud.noise_spacing, ".2g"),
            )
            if cloud.noise_spacing
            else "",
        ),
        (message("extent"), message("%(sides)s units (x, y, z)", sides=_sides(cloud.size))),
        (message("without outliers"), _sides(cloud.body) if max(cloud.size) > _STRAY * max(cloud.body) else ""),
        (message("origin"), "{:,.3f}, {:,.3f}, {:,.3f}".format(*cloud.origin) if any(cloud.origin) else ""),
        (message("coordinate system"), cloud.crs),
        (
            message("unit"),
            message("%(unit)s: %(reason)s", unit=unit, reason=cloud.unit_reason)
            if is_certain
            else message("likely %(unit)s: %(reason)s", unit=unit, reason=cloud.unit_reason),
        ),
        (message("up"), message("%(axis)s: %(reason)s", axis=cloud.up, reason=cloud.up_reason)),
        (message("attributes"), join_messages(_attributes(cloud), ", ") or message("positions only")),
        (message("scanner positions"), f"{cloud.stations:,}" if cloud.stations else message("unknown")),
        (message("copyright"), cloud.copyright),
    ]
    return [(label, value) for label, value in rows if value]


def _points(cloud: CloudInspection) -> Message:
    points = message("%(count)s in the file", count=cloud.points)
    if not cloud.voxel:
        return (
            points
            if cloud.kept == cloud.points
            else message("%(points)s, %(kept)s used", points=points, kept=cloud.kept)
        )
    size = Number(cloud.voxel, ".4g")
    return message("%(points)s, %(kept)s used, in voxels of %(size)s units", points=points, kept=cloud.kept, size=size)


def _attributes(cloud: CloudInspection) -> list[Message]:
    names = [
        (message("colours"), cloud.has_colors),
        (message("intensity"), cloud.has_intensity),
        (message("normals"), cloud.has_normals),
    ]
    return [name for name, is_there in names if is_there]


def _sides(sides: tuple[float, float, float]) -> str:
    return " x ".join(f"{side:,.4g}" for side in sides)


SAMPLES = 2_000
"""Places at which noise is measured."""

RANKS = (12, 17, 24, 34, 48, 68, 96, 136, 192, 272, 384, 544, 768, 1024)
"""Sizes of the neighbourhoods, about the square root of 2 apart."""

DOUBLING = 2
"""Steps in `RANKS` to twice the points."""

THINNING = (1, 4, 16, 64)
"""Wider neighbourhoods are looked at in every 4th, 16th and 64th point."""

STEADY = 1.2
"""Largest growth of the deviation from a plane with twice the points: it is 1 for noise about a plane, 1.26 within the
noise, 1.4 in a corner and 2 on a curved surface."""

FLAT = 0.5
"""Largest deviation of a plane from its points, relative to their spread along it."""

RESOLVED = 0.4
"""Least share of the places that must have such a plane; noise cannot be told from foliage by the others."""

BEYOND = 2.5
"""Points farther from a plane than this many deviations do not count."""

TWO_SIDES = 4.0
"""Distance of the means of two groups of heights, in deviations of a group (K. Ashman et al., "Detecting bimodality in
astronomical datasets", 1994), above which they are the two sides of a wall: it is 2.7 for noise, 3.5 where all heights
are as frequent, 3.7 in a trough, and 4.2 for two planes that are four deviations apart."""

ROUNDS = 3
MAD = 1.4826
"""Standard deviation of a normal distribution, in median absolute deviations."""

BAND = 256

NOISY = 0.8
"""Least deviation of a noisy cloud, in spacings. It is 0.07 to 0.3 in laser scans and in sharp photogrammetry."""


@dataclass(frozen=True, eq=False)
class Noise:
    """Noise at places of a cloud, in the unit of its positions.

    places : (k, 3) float32
    deviations : (k,) float32, standard deviation of the points about the plane through them
    spacings : (k,) float32, edge of the square of that plane that each point covers
    """

    places: FloatArray
    deviations: FloatArray
    spacings: FloatArray

    @property
    def deviation(self) -> float:
        """Return the median deviation; 0 if it cannot be measured."""
        return float(np.median(self.deviations)) if len(self.deviations) else 0.0

    @property
    def spacing(self) -> float:
        """Return the median spacing; 0 if it cannot be measured."""
        return float(np.median(self.spacings)) if len(self.spacings) else 0.0

    @property
    def is_high(self) -> bool:
        """Return whether the points scatter so far that a surface through them is rough and full of holes."""
        return self.deviation > NOISY * self.spacing


NO_NOISE = Noise(np.zeros((0, 3), np.float32), np.zeros(0, np.float32), np.zeros(0, np.float32))


def measure_noise(positions: FloatArray) -> Noise:
    """Return the noise of (n, 3) distinct positions; none where no neighbourhood shows a plane, as in foliage.

    Neighbourhoods grow until their points lie along a plane, and deviate no more from a larger one. Smaller ones are
    as thick as wide, and larger ones show the relief.
    """
    # A fixed seed: the same cloud has the same noise on each run.
    order = np.random.default_rng(0).permutation(len(positions))
    places = positions[order[:SAMPLES]]
    for thinning in THINNING:
        # Larger neighbourhoods are taken from a thinned cloud, so that the number of neighbours
        # looked at stays the same.
        points = positions if thinning == 1 else positions[np.sort(order[: len(positions) // thinning])]
        # A neighbourhood of a tenth of the cloud is its shape, not its surface.
        ranks = np.array([rank for rank in RANKS if rank * 10 <= len(points)])
        if len(ranks) <= DOUBLING:
            break
        noise, share = _noise_at(places, points, ranks, thinning)
        if share >= RESOLVED:
            return noise
    return NO_NOISE


def noise_warning(deviation: float, spacing: float, unit_m: float | None) -> Message:
    """Return the warning about a noisy cloud; in its own units if their length in metres is not known.

    >>> print(noise_warning(0.121, 0.031, 1.0).split(";")[0])
    noisy: the points scatter by 12 cm about their surface, where they are 3.1 cm apart
    """
    unit: str = message("scan units")
    if unit_m is not None:
        unit = next((name for name in ("m", "cm") if deviation * unit_m >= UNITS_M[name]), "mm")
        deviation, spacing = (length * unit_m / UNITS_M[unit] for length in (deviation, spacing))
    return message(
        "noisy: the points scatter by %(noise)s %(unit)s about their surface, where they are %(spacing)s %(unit)s "
        "apart; the surface is fitted to them and has no finer detail. More or sharper photographs, a filter by "
        "confidence, or the mesh from the same program would help",
        noise=Number(deviation, ".2g"),
        spacing=Number(spacing, ".2g"),
        unit=unit,
    )


def _noise_at(places: FloatArray, points: FloatArray, ranks: IntArray, thinning: int) -> tuple[Noise, float]:
    """Return the noise where it shows, and the share of the places where it does."""
    tree = search_tree(points)
    deviations, spacings = np.full(len(places), np.nan, np.float32), np.zeros(len(places), np.float32)
    for start in range(0, len(places), BAND):
        band = slice(start, start + BAND)
        near, distances = nearest_points(tree, places[band], int(ranks[-1]))
        offsets = (points[near] - places[band, None]).astype(np.float64)
        deviations[band], rank, counts = _steady(offsets, ranks)
        # The points counted cover a disk up to the farthest of them: the edge of each one's share as a square.
        reach = distances[np.arange(len(near)), rank - 1]
        spacings[band] = reach * np.sqrt(np.pi / (counts * thinning))
    shown = np.isfinite(deviations)
    return Noise(places[shown], deviations[shown], spacings[shown]), float(shown.mean())


def _steady(offsets: DoubleArray, ranks: IntArray) -> tuple[DoubleArray, IntArray, IntArray]:
    """Return the deviation of (k, n, 3) nearest points where it stops growing, else NaN, the rank, and the points."""
    covariances, centers = _spreads(offsets, ranks)
    variances, axes = np.linalg.eigh(covariances)
    variances = np.maximum(variances, 0)
    # Three of the points define the plane.
    deviations = np.sqrt(variances[..., 0] * (ranks / (ranks - 3)))
    # The first size at which the points are flat and twice as many deviate no more: there noise shows, and not relief.
    growth = deviations[:, DOUBLING:] / np.maximum(deviations[:, :-DOUBLING], 1e-30)
    flat = variances[..., 0] <= FLAT**2 * variances[..., 1]
    steady = (growth <= STEADY) & flat[:, :-DOUBLING]
    first, rows = np.argmax(steady, axis=1), np.arange(len(offsets))
    result, counts = np.empty(len(offsets)), ranks[first]
    for row, column in zip(rows, first, strict=True):
        near = offsets[row, : ranks[column]]
        result[row], heights = _robust(near, centers[row, column], axes[row, column, :, 0])
        # Both sides of a thin wall in one ball look like noise as thick as the wall: a plate of 8 mm with 1 mm of noise
        # was measured as 4.2 mm. Only the side of the place itself counts then.
        side = _one_side(near, heights)
        if len(side) < len(near):
            result[row], _ = _robust(side, side.mean(axis=0), axes[row, column, :, 0])
            counts[row] = len(side)
    return np.where(steady[rows, first], result, np.nan), ranks[first], counts


def _spreads(offsets: DoubleArray, ranks: IntArray) -> tuple[DoubleArray, DoubleArray]:
    """Return the covariances (k, r, 3, 3) and means (k, r, 3) of the nearest points, for each rank."""
    counts = ranks[None, :, None]
    # Neighbours come nearest first, so running sums give the moments of all sizes at once.
    means = np.cumsum(offsets, axis=1)[:, ranks - 1] / counts
    products = np.empty((len(offsets), len(ranks), 3, 3))
    for d in range(3):
        for e in range(d, 3):
            sums = np.cumsum(offsets[..., d] * offsets[..., e], axis=1)[:, ranks - 1]
            products[..., d, e] = products[..., e, d] = sums / counts[..., 0] - means[..., d] * means[..., e]
    return products, means


def _robust(offsets: DoubleArray, center: DoubleArray, normal: DoubleArray) -> tuple[float, DoubleArray]:
    """Return the deviation of points from a plane that is fitted again without those far from it, and their heights."""
    for _round in range(ROUNDS):
        heights = (offsets - center) @ normal
        # The deviation from medians, which a few strays do not move; the plane is fitted again without those.
        deviation = MAD * float(np.median(np.abs(heights - np.median(heights))))
        inside = offsets[np.abs(heights - np.median(heights)) <= BEYOND * deviation]
        if len(inside) < RANKS[0] // 2:
            break
        center = inside.mean(axis=0)
        normal = np.linalg.eigh(np.cov(inside.T, bias=True))[1][:, 0]
    # Three of the points define the plane.
    return deviation * float(np.sqrt(len(offsets) / max(len(offsets) - 3, 1))), (offsets - center) @ normal


def _one_side(offsets: DoubleArray, heights: DoubleArray) -> DoubleArray:
    """Return the points on the side of a wall that the first is on; all of them if they are one side."""
    # Two-means of the heights in one dimension: the limit is halfway between the means of both groups.
    limit = float(heights.mean())
    for _round in range(ROUNDS):
        low, high = heights[heights <= limit], heights[heights > limit]
        if not len(low) or not len(high):
            return offsets
        limit = float(low.mean() + high.mean()) / 2
    if high.mean() - low.mean() <= TWO_SIDES * np.sqrt((low.var() + high.var()) / 2):
        return offsets
    side: DoubleArray = offsets[(heights <= limit) == (heights[0] <= limit)]
    return side
