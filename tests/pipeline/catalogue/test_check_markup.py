"""HTML in a text is told; signs that only look like it are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from carreau.base.errors import ERROR, QUESTION
from carreau.catalogue.check_texts import markup, typed_words
from tests.pipeline.catalogue.catalogues import ROUTE, SITE
from tests.pipeline.catalogue.test_check import found, is_translated

HTML = {
    "Une <b>fosse</b>.": "<b>",
    "Une fosse.<br/>Fermée.": "<br/>",
    "Une fosse.<BR>Fermée.": "<BR>",
    "Voir <a href='https://x.example'>la page</a>.": "<a href='https://x.example'>",
    "<p>Une fosse.</p>": "<p>",
    "<script>alert(1)</script>": "<script>",
    "12&nbsp;000 mineurs": "&nbsp;",
    "L&#39;église": "&#39;",
    "caf&eacute;": "&eacute;",
    "Une fosse. <!-- à revoir -->": "<!--",
}
PLAIN = ["Haut de <10 m & large de >3 m.", "Voici <la fosse>.", "R&D; Dupont & fils", "a < b > c", "1831 <-> 1862"]


@pytest.mark.parametrize("text", sorted(HTML))
def test_html_is_told(tmp_path: Path, text: str) -> None:
    assert markup(text) == HTML[text]
    [said] = found(tmp_path / "assets", SITE.replace('access = "Libre."', f'access = """{text}"""'))
    assert (said.level, said.topic, said.key) == (ERROR, "markup", "visit, access")
    assert said.cause == f"visitors would read '{HTML[text]}': HTML is shown as it is written"
    assert "write plain text" in said.cure
    assert is_translated(said.cause)
    assert is_translated(said.cure)


@pytest.mark.parametrize("text", PLAIN)
def test_other_signs_are_text(tmp_path: Path, text: str) -> None:
    assert found(tmp_path / "assets", SITE.replace('access = "Libre."', f'access = "{text}"')) == []


def test_it_is_told_in_credits_and_routes_too(tmp_path: Path) -> None:
    credit = 'credit = "<a>Quelqu’un</a>"\nlicence = "CC0-1.0"\nalt'
    site = SITE.replace('credit = "Quelqu’un"\nlicence = "CC0-1.0"\nalt', credit)
    route = ROUTE.replace('text = "Départ."', 'text = "Départ.<br>"')
    said = found(tmp_path / "assets", site, route)
    assert [(each.file, each.key) for each in said] == [
        ("routes/way.toml", "stop 1, text"),
        ("sites/une/site.toml", "media 1, credit"),
    ]


@pytest.mark.parametrize(
    ("text", "typed", "printed"),
    [
        ("L’accès est libre jusqu'au soir.", "jusqu'au", "jusqu’au"),
        ("Une tour du XIXème siècle.", "XIXème", "XIXe"),
        ("Le 3ème puits.", "3ème", "3e"),
        ("La 1ère fosse.", "1ère", "1re"),
        ("Une rue, une place...", "place...", "place…"),
    ],
)
def test_signs_of_the_typewriter_are_a_question(tmp_path: Path, text: str, typed: str, printed: str) -> None:
    [said] = found(tmp_path / "assets", SITE.replace('access = "Libre."', f'access = "{text}"'))
    assert (said.level, said.topic, said.key) == (QUESTION, "typography", "visit, access")
    assert said.cause == f"'{typed}' does not follow French typography"
    assert said.cure == f"write '{printed}'"
    assert is_translated(said.cause)
    assert is_translated(said.cure)


def test_the_name_of_a_file_is_not_typeset(tmp_path: Path) -> None:
    site = SITE.replace('file = "facade.jpg"', 'file = "l\'eglise.jpg"')
    assert site != SITE
    said = found(tmp_path / "assets", site)
    assert [each for each in said if each.topic == "typography"] == []


@pytest.mark.parametrize(
    "text", ["Le XIXe siècle, 1re fosse…", "Voir https://x.example/l'eglise.", "Haut de 5' et 'plus'."]
)
def test_what_is_printed_so_is_no_question(text: str) -> None:
    assert typed_words(text) == []
