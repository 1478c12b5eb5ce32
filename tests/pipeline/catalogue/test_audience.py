"""Notes to the team are found among texts for visitors."""

from __future__ import annotations

from pathlib import Path

import pytest

from carreau.base.errors import QUESTION
from carreau.catalogue.catalogue import read_catalogue
from carreau.catalogue.check_catalogue import check_folder
from carreau.catalogue.check_texts import team_sentences
from tests.conftest import PROJECT
from tests.pipeline.catalogue.catalogues import SITE, written

STOOD_IN_THE_53 = {
    "L’accès à pied au reste du tracé n’est pas établi : ne pas le présenter comme un chemin ouvert.": 1,
    "L’accès n’est pas établi : ne pas y inviter les visiteurs.": 5,
    "L’accès à pied au terril n’est pas établi.": 1,
    "L’accès au sommet n’est pas établi.": 2,
    "1914-1945 (tranche MBM)": 4,
    "1880-1914 (tranche MBM)": 2,
    "après 1945 (tranche MBM)": 4,
    "Aucune visite documentée.": 2,
    "Bâtiment visible depuis les rues de la cité d’Arenberg ; pas de visite documentée.": 1,
    "L’église était fermée d’après la dernière page consultée.": 1,
    "L’ouverture de l’intérieur n’est pas connue.": 2,
    "Le bâtiment est muré d’après denainbouchain.fr ; il a été présenté aux Journées du patrimoine en 2016.": 1,
    "Usage actuel à vérifier.": 1,
    "Il est interdit de monter sur le terril (Département du Nord, 2022), bien que des pages promotionnelles y "
    "invitent.": 1,
    "somme des lignes droites entre les points de l’inventaire du projet × 1,3 ; à mesurer sur place": 4,
    "Visites guidées de la fosse (notes de l’inventaire).": 1,
    "Sentier du terril 174 de 3,5 km depuis la drève de la Princesse (notes de l’inventaire).": 1,
}
"""The notes to the team that stood in texts for visitors, with how often each did."""

MISSED = {each for each in STOOD_IN_THE_53 if each.startswith("Il est interdit")}

FOR_VISITORS = (
    "On ne sait pas si l’accès est autorisé : restez sur les voies publiques.",
    "L’église a été fermée ; on ne sait pas si elle a rouvert.",
    "Salle communale : se renseigner auprès de la mairie pour voir l’intérieur.",
    "Sa date et l’origine de son nom n’ont pas été retrouvées.",
    "Rester sur les chemins : c’est une réserve.",
    "À regarder depuis la rue ; école, ne pas entrer.",
    "après 1946 (déduit)",
)


def test_notes_that_stood_in_the_53_are_found() -> None:
    assert sum(STOOD_IN_THE_53.values()) == 34
    assert {each for each in STOOD_IN_THE_53 if team_sentences(each) != [each]} == MISSED
    assert sum(STOOD_IN_THE_53[each] for each in MISSED) == 1


@pytest.mark.parametrize("sentence", FOR_VISITORS)
def test_doubts_told_to_visitors_are_none(sentence: str) -> None:
    assert team_sentences(sentence) == []


@pytest.mark.parametrize(
    "note",
    [
        "Horaires à demander à l’office de tourisme.", "TODO", "Date ??", "Voir avec l’ONF.",
        "Année de construction à confirmer.", "La sécurité doit être vérifiée avant publication.",
        "Largeur non vérifiée.",
    ],
)  # fmt: skip
def test_words_of_the_team_are_found(note: str) -> None:
    assert team_sentences(f"Visible depuis la rue. {note}") == [note]


def test_no_site_tells_visitors_what_the_team_has_to_do() -> None:
    findings = [each for each in check_folder(PROJECT / "assets").findings if each.topic == "note to the team"]
    assert [str(each) for each in findings if each.file.startswith("sites/")] == []


MOVED = {
    "cavalier-arenberg-haveluy": ("ne pas le présenter comme un chemin ouvert", "ne pas y inviter les visiteurs"),
    "cavalier-fresnes-escautpont-raismes": ("ne pas y inviter les visiteurs",),
    "ecole-de-la-cite-d-arenberg": ("Aucune visite documentée", "tranche des données MBM"),
    "ecole-de-la-cite-du-nouveau-monde": ("Aucune visite documentée", "tranche des données MBM"),
    "eglise-sainte-barbe-d-arenberg": ("d’après la dernière page consultée", "tranche des données MBM"),
    "eglise-sainte-cecile": ("ouverture de l’intérieur à vérifier",),
    "fosse-la-sentinelle": ("Ouverture de l’intérieur à demander",),
    "fosse-mathilde": ("« Muré » : d’après denainbouchain.fr", "sondage (museedupatrimoine.fr)"),
    "laboratoire-et-centre-medical-d-escaudain": ("Usage et propriétaire actuels à vérifier",),
    "pharmacie-et-cabinet-medical-d-arenberg": ("Pas de visite documentée",),
    "terril-n-153-audiffret-sud": ("L’accès à pied au terril n’est pas établi", "ne pas y inviter les visiteurs"),
    "terril-n-157-haveluy-nord": ("L’accès au sommet n’est pas établi", "ne pas y inviter les visiteurs"),
    "terril-n-158-haveluy-sud": ("L’accès au sommet n’est pas établi", "ne pas y inviter les visiteurs"),
    "terril-renard": ("pages promotionnelles",),
}


@pytest.mark.parametrize("slug", sorted(MOVED))
def test_notes_were_moved_and_not_lost(slug: str) -> None:
    questions = " ".join(read_catalogue(PROJECT / "assets").sites[slug].of.questions)
    assert [note for note in MOVED[slug] if note not in questions] == []


def test_a_note_is_told_with_its_place_and_cure(tmp_path: Path) -> None:
    site = SITE.replace('access = "Libre."', 'access = "Libre. Horaires à vérifier."')
    found = [each for each in check_folder(written(tmp_path / "assets", site)).findings if each.level == QUESTION]
    [note] = [each for each in found if each.topic == "note to the team"]
    assert note.line == site[: site.index("access =")].count("\n") + 1
    assert str(note).endswith(
        "visit, access: 'Horaires à vérifier.' reads as a note to the team; "
        "write it for visitors, or move it to questions"
    )


def test_questions_and_transcripts_are_left_alone(tmp_path: Path) -> None:
    site = SITE.replace('confidence = "high"', 'confidence = "high"\nquestions = ["Date à vérifier."]')
    site = site.replace('transcript = "Bonjour."', 'transcript = "C’était à vérifier tous les matins."')
    findings = check_folder(written(tmp_path / "assets", site)).findings
    assert [each.topic for each in findings] == ["question"]
