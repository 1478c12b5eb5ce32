"""Inspection of a point cloud: its properties, and what a build would do about them."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from carreau.base.messages import Message, Number, joined, message
from carreau.base.model import Cloud, DoubleArray, Scan, ScanFacts
from carreau.base.text_encoding import printable
from carreau.base.units import UNITS_M
from carreau.formats.clouds.thinning import inner_box
from carreau.geometry.clouds.cloud_parts import merged_points
from carreau.geometry.clouds.noise import noise_of, noise_warning
from carreau.geometry.findings import Finding, finding_lines, some
from carreau.geometry.location.scale import LikelyUnit, footprint_of_land, likely_unit
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
    guess = horizontal or "z"
    noise = noise_of(merged_points(cloud).positions)
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
        warnings=(*noisy, *facts.warnings, *(() if is_sure else (_up_warning(guess),))),
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
        (message("format"), joined([text for text in (cloud.format, cloud.detail) if text], ", ")),
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
        (message("attributes"), joined(_attributes(cloud), ", ") or message("positions only")),
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
