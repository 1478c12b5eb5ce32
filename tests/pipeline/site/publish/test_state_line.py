"""One line says what a state is, of when, and how certain."""

from __future__ import annotations

import pytest

from carreau.base.languages import LANGUAGES
from carreau.base.schema.parts import Day, Term, Text
from carreau.base.schema.site import NamedPart, State, Survey
from carreau.base.terms import TERMS, translate_term
from carreau.base.translator import Translator
from carreau.catalogue.site import HISTORIC
from carreau.site.publish.site_document import EVIDENCE, SIMULATED, state_line

ABOUT_1930 = Day(edtf="1930~", text="about 1930")
DAY = Day(edtf="2021-05-28", text="28 May 2021")
WALLS = NamedPart(
    name="walls",
    label=Text(text="walls", lang="en", standing="source"),
    evidence=Term(code="hypothetical", text="supposed"),
)


def state(kind: str, evidence: str = "attested", language: str = "en", **more: object) -> State:
    translator = Translator(language)
    fields = {
        "id": "a", "title": Text(text="A", lang="fr", standing="source"),
        "kind": Term(code=kind, text=translate_term("state", kind, translator)),
        "evidence": Term(code=evidence, text=translate_term("evidence", evidence, translator)), **more,
    }  # fmt: skip
    return State.model_validate(fields)


LINES = {
    "Scan, 28 May 2021": state("scan", date=DAY),
    "Scan, date unknown": state("scan"),
    "Scan, 28 May 2021, deduced": state("scan", "deduced", date=DAY),
    "Simulated scan": state("scan", is_simulated=True),
    "Simulated reconstruction, about 1930": state("reconstruction", "hypothetical", date=ABOUT_1930, is_simulated=True),
    "Reconstruction, about 1930, hypothetical": state("reconstruction", "hypothetical", date=ABOUT_1930),
    "Model, attested by sources": state("model"),
    "Aerial survey, 28 May 2021, some parts assumed": state(
        "survey", date=DAY, survey=Survey(points_per_m2=12), parts=(WALLS,)
    ),
    "Raised from records of buildings, not measured": state("survey", survey=Survey(points_per_m2=0), parts=(WALLS,)),
}


@pytest.mark.parametrize("line", sorted(LINES))
def test_a_state_is_told_in_one_line(line: str) -> None:
    assert state_line(LINES[line], Translator("en")) == line


def test_an_old_photograph_says_its_years_once() -> None:
    of = state("survey", date=Day(edtf="1950/1965", text="from 1950 to 1965"), survey=Survey(points_per_m2=0))
    of = of.model_copy(update={"kind": Term(code="survey", text="photograph of 1950–1965 on today’s ground")})
    assert state_line(of, Translator("en"), is_historic=True) == "Photograph of 1950–1965 on today’s ground"


def test_a_made_photograph_says_so() -> None:
    of = state("survey", date=Day(edtf="1955", text="1955"), survey=Survey(points_per_m2=12), is_simulated=True)
    line = state_line(of, Translator("en"), is_historic=True)
    assert line == "Simulated photograph on today’s ground, 1955"


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_every_line_is_in_every_language(language: str) -> None:
    english = Translator("en")
    for kind in SIMULATED:
        is_old = kind == HISTORIC
        simulated = state("survey" if is_old else kind, language=language, is_simulated=True)
        assert state_line(simulated, Translator(language), is_old) != state_line(simulated, english, is_old)
    for evidence in TERMS["evidence"]:
        line = state_line(state("reconstruction", evidence, language), Translator(language))
        assert not line.endswith(EVIDENCE[evidence])
