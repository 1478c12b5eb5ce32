"""Say in sentences where a scan was placed, and by which rule."""

from __future__ import annotations

import numpy as np

from pipeline.geometry.location.georeference import Grid
from pipeline.geometry.location.on_earth import LINEAR_M, OnEarth
from pipeline.geometry.location.placement import Placement


def says(source: str) -> str:
    """Return the clause that names who said something; an option of the command has no name of its own here."""
    return f"{source} says so" if source else "as asked for"


def unit_words(asked: Placement, unit_m: float | None, grid: Grid) -> str:
    """Say what one unit is, and who says so.

    unit_m : metres in the file's unit, None when it counts as its coordinate system does
    """
    if asked.unit:
        return f"1 unit is 1 {asked.unit}: {says(asked.sources['unit'])}"
    if unit_m is not None:
        return f"1 unit is {unit_m:g} m: its format says so"
    if grid.unit_m is None:
        return "1 unit is 1 degree, and in heights 1 m: its coordinates are longitudes and latitudes"
    return f"1 unit is {grid.unit_m:g} m: its coordinate system counts so"


def place_words(asked: Placement, grid: Grid, found: OnEarth) -> tuple[str, ...]:
    """Say the coordinate system, what was added, where the origin is, what was taken out, and what is left of it."""
    said = [f"its coordinates are {grid.title}: {says(asked.sources['crs'])}"]
    if asked.offset is not None:
        numbers = ", ".join(f"{number:.12g}" for number in asked.offset)
        said.append(f"{numbers} are added to its coordinates: {says(asked.sources['offset'])}")
    said.append(_origin_words(grid, found))
    if grid.unit_m is not None and not grid.is_geocentric and grid.anchor is None:
        turn, scale = np.degrees(found.local.convergence), grid.unit_m / found.local.scale
        said.append(f"grid north, {turn:.4f}° from true north, and the projection's scale, {scale:.6f}, are taken out")
    residual = found.local.residual_m * 1000
    if found.motion.exact is not None:
        said.append(f"each vertex is moved on its own: one matrix would leave {residual:,.1f} mm")
    else:
        said.append(f"one matrix moves it, {residual:.2f} mm beside the truth at most (up to {LINEAR_M * 1000:g} mm)")
    return tuple(said)


def _origin_words(grid: Grid, found: OnEarth) -> str:
    pose = found.pose
    at = f"the model's origin is at {pose.lat:.8f}, {pose.lon:.8f} (latitude, longitude in WGS 84)"
    if grid.height_above == "the ellipsoid":
        return f"{at}, {pose.height:.3f} m above the ellipsoid"
    return f"{at}, {pose.height:.3f} m high as given, above {grid.height_above}: no geoid grid is used"
