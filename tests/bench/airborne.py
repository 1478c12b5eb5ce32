"""Measure models from the air on the six real tiles of the catalogue: accuracy, triangles and CPU."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from carreau.air.airborne import survey_record
from carreau.air.airborne.extent import Bounds
from carreau.air.airborne.survey_data import Accuracy, AirborneModel, AirbornePoints, PartName
from carreau.air.airborne.survey_layers import read_picture, read_points
from carreau.air.airborne.survey_record import Role
from tests.bench.checking import held
from tests.bench.made_up import PROJECT
from tests.pipeline.air.airborne.whole_places import reconstruct

FOLDER = PROJECT / "assets/sites/maisons-vues-du-ciel/survey"
TERRACE: Bounds = (770_550.0, 6_277_550.0, 770_600.0, 6_277_600.0)
"""The tile of the row of houses."""

THIN = 9.0
"""Points a square metre that the terrace is thinned to, at random."""

MOST_MEDIAN_M, MOST_P95_M = 0.04, 0.35
MOST_THIN_MEDIAN_M, MOST_THIN_P95_M = 0.05, 0.55
MOST_GROUND_RMS_M = 0.035
MOST_CPU_S, MOST_TRIANGLES = 4.0, 60_000
"""For each hectare, with trees and the picture."""


@dataclass(frozen=True)
class Figures:
    """What one place came to.

    cpu_s : for each hectare, without compiling
    triangles : for each hectare
    """

    accuracy: dict[PartName, Accuracy]
    cpu_s: float
    triangles: float


def model_from_the_air(folder: Path = FOLDER) -> list[str]:
    """Return a sentence about the terrace, the terrace thinned, and all six tiles."""
    record = survey_record.read(folder / survey_record.NAME)
    points, picture = read_points(folder, record).points, read_picture(folder, record, Role.ORTHOPHOTO)
    terrace = _within(points, TERRACE)
    thin = _thinned(terrace, THIN * _hectares(TERRACE) * 10_000)
    reconstruct(terrace, picture, TERRACE)  # compiles
    before = time.process_time()
    whole = reconstruct(points, picture, record.bounds)
    every = figures(whole, record.bounds, time.process_time() - before)
    dense, sparse = (reconstruct(some, picture, TERRACE).accuracy[PartName.ROOFS] for some in (terrace, thin))
    ground = every.accuracy[PartName.GROUND]
    return [
        f"models from the air, a terrace, its points of class 6 to roofs and walls: {_roofs(dense)} "
        f"({held(dense.median, MOST_MEDIAN_M)} {MOST_MEDIAN_M * 100:.0f}, {held(dense.p95, MOST_P95_M)} "
        f"{MOST_P95_M * 100:.0f} cm); at {THIN:.0f} points/m² {_roofs(sparse)} "
        f"({held(sparse.median, MOST_THIN_MEDIAN_M)} {MOST_THIN_MEDIAN_M * 100:.0f}, "
        f"{held(sparse.p95, MOST_THIN_P95_M)} {MOST_THIN_P95_M * 100:.0f} cm)",
        f"models from the air, six tiles of 50 m: ground RMS {ground.rms * 100:.1f} cm "
        f"({held(ground.rms, MOST_GROUND_RMS_M)} {MOST_GROUND_RMS_M * 100:.1f}), roofs "
        f"{_roofs(every.accuracy[PartName.ROOFS])}; {every.cpu_s:.1f} s of CPU a hectare "
        f"({held(every.cpu_s, MOST_CPU_S)} {MOST_CPU_S:.0f}), {every.triangles:,.0f} triangles a hectare "
        f"({held(every.triangles, MOST_TRIANGLES)} {MOST_TRIANGLES:,})",
    ]


def figures(model: AirborneModel, bounds: Bounds, cpu_s: float) -> Figures:
    """Return the figures of a model."""
    hectares = _hectares(bounds)
    return Figures(model.accuracy, cpu_s / hectares, sum(len(part.faces) for part in model.parts) / hectares)


def _roofs(found: Accuracy) -> str:
    return f"median {found.median * 100:.1f} cm, 95 % {found.p95 * 100:.1f} cm"


def _hectares(bounds: Bounds) -> float:
    return (bounds[2] - bounds[0]) * (bounds[3] - bounds[1]) / 10_000


def _within(points: AirbornePoints, bounds: Bounds) -> AirbornePoints:
    x, y = points.positions[:, 0], points.positions[:, 1]
    return _taken(points, np.flatnonzero((x >= bounds[0]) & (x < bounds[2]) & (y >= bounds[1]) & (y < bounds[3])))


def _thinned(points: AirbornePoints, count: float) -> AirbornePoints:
    return _taken(points, np.sort(np.random.default_rng(0).permutation(len(points))[: int(count)]))


def _taken(points: AirbornePoints, chosen: np.ndarray) -> AirbornePoints:
    return AirbornePoints(
        points.positions[chosen], points.classes[chosen], points.returns[chosen], points.return_counts[chosen]
    )
