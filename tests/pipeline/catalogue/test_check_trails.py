"""A trail that leads nowhere is an error; what is not known of it is a question."""

from __future__ import annotations

from pathlib import Path

import pytest

from carreau.base.errors import ERROR
from carreau.catalogue.catalogue import read_catalogue
from carreau.catalogue.check_catalogue import check_catalogue, check_folder
from carreau.desk.entry_checks import CatalogueAround
from tests.pipeline.catalogue.catalogues import written

TRAIL = """\
name = "Un récit"
standing = "tested"
audience = ["alone"]
means = ["home"]
summary = "Un récit court."
description = "Rien de plus."
period = "1712-07-24"
access = "Partout."
safety = "Rien à craindre."

[[chapter]]
id = "un"
title = "Un"
text = "Le début."
site = "une"
sources = ["livre"]
evidence = "attested"
minutes = 5

[[chapter.doubt]]
about = "l’heure"
[[chapter.doubt.version]]
text = "midi"
sources = ["livre"]
[[chapter.doubt.version]]
text = "une heure"
sources = ["blog"]

[[chapter.question]]
by = "words"
text = "Quelle heure ?"
accepted = ["midi"]
hint = ["Le soleil est haut."]
answer = "Midi."

[[chapter]]
id = "deux"
title = "Deux"
text = "La fin."
sources = ["livre"]
evidence = "deduced"
minutes = 3

[[source]]
id = "livre"
title = "Un livre"
reliability = "B"

[[source]]
id = "blog"
title = "Un blog"
reliability = "D"

[[rights]]
of = "textes"
credit = "Nous"
licence = "CC-BY-4.0"
"""


def checked(folder: Path, trail: str = TRAIL) -> list[str]:
    root = written(folder)
    path = root / "trails" / "recit" / "trail.toml"
    path.parent.mkdir(parents=True)
    path.write_text(trail, encoding="utf-8")
    catalogue = read_catalogue(root)
    check_catalogue(catalogue)
    return [f"{each.level} {each.message()}" for each in catalogue.trails["recit"].document.findings]


def test_a_whole_trail_has_nothing_to_tell(tmp_path: Path) -> None:
    assert checked(tmp_path) == []


def test_trails_are_counted_apart(tmp_path: Path) -> None:
    checked(tmp_path)
    result = check_folder(tmp_path)
    assert (result.trail_count, result.as_json()["trails"]) == (1, 1)
    assert "1 route, 1 trail: " in str(result.summary())


def test_a_text_links_to_a_trail_and_to_its_chapters(tmp_path: Path) -> None:
    assert checked(tmp_path, TRAIL.replace("Le début.", "[Le récit](trail:recit), [sa fin](trail:recit#deux).")) == []
    around = CatalogueAround(tmp_path).now().trails
    targets = ("recit", "recit#deux", "recit#trois", "nul", "../recit", "recit/../recit")
    assert [each in around for each in targets] == [True, True, False, False, False, False]


