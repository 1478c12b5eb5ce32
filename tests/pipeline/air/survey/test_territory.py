"""The whole territory is gathered at 5 m, from the outlines of its communes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import shapely

from carreau.air.airborne.survey_record import Role, read
from carreau.air.relief import relief_ground
from carreau.air.relief_table import Plate
from carreau.air.survey.map_requests import VOID
from carreau.command.cli import main
from carreau.site.table_plan import read_survey, territory_record
from tests.pipeline.air.survey.conftest import rectangle
from tests.survey_stand_in.stand_in_server import StandIn, World


@pytest.fixture
def assets(server: StandIn, tmp_path: Path) -> Path:
    """A catalogue of two communes."""
    communes = []
    for number, west in enumerate((730_000.0, 731_000.0)):
        outline = rectangle(west, 7_031_000.0, west + 1000, 7_032_000.0 + 500 * number)
        communes.append(outline | {"properties": {"insee": f"5963{number}", "nom": f"Commune {number}"}})
    folder = tmp_path / "assets"
    (folder / "sites").mkdir(parents=True)
    (folder / "communes.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": communes}))
    (folder / "services.toml").write_text(server.services())
    return folder


def survey(assets: Path, *arguments: str) -> int:
    return main(["survey", *arguments, "--assets", str(assets), "--cache", str(assets.parent / "cache")])


def test_relief_and_picture_of_all_communes(assets: Path, world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert survey(assets, "--territory") == 0
    assert "territory: gathered 250 ha: terrain, orthophoto" in capsys.readouterr().out
    record = read(assets / "territory" / "survey.toml")
    terrain, picture = record.of(Role.TERRAIN)[0].grid, record.of(Role.ORTHOPHOTO)[0].grid
    assert terrain is not None
    assert picture is not None
    assert terrain.pixel_m == picture.pixel_m == 5
    # One cell more than the picture each way: IGN's cells begin a quarter of a metre beside whole metres.
    assert (terrain.columns, terrain.rows) == (picture.columns + 1, picture.rows + 1)
    heights = np.fromfile(assets / "territory" / "terrain.bil", "<f4").reshape(terrain.rows, terrain.columns)
    assert (heights[:99, :190] == VOID).all()  # north of the smaller commune
    assert 0.80 < (heights != VOID).mean() < 0.86
    world.asked.clear()
    assert survey(assets, "--territory") == 0
    assert not world.asked
    assert "gathered before" in capsys.readouterr().out


def test_dry_run_asks_nobody(assets: Path, world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert survey(assets, "--territory", "--dry-run") == 0
    assert "territory: 250 ha, 0.5 MB to come" in capsys.readouterr().out
    assert not world.asked
    assert not (assets / "territory").exists()


def test_it_stands_alone(assets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert survey(assets, "--territory", "--all") == 2
    assert "--territory stands alone" in capsys.readouterr().err


def test_no_heights_are_a_failure(assets: Path, world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.voids = dict.fromkeys(
        ("IGNF_LIDAR-HD_MNT_ELEVATION.ELEVATIONGRIDCOVERAGE.LAMB93", "ELEVATION.ELEVATIONGRIDCOVERAGE.HIGHRES"), -9999.0
    )
    assert survey(assets, "--territory") == 1
    assert "there are neither points nor heights here" in capsys.readouterr().err
    assert not (assets / "territory").exists()


def test_communes_that_cannot_be_read_are_told(assets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (assets / "communes.geojson").write_text("{}")
    assert survey(assets, "--territory") == 2
    assert "communes.geojson: it contains geometries other than polygons" in capsys.readouterr().err


def test_what_is_gathered_makes_the_ground_of_the_relief(assets: Path) -> None:
    assert survey(assets, "--territory") == 0
    gathered = read_survey(assets, territory_record(assets))
    assert gathered.photo is not None
    land = shapely.box(730_000.0, 7_031_000.0, 732_000.0, 7_032_000.0)
    ground = relief_ground([Plate(land, (200, 200, 200))], gathered.heights)
    assert ground is not None
    assert ground.share == 1
    known = gathered.heights.values[np.isfinite(gathered.heights.values)]
    low, high = ground.net.points[:, 2].min() + ground.datum_m, ground.net.points[:, 2].max() + ground.datum_m
    assert known.min() - 0.01 <= low <= high <= known.max() + 0.01
