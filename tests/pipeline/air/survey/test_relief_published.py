"""What `carreau survey --territory` gathers is the relief of the home page, and its first view is light."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from carreau.base.levels import PREVIEW
from carreau.base.schema.bundle import Manifest
from carreau.base.schema.parts import File
from carreau.command.cli import main
from carreau.site.releases import read_current
from tests.bench.weights import first_view
from tests.pipeline.air.survey.conftest import SHEET, rectangle
from tests.survey_stand_in.stand_in_server import stand_in

FIRST_VIEW = 300_000


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two communes and a place, gathered from the stand-in, built and published."""
    folder = tmp_path_factory.mktemp("relief")
    assets = folder / "assets"
    site = assets / "sites" / "fosse"
    site.mkdir(parents=True)
    communes = []
    for number, west in enumerate((730_000.0, 731_000.0)):
        outline = rectangle(west, 7_031_000.0, west + 1000, 7_032_000.0)
        communes.append(outline | {"properties": {"insee": f"5963{number}", "nom": f"Commune {number}"}})
    (assets / "communes.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": communes}))
    sheet = SHEET.format(slug="fosse", kind="fosse").replace("Wallers", "Commune 0").replace("59632", "59630")
    (site / "site.toml").write_text(sheet.replace("[[rights]]", 'confidence = ""\n\n[[rights]]'))
    (site / "outline.geojson").write_text(json.dumps(rectangle(730_400.0, 7_031_400.0, 730_600.0, 7_031_600.0)))
    cache = str(folder / "cache")
    with stand_in() as server:
        (assets / "services.toml").write_text(server.services())
        assert main(["survey", "--territory", "--assets", str(assets), "--cache", cache, "--quiet"]) == 0
    build = ["build", "--assets", str(assets), "--models", str(folder / "models"), "--bundle", str(folder / "bundle")]
    assert main([*build, "--cache", cache, "--base-url", "https://carreau.example", "--quiet"]) == 0
    return folder / "bundle"


def manifest_of(bundle: Path) -> Manifest:
    manifest = read_current(bundle)
    assert manifest is not None
    return manifest


def file_of(manifest: Manifest, path: str, lang: str) -> File:
    answer = next(each for each in manifest.answers if each.path == path and each.lang in (lang, "", None))
    return next(file for file in manifest.files if file.sha256 == answer.sha256)


def test_the_home_page_shows_what_was_gathered(bundle: Path) -> None:
    manifest = manifest_of(bundle)
    home = (bundle / file_of(manifest, "/fr/", "fr").path).read_text(encoding="utf-8")
    assert "<carreau-viewer territory" in home
    assert "Relief mesuré depuis les airs" in home
    assert "IGN" in home
    told = json.loads((bundle / file_of(manifest, "/v1/territory", "fr").path).read_bytes())
    assert told["relief"]["share"] == pytest.approx(1, abs=0.02)
    assert told["state"]["levels"][0]["level"] == PREVIEW.name
    assert (bundle / told["relief"]["ground"]["url"].lstrip("/")).is_file()


@pytest.mark.parametrize("language", ["fr", "pl"])
def test_the_first_view_of_the_relief_is_light(bundle: Path, language: str) -> None:
    seen = first_view(bundle, language)
    assert 10_000 < seen.page < 30_000
    assert seen.picture > 1000
    assert seen.model <= PREVIEW.file_bytes
    assert seen.page + seen.picture + PREVIEW.file_bytes <= FIRST_VIEW  # however large the territory
