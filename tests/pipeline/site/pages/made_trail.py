"""A short trail: a chapter at a site with a model, one told on the way, and one at a place outside the catalogue."""

from __future__ import annotations

from typing import Any

from carreau.base.languages import path_words
from carreau.base.schema.itineraries import Trail, TrailCard
from carreau.site.publish.route_documents import trail_card
from tests.pipeline.site.pages.made import MODIFIED, RICH, WORDS, medium, term, text

TRAIL = "recit-court"
CHAPTERS = ("debut", "chemin", "fin")
PATHS = path_words("trails")


def trail(lang: str) -> dict[str, Any]:
    """Return the trail in a language."""
    page = f"/{lang}/{PATHS[lang]}/{TRAIL}"
    next_ones = [{"to": each, "title": text(each), "page": f"{page}#chapter={each}"} for each in CHAPTERS]
    site = {"site": RICH, "page": f"/{lang}/{WORDS[lang]}/{RICH}", "name": text("Fosse")}
    question = {
        "by": term("words"), "text": text("Combien ?"), "hints": [text("Peu.")], "answer": text("Trois."),
        "options": [{"text": text("trois"), "is_right": True}, {"text": text("cent")}],
    }  # fmt: skip
    doubt = {"about": text("L’heure"), "versions": [{"text": text("midi"), "sources": ["a1"]}, {"text": text("une")}]}
    return {
        "slug": TRAIL, "lang": lang, "modified": MODIFIED, "name": text(f"Récit {lang}", lang),
        "summary": text("Un récit en trois chapitres."), "standing": term("proposal", "proposition"),
        "means": [term("walk", "à pied"), term("home", "à la maison")],
        "chapters": [
            {
                "id": "debut", "number": 1, "title": text("Le début"), "text": text("On descend."), "where": site,
                "scene": {"kind": "model", "site": RICH, "state": "1930"}, "media": ["vue"], "sound": "voix",
                "sources": ["a1"], "evidence": term("attested"), "doubts": [doubt], "questions": [question],
                "ways": [next_ones[1]], "minutes": 10,
            },
            {
                "id": "chemin", "number": 2, "title": text("Le chemin"), "minutes": 5,
                "text": text(f"Vers [la fosse](site:{RICH}), puis [la fin](trail:{TRAIL}#fin)."),
                "evidence": term("deduced"), "ways": [next_ones[2]],
            },
            {
                "id": "fin", "number": 3, "title": text("La fin"), "text": text("On remonte."), "minutes": 5,
                "where": {"name": text("Une place")}, "evidence": term("hypothetical"),
            },
        ],
        "sources": [{"id": "a1", "title": text("Un livre"), "url": "https://example.org", "reliability": term("B")}],
        "media": [medium("vue", "image"), medium("voix", "sound")],
        "pages": {code: f"/{code}/{word}/{TRAIL}" for code, word in PATHS.items()},
    }  # fmt: skip


def cards(documents: dict[str, Trail]) -> dict[str, TrailCard]:
    """Return the cards of a trail by language."""
    return {code: trail_card(each) for code, each in documents.items()}
