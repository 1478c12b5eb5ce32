"""The pseudo-locale makes texts longer, and leaves what is no text alone."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carreau.base.messages import message
from carreau.base.translator import Translator, pseudo


@given(st.text())
def test_a_text_is_longer_between_brackets_and_an_empty_one_stays(text: str) -> None:
    made = pseudo(text)
    assert made == text if not text.strip() else made[0] + made[-1] == "[]"
    assert len(made) >= len(text)


@pytest.mark.parametrize(
    "kept",
    ["%(number)s", "%%", "{clause}", "{n2}", "<b>", "</a>", "&nbsp;", "](site:fosse-mathilde)", "https://example.org/a?b"],
)  # fmt: skip
def test_values_markup_and_links_stay(kept: str) -> None:
    assert kept in pseudo(f"some words {kept} and more")


def test_a_sentence_gets_a_third_longer() -> None:
    text = "A tongue of shale two kilometres long, tipped wagon by wagon by the Arenberg pit."
    assert 1.3 < len(pseudo(text)) / len(text) < 1.4
    assert not re.search("[aeiou]", pseudo(text))


def test_pages_can_be_asked_for_in_it() -> None:
    wording = Translator("qps")
    assert wording.language == "qps"
    assert wording.text("Made by %(generator)s.", generator="us").startswith("[Ṁåđé ƀý us.")
    assert wording.plural("%(number)s site", "%(number)s sites", 2) == "[2 šîţéš ö]"
    assert wording.number(1.5, 1) == "1.5"
    assert wording.message(message("%(count)s is negative", count=-1)) == pseudo("%(count)s is negative") % {
        "count": "-1"
    }
