"""A place that was begun by copying the folder of another is told until it says what is true of itself."""

from __future__ import annotations

import shutil
from pathlib import Path

from carreau.base.errors import ERROR, QUESTION, Diagnostic
from carreau.catalogue.check_catalogue import check_folder
from tests.pipeline.catalogue.catalogues import written
from tests.pipeline.catalogue.test_check import is_translated


def copied(root: Path, *changes: tuple[str, str]) -> list[Diagnostic]:
    """Return what is said of a copied folder in whose sheet some words were changed."""
    written(root)
    shutil.copytree(root / "sites" / "une", root / "sites" / "une-copie")
    sheet = root / "sites" / "une-copie" / "site.toml"
    text = sheet.read_text(encoding="utf-8").replace("15A", "15C")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    sheet.write_text(text, encoding="utf-8")
    return [each for each in check_folder(root).findings if each.topic == "copied place"]


NAME = ('name = "Fosse Une"', 'name = "Fosse Trois"')
SUMMARY = ('summary = "Une fosse."', 'summary = "Une troisième fosse."')
DESCRIPTION = ("Voir [l’autre](site:deux).", "Voir [la deuxième](site:deux).")
POSITION = ("lon = 3.4\nlat = 50.35\nbasis", "lon = 3.41\nlat = 50.36\nbasis")


def test_a_copy_is_an_error(tmp_path: Path) -> None:
    [said] = copied(tmp_path / "assets")
    assert (said.level, said.file, said.key, said.line) == (ERROR, "sites/une-copie/site.toml", "name", 1)
    assert said.cause == "what is written under name, summary, description, position is also written in 'une'"
    assert said.cure == "write what is true of this place, or remove the copy"
    assert is_translated(said.cause)
    assert is_translated(said.cure)


def test_a_half_changed_copy_is_an_error(tmp_path: Path) -> None:
    [said] = copied(tmp_path / "assets", NAME, SUMMARY)
    assert (said.level, said.key) == (ERROR, "description")


def test_one_thing_in_common_is_a_question(tmp_path: Path) -> None:
    [said] = copied(tmp_path / "assets", NAME, SUMMARY, DESCRIPTION)
    assert (said.level, said.key) == (QUESTION, "position, lon")


def test_texts_in_common_are_a_question(tmp_path: Path) -> None:
    [said] = copied(tmp_path / "assets", NAME, POSITION)
    assert (said.level, said.key) == (QUESTION, "summary")
    assert "summary, description" in said.cause


def test_a_place_of_its_own_is_none(tmp_path: Path) -> None:
    assert copied(tmp_path / "assets", NAME, SUMMARY, DESCRIPTION, POSITION) == []
