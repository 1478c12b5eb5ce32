"""A folder of tiles goes in as one scan and comes out whole, at its place; what is broken in it says so in one line."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from carreau.base.errors import ScanError
from carreau.base.options import ModelOptions
from carreau.command.cli import main
from carreau.formats.gltf import gltf
from carreau.geometry.defects import rim_edges
from carreau.models.builders.inputs import place_files, scan_files
from carreau.models.flow import build_models
from carreau.models.stages.read import read
from carreau.runs.cache import Cache
from carreau.runs.progress_display import progress_for
from tests.pipeline.stand_in import blank_posters
from tests.pipeline.tiles_of_a_sphere import capture, tiles_of_a_sphere

pytestmark = pytest.mark.usefixtures("small_looks")


@pytest.fixture
def mill(tmp_path: Path) -> Path:
    """A folder of tiles as ContextCapture writes them, to the millimetre, each with a texture of its own."""
    return capture(tmp_path / "mill", tiles_of_a_sphere(0), decimals=3, texture=True)


def built(scan: Path, tmp_path: Path, **options: Any) -> Mapping[str, Any]:
    with pytest.MonkeyPatch.context() as patch:
        blank_posters(patch)
        chosen = ModelOptions(out=tmp_path / "out", levels=("preview",), **options)
        build_models(scan, chosen, Cache(tmp_path / "cache"), progress_for(sys.stderr, quiet=True))
    report: Mapping[str, Any] = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    return report


def ran(report: Mapping[str, Any]) -> set[str]:
    return {str(stage["label"]) for stage in report["stages"] if not stage["cached"]}


def test_tiles_make_one_model_without_a_crack(tmp_path: Path) -> None:
    """The sphere has twice the triangles that the level may have, so that its cuts are simplified across."""
    mill = capture(tmp_path / "mill", tiles_of_a_sphere(0, detail=5), decimals=3, texture=True)
    report = built(mill, tmp_path)
    (level,) = report["levels"]
    assert report["name"] == "mill"
    assert report["scan"]["triangles"] > 20_000 > 10_000 >= level["triangles"]
    assert level["error"]["cracks"]["count"] == 0
    assert level["error"]["psnr_db"] > 35
    assert report["scan"]["findings"]["boundary"] == 0
    model = gltf.read(tmp_path / "out" / "preview.glb").mesh
    assert not len(rim_edges(model.positions, model.faces)[0])
    assert any("according to metadata.xml" in decision for decision in report["scan"]["decisions"])
    (mill / "scan.toml").write_text("name = 'The mill'\ncredit = 'Somebody'\n[height]\nmetres = 10\n")
    again = built(mill, tmp_path)
    assert (again["name"], again["credit"]) == ("The mill", "Somebody")
    assert again["scan"]["size_m"][1] == pytest.approx(10, rel=1e-3)
    assert "read" not in ran(again)
    assert {"place", "orient", "clean"} <= ran(again)


def test_tiles_keep_their_textures_and_their_names(mill: Path) -> None:
    scan = read(mill)
    assert scan.name == "mill"
    assert scan.facts.parts == tuple(sorted(path.name for path in (mill / "Data").iterdir()))
    names = [slot.texture.name for material in scan.mesh.materials if (slot := material.base) is not None]
    assert names == [f"{part}.jpg" for part in scan.facts.parts]
    assert len(scan.files) == 12
    assert "4 tiles" in scan.facts.detail


def test_the_key_covers_every_tile_and_what_says_their_place(mill: Path, cache: Cache) -> None:
    reading, placing = scan_files(mill, cache), place_files(mill, cache)
    assert len(reading.contents) == 12
    assert {"mill/metadata.xml", *(each.name for each in reading.contents if each.name.endswith(".obj"))} == {
        each.name for each in placing.contents
    }
    (mill / "scan.toml").write_text("unit = 'm'")
    assert place_files(mill, cache).key != placing.key
    assert scan_files(mill, cache).key == reading.key
    next(mill.rglob("*.jpg")).write_bytes(b"another")
    assert scan_files(mill, cache).key != reading.key


def test_the_key_of_a_file_covers_its_sidecars(tmp_path: Path, cache: Cache) -> None:
    scan = tmp_path / "odm_texturing" / "odm_textured_model_geo.obj"
    scan.parent.mkdir()
    scan.write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    alone = place_files(scan, cache).key
    coords = tmp_path / "odm_georeferencing" / "coords.txt"
    coords.parent.mkdir()
    coords.write_text("WGS84 UTM 31N\n530000 5590000\n")
    assert place_files(scan, cache).key != alone
    assert [each.name for each in place_files(scan, cache).contents][1:] == ["../odm_georeferencing/coords.txt"]


def test_a_folder_that_is_no_scan_is_refused(tmp_path: Path, cache: Cache) -> None:
    (tmp_path / "a.obj").write_text("v 0 0 0")
    (tmp_path / "b.obj").write_text("v 0 0 0")
    with pytest.raises(ScanError, match="a folder that does not contain the tiles"):
        scan_files(tmp_path, cache)
    with pytest.raises(ScanError, match="it is a folder"):
        read(tmp_path)


def test_tiles_of_a_kind_that_is_not_read_are_named(tmp_path: Path, cache: Cache) -> None:
    tile = tmp_path / "Data" / "Tile_+000_+000" / "Tile_+000_+000.osgb"
    tile.parent.mkdir(parents=True)
    tile.write_bytes(b"")
    with pytest.raises(ScanError, match="its tiles are OSGB, which is not supported; export them as OBJ"):
        scan_files(tmp_path, cache)


TILE = "Data/Tile_+000_+001/Tile_+000_+001.obj"

BROKEN = [
    ("scan.toml", "unit = 'parsec'", r"scan\.toml, line 1, unit: 'parsec' is not allowed"),
    ("scan.toml", "[crop]\nmin = [900, 900, 900]", r"scan\.toml, crop: no part of the scan lies in the crop box"),
    ("scan.toml", "epsg = 32655", r"scan\.toml, epsg: the scan would be at .*--offset"),
    ("metadata.xml", "<ModelMetadata><SRS>", r"metadata\.xml, line 1: the XML is not well formed"),
    (TILE, "v 0 0 0\nf 1 2 3\n", r"Tile_\+000_\+001\.obj, .*vertex"),
    (TILE, "", r"Tile_\+000_\+001\.obj: it is empty"),
    (TILE, "v 0 0 0\n", r"Tile_\+000_\+001\.obj"),
    (TILE, "ply\nformat ascii 1.0\nend_header\n", r"Tile_\+000_\+001\.obj"),
]


@pytest.mark.parametrize(("name", "text", "message"), BROKEN)
def test_what_is_broken_gives_its_one_line_and_exit_2(
    mill: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, text: str, message: str
) -> None:
    (mill / name).write_text(text)
    assert main(["model", str(mill), "--out", str(tmp_path / "out"), "--quiet", "--levels", "preview"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("carreau: ")
    assert "; " in line
    assert re.search(message, line), line
    assert not (tmp_path / "out" / "report.json").exists()
