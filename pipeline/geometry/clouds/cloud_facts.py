"""Say what a point cloud is, and what would be done about it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from pipeline.formats.clouds.thinning import inner_box
from pipeline.geometry.findings import Finding, finding_lines, some
from pipeline.geometry.location.scale import LikelyUnit, likely_unit
from pipeline.geometry.location.up_axis import PROJECTED
from pipeline.model import Cloud, DoubleArray, Scan, ScanFacts
from pipeline.units import UNITS_M

_SAMPLE = 20_000
_STRAY = 1.05
_NEIGHBORS = 8
"""Points that are asked for: stacked scans write some places twice."""


@dataclass(frozen=True)
class CloudInspection:
    """What a point cloud is.

    format, detail : "LAZ", "E57", …, and its variant in words
    parts : names of the scans in the file
    points, kept : in the file, and after leaving out and thinning
    voxel : edge of the voxels the points were thinned to, in the scan's unit, 0 when they were not
    spacing : median distance from a kept point to its nearest neighbour, in the scan's unit; 0 for a single place
    size, body : lengths along x, y, z in the scan's unit, of all points, and without the outermost 0.2 % each way
    origin : the place its coordinates are counted from, in its own coordinates; zero unless they are very large
    stations : places a scanner stood
    crs : coordinate system as the file names it, empty when it does not
    unit : the unit the file says or probably means, None when the numbers fit none; `unit_stated` says which
    up : the axis the file says or probably means; `up_stated` says which
    findings : what would be done, in the order it would be
    warnings : from reading
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
    size: tuple[float, float, float]
    body: tuple[float, float, float]
    origin: tuple[float, float, float]
    stations: int
    crs: str
    unit: str | None
    unit_stated: bool
    unit_plausible: bool
    unit_reason: str
    up: str
    up_stated: bool
    up_reason: str
    has_colors: bool
    has_intensity: bool
    has_normals: bool
    findings: tuple[Finding, ...]
    copyright: str
    warnings: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """Return the same as plain data."""
        return dataclasses.asdict(self)

    def lines(self) -> list[str]:
        """Return the same for people, a fact a line."""
        rows = _rows(self)
        width = max(len(label) for label, _ in rows) + 2
        lines = [self.name, *(f"  {label:<{width}}{text}" for label, text in rows)]
        lines += ["", "What would be done", *finding_lines(self.findings)]
        if self.warnings:
            lines += ["", "Warnings", *(f"  {warning}" for warning in self.warnings)]
        return lines


def inspect_cloud(scan: Scan, cloud: Cloud) -> CloudInspection:
    """Look at a cloud as it was read."""
    facts = scan.facts
    places = cloud.positions.astype(np.float64)
    low, high = inner_box(places)
    body, size = high - low, np.ptp(places, axis=0)
    horizontal = _projected_up((low + high) / 2 + cloud.origin, float(body.max()))
    unit = _unit(facts, float(body.max()), horizontal)
    guess = horizontal or "z"
    reason = "its coordinates look like eastings and northings" if horizontal else "the custom of scanners"
    return CloudInspection(
        name=scan.name,
        format=facts.format,
        detail=facts.detail,
        files=tuple(path.name for path in scan.files),
        parts=facts.parts,
        points=cloud.count,
        kept=len(cloud.positions),
        voxel=cloud.voxel,
        spacing=median_spacing(cloud),
        size=_triple(size),
        body=_triple(body),
        origin=_triple(cloud.origin),
        stations=len(cloud.stations),
        crs=facts.crs,
        unit=unit.unit,
        unit_stated=facts.unit_m is not None,
        unit_plausible=unit.plausible,
        unit_reason=unit.reason,
        up=facts.up or guess,
        up_stated=facts.up is not None,
        up_reason=f"{facts.format} files say so" if facts.up else reason,
        has_colors=cloud.colors is not None,
        has_intensity=cloud.intensity is not None,
        has_normals=cloud.normals is not None,
        findings=tuple(_findings(cloud)),
        copyright=facts.copyright,
        warnings=facts.warnings,
    )


