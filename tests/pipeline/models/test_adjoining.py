"""A folder of pieces that adjoin is told once, and is one scan on demand."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from pkgutil import resolve_name

import numpy as np
import pytest
import trimesh

from carreau.base.errors import ScanError
from carreau.command.cli import main
from carreau.formats.registry import by_suffix
from carreau.formats.tiles import find_tiles
from carreau.models.adjoining import adjoin, list_adjoining
from carreau.models.builders.inputs import scan_files
from carreau.models.given_scans import single_scan, unpacked_scans
from carreau.runs.cache import Cache
from tests.pipeline.city_tiles import city, write_pieces


@pytest.mark.parametrize("suffix", [".glb", ".obj"])
def test_pieces_that_adjoin_are_told_once_with_the_command(tmp_path: Path, suffix: str) -> None:
    folder = write_pieces(tmp_path / "old town", suffix)
    assert find_tiles(folder) is None
    scans = sorted(folder.iterdir())
    with unpacked_scans([folder]) as given:
        (note,) = list_adjoining(scans, given, Cache(tmp_path / "cache"))
    assert "chapel" in note
    assert f"`carreau model '{folder}' --as-one`" in note


def test_of_pieces_in_a_zip_the_zip_is_named(tmp_path: Path) -> None:
    write_pieces(tmp_path / "town" / "export" / "pieces", ".glb")
    path = Path(shutil.make_archive(str(tmp_path / "sent"), "zip", tmp_path / "town"))
    with unpacked_scans([path]) as given:
        scans = sorted(given.paths[0].rglob("*.glb"))
        (note,) = list_adjoining(scans, given, Cache(tmp_path / "cache"))
    assert f"`carreau model {path} --as-one`" in note
    with single_scan(path, as_one=True) as scan:
        assert scan.name == "pieces"


def test_scans_in_one_place_or_apart_and_broken_ones_are_left_alone(tmp_path: Path) -> None:
    folder, cache = tmp_path / "finds", Cache(tmp_path / "cache")
    folder.mkdir()
    for number in range(3):  # each about its own origin, as different things are
        trimesh.creation.icosphere(subdivisions=2, radius=1 + 0.2 * number).export(folder / f"pot{number}.glb")
    with unpacked_scans([folder]) as given:
        assert list_adjoining(sorted(folder.iterdir()), given, cache) == []
        pieces = write_pieces(tmp_path / "town", ".glb")
        scans = sorted(pieces.iterdir())
        (pieces / "gate.glb").write_bytes(b"glTF and no more")
        assert list_adjoining(scans, given, cache) == []
    cube = np.array([[0.0, 0, 0], [1, 1, 1]])
    east, far, north_east, south_east = (cube + np.array(way) for way in ([1, 0, 0], [3, 0, 0], [1, 1, 0], [1, 0, 1]))
    assert adjoin([cube.tolist(), east.tolist(), south_east.tolist()])
    assert not adjoin([cube.tolist(), east.tolist(), far.tolist()])
    assert not adjoin([cube.tolist(), north_east.tolist()])  # by an edge alone
    assert not adjoin([cube.tolist(), (cube * 1.1).tolist()])
    assert not adjoin([cube.tolist(), None])
    assert not adjoin([cube.tolist()])


def test_bounds_are_those_of_the_scan_read(tmp_path: Path) -> None:
    for suffix in (".glb", ".obj"):
        path = tmp_path / f"box{suffix}"
        box = trimesh.creation.box((1, 2, 3))
        box.apply_translation((5, 0, 0))
        box.export(path)
        own = by_suffix(suffix)
        assert own is not None
        bounds = resolve_name(own.bounds)(path)
        positions = own.read(path).mesh.positions.astype(np.float64) + own.read(path).mesh.origin
        assert bounds == pytest.approx(np.stack([positions.min(0), positions.max(0)]), abs=1e-5)


def test_as_one_they_are_inspected_as_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, cache = write_pieces(tmp_path / "town", ".glb"), ("--cache", str(tmp_path / "cache"))
    assert main(["inspect", str(folder), *cache]) == 2
    assert "add --as-one if they are pieces of one model" in capsys.readouterr().err
    assert main(["inspect", str(folder), "--as-one", "--json", *cache]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["name"], len(facts["parts"]), facts["triangles"]) == ("town", 6, len(city().faces))
    assert facts["defects"]["boundary"] == 4 * 120  # the rim of the tile, and no cut
    assert main(["inspect", str(folder / "gate.glb"), "--as-one", *cache]) == 2
    assert "give the folder" in capsys.readouterr().err


@pytest.mark.usefixtures("small_looks")
def test_as_one_they_are_built_as_one_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, out = write_pieces(tmp_path / "town", ".glb"), tmp_path / "out"
    options = ["--levels", "preview", "--out", str(out), "--cache", str(tmp_path / "cache"), "--quiet"]
    assert main(["model", str(folder), "--as-one", *options]) == 0
    assert (out / "preview.glb").is_file()
    assert json.loads((out / "report.json").read_text())["scan"]["triangles"] == len(city().faces)
    assert "adjoin" not in capsys.readouterr().err


def test_what_would_be_left_out_as_one_is_refused(tmp_path: Path) -> None:
    folder = write_pieces(tmp_path / "town", ".glb")
    shutil.copy(write_pieces(tmp_path / "other", ".obj") / "gate.obj", folder / "mill.obj")
    with single_scan(folder, as_one=True) as scan, pytest.raises(ScanError, match="different formats"):
        scan_files(scan, Cache(tmp_path / "cache"), as_one=True)
    shutil.copytree(tmp_path / "other", tmp_path / "all" / "other")
    shutil.copytree(folder, tmp_path / "all" / "town")
    with pytest.raises(ScanError, match="in several folders: other, town"), single_scan(tmp_path / "all", as_one=True):
        pass
