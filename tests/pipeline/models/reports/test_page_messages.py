"""Pages of reports are complete in every language, with each language's numbers and plurals."""

from __future__ import annotations

import re

import pytest

from carreau.base.levels import NAMES, PREVIEW
from carreau.base.translator import REPORT_LANGUAGES, TaggedText, Translator, catalogue
from carreau.models.reports.report import FINDINGS, rebuilt_smaller, translate_text
from carreau.models.stages.check import LevelFacts, check_budget
from carreau.models.stages.clean import CleanFindings
from tests.pipeline.models.reports.catalogues import page_messages, step_labels

OTHERS = [language for language in REPORT_LANGUAGES if language != "en"]
SPACES = re.compile("[\u00a0\u202f]")


@pytest.mark.parametrize("language", OTHERS)
def test_every_message_of_the_pages_is_translated(language: str) -> None:
    catalog = catalogue(language)
    assert catalog is not None
    known = {message.id if isinstance(message.id, str) else message.id[0]: message for message in catalog}
    missing = [text for text in sorted(page_messages()) if text not in known or not _is_done(known[text].string)]
    assert missing == []
    unused = [text for text, message in known.items() if text and not message.context and text not in page_messages()]
    assert unused == []


def _is_done(translation: object) -> bool:
    return all(translation) if isinstance(translation, tuple) else bool(translation)


@pytest.mark.parametrize("language", OTHERS)
def test_no_translation_loses_or_makes_up_a_value(language: str) -> None:
    for message in catalogue(language) or ():
        english = [message.id] if isinstance(message.id, str) else list(message.id)
        others = [message.string] if isinstance(message.string, str) else list(message.string or ())
        for other in others if message.id else ():
            assert _values(other) == _values(english[-1]), message.id


def _values(text: str) -> set[str]:
    return set(re.findall(r"%\(\w+\)s|%%", text))


@pytest.mark.parametrize("language", OTHERS)
def test_every_step_and_level_has_a_name(language: str) -> None:
    wording = Translator(language)
    assert [label for label in step_labels() if wording.known("step", label) is None] == []
    same = {"archive"}
    assert [name for name in NAMES if wording.known("level", name) is None and name not in same] == []


def test_everything_that_cleaning_counts_has_its_words() -> None:
    counted = {name for name in vars(CleanFindings()) if not name.endswith("_share")}
    assert counted - {key for key, _, _ in FINDINGS} <= {"pieces", "doubled_area"}


def in_language(text: str, language: str) -> str:
    tagged = translate_text(text, Translator(language))
    assert tagged.language == language
    return SPACES.sub(" ", tagged.text)


@pytest.mark.parametrize(
    ("text", "others"),
    [
        (
            check_budget(PREVIEW, LevelFacts(10_001, 512, 0, 0))[0],
            {
                "en": "10,001 triangles, over the limit of 10,000",
                "fr": "10 001 triangles, au-dessus de la limite de 10 000",
                "de": "10.001 Dreiecke, über der Grenze von 10.000",
                "nl": "10.001 driehoeken, boven de limiet van 10.000",
                "pl": "10 001 trójkątów, ponad limit 10 000",
            },
        ),
        (
            CleanFindings(loose=1204, loose_share=0.031).warnings[0],
            {
                "en": "1,204 loose pieces dropped: 3.1% of the surface",
                "fr": "1 204 fragments détachés écartés : 3,1 % de la surface",
                "de": "1.204 lose Teile verworfen: 3,1 % der Oberfläche",
                "nl": "1.204 losse stukken weggelaten: 3,1% van het oppervlak",
                "pl": "usunięto 1 204 luźne fragmenty: 3,1% powierzchni",
            },
        ),
        (
            rebuilt_smaller(check_budget(PREVIEW, LevelFacts(0, 1024, 0, 0))[0]),
            {
                "en": "rebuilt smaller: a texture with an edge of 1,024 texels, over the limit of 512",
                "fr": "refait en plus petit : une texture de 1 024 texels de côté, au-dessus de la limite de 512",
                "de": "kleiner neu erstellt: eine Textur mit 1.024 Texeln Kantenlänge, über der Grenze von 512",
                "nl": "kleiner opnieuw gemaakt: een textuur met een zijde van 1.024 texels, boven de limiet van 512",
                "pl": "wykonano ponownie, mniejsze: tekstura o boku 1 024 tekseli, ponad limit 512",
            },
        ),
    ],
)
def test_messages_of_reports_are_translated(text: str, others: dict[str, str]) -> None:
    assert {language: in_language(text, language) for language in others} == others


def test_a_text_without_an_id_stays_english() -> None:
    for text in ("a spell was cast on it", ""):
        assert translate_text(text, Translator("fr")) == TaggedText(text, "en")


def test_a_language_without_a_catalogue_is_said_in_english() -> None:
    wording = Translator("it")
    assert wording.language == "en"
    assert wording.text("Budgets") == "Budgets"