def median_spacing(cloud: Cloud) -> float:
    """Return the median distance between a point and its nearest neighbour at another place, over 20,000 points."""
    step = max(1, len(cloud.positions) // _SAMPLE)
    tree = cKDTree(cloud.positions, balanced_tree=False, compact_nodes=False)
    found = tree.query(cloud.positions[::step], k=np.arange(1, min(_NEIGHBORS, len(cloud.positions)) + 1))[0]
    near = np.min(np.asarray(found), axis=1, where=np.asarray(found) > 0, initial=np.inf)
    near = near[np.isfinite(near)]
    return float(np.median(near)) if len(near) else 0.0


def _triple(values: DoubleArray) -> tuple[float, float, float]:
    x, y, z = (float(value) for value in values)
    return x, y, z


def _projected_up(place: DoubleArray, longest: float) -> str | None:
    """Return the axis of the height when the other two look like eastings and northings, else None."""
    far = (np.abs(place) >= PROJECTED) & (np.abs(place) >= 2 * longest)
    return {(True, False, True): "y", (True, True, False): "z"}.get((bool(far[0]), bool(far[1]), bool(far[2])))


def _unit(facts: ScanFacts, longest: float, horizontal: str | None) -> LikelyUnit:
    """Return the unit; land is as long as it is where a coordinate system says what it is counted in."""
    if facts.crs and facts.unit_m is not None:
        name = next((name for name, size in UNITS_M.items() if size == facts.unit_m), None)
        return LikelyUnit(name, True, "its coordinate system says so")
    return likely_unit(longest, facts.unit_m, facts.format, facts.unit_m is None and horizontal is not None)


def _findings(cloud: Cloud) -> list[Finding]:
    """Return what would be done to make a surface of it."""
    thinned = f"thinned to the mean of each {cloud.voxel:.4g} unit voxel"
    turned = "towards their scanner" if cloud.station_of is not None else "one way, then outwards or up"
    bare = cloud.colors is None
    gray = cloud.intensity is not None
    look = "its intensity, as grey" if gray else "plain grey"
    rows = [
        Finding("points more than are kept", cloud.count - len(cloud.positions) if cloud.voxel else 0, thinned),
        Finding("points", len(cloud.positions), "outliers left out, then a surface made through the others"),
        Finding("points without a normal", len(cloud.positions) * (cloud.normals is None), f"get one, turned {turned}"),
        Finding("cloud without colours", int(bare), f"gets a texture baked from {look}"),
        Finding("cloud with colours", int(not bare), "gets a texture baked from the nearest points"),
    ]
    return [finding for finding in rows if finding.count]


def _rows(found: CloudInspection) -> list[tuple[str, str]]:
    stated = "" if found.unit_stated and found.unit_plausible else "likely "
    has = {"colours": found.has_colors, "intensity": found.has_intensity, "normals": found.has_normals}
    kept = f", {found.kept:,} kept" if found.kept != found.points else ""
    voxel = f" in voxels of {found.voxel:.4g} units" if found.voxel else ""
    rows = [
        ("format", f"{found.format} {found.detail}".strip()),
        ("files", some(found.files)),
        ("scans", f"{len(found.parts):,}: {some(found.parts)}" if found.parts else ""),
        ("points", f"{found.points:,} in the file{kept}{voxel}"),
        (
            "spacing",
            f"{found.spacing:.3g} units between neighbours" if found.spacing else "all points are at one place",
        ),
        ("extent", f"{_sides(found.size)} units (x, y, z)"),
        ("without strays", _sides(found.body) if max(found.size) > _STRAY * max(found.body) else ""),
        ("origin", "{:,.3f}, {:,.3f}, {:,.3f}".format(*found.origin) if any(found.origin) else ""),
        ("coordinates", found.crs),
        ("unit", f"{stated}{found.unit or 'unknown'}: {found.unit_reason}"),
        ("up", f"{found.up}: {found.up_reason}"),
        ("points have", ", ".join(name for name, there in has.items() if there) or "positions only"),
        ("stations", f"{found.stations:,}" if found.stations else "unknown"),
        ("copyright", found.copyright),
    ]
    return [(label, text) for label, text in rows if text]


def _sides(sides: tuple[float, float, float]) -> str:
    return " x ".join(f"{side:,.4g}" for side in sides)
