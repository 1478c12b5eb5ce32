"""Set a scan upright, in metres, on the ground."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pipeline.errors import OptionError
from pipeline.geometry.extent import body_box
from pipeline.geometry.footing import UPS
from pipeline.geometry.scale import UNITS_M, LikelyUnit, likely_unit
from pipeline.geometry.upright import LikelyUp, likely_up, projected_up
from pipeline.model import DoubleArray, FloatArray, Mesh, Scan, ScanFacts

TO_Y_UP: dict[str, tuple[tuple[int, int, int], ...]] = {
    "y": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "z": ((1, 0, 0), (0, 0, 1), (0, -1, 0)),
    "x": ((0, -1, 0), (1, 0, 0), (0, 0, 1)),
    "-y": ((1, 0, 0), (0, -1, 0), (0, 0, -1)),
    "-z": ((1, 0, 0), (0, 0, -1), (0, 1, 0)),
    "-x": ((0, 1, 0), (-1, 0, 0), (0, 0, 1)),
}
"""Rotation that brings each way up to +Y: a quarter or half turn, so that no coordinate is rounded by it."""


@dataclass(frozen=True)
class OrientOptions:
    """What the scan's axes and numbers mean.

    unit : "auto" (as the file says, else 1 unit = 1 m), or a key of `UNITS_M`: mm, cm, dm, m, in, ft, km
    up : "auto" (as the file says, else a guess where one is sure, else y), or x, y, z, -x, -y, -z
    """

    unit: str = "auto"
    up: str = "auto"

    def __post_init__(self) -> None:
        """Refuse what is neither."""
        if self.unit not in ("auto", *UNITS_M):
            raise OptionError(f"unit {self.unit!r} is not one of auto, {', '.join(UNITS_M)}")
        if self.up not in ("auto", *UPS):
            raise OptionError(f"up {self.up!r} is not one of auto, {', '.join(UPS)}")


@dataclass(frozen=True, eq=False)
class Oriented:
    """A scan in metres with Y up, standing on y = 0 with x = z = 0 in the middle of its ground plan.

    mesh : positions about (0, 0, 0) of the model; its `origin` is zero
    scan_to_model : (4, 4) float64, takes a place in the scan's own coordinates, as a column, to the model's
    up : the axis of the scan that is up now
    unit_m : the metres that one unit of the scan became
    unit_known : whether the file or a person said so, and it can be true; lengths are in scan units otherwise
    likely_unit : what the unit probably is, a key of `UNITS_M`, or None
    decisions : one sentence each, for the report
    warnings : one sentence each, for the report
    """

    mesh: Mesh
    scan_to_model: DoubleArray
    up: str
    unit_m: float
    unit_known: bool
    likely_unit: str | None
    decisions: tuple[str, ...]
    warnings: tuple[str, ...] = ()


def orient(scan: Scan, options: OrientOptions = OrientOptions()) -> Oriented:
    """Return the scan's mesh upright, in metres, on the ground.

    A guess never scales a scan: one without a unit, or with one that cannot be, is left at 1 unit = 1 m, or at what it
    says, and a warning names the likely unit. A guess turns a scan only where something other than custom says so.
    """
    up = _choose_up(scan, options)
    unit = _guess_unit(scan)
    unit_m, known, decision, warnings = _choose_unit(scan.facts, options, unit)
    mesh, matrix = _move(scan.mesh, up.up, unit_m)
    decisions = (f"{up.up} is up: {up.reason}", decision)
    likely = options.unit if options.unit != "auto" else unit.unit
    return Oriented(mesh, matrix, up.up, unit_m, known, likely, decisions, warnings)


def _choose_up(scan: Scan, options: OrientOptions) -> LikelyUp:
    if options.up != "auto":
        return LikelyUp(options.up, True, "as asked for")
    if scan.facts.up is not None:
        return LikelyUp(scan.facts.up, True, f"{scan.facts.format} says so")
    return likely_up(scan.mesh)


def _guess_unit(scan: Scan) -> LikelyUnit:
    projected = scan.facts.unit_m is None and projected_up(scan.mesh) is not None
    longest = float(body_box(scan.mesh.positions, scan.mesh.faces).sides.max())
    return likely_unit(longest, scan.facts.unit_m, scan.facts.format, projected)


def _choose_unit(
    facts: ScanFacts, options: OrientOptions, guess: LikelyUnit
) -> tuple[float, bool, str, tuple[str, ...]]:
    """Return metres a unit, whether that is known, the decision and the warnings."""
    if options.unit != "auto":
        return UNITS_M[options.unit], True, f"1 unit is 1 {options.unit}: as asked for", ()
    hint = f"; it is likely {guess.unit}" if guess.unit else ""
    cure = f"--unit {guess.unit}" if guess.unit not in (None, "m") else "--unit"
    if facts.unit_m is None:
        said = "the scan does not say its unit, and 1 unit is taken for 1 m"
        warning = f"{said}{hint}: {guess.reason}; say it with {cure}"
        return 1.0, False, "1 unit is taken for 1 m: the file does not say", (warning,)
    if not guess.plausible:
        warning = f"{guess.reason}{hint}; the size is left as the file says, correct it with {cure}"
        decision = f"1 unit is {facts.unit_m:g} m: {facts.format} says so, hard as it is to believe"
        return facts.unit_m, False, decision, (warning,)
    return facts.unit_m, True, f"1 unit is {facts.unit_m:g} m: {facts.format} says so", ()


def _move(mesh: Mesh, up: str, unit_m: float) -> tuple[Mesh, DoubleArray]:
    """Turn, scale and set down; what is added to each position is rounded once, in float32, at the end."""
    turn = np.array(TO_Y_UP[up], np.float64)
    box = body_box(mesh.positions, mesh.faces)
    ends = np.stack([box.low, box.high]) @ (turn.T * unit_m)
    low, high = ends.min(axis=0), ends.max(axis=0)
    base = np.array([(low[0] + high[0]) / 2, low[1], (low[2] + high[2]) / 2])
    with np.errstate(invalid="ignore", over="ignore"):  # what is not finite is for cleaning to drop
        positions = (mesh.positions.astype(np.float64) @ (turn.T * unit_m) - base).astype(np.float32)
    normals = None if mesh.normals is None else _turn_normals(mesh.normals, turn)
    matrix = np.eye(4)
    matrix[:3, :3] = turn * unit_m
    matrix[:3, 3] = -(turn @ mesh.origin * unit_m) - base
    return replace(mesh, positions=positions, normals=normals, origin=np.zeros(3)), matrix


def _turn_normals(normals: FloatArray, turn: DoubleArray) -> FloatArray:
    """Swap and negate components, which is all that these rotations do."""
    axes = np.abs(turn).argmax(axis=1)
    signs = turn[np.arange(3), axes].astype(np.float32)
    return np.ascontiguousarray(normals[..., axes] * signs)
