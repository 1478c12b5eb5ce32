"""Parts are held against the nodes of their model, scans that are still packed are told, and file names as texts."""

from __future__ import annotations

from pathlib import Path

import pytest

from carreau.base.errors import ERROR, QUESTION, Diagnostic
from carreau.catalogue.check_catalogue import check_folder
from carreau.catalogue.check_files import is_file_name
from tests.pipeline.air.massing.test_read_massing import SHED
from tests.pipeline.catalogue.catalogues import SITE, written
from tests.pipeline.catalogue.test_check import found, is_translated
from tests.pipeline.catalogue.test_model_nodes import glb

MODEL = SITE.replace('kind = "scan"\nfile = "scan.ply"', 'kind = "model"\nfile = "fosse.glb"\nsources = ["plan"]')


def of_model(root: Path, content: bytes, site: str = MODEL) -> list[Diagnostic]:
    """Return what is found where the state of a site is an authored model."""
    folder = written(root, site) / "sites" / "une"
    (folder / "fosse.glb").write_bytes(content)
    (folder / "scan.ply").unlink()
    return list(check_folder(root).findings)


def nodes(*names: str) -> bytes:
    return glb({"asset": {"version": "2.0"}, "nodes": [{"name": name} for name in names]})


def test_a_part_that_is_a_node_is_fine(tmp_path: Path) -> None:
    assert of_model(tmp_path / "assets", nodes("mur", "toit")) == []


def test_a_node_is_found_as_the_viewer_finds_it(tmp_path: Path) -> None:
    site = MODEL.replace('name = "toit"', 'name = "toit nord.001"')
    assert of_model(tmp_path / "assets", nodes("mur", "toit nord.001"), site) == []
    assert of_model(tmp_path / "assets", nodes("toit_nord001"), site) == []


@pytest.mark.parametrize(
    ("names", "cure"),
    [
        (("mur", "toits"), "write toits"),
        (("mur", "cheminee"), "use one of: mur, cheminee"),
        (tuple(f"n{number}" for number in range(12)), "use one of: n0, n1, n2, n3, n4, n5, n6, n7 and 4 more"),
        ((), "name the nodes in the program that made the model, and export it again"),
    ],
)
def test_a_part_that_names_no_node_is_told(tmp_path: Path, names: tuple[str, ...], cure: str) -> None:
    [said] = of_model(tmp_path / "assets", nodes(*names))
    assert (said.level, said.key) == (ERROR, "state 1, part 1, name")
    assert (said.cause, said.cure) == ("'fosse.glb' has no node 'toit'", cure)
    assert MODEL.split("\n")[(said.line or 0) - 1] == 'name = "toit"'
    assert is_translated(said.cause)
    assert is_translated(said.cure)


def test_a_model_that_is_none_is_told(tmp_path: Path) -> None:
    [said] = of_model(tmp_path / "assets", b"version https://git-lfs.github.com/spec/v1")
    assert (said.level, said.topic, said.key) == (ERROR, "unusable", "state 1, file")
    assert said.cause == "'fosse.glb': it is not a glTF 2.0 model"


@pytest.mark.parametrize(
    ("file", "there", "cause"),
    [
        ("scan.zip", ("scan.zip",), "'scan.zip' is packed"),
        ("scan.ply.gz", (), "'scan.ply.gz' is packed"),
        ("scan.obj", ("scan.zip",), "'scan.obj' does not exist, but 'scan.zip' does"),
        ("tuiles", ("tuiles/tuiles.7z", "tuiles/.DS_Store"), "'tuiles/tuiles.7z' is packed"),
    ],
)
def test_a_scan_that_is_still_packed_is_told(tmp_path: Path, file: str, there: tuple[str, ...], cause: str) -> None:
    root = written(tmp_path / "assets", SITE.replace("scan.ply", file))
    for name in there:
        path = root / "sites" / "une" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"PK\x03\x04")
    said = [each for each in check_folder(root).findings if each.level == ERROR]
    assert [(each.key, each.cause) for each in said] == [("state 1, file", cause)]
    assert said[0].cure == "unpack it, and name the scan that was in it, or its folder"
    assert is_translated(said[0].cause)
    assert is_translated(said[0].cure)


