"""What promises something for free, and names no licence, is told with what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from carreau.base.errors import ERROR, QUESTION
from carreau.catalogue.check_files import free_phrase
from tests.pipeline.catalogue.catalogues import ROUTE, SITE
from tests.pipeline.catalogue.test_check import found, is_translated

PHRASES = [
    "libre de droits", "Libres de droits", "Photo libre de droits", "libre de tous droits", "Image libre de droit",
    "sans droits d’auteur", "licence libre", "royalty-free", "Royalty free", "rights-free", "copyright-free",
    "free of rights", "rechtenvrij", "Rechtenvrije foto", "royaltyvrij", "vrij van rechten", "zonder auteursrechten",
    "lizenzfrei", "lizenzfreies Bild", "rechtefrei", "frei von Rechten", "wolne od praw", "wolny od opłat",
    "bez praw autorskich", "bez tantiem",
]  # fmt: skip
LICENCES = [
    "CC-BY-4.0", "CC0-1.0", "Licence Ouverte 2.0", "etalab-2.0 OR CC-BY-4.0", "domaine public", "PDM-1.0",
    "tous droits réservés", "© Ville de Denain", "Licence libre CC BY-SA 4.0", "photo libre de droits (CC0)",
    "http://rightsstatements.org/vocab/InC/1.0/", "",
]  # fmt: skip


@pytest.mark.parametrize("phrase", PHRASES)
def test_a_phrase_is_no_licence(tmp_path: Path, phrase: str) -> None:
    assert free_phrase(phrase)
    [said] = found(tmp_path / "assets", SITE.replace('licence = "CC0-1.0"\nalt', f'licence = "{phrase}"\nalt'))
    assert (said.level, said.topic, said.key) == (ERROR, "missing licence", "media 1, licence")
    assert "is no licence: it does not say what others may do" in said.cause
    assert "name the licence, such as CC-BY-4.0 or Licence Ouverte 2.0" in said.cure
    assert is_translated(said.cause)
    assert is_translated(said.cure)


@pytest.mark.parametrize("licence", LICENCES)
def test_a_licence_is_left_in_peace(tmp_path: Path, licence: str) -> None:
    text = SITE.replace('author = "Une équipe"\nlicence = "CC-BY-4.0"', f'author = "Une équipe"\nlicence = "{licence}"')
    assert [each.cause for each in found(tmp_path / "assets", text)] == ([] if licence else ["the licence is missing"])


def test_it_is_nobodys_name_either(tmp_path: Path) -> None:
    old, new = (f'credit = "{name}"\nlicence = "CC0-1.0"\nalt' for name in ("Quelqu’un", "Libre de droits"))
    text = SITE.replace(old, new)
    [said] = found(tmp_path / "assets", text)
    assert (said.level, said.topic, said.key) == (ERROR, "missing credit", "media 1, credit")
    assert said.cause == "'Libre de droits' is nobody's name"


def test_of_a_draft_it_is_a_question(tmp_path: Path) -> None:
    text = SITE.replace('file = "scan.ply"', 'file = ""').replace(
        'author = "Une équipe"\nlicence = "CC-BY-4.0"', 'author = "Une équipe"\nlicence = "libre de droits"'
    )
    said = [each for each in found(tmp_path / "assets", text) if each.topic == "missing licence"]
    assert [(each.level, each.key) for each in said] == [(QUESTION, "state 1, licence")]


def test_routes_have_licences_too(tmp_path: Path) -> None:
    text = ROUTE.replace('licence = "CC-BY-4.0"', 'licence = "libre de droits"')
    [said] = found(tmp_path / "assets", route=text)
    assert (said.level, said.file, said.key) == (ERROR, "routes/way.toml", "rights 1, licence")
