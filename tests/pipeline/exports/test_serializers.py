"""Texts with links become plain text or HTML, and nothing in them becomes markup."""

from __future__ import annotations

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from carreau.catalogue.i18n.check_translations import REVIEWED, SOURCE_TEXT, LocalizedText
from carreau.exports.serializers import as_html, localize, plain, words


class Read(HTMLParser):
    """What a browser would show, and the elements it would make."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text, self.tags, self.links = "", set[str](), list[str]()
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.text += data


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_any_text_is_shown_as_it_is_written_and_makes_paragraphs_alone(text: str) -> None:
    found = Read(as_html(text, lambda kind, name: f"/{kind}/{name}"))
    assert found.tags <= {"p", "a"}
    assert found.text == plain(text).replace("\n\n", "")


def test_links_lead_where_they_are_told_and_stay_words_where_there_is_nothing() -> None:
    text = "Voir [la fosse](site:fosse), [le tour](route:tour)\net [la photo](media:photo). [Suite](trail:a#b)"
    found = Read(as_html(text, lambda kind, name: "" if kind == "media" else f"/{kind}?n={name}&x"))
    assert found.links == ["/site?n=fosse&x", "/route?n=tour&x", "/trail?n=a#b&x"]
    assert found.text == plain(text) == "Voir la fosse, le tour et la photo. Suite"


def test_a_language_without_a_text_of_its_own_hears_the_next_of_its_chain() -> None:
    texts = {"fr": LocalizedText("fosse", "fr", SOURCE_TEXT), "en": LocalizedText("pit", "en", REVIEWED)}
    assert [words(texts, code) for code in ("fr", "en", "nl", "pl")] == ["fosse", "pit", "pit", "pit"]
    assert localize({}, "nl") is None
    assert words({}, "nl") == ""
