"""The first sentence of a text ends where a reader ends it."""

from __future__ import annotations

from pathlib import Path

import pytest

from carreau.catalogue.catalogue import read_catalogue
from carreau.catalogue.i18n.formatting import first_sentence

ASSETS = Path(__file__).parents[4] / "assets"


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Une fosse. Elle ferme.", "Une fosse."),
        ("Une fosse !  Elle\nferme.", "Une fosse !"),
        ("La fosse n° 2. Elle ferme.", "La fosse n° 2."),
        ("Par J. B. Dupont, en 1903. Puis rien.", "Par J. B. Dupont, en 1903."),
        ("Der Schacht Nr. 2 der Cie. des mines. Er schließt.", "Der Schacht Nr. 2 der Cie. des mines."),
        ("Kościół św. Barbary przy ul. Długiej. Zbudowano go w 1904.", "Kościół św. Barbary przy ul. Długiej."),
        ("De « mine ». Ici.", "De « mine »."),
        ("Dans le Bassin minier. « Germinal » y a été tourné.", "Dans le Bassin minier."),
        ("Sans point", "Sans point"),
        ("Un paragraphe\nsur deux lignes\n\nUn autre. Encore.", "Un paragraphe sur deux lignes"),
        ("[La fosse](site:fosse-mathilde) ferme. Puis rien.", "[La fosse](site:fosse-mathilde) ferme."),
        ("", ""),
    ],
)
def test_it_ends_with_the_sentence(text: str, first: str) -> None:
    assert first_sentence(text) == first


def test_no_place_of_the_catalogue_has_a_stump() -> None:
    for slug, entry in read_catalogue(ASSETS).sites.items():
        first = first_sentence(entry.of.summary)
        assert len(first) >= 25, slug
        assert " ".join(entry.of.summary.split()).startswith(first), slug
