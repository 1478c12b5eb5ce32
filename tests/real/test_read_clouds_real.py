"""The real point clouds are read whole, in their colours, in the places their programs gave them."""

from __future__ import annotations

import json
from pathlib import Path

import laspy
import numpy as np
import pytest

from carreau.base.errors import FormatError
from carreau.base.model import Cloud, Scan
from carreau.geometry.clouds.cloud_facts import CloudInspection
from carreau.models.stages.inspect import describe, inspect
from carreau.models.stages.read import read

CLOUDS = {
    "lion_copc_laz": "lion_takanawa.copc.laz",
    "brighton_beach_laz": "model.laz",
    "pump_e57": "pump.e57",
}


def open_cloud(scans: Path, name: str) -> tuple[Scan, Cloud]:
    scan = read(scans / name / CLOUDS[name])
    assert scan.cloud is not None
    return scan, scan.cloud


def test_lion(scans: Path) -> None:
    scan, cloud = open_cloud(scans, "lion_copc_laz")
    assert (scan.facts.format, scan.facts.up, scan.facts.unit_m, scan.name) == ("COPC", "z", None, "lion_takanawa")
    assert len(cloud.positions) == cloud.count == 341_989
    with laspy.open(str(scans / "lion_copc_laz" / CLOUDS["lion_copc_laz"])) as file:
        points = file.read()
    assert np.abs(cloud.positions + cloud.origin - points.xyz).max() < 1e-6
    assert cloud.colors is not None
    # 8-bit colours moved up by 8 bits: bytes again without any rounding.
    assert np.array_equal(cloud.colors, np.column_stack([points.red, points.green, points.blue]) >> 8)
    assert cloud.intensity is not None
    assert cloud.intensity.min() == 0
    assert cloud.intensity.max() == 1
    assert scan.facts.warnings == ()


def test_brighton_beach(scans: Path) -> None:
    scan, cloud = open_cloud(scans, "brighton_beach_laz")
    facts = scan.facts
    assert (facts.format, facts.crs, facts.unit_m, facts.up) == ("LAZ", "EPSG:32615", 1.0, "z")
    assert len(cloud.positions) == cloud.count == 940_393
    with laspy.open(str(scans / "brighton_beach_laz" / CLOUDS["brighton_beach_laz"])) as file:
        points = file.read()
    assert np.abs(cloud.positions + cloud.origin - points.xyz).max() < 1e-5
    assert cloud.colors is not None
    # Bytes in 16-bit fields.
    assert np.array_equal(cloud.colors, np.column_stack([points.red, points.green, points.blue]))
    assert cloud.intensity is None


def test_pump(scans: Path) -> None:
    scan, cloud = open_cloud(scans, "pump_e57")
    assert (scan.facts.format, scan.facts.unit_m, scan.facts.up, scan.facts.parts) == ("E57", 1.0, "z", ("pumpA",))
    assert "1 embedded image: pumpVisual (visualReference)" in scan.facts.detail
    assert len(cloud.positions) == cloud.count == 155_201
    assert cloud.colors is not None
    assert cloud.intensity is not None
    assert cloud.stations.tolist() == [[0, 0, 0]]
    assert cloud.station_of is not None
    reach = np.linalg.norm(cloud.positions, axis=1)
    # What the file says of its spherical bounds, which are about the scanner.
    assert (reach.min(), reach.max()) == (pytest.approx(1.983619, abs=1e-5), pytest.approx(5.429336, abs=1e-5))


@pytest.mark.parametrize("name", CLOUDS)
def test_every_cloud_is_inspected(scans: Path, name: str) -> None:
    scan, cloud = open_cloud(scans, name)
    inspection = inspect(scan)
    assert isinstance(inspection, CloudInspection)
    assert json.loads(json.dumps(inspection.as_json(), allow_nan=False))
    text = describe(inspection)
    assert f"{cloud.count:,} in the file" in text
    assert "colours" in text
    assert inspection.unit == "m"
    assert 0.001 < inspection.spacing < 0.1


@pytest.mark.parametrize("name", ["fourth_st_3dgs.ply", "fourth_st.spz"])
def test_a_splat_is_refused(scans: Path, name: str) -> None:
    with pytest.raises(FormatError, match="Gaussian splat"):
        read(scans / "house_splat" / name)
