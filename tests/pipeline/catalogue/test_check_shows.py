"""A show that would not play as it is meant is an error; what nobody has checked in it is a question."""

from __future__ import annotations

from pathlib import Path

import pytest

from carreau.base.errors import ERROR, OptionError
from carreau.catalogue.catalogue import read_catalogue, scaffold
from carreau.catalogue.check_catalogue import check_folder
from carreau.catalogue.i18n.source_texts import list_texts
from tests.pipeline.catalogue.catalogues import written

SHOW = """\
name = "Des mots"
summary = "Deux vers."
start = ["touch", "presence"]
presence_key = "F13"

[attract]
text = "Approchez."

[[quiet]]
begins = 19
ends = 8
volume = 0.3

[[scene]]
id = "vers"
seconds = 12
light = "lamp"
lines = ["Lon du biau solel,", "du biau jour"]
lang = "pcd"
translation = ["Loin du beau soleil,", "du beau jour"]
is_read = true
credit = "Un poète, un livre"
sources = ["livre"]

[[source]]
id = "livre"
title = "Un livre"
reliability = "B"

[[rights]]
of = "vers"
credit = "Un poète"
licence = "Domaine public"
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return written(tmp_path / "assets")


def errors(root: Path, old: str = "", new: str = "") -> list[str]:
    assert old in SHOW
    (root / "sites" / "une" / "mots.show.toml").write_text(SHOW.replace(old, new), encoding="utf-8")
    return [str(each) for each in check_folder(root).of_level(ERROR)]


def test_a_show_is_read_and_its_texts_are_translated_but_not_the_lines(root: Path) -> None:
    assert errors(root) == []
    show = read_catalogue(root).shows["une"]
    texts = {each.text: each.context for each in list_texts(show)}
    assert texts["Loin du beau soleil,"] == texts["du beau jour"] == "show.une.scene.vers.translation"
    assert texts["Approchez."] == "show.une.attract.text"
    assert "Lon du biau solel," not in texts
    asked = [str(each) for each in check_folder(root).findings if "show.toml" in str(each)]
    assert asked == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("seconds = 12", "seconds = 1", "line 16, scene 1, seconds: 1 is out of range"),
        ('light = "lamp"', 'light = "lampe"', "'lampe' is not a value of this key; write lamp"),
        ('lang = "pcd"', "", "nothing says which language the lines are in"),
        ('translation = ["Loin du beau soleil,", ', "translation = [", "there are 2 lines, and 1 are translated"),
        ('credit = "Un poète, un livre"', "", "nothing says whose the lines are"),
        ('sources = ["livre"]', 'sources = ["page"]', "there is no source 'page'"),
        ("is_read = true", 'voice = "lecture"', "there is no medium 'lecture'"),
        ("is_read = true", 'model = "une"', "'une' is not SITE/STATE; write it as in fosse-mathilde/1930"),
        ("is_read = true", 'model = "trois/1930"', "there is no site 'trois'"),
        ("is_read = true", 'model = "une/1930"', "there is no state '1930'"),
        ('presence_key = "F13"', "", "nothing says which key the sensor presses"),
        ('presence_key = "F13"', 'presence_key = "Escape"', "'Escape' cannot be the key of a sensor"),
        ('["touch", "presence"]', '["touch"]', "there is a key for a sensor that begins nothing"),
        ("ends = 8", "ends = 19", "the quiet hours end when they begin"),
        ("volume = 0.3", "volume = 30", "30 is out of range"),
        ("[attract]", "[atract]", "the key is unknown; write attract"),
    ],
)
def test_a_mistake_is_one_line_that_says_what_to_do(root: Path, old: str, new: str, says: str) -> None:
    found = [each for each in errors(root, old, new) if says in each]
    assert len(found) == 1
    assert found[0].startswith("sites/une/mots.show.toml")


def test_a_translation_that_no_speaker_has_read_is_a_question(root: Path) -> None:
    assert errors(root, "is_read = true\n", "") == []
    found = [str(each) for each in check_folder(root).findings if "mots.show.toml" in str(each)]
    assert len(found) == 1
    assert "no speaker of the language has read the translation" in found[0]


def test_a_folder_has_one_show(root: Path) -> None:
    (root / "sites" / "une" / "autre.show.toml").write_text(SHOW, encoding="utf-8")
    (found,) = errors(root)
    assert found.startswith("sites/une/mots.show.toml: the folder already has a show, autre.show.toml")


def test_a_new_show_holds_questions_and_no_errors(root: Path) -> None:
    path = scaffold("show", "une/mots", root)
    assert path == root / "sites" / "une" / "mots.show.toml"
    checked = check_folder(root)
    assert checked.of_level(ERROR) == []
    assert any("the scene shows nothing; write text or lines" in str(each) for each in checked.findings)
    with pytest.raises(OptionError, match="already exists"):
        scaffold("show", "une/mots", root)
    with pytest.raises(OptionError, match="already is the show of this folder"):
        scaffold("show", "une/autres", root)
    with pytest.raises(OptionError, match="there is no trail or site"):
        scaffold("show", "nulle-part/mots", root)
    with pytest.raises(OptionError, match="TRAIL/NAME"):
        scaffold("show", "mots", root)
