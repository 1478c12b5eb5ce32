"""Documents say of massing models what is certain, who says so, and what measures leave open, in every language."""

from __future__ import annotations

from typing import Any

import pytest

from carreau.air.massing.massing_file import SHAPES, STAGE
from carreau.base import terms
from carreau.base.languages import LANGUAGES
from carreau.base.schema.parts import Term, Text
from carreau.base.schema.site import NamedPart
from carreau.base.schema.site import State as StateDocument
from carreau.base.translator import Translator
from carreau.catalogue.site import MASSING
from carreau.models.builders.massing_builder import part_json
from carreau.models.reports.report_page import massing_part
from carreau.models.stages.massing_scene import model_massing
from carreau.site.publish import shared_fields
from carreau.site.publish.artifacts import StateArtifacts
from carreau.site.publish.shared_fields import Localizer
from carreau.site.publish.site_document import state_line
from tests.pipeline.air.massing.test_read_massing import MADE_UP

IN = {code: Localizer(code) for code in LANGUAGES}


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    modelled = model_massing(MADE_UP)
    return {"sources": ["Plan"], "parts": [part_json(made, modelled.massing.sources) for made in modelled.parts]}


def test_a_part_says_who_says_so_and_what_is_open(told: dict[str, Any]) -> None:
    parts = {part.name: part for part in shared_fields.massing_parts(told, ("voute",), IN["fr"])}
    assert "voute" not in parts
    church, tower = parts["nef-range"], parts["hauteur-de-la-tour"]
    assert church.label.text == (
        "Nef : longueur et largeur inconnues (longueur\u00a0: entre 0 et 90\u00a0m, "
        "largeur\u00a0: entre 0 et 30\u00a0m)"
    )
    assert (church.evidence.code, tower.evidence.code) == ("hypothetical", "attested")
    assert tower.label == Text(text="Hauteur de la tour : 50 m", lang="fr", standing="source")
    assert any("Lettre inventée" in source for source in tower.sources)
    assert tower.note is not None
    assert tower.note.text.startswith("Une mire")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_measure_that_may_be_open_has_words_in_every_language(language: str) -> None:
    rows = [facts.measures for facts in SHAPES.values() if facts.may_be_range]
    keys = {key for measures in (*rows, STAGE) for key, limits in measures.items() if not limits.is_whole}
    assert keys == set(terms.MEASURES)
    ends = {"low": "1", "high": "2"}
    said = {IN[language].translator.within(terms.MASSING_CONTEXT, words, **ends) for words in terms.MEASURES.values()}
    assert len(said) == len(keys)
    assert language == "en" or not said & {words % ends for words in terms.MEASURES.values()}


def test_the_report_lists_the_parts_with_evidence_and_sources(told: dict[str, Any]) -> None:
    part = massing_part({"scan": {"massing": told}}, Translator("fr"))
    assert part is not None
    rows = {label.text: text for label, text in part["rows"]}
    assert rows["Enclos"] == "attesté par des sources – Plan inventé"
    assert "hypothétique – longueur\u00a0: entre 0 et 90\u00a0m" in rows["Nef : longueur et largeur inconnues"]
    assert massing_part({"scan": {}}, Translator("fr")) is None


def test_all_sources_are_named_once(told: dict[str, Any]) -> None:
    named = shared_fields.survey_sources(told)
    assert named[0] == "Plan"
    assert len(named) == len(set(named)) == 5
    assert shared_fields.survey_sources(StateArtifacts().massing) == ()


def test_the_line_of_a_state_says_that_some_parts_are_supposed(told: dict[str, Any]) -> None:
    localizer = IN["fr"]
    document = StateDocument(
        id="vers-1700",
        title=Text(text="Vers 1700", lang="fr", standing="source"),
        kind=localizer.term("state", MASSING),
        evidence=localizer.term("evidence", "attested"),
        parts=shared_fields.massing_parts(told, (), localizer),
    )
    line = state_line(document, localizer.translator)
    assert line.startswith("Reconstitution d’après ce que l’on sait, ")
    known = document.model_copy(
        update={"parts": (NamedPart(name="a", label=document.title, evidence=document.evidence),)}
    )
    assert state_line(known, localizer.translator) == line.rpartition(",")[0]
    assert Term(code=MASSING, text="reconstruction from what is known") == IN["en"].term("state", MASSING)
