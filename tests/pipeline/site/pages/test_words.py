"""Every word that pages say of their own is in the catalogues of all languages, and none is there that nobody says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from babel.messages.extract import extract_from_file
from jinja2.ext import babel_extract

from carreau.base.levels import PUBLISHED
from carreau.base.schema.site import Annotation
from carreau.base.terms import TERMS
from carreau.base.translator import catalogue
from carreau.catalogue.site import ANNOTATION_TEXTS
from carreau.site.pages import trail_and_show_pages
from carreau.site.pages.page_texts import CONTEXT
from carreau.site.publish.map_documents import RELIEF_TITLE, TITLE

PAGES = Path(__file__).parents[4] / "pipeline" / "carreau" / "site" / "pages"
OTHERS = ("fr", "nl", "de", "pl")
OPTIONS = {"trim_blocks": "true", "lstrip_blocks": "true"}


def said() -> Iterator[str]:
    """Yield the English of each message, of a plural its first form."""
    for path in sorted((PAGES / "templates").glob("*.html")):
        with path.open("rb") as file:
            for _, _, found, _ in babel_extract(file, ("_", "ngettext", "plural_forms"), (), OPTIONS):
                yield _first(found)
    for path in sorted(PAGES.glob("*.py")):
        for _, found, _, _ in extract_from_file("python", path, keywords={"gettext": None, "ngettext": (1, 2)}):
            yield _first(found)
    yield from (file.label for file in PUBLISHED.values())
    yield from (TITLE, RELIEF_TITLE)


def _first(found: Any) -> str:
    return str(found[0] if isinstance(found, tuple) else found)


def known(language: str, context: str) -> dict[str, str]:
    catalog = catalogue(language)
    assert catalog is not None
    return {
        _first(each.id): _first(each.string)
        for each in catalog
        if each.id and each.context == context and each.string and not each.fuzzy
    }


@pytest.mark.parametrize("language", OTHERS)
def test_pages_say_everything_in_every_language(language: str) -> None:
    """Add what is named here to the catalogues, under the context "page"."""
    there, wanted = known(language, CONTEXT), set(said())
    assert len(wanted) > 180
    assert sorted(wanted - set(there)) == []
    assert sorted(set(there) - wanted) == []


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("of", sorted(TERMS))
def test_closed_lists_are_said_in_every_language(language: str, of: str) -> None:
    assert set(known(language, f"term {of}")) == set(TERMS[of].values())


@pytest.mark.parametrize("language", OTHERS)
def test_the_controls_of_a_show_are_said_in_every_language(language: str) -> None:
    assert set(known(language, trail_and_show_pages.CONTEXT)) == set(trail_and_show_pages.WORDS.values())


@pytest.mark.parametrize("language", OTHERS)
def test_the_labels_of_annotations_are_said_in_every_language(language: str) -> None:
    assert set(known(language, "annotation")) == {label for label in ANNOTATION_TEXTS.values() if label}


def test_every_text_of_an_annotation_is_in_the_document_that_pages_show() -> None:
    assert ANNOTATION_TEXTS["text"] == ""
    assert {each for each in ANNOTATION_TEXTS if each not in Annotation.model_fields} == set()
