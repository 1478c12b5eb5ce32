"""The page of the translations tells everybody how far they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from carreau.models.reports.overview_pages import make_texts_page
from tests.browser import Browser, asked, loaded, opened, violations


def counts(translated: int, unreviewed: int, stale: int, missing: int) -> dict[str, int]:
    return {"translated": translated, "unreviewed": unreviewed, "stale": stale, "missing": missing}


STATUS = {
    "texts": 1234,
    "languages": {"en": counts(1, 1, 1, 1231), "nl": counts(0, 0, 0, 1234)},
    "entries": [
        {"slug": "une", "name": "Fosse <Une>", "kind": "site", "texts": 4,
         "languages": {"en": counts(1, 1, 1, 1), "nl": counts(0, 0, 0, 4)}},
        {"slug": "rien", "name": "Rien", "kind": "site", "texts": 0,
         "languages": {"en": counts(0, 0, 0, 0), "nl": counts(0, 0, 0, 0)}},
    ],
}  # fmt: skip


def test_a_cell_says_what_there_is() -> None:
    text = make_texts_page(STATUS).decode()
    assert "Fosse &lt;Une&gt;" in text
    assert "1 traduit<br>1 non relu<br>1 périmé<br>1 manquant" in text
    assert "4 manquants" in text
    assert "Néerlandais" in text
    assert make_texts_page(STATUS).decode() == text


def test_names_of_sites_are_french_on_an_english_page() -> None:
    text = make_texts_page(STATUS, "en").decode()
    assert '<span lang="fr">Rien</span>' in text
    assert "1,234 texts in French." in text


@pytest.mark.browser
@pytest.mark.parametrize("language", ["fr", "en"])
def test_nobody_is_kept_from_the_page(browser: Browser, axe: str, tmp_path: Path, language: str) -> None:
    path = tmp_path / "texts.html"
    path.write_bytes(make_texts_page(STATUS, language))
    for width in (320, 1280):
        session = opened(browser, path.as_uri(), width)
        loaded(browser, session)
        assert violations(browser, session, axe) == []
        assert asked(browser, session, "document.documentElement.scrollWidth") <= width
    assert {url for url in browser.asked if not url.startswith(("data:", path.as_uri()))} == set()
