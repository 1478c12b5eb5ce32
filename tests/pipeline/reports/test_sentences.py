"""Every sentence of a report is there in French, and comes out with its numbers as the French write them."""

from __future__ import annotations

import re
from string import Formatter

import pytest

from pipeline.i18n.sentences import CONTEXT, say, sentences
from pipeline.i18n.translator import REPORT_LANGUAGES, TaggedText, Translator, catalogue
from pipeline.levels import NAMES
from pipeline.reports.page_rows import FINDINGS
from pipeline.stages.clean import CleanFindings
from tests.pipeline.reports.catalogues import page_messages, step_labels
from tests.pipeline.reports.spoken import spoken

OTHERS = [language for language in REPORT_LANGUAGES if language != "en"]
SPACES = re.compile("[\u00a0\u202f]")


@pytest.mark.parametrize("language", OTHERS)
def test_every_message_of_the_pages_is_translated(language: str) -> None:
    found = catalogue(language)
    assert found is not None
    known = {message.id if isinstance(message.id, str) else message.id[0]: message for message in found}
    missing = [text for text in page_messages() if text not in known or not _is_done(known[text].string)]
    assert missing == []
    unused = [
        text for text, message in known.items() if text and not message.context and text not in set(page_messages())
    ]
    assert unused == []


def _is_done(translation: object) -> bool:
    return all(translation) if isinstance(translation, tuple) else bool(translation)


@pytest.mark.parametrize("language", OTHERS)
def test_no_translation_loses_or_makes_up_a_value(language: str) -> None:
    for message in catalogue(language) or ():
        english = [message.id] if isinstance(message.id, str) else list(message.id)
        others = [message.string] if isinstance(message.string, str) else list(message.string or ())
        for other in others if message.id else ():
            assert _values(other, message.context) == _values(english[-1], message.context), message.id


def _values(text: str, context: str | None) -> set[str]:
    if context == CONTEXT:
        return {name for _, name, _, _ in Formatter().parse(text) if name}
    return set(re.findall(r"%\(\w+\)s|%%", text))


@pytest.mark.parametrize("language", OTHERS)
def test_every_sentence_that_a_stage_writes_is_translated(language: str) -> None:
    """Add what is named here to the catalogues, under the context "sentence"; see pipeline/i18n/sentences.py."""
    pieces = [piece for english, _ in sentences(language) for piece in re.split(r"\{\w+\}", english)]
    missing = [f"{place}: {words}" for place, words in spoken() if not any(words in piece for piece in pieces)]
    assert missing == []


@pytest.mark.parametrize("language", OTHERS)
def test_every_step_and_level_has_a_name(language: str) -> None:
    wording = Translator(language)
    assert [label for label in step_labels() if wording.known("step", label) is None] == []
    same = {"archive"}
    assert [name for name in NAMES if wording.known("level", name) is None and name not in same] == []


def test_everything_that_cleaning_counts_has_its_words() -> None:
    counted = {name for name in vars(CleanFindings()) if not name.endswith("_share")}
    assert counted - {key for key, _, _ in FINDINGS} <= {"pieces"}


def french(sentence: str) -> str:
    said = say(sentence, Translator("fr"))
    assert said.language == "fr", said
    return SPACES.sub(" ", said.text)


@pytest.mark.parametrize(
    ("english", "other"),
    [
        ("y is up: as asked for", "l’axe y est vertical : comme demandé"),
        (
            "y is up: it stands on a flat or open side of 88% of its ground plan",
            "l’axe y est vertical : il repose sur un côté plat ou ouvert qui couvre 88 % de son emprise au sol",
        ),
        (
            "a new atlas, chosen by measuring before encoding: the scan's own atlas 33.25 dB, a new atlas 33.47 dB",
            "un nouvel atlas, solution choisie en mesurant avant l’encodage : l’atlas du relevé 33,25 dB, un nouvel "
            "atlas 33,47 dB",
        ),
        (
            "its own vertex colours, chosen by measuring before encoding: its own vertex colours no pixel differs, "
            "a new atlas 47.70 dB",
            "ses propres couleurs de sommets, solution choisie en mesurant avant l’encodage : ses propres couleurs de "
            "sommets sans un pixel qui diffère, un nouvel atlas 47,70 dB",
        ),
        (
            "a new atlas: the seams of the scan's own atlas would lock what is to go: under 20% may stay",
            "un nouvel atlas : les coutures de l’atlas du relevé bloqueraient ce qui doit partir : moins de 20 % peut "
            "rester",
        ),
        (
            "made again smaller: UASTC takes 10,738,643 bytes, over 5,596,904",
            "refait en plus petit : UASTC prend 10 738 643 octets, au-delà de 5 596 904",
        ),
        (
            "ETC1S: UASTC takes 10,738,643 bytes, over 5,596,904; 38.00 dB in place of 39.10",
            "ETC1S : UASTC prend 10 738 643 octets, au-delà de 5 596 904 ; 38,00 dB au lieu de 39,10",
        ),
        (
            "a normal map of 1856² brings normals from 16.1° off the scan's to 0.6°",
            "une carte de normales de 1 856² ramène l’écart avec les normales du relevé de 16,1° à 0,6°",
        ),
        (
            "3 lines are not OBJ and are left out (such as 'foo', 'bar 1,000')",
            "3 lignes ne sont pas de l’OBJ et sont laissées de côté (comme 'foo', 'bar 1,000')",
        ),
        (
            "small loose pieces kept: 1,204, for together they are 3.1% of the surface",
            "petits fragments détachés gardés : 1 204, car ensemble ils font 3,1 % de la surface",
        ),
        (
            "GLB says m, which would make the scan 2,119 m long; it is likely mm; the size is left as the file says, "
            "correct it with --unit mm",
            "GLB dit m, ce qui donnerait un relevé long de 2 119 m ; c’est sans doute le mm ; la taille reste celle "
            "que dit le fichier, corrigez-la avec --unit mm",
        ),
    ],
)
def test_sentences_of_real_reports_come_out_in_french(english: str, other: str) -> None:
    assert french(english) == other


def test_a_sentence_that_nobody_translated_stays_english_and_says_so() -> None:
    for sentence in ("a spell was cast on it", "y is up: a spell was cast on it", "made again smaller: magic", ""):
        assert say(sentence, Translator("fr")) == TaggedText(sentence, "en")
    assert say("y is up: as asked for", Translator("en")) == TaggedText("y is up: as asked for", "en")


def test_what_a_file_is_called_never_becomes_a_template() -> None:
    name = r"a\1{n} (b) [c].png"
    assert french(f"the texture '{name}' is missing") == f"la texture « {name} » manque"


def test_a_language_without_a_catalogue_is_said_in_english() -> None:
    wording = Translator("it")
    assert wording.language == "en"
    assert wording.text("Budgets") == "Budgets"
