"""A cloud whose float32 coordinates are coarser than its points says so, whatever format they are written in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from carreau.base.model import Scan
from carreau.models.stages.inspect import describe, inspect
from carreau.models.stages.read import read

LAMBERT_93 = np.array([735_000.0, 7_031_000.0, 40.0])
Points = NDArray[np.floating]


def sheet(spacing: float = 0.02, count: int = 150) -> NDArray[np.float64]:
    """Return a bumpy sheet of points."""
    side = np.arange(count) * spacing
    x, y = (axis.ravel() for axis in np.meshgrid(side, side))
    return np.column_stack([x, y, 0.2 * np.sin(x) * np.cos(y)]) + np.random.default_rng(3).normal(
        0, 1e-4, (count**2, 3)
    )


def as_ply(path: Path, points: Points) -> Path:
    kind = "float" if points.dtype == np.float32 else "double"
    rows = "".join(f"property {kind} {axis}\n" for axis in "xyz")
    head = f"ply\nformat binary_little_endian 1.0\nelement vertex {len(points)}\n{rows}end_header\n"
    path.with_suffix(".ply").write_bytes(head.encode() + points.tobytes())
    return path.with_suffix(".ply")


def as_xyz(path: Path, points: Points) -> Path:
    """Write more digits than float32 has in eastings, and fewer than in heights."""
    np.savetxt(path.with_suffix(".xyz"), points.astype(np.float64), "%.9f")
    return path.with_suffix(".xyz")


def warnings_of(scan: Scan) -> list[str]:
    return [str(text) for text in scan.facts.warnings if "float32" in text]


@pytest.mark.parametrize("write", [as_ply, as_xyz])
def test_coarse_float32_is_named_with_its_steps(write: Callable[[Path, Points], Path], tmp_path: Path) -> None:
    scan = read(write(tmp_path / "scan", (sheet() + LAMBERT_93).astype(np.float32)))
    [warning] = warnings_of(scan)
    assert warning.startswith("its coordinates are float32 near 7,031,003: steps of 0.5 units, where points are 0.02")
    assert warning.endswith("export it with local coordinates or as double")
    assert warning in describe(inspect(scan))


@pytest.mark.parametrize(
    "points",
    [
        (sheet() + LAMBERT_93).astype(np.float64),
        sheet().astype(np.float32),
        (sheet() + np.array([100.0, 200.0, 0.0])).astype(np.float32),
        np.round(sheet(10.0) + LAMBERT_93).astype(np.float32),
        (sheet(20.0) + np.array([0, 0, 40.0])).astype(np.float32),
    ],
    ids=["double", "local", "nearly local", "whole metres", "wide apart"],
)
def test_fine_coordinates_are_no_warning(points: Points, tmp_path: Path) -> None:
    assert warnings_of(read(as_ply(tmp_path / "scan", points))) == []


def test_few_steps_between_points_are_coarse(tmp_path: Path) -> None:
    """Steps of 1/32 m where points are 0.2 m apart."""
    points = (sheet(0.2) + np.array([400_000.0, 300_000.0, 40.0])).astype(np.float32)
    [warning] = warnings_of(read(as_ply(tmp_path / "scan", points)))
    assert "steps of 0.0312 units, where points are 0.188 units apart" in warning


def test_points_that_all_fall_together_are_named(tmp_path: Path) -> None:
    points = (sheet(0.004) + LAMBERT_93).astype(np.float32)
    [warning] = warnings_of(read(as_ply(tmp_path / "scan", points)))
    assert "steps of 0.5 units, where points are 0.00" in warning