DOUBT = "[[chapter.doubt]]"
WRONG = {
    "a source that is none": ('sources = ["blog"]', 'sources = ["wiki"]', "there is no source 'wiki'"),
    "a place that is none": ('site = "une"', 'site = "nulle"', "there is no site 'nulle'"),
    "a word that is none": ('means = ["home"]', 'means = ["boat"]', "'boat' is not a value of this key"),
    "a doubt with one version": (
        '[[chapter.doubt.version]]\ntext = "une heure"\nsources = ["blog"]\n',
        "",
        "a doubt needs at least two versions",
    ),
    "options without a right one": (
        'answer = "Midi."', '[[chapter.question.option]]\ntext = "minuit"', "none of the options is right",
    ),
    "a way to nowhere": (DOUBT, f'[[chapter.way]]\nto = "trois"\n\n{DOUBT}', "no chapter 'trois'"),
    "a chapter without a way": (
        DOUBT, f'[[chapter.way]]\nto = "un"\n\n{DOUBT}', "no way leads to this chapter",
    ),
    "a trail that is none": (
        DOUBT, f'[[chapter.way]]\ntrail = "x"\nto = "un"\n\n{DOUBT}', "there is no trail 'x'",
    ),
    "a link to no trail": ("Le début.", "[Là](trail:x).", "there is no trail 'x'"),
    "a link to no chapter": ("Le début.", "[Là](trail:recit#trois).", "there is no chapter 'recit#trois'"),
    "two chapters alike": ('id = "deux"', 'id = "un"', "'un' is used twice"),
    "a position of unknown worth": (
        'site = "une"',
        '[chapter.place]\nname = "Ici"\ncommune = "Ici"\nposition = {lon = 3.4, lat = 50.35, basis = "x"}',
        "nothing says how well the position is known",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_leads_nowhere_is_an_error(tmp_path: Path, name: str) -> None:
    before, after, says = WRONG[name]
    if name == "a position of unknown worth":
        before = f'{before}\nsources = ["livre"]\nevidence = "attested"'
        after = f'sources = ["livre"]\nevidence = "attested"\n{after}'
    assert before in TRAIL
    errors = [each for each in checked(tmp_path, TRAIL.replace(before, after, 1)) if each.startswith(ERROR)]
    assert any(says in each for each in errors), errors


ASKED = {
    "no right answer": ('accepted = ["midi"]\n', "", "the question has no right answer"),
    "nothing to tap on a map": ('by = "words"', 'by = "map"', "nothing says what to tap"),
    "no model to tap": ('by = "words"', 'by = "model"', "the model is not named"),
    "a proposal": ('standing = "tested"', 'standing = "proposal"', "the trail is an untested proposal"),
    "attested by blogs": (
        'sources = ["livre"]\nevidence', 'sources = ["blog"]\nevidence', "all its sources have reliability D",
    ),
    "no telling for children": ('["alone"]', '["children"]', "the chapter is not told to children"),
    "no lesson": ('["alone"]', '["class"]', "the trail is offered to classes without [lesson]"),
    "no minutes": ("minutes = 3\n", "", "how long the trail takes is not known"),
    "no credit": ('credit = "Nous"\nlicence = "CC-BY-4.0"', 'licence = ""', "rights 1, credit: not filled in yet"),
    "no licence": ('credit = "Nous"\nlicence = "CC-BY-4.0"', 'credit = ""', "rights 1, licence: not filled in yet"),
    "no sources": ('sources = ["livre"]\nevidence', "sources = []\nevidence", "sources: not filled in yet"),
    "something to settle": ('access = ', 'questions = ["Où est le pont ?"]\naccess = ', "Où est le pont ?"),
}  # fmt: skip


@pytest.mark.parametrize("name", ASKED)
def test_what_is_not_known_is_a_question(tmp_path: Path, name: str) -> None:
    before, after, says = ASKED[name]
    assert before in TRAIL
    found = checked(tmp_path, TRAIL.replace(before, after, 1))
    assert not any(each.startswith(ERROR) for each in found), found
    assert any(says in each for each in found), found


def test_the_duration_is_asked_for_once(tmp_path: Path) -> None:
    """Chapters that may be left out are not part of it."""
    bare = TRAIL.replace("minutes = 5\n", "").replace("minutes = 3\n", "")
    (only,) = checked(tmp_path / "bare", bare)
    assert "chapter 1, minutes: how long the trail takes is not known" in only
    optional = bare.replace('evidence = "attested"\n', 'evidence = "attested"\nminutes = 5\n')
    optional = optional.replace('evidence = "deduced"\n', 'evidence = "deduced"\noptional = true\n')
    assert checked(tmp_path / "optional", optional) == []


def test_a_trail_has_a_name_of_its_own(tmp_path: Path) -> None:
    root = written(tmp_path)
    (root / "trails" / "une").mkdir(parents=True)
    (root / "trails" / "une" / "trail.toml").write_text(TRAIL, encoding="utf-8")
    errors = [str(each) for each in check_folder(root).of_level(ERROR)]
    assert any("trails/une/trail.toml" in each and "also the name of a site" in each for each in errors)


def test_a_folder_without_its_sheet_is_told(tmp_path: Path) -> None:
    root = written(tmp_path)
    (root / "trails" / "vide").mkdir(parents=True)
    assert any("the folder has no trail.toml" in str(each) for each in check_folder(root).findings)
