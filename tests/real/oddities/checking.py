"""Build an oddity with the command, and measure what came out beside the truth it was made from."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carreau.base.model import Mesh, Scan
from carreau.command.cli import main
from carreau.geometry.render.raycasting import Scene
from carreau.geometry.render.sampling import surface_colors
from carreau.models.stages.measure import MeasureOptions, compare, scan_to_model
from carreau.models.stages.read import read
from tests.real.oddities.table import Oddity
from tests.real.oddities.truth import Truth
from tests.real.oddities.writing import Part, save, write_obj

LOOK = MeasureOptions(views=6, size_px=384, samples=2_000)

SIZE = 0.005
"""Most that a side may differ, as a share of the longest."""

LEVELS_OFF = 8.0
"""Most that a channel of a named point may differ, of 255."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """What was built of one oddity.

    folder : of the build, with its report and pictures
    code : of the command
    matrix : (4, 4) from the truth's coordinates to the model's: what is up in one is in the other, and as long
    size_m : by level, the sides of its box
    psnr_db : by level, beside the truth
    colors_off : by level and named point, the most that a channel differs
    """

    oddity: Oddity
    folder: Path
    code: int
    report: dict[str, Any]
    matrix: NDArray[np.float64]
    size_m: dict[str, NDArray[np.float64]]
    psnr_db: dict[str, float]
    colors_off: dict[str, dict[str, float]]

    @property
    def warnings(self) -> list[str]:
        """Return what the report warns of."""
        return [str(warning) for warning in self.report["scan"]["warnings"]]

    def complaints(self, truth: Truth) -> list[str]:
        """Return what is not as it must be, nothing if all is."""
        return list(_complaints(self, truth))


def build(oddity: Oddity, truth: Truth, folder: Path) -> Outcome:
    """Write an oddity, build it, and measure the levels."""
    source = folder / "scan"
    source.mkdir(parents=True)
    path, to_scan = oddity.write(source, truth)
    out = folder / "model"
    levels = ",".join(oddity.levels)
    words = ["model", str(path), "--out", str(out), "--levels", levels, "--quiet", "--licence", "CC0-1.0"]
    code = main([*words, *oddity.options])
    assert code == 0, f"{oddity.name}: exit code {code}"
    report = json.loads((out / "report.json").read_text("utf-8"))
    true_scan = _true_scan(truth, folder)
    matrix = scan_to_model(out / f"{oddity.levels[-1]}.glb") @ to_scan
    size_m, psnr_db, colors_off = {}, {}, {}
    for name in oddity.levels:
        level = read(out / f"{name}.glb")
        size_m[name] = _sides(level.mesh)
        psnr_db[name] = compare(true_scan, level, matrix, LOOK).error.psnr_db
        colors_off[name] = dict(_colors_off(level.mesh, truth, matrix))
    return Outcome(oddity, out, code, report, matrix, size_m, psnr_db, colors_off)


def _true_scan(truth: Truth, folder: Path) -> Scan:
    place = folder / "truth"
    place.mkdir()
    return read(
        write_obj(place / "truth.obj", truth, [Part("truth", truth.faces, save(place / "t.png", truth.texture))])
    )


def _sides(mesh: Mesh) -> NDArray[np.float64]:
    sides: NDArray[np.float64] = np.ptp(mesh.positions[mesh.faces.ravel()].astype(np.float64), axis=0)
    return sides


def _colors_off(mesh: Mesh, truth: Truth, matrix: NDArray[np.float64]) -> Iterator[tuple[str, float]]:
    scene = Scene(mesh.positions, mesh.faces)
    for name, places in truth.patches.items():
        hits = scene.closest((places @ matrix[:3, :3].T + matrix[:3, 3] - mesh.origin).astype(np.float32))
        color = surface_colors(mesh, hits.faces, hits.barycentrics).mean(axis=0)
        yield name, float(np.abs(color - truth.colors(places)).max())


def _complaints(outcome: Outcome, truth: Truth) -> Iterator[str]:
    oddity, warnings = outcome.oddity, outcome.warnings
    for part in oddity.warnings:
        if not any(part in warning for warning in warnings):
            yield f"no warning says '{part}'"
    yield from (f"false alarm: {each}" for each in warnings if not any(part in each for part in oddity.warnings))
    is_upright = bool(np.abs(outcome.matrix[:3, 1] / oddity.times - [0, 1, 0]).max() < 0.01)
    if oddity.is_upright and not is_upright:
        yield f"up went to {np.round(outcome.matrix[:3, 1], 3).tolist()}"
    sides = np.sort(truth.size_m) * oddity.times
    for name, size in outcome.size_m.items():
        if np.abs(np.sort(size) - sides).max() > SIZE * sides[-1]:
            yield f"{name}: its sides are {np.round(np.sort(size), 4).tolist()} m, not {np.round(sides, 4).tolist()}"
    for (name, psnr), least in zip(outcome.psnr_db.items(), oddity.psnr_db, strict=False):
        if not math.isinf(psnr) and psnr < least:
            yield f"{name}: {psnr:.1f} dB beside the truth, not {least:g}"
    for name, points in outcome.colors_off.items():
        yield from (
            f"{name}: colour at {point} is {off:.0f} levels off" for point, off in points.items() if off > LEVELS_OFF
        )
    if oddity.materials:
        slots = {each["slot"] for each in _level(outcome, "phone")["textures"]}
        yield from (f"phone has no {slot} map" for slot in oddity.materials if slot not in slots)


def _level(outcome: Outcome, name: str) -> dict[str, Any]:
    level: dict[str, Any] = next(each for each in outcome.report["levels"] if each["name"] == name)
    return level
