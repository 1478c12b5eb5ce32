"""What a cloud is said to be is what it was made to be."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from carreau.base.model import Cloud, Mesh, Scan, ScanFacts
from carreau.geometry.clouds.cloud_facts import CloudInspection
from carreau.models.stages.inspect import describe, inspect


def grid(step: float = 0.1, count: int = 40) -> Cloud:
    side = np.arange(count) * step
    x, y = (axis.ravel() for axis in np.meshgrid(side, side))
    positions = np.column_stack([x, y, 0.2 * np.sin(x)]).astype(np.float32)
    return Cloud(positions, count=len(positions))


def inspected(cloud: Cloud, **facts: object) -> CloudInspection:
    facts_of_scan = ScanFacts(**{"format": "LAZ", "up": "z", **facts})  # type: ignore[arg-type]
    empty = Mesh(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int32))
    inspection = inspect(Scan("a tip", empty, facts_of_scan, (Path("a.laz"),), cloud))
    assert isinstance(inspection, CloudInspection)
    assert json.loads(json.dumps(inspection.as_json(), allow_nan=False))
    return inspection


def test_a_bare_cloud() -> None:
    inspection = inspected(grid())
    assert inspection.spacing == pytest.approx(0.1, rel=0.05)
    assert (inspection.points, inspection.kept, inspection.voxel, inspection.stations) == (1600, 1600, 0, 0)
    assert (inspection.unit, inspection.unit_stated, inspection.up, inspection.up_stated) == ("m", False, "z", True)
    text = describe(inspection)
    for words in ("1,600 in the file", "positions only", "plain grey", "likely m", "scanner positions"):
        assert words in text
    assert "voxel" not in text


def test_looks_stations_and_thinning_are_told() -> None:
    cloud = grid()
    cloud = replace(
        cloud,
        intensity=np.zeros(1600, np.float32),
        normals=np.tile(np.array([0, 0, 1], np.float32), (1600, 1)),
        stations=np.zeros((2, 3), np.float32),
        station_of=np.zeros(1600, np.int32),
        count=9_000_000,
        voxel=0.1,
    )
    text = describe(inspected(cloud, crs="EPSG:2154", unit_m=1.0, warnings=("12 points are left out",)))
    for words in ("9,000,000 in the file, 1,600 used, in voxels of 0.1", "intensity, normals", "EPSG:2154", "in grey"):
        assert words in text
    assert "12 points are left out" in text
    assert "without normals" not in text
    turned = describe(inspected(replace(cloud, normals=None)))
    assert "oriented towards the scanner" in turned


def test_land_may_be_long_where_its_unit_is_known() -> None:
    land = replace(grid(step=50.0), origin=np.array([652_000.0, 6_860_000.0, 0.0]))
    known = inspected(land, crs="EPSG:2154", unit_m=1.0)
    assert (known.unit, known.unit_plausible, known.unit_reason) == ("m", True, "defined by its coordinate system")
    guessed = inspected(land, up=None)
    assert (guessed.unit, guessed.up, guessed.up_stated) == ("m", "z", False)
    assert "eastings and northings" in guessed.up_reason


def test_strays_and_doubles() -> None:
    cloud = grid()
    cloud.positions[7] = (500, 0, 0)
    cloud.positions[800:] = cloud.positions[:800]
    inspection = inspected(cloud)
    assert inspection.size[0] == pytest.approx(500, rel=0.1)
    assert inspection.body[0] < 5
    assert 0 < inspection.spacing < 0.2
    assert "without outliers" in describe(inspection)
    same = inspected(Cloud(np.zeros((5, 3), np.float32), count=5))
    assert same.spacing == 0
    assert "all points are at the same position" in describe(same)
    assert inspected(Cloud(np.zeros((1, 3), np.float32), count=1)).spacing == 0


@pytest.mark.parametrize(
    ("place", "up", "expected"),
    [
        ((0, 0, 0), "z", ("z", True, True)),
        ((0, 0, 0), None, ("z", False, False)),
        ((735_000, 7_031_000, 40), None, ("z", False, True)),
        ((735_000, 40, 7_031_000), None, ("y", False, True)),
    ],
)
def test_it_is_told_whether_up_is_sure(
    place: tuple[float, float, float], up: str | None, expected: tuple[str, bool, bool]
) -> None:
    inspection = inspected(replace(grid(), origin=np.array(place, np.float64)), up=up)
    assert (inspection.up, inspection.up_stated, inspection.up_sure) == expected
    assert inspection.as_json()["up_sure"] == expected[2]
    doubts = [str(text) for text in inspection.warnings if "which side is up" in text]
    assert bool(doubts) == (not inspection.up_sure)
    assert all("--up" in text for text in doubts)


def test_a_cloud_in_millimetres_is_asked_about_as_a_mesh_is() -> None:
    cloud = grid()
    size = float(np.ptp(cloud.positions, axis=0).max())
    of_73 = replace(cloud, positions=cloud.positions * np.float32(73 / size))
    (warning,) = (text for text in inspected(of_73).warnings if "unit" in text)
    assert "build it with --unit mm if it is" in warning
