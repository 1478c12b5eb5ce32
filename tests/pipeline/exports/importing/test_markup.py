"""HTML becomes paragraphs, and nothing of it is markup afterwards."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carreau.exports.importing.texts import convert_html, plain_markup


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One\n  line.</p><p>Two</p>", "One line.\n\nTwo"),
        ("A<br>B", "A\n\nB"),
        ("<ul><li>a</li><li><b>b</b> c</li></ul>", "– a\n\n– b c"),
        ("<table><tr><td>1</td><td>2</td></tr></table>", "1 – 2"),
        ("<div><div></div>x</div>", "x"),
        ("a <!-- b --> c<style>p{}</style><script>x</script>", "a c"),
        ("&lt;b&gt; &eacute;&nbsp;!", "<b> é\u00a0!"),
        ("<p>Un <a href='https://a.example'>lien</a>.", "Un lien."),
        ("", ""),
        ("<p></p>", ""),
        ("[x](site:y)", "[x] (site:y)"),
    ],
)
def test_html_becomes_paragraphs(html: str, text: str) -> None:
    assert convert_html(html).text == text


def test_what_is_not_text_is_named() -> None:
    found = convert_html("<h1>T</h1><p><img src='a.jpg' alt='A'><video src='b'></video><a href='http://c/'>c</a></p>")
    assert (found.heading, found.links, found.left_out) == ("T", ("http://c/",), ("video",))
    assert [(each.reference, each.alt) for each in found.pictures] == [("a.jpg", "A")]
    assert (found.below("t"), found.below("other")) == ("c", "T\n\nc")


@pytest.mark.parametrize("text", ["1 < 2 & 3", "a <b", "AT&T", "x > y"])
def test_plain_text_stays(text: str) -> None:
    assert plain_markup(text) == text


@given(st.text(alphabet=st.sampled_from("<>/&;!-[]() abhp\n\"'=é\0"), max_size=60))
def test_any_text_ends_without_a_tag(html: str) -> None:
    text = convert_html(html).text
    assert "\0" not in text
    assert "](site:" not in text


@pytest.mark.timeout(20)
@pytest.mark.parametrize("html", ["<b>" * 100_000 + "x", "<p><table>" * 50_000, "<a " * 200_000, "&#1" * 200_000])
def test_huge_and_deep_html_ends_soon(html: str) -> None:
    assert len(convert_html(html).text) <= len(html)