NAMES = ["IMG_2034", "IMG 2034", "DSC01234", "facade.jpg", "Photo de la façade.jpeg", "PXL_20260501_101112", "P1020304",
         "WhatsApp Image 2026-05-01 at 10.11.12", "facade_rue_2", "facade", "FACADE.JPG", "C:\\rue.png"]  # fmt: skip
TEXTS = ["Une façade de brique.", "Fosse 1", "Terril 174", "Terril-174", "Photographie de 1890", "Plan", "1831"]


@pytest.mark.parametrize("text", NAMES)
def test_the_name_of_a_file_describes_nothing(tmp_path: Path, text: str) -> None:
    assert is_file_name(text, "facade.jpg")
    [said] = found(tmp_path / "assets", SITE.replace('"Une façade de brique."', f"'{text}'"))
    assert (said.level, said.topic, said.key) == (ERROR, "missing alternative text", "media 1, alt")
    assert said.cause == f"the alternative text '{text}' is the name of a file"
    assert is_translated(said.cause)


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_is_no_name_of_a_file(text: str) -> None:
    assert not is_file_name(text, "facade.jpg")


def test_of_a_draft_a_name_is_a_question(tmp_path: Path) -> None:
    text = SITE.replace("Une façade de brique.", "IMG_2034").replace('file = "facade.jpg"', 'file = ""')
    said = [each for each in found(tmp_path / "assets", text) if each.key == "media 1, alt"]
    assert [each.level for each in said] == [QUESTION]


FACTS = SITE.replace('kind = "scan"\nfile = "scan.ply"', 'kind = "massing"\nfile = "halle.massing.toml"').replace(
    'name = "toit"', 'name = "hall"'
)


def of_facts(root: Path, facts: str, site: str = FACTS) -> list[Diagnostic]:
    """Return what is found where the state of a site is a massing model."""
    folder = written(root, site) / "sites" / "une"
    (folder / "halle.massing.toml").write_text(facts, encoding="utf-8")
    (folder / "scan.ply").unlink()
    return list(check_folder(root).findings)


def test_measured_facts_need_neither_sources_nor_a_place_in_the_sheet(tmp_path: Path) -> None:
    assert of_facts(tmp_path / "assets", SHED) == []


@pytest.mark.parametrize(
    ("facts", "site", "key", "cause", "cure"),
    [
        (
            SHED.replace("width = 8", "width = -8"), FACTS, "state 1, file",
            "'halle.massing.toml': line 16, part.width: -8 is not a measure that a building has",
            "write a number above 0, 2,000 at most",
        ),
        (
            SHED, FACTS.replace('name = "hall"', 'name = "hal"'), "state 1, part 1, name",
            "'halle.massing.toml' has no node 'hal'", "write hall",
        ),
        (
            SHED, FACTS.replace('kind = "massing"', 'kind = "model"\nsources = ["plan"]'), "state 1, kind",
            "'halle.massing.toml' is a file of measured facts", "write massing",
        ),
    ],
)  # fmt: skip
def test_measured_facts_are_checked(tmp_path: Path, facts: str, site: str, key: str, cause: str, cure: str) -> None:
    [said] = of_facts(tmp_path / "assets", facts, site)
    assert (said.level, said.key, said.cause, said.cure) == (ERROR, key, cause, cure)
    assert is_translated(said.cure)


def test_a_massing_model_of_another_file_is_told(tmp_path: Path) -> None:
    site = FACTS.replace("halle.massing.toml", "fosse.glb")
    [said] = of_model(tmp_path / "assets", nodes("hall"), site)
    assert (said.level, said.key) == (ERROR, "state 1, file")
    assert said.cause == "'fosse.glb' is not a file of measured facts"
