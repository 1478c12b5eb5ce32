"""What visitors type is judged by the viewer's own rule, against the accepted words of the real trails."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from itertools import chain
from pathlib import Path

import pytest

from carreau.base.languages import LANGUAGES
from carreau.base.schema.itineraries import Question, Trail
from server.viewer.tools.static_files import build_viewer
from tests.conftest import need
from tests.pipeline.site.publish.trails import trail_documents

ABBEY, BATTLE, MINER = "abbaye-de-saint-amand", "bataille-de-denain", "jules-mousseron"
ARTICLES = {
    "fr": ("le", "la", "les", "l’", "un", "une", "des", "du", "de l’"),
    "en": ("the", "a", "an", "some"),
    "nl": ("de", "het", "een"),
    "de": ("der", "die", "das", "dem", "den", "ein", "eine", "einen"),
    "pl": (),
}
IN_WORDS = {
    "46": {
        "fr": "quarante-six", "en": "forty-six", "nl": "zesenveertig", "de": "sechsundvierzig",
        "pl": "czterdzieści sześć",
    },
    "48": {
        "fr": "quarante-huit", "en": "forty-eight", "nl": "achtenveertig", "de": "achtundvierzig",
        "pl": "czterdzieści osiem",
    },
}  # fmt: skip
TYPED: dict[tuple[str, str, int], dict[str, tuple[str, ...]]] = {
    (ABBEY, "la-facade", 3): {
        "fr": ("d’Avesnes-le-Sec", "avesnes le sec"), "en": ("from Avesnes-le-Sec",), "nl": ("uit Avesnes-le-Sec",),
        "de": ("aus Avesnes-le-Sec",), "pl": ("z Avesnes-le-Sec",),
    },
    (ABBEY, "le-serpent", 0): {
        "fr": ("serpent", "le serpent", "un dragon", "dragon"), "en": ("serpent", "a snake", "the dragon"),
        "nl": ("slang", "een draak"), "de": ("Schlange", "eine Schlange", "Drache", "einen Drachen", "der Drache"),
        "pl": ("wąż", "węża", "waz", "smok", "smoka"),
    },
    (ABBEY, "salon-watteau", 0): dict.fromkeys(LANGUAGES, ("Watteau", "Louis Watteau")),
    (ABBEY, "le-carillon", 0): {
        "fr": ("48 cloches", "quarante huit cloches"), "en": ("forty eight bells",), "nl": ("48 klokken",),
        "de": ("achtundvierzig Glocken",), "pl": ("czterdzieści osiem dzwonów", "48"),
    },
    (ABBEY, "ailleurs", 0): {
        "fr": ("à Valenciennes",), "en": ("in Valenciennes",), "nl": ("in Valencijn",), "de": ("in Valenciennes",),
        "pl": ("w Valenciennes",),
    },
    (BATTLE, "le-siege", 0): dict.fromkeys(LANGUAGES, ("Landrecies", "landrecies !")),
    (BATTLE, "le-pain", 0): {
        "fr": ("du pain", "pain", "le pain"), "en": ("bread", "loaves of bread"), "nl": ("brood", "het brood"),
        "de": ("Brot", "das Brot"), "pl": ("chleb", "chleba"),
    },
    (BATTLE, "les-pas", 0): {
        "fr": ("des fascines", "fascine", "un fagot"), "en": ("fascines", "a bundle of sticks"),
        "nl": ("fascines", "takkenbos"), "de": ("Faschinen", "Faschine", "Reisigbündel"),
        "pl": ("faszynę", "o faszyny", "faszyna", "wiązka gałęzi"),
    },
    (BATTLE, "l-obelisque", 0): {
        "fr": ("de Voltaire",), "en": ("Voltaire’s",), "nl": ("van Voltaire",), "de": ("von Voltaire", "Voltaires"),
        "pl": ("Voltaire’a", "Wolter", "Woltera"),
    },
    (BATTLE, "saint-amand", 0): dict.fromkeys(LANGUAGES, ("Marchiennes", "MARCHIENNES")),
    (MINER, "renard", 1): {
        "fr": ("férié", "jour ferié", "le jour de l’an", "c’est le nouvel an", "parce que c’était un jour férié"),
        "en": ("a holiday", "it was New Year’s Day", "New Years day", "because it was a public holiday"),
        "nl": ("feestdag", "nieuwjaar", "omdat het een feestdag was"),
        "de": ("Feiertag", "Neujahr", "weil es ein Feiertag war"),
        "pl": ("święto", "Nowy Rok", "bo to był dzień wolny", "bo był Nowy Rok"),
    },
    (MINER, "renard", 2): {
        "fr": ("46 ans", "quarante six ans"), "en": ("forty-six years",), "nl": ("46 jaar",),
        "de": ("sechsundvierzig Jahre",), "pl": ("46 lat", "czterdzieści sześć lat"),
    },
    (MINER, "jean-bart", 0): {
        "fr": ("le coron Jean-Bart", "Jean Bart", "au conservatoire", "l’école de musique"),
        "en": ("the conservatoire", "music school", "Coron Jean-Bart"), "nl": ("conservatorium", "de muziekschool"),
        "de": ("Konservatorium", "in der Musikschule"), "pl": ("konserwatorium", "w szkole muzycznej"),
    },
    (MINER, "le-rouchi", 1): dict.fromkeys(LANGUAGES, ("Jurénil", "André Jurénil", "jurenil")),
    (MINER, "cafougnette", 0): {
        "fr": ("bouchons", "des bouchons de champagne", "un bouchon"), "en": ("corks", "champagne corks", "a cork"),
        "nl": ("kurken", "champagnekurken"), "de": ("Korken", "Champagnerkorken"), "pl": ("korki od szampana", "korek"),
    },
}  # fmt: skip
"""What people may type, by trail, chapter, index of the question, and language: with an article and without, in the
case that they think of, in a sentence."""
WRONG = ("45", "un chat", "a cat", "een kat", "eine Katze", "kot", "Paris")

Judge = Callable[[Sequence[tuple[str, Sequence[str]]]], list[bool]]


@pytest.fixture(scope="module")
def judge(viewer_modules: Path, tmp_path_factory: pytest.TempPathFactory) -> Judge:
    """Return what says which answers, each with its accepted words, are right to the viewer."""
    need((viewer_modules / "esbuild").is_dir(), "esbuild is not installed: make setup")
    folder = tmp_path_factory.mktemp("answers")
    build_viewer(folder / "words.mjs", viewer_modules, "src/trail/answer_words.ts")
    script = folder / "judge.mjs"
    script.write_text(
        'import { readFileSync } from "node:fs";\n'
        'import { isAccepted } from "./words.mjs";\n'
        "const cases = JSON.parse(readFileSync(0, 'utf8'));\n"
        "console.log(JSON.stringify(cases.map(([answer, accepted]) => isAccepted(answer, accepted))));\n",
        encoding="utf-8",
    )
    node = Path(sys.prefix) / "node" / "bin" / "node"
    command = [str(node) if node.exists() else "node", str(script)]

    def judged(cases: Sequence[tuple[str, Sequence[str]]]) -> list[bool]:
        asked = json.dumps(cases)
        done = subprocess.run(command, input=asked, capture_output=True, text=True, encoding="utf-8", check=True)
        return [bool(each) for each in json.loads(done.stdout)]

    return judged


@pytest.fixture(scope="module")
def trails() -> dict[str, dict[str, Trail]]:
    return trail_documents()


def written_questions(trails: dict[str, dict[str, Trail]], language: str) -> dict[tuple[str, str, int], Question]:
    """Return the questions that are answered in writing."""
    return {
        (slug, chapter.id, number): question
        for slug, of in trails.items()
        for chapter in of[language].chapters
        for number, question in enumerate(chapter.questions)
        if question.accepted
    }


def accepted(question: Question) -> list[str]:
    return [each.text for each in question.accepted]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_people_type_is_right(trails: dict[str, dict[str, Trail]], judge: Judge, language: str) -> None:
    questions = written_questions(trails, language)
    assert set(TYPED) == set(questions), "say what visitors may type for each question"
    cases = [(answer, accepted(questions[key])) for key, typed in TYPED.items() for answer in typed[language]]
    assert [case for case, is_right in zip(cases, judge(cases), strict=True) if not is_right] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_accepted_answer_needs_no_article(trails: dict[str, dict[str, Trail]], judge: Judge, language: str) -> None:
    """With one, or without: one that begins with an article is also right without it."""
    cases = list[tuple[str, list[str]]]()
    for question in written_questions(trails, language).values():
        for answer in (words := accepted(question)):
            first, _, rest = answer.replace("’", "’ ").partition(" ")
            is_bare = first.lower() not in ARTICLES[language] and not answer.lower().startswith("de l’")
            cases += [(answer if is_bare else rest, words)]
            cases += [(f"{article} {answer}", words) for article in ARTICLES[language] if is_bare]
    assert [case for case, is_right in zip(cases, judge(cases), strict=True) if not is_right] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_number_is_right_in_digits_and_in_words(
    trails: dict[str, dict[str, Trail]], judge: Judge, language: str
) -> None:
    questions = written_questions(trails, language).values()
    numbers = {each.text for question in questions for each in question.accepted if each.text.isdigit()}
    assert numbers == set(IN_WORDS)
    cases = [
        (answer, accepted(question))
        for question in questions
        for number in numbers & set(accepted(question))
        for answer in (number, IN_WORDS[number][language])
    ]
    assert len(cases) == 2 * len(numbers)
    assert all(judge(cases))


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_wrong_stays_wrong(trails: dict[str, dict[str, Trail]], judge: Judge, language: str) -> None:
    lists = [accepted(question) for question in written_questions(trails, language).values()]
    cases = [(answer, words) for words in lists for answer in WRONG]
    assert not any(judge(cases))
    assert all(all(each.strip() and "," not in each for each in words) for words in lists)
    assert not set(chain(*lists)) & set(WRONG)
