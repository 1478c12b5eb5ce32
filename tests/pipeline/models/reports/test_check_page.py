"""The page of a check can be worked through by everybody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from carreau.base.messages import message
from carreau.models.reports.overview_pages import make_check_page
from tests.browser import Browser, asked, loaded, opened, violations


def finding(level: str, file: str, **said: Any) -> dict[str, Any]:
    known = {"topic": "not written", "line": 3, "key": "access", "cause": message("not filled in yet"),
             "cure": message("fill it in once it is known")}  # fmt: skip
    return {"level": level, "file": file, **known, **said}


CHECKED = {
    "sites": 2, "routes": 0, "errors": 1, "questions": 2,
    "names": {"sites/a/site.toml": "A & <b>", "sites/b/site.toml": "B"},
    "findings": [
        finding("question", "sites/a/site.toml"),
        finding("question", "sites/a/site.toml", topic="question", cause="Qui l’a bâtie ?",
                cure=message("answer it, then remove it")),
        finding("error", "sites/b/site.toml", topic="unknown key", cause=message("the key is unknown"),
                cure=message("write %(word)s", word="summary")),
    ],
}  # fmt: skip


def test_what_has_errors_comes_first_and_values_are_escaped() -> None:
    text = make_check_page(CHECKED).decode()
    assert text.index(">B</h2>") < text.index(">A &amp; &lt;b&gt;</h2>")
    assert "la clé est inconnue" in text
    assert make_check_page(CHECKED).decode() == text


def test_questions_of_the_team_stay_in_their_language() -> None:
    assert '<span lang="fr">Qui l’a bâtie ?</span>' in make_check_page(CHECKED, "en").decode()
    assert "<span lang" not in make_check_page(CHECKED, "fr").decode()


def test_nothing_found_is_said() -> None:
    nothing = {**CHECKED, "findings": [], "errors": 0, "questions": 0}
    assert "Rien à corriger" in make_check_page(nothing).decode()


@pytest.mark.browser
@pytest.mark.parametrize("language", ["fr", "en"])
def test_nobody_is_kept_from_the_page(browser: Browser, axe: str, tmp_path: Path, language: str) -> None:
    path = tmp_path / "check.html"
    path.write_bytes(make_check_page(CHECKED, language))
    for width in (320, 1280):
        session = opened(browser, path.as_uri(), width)
        loaded(browser, session)
        assert violations(browser, session, axe) == []
        assert asked(browser, session, "document.documentElement.scrollWidth") <= width
    assert {url for url in browser.asked if not url.startswith(("data:", path.as_uri()))} == set()
