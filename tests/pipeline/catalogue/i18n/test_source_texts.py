"""Every text for visitors has a place that stays, and what a translator has to know."""

from __future__ import annotations

from pathlib import Path

from carreau.catalogue.catalogue import Catalogue, read_catalogue
from carreau.catalogue.i18n.source_texts import SourceText, list_texts, texts_in
from tests.pipeline.catalogue.catalogues import SITE, written

LONG = SITE.replace('description = """', 'description = """').replace(
    'label = "profondeur"', 'label = "profondeur"\nnote = "Selon le livre."'
)


def catalogue(folder: Path, site: str = SITE) -> Catalogue:
    return read_catalogue(written(folder / "assets", site))


def by_place(found: list[SourceText]) -> dict[str, SourceText]:
    return {each.context.partition(".")[2]: each for each in found}


def test_places_are_named_by_ids_and_names(tmp_path: Path) -> None:
    found = by_place(list(list_texts(catalogue(tmp_path, LONG).sites["une"])))
    assert set(found) == {
        "une.name", "une.company", "une.summary", "une.description", "une.keywords", "une.visit.see_today",
        "une.visit.access", "une.visit.safety", "une.visit.accessibility", "une.fact.depth_m.label",
        "une.fact.depth_m.note", "une.rights.of", "une.state.today.title", "une.state.today.part.toit.title",
        "une.annotation.door.title", "une.tour.short.title", "une.media.facade.alt", "une.media.voice.transcript",
    }  # fmt: skip
    route = by_place(list(list_texts(catalogue(tmp_path).routes["way"])))
    assert route["way.stop.une.text"].text == "Départ."
    assert route["way.stop.l-abbaye.place.name"].text == "L’abbaye"


def test_a_date_is_named_by_what_happened_and_a_step_by_its_number(tmp_path: Path) -> None:
    site = SITE.replace('when = "1831"', 'when = "1831"\nlabel = "ouverture"').replace(
        "duration_s = 5", 'duration_s = 5\ntext = "Voici."'
    )
    found = by_place(list(list_texts(catalogue(tmp_path, site).sites["une"])))
    assert found["une.date.opened-1831.label"].key == ("date", 0, "label")
    assert found["une.tour.short.step.1.text"].text == "Voici."


def test_a_translator_is_told_where_how_long_and_from_where(tmp_path: Path) -> None:
    found = by_place(list(list_texts(catalogue(tmp_path).sites["une"])))
    assert found["une.name"].comment == "Fosse Une, Ici – name\nAt most 80 characters"
    label = found["une.fact.depth_m.label"]
    assert label.comment == "Fosse Une, Ici – fact, label\nAt most 80 characters\nSource: livre"
    assert (label.file, SITE.splitlines()[(label.line or 0) - 1]) == ("sites/une/site.toml", 'label = "profondeur"')


def test_texts_of_a_list_share_their_place(tmp_path: Path) -> None:
    site = SITE.replace('keywords = ["fosse"]', 'keywords = ["fosse", "brique", "fosse", "1831"]')
    found = [each for each in list_texts(catalogue(tmp_path, site).sites["une"]) if each.context.endswith("keywords")]
    assert [each.text for each in found] == ["fosse", "brique"]


def test_a_number_and_a_file_are_nothing_to_translate(tmp_path: Path) -> None:
    site = SITE.replace('transcript = "Bonjour."', 'transcript = "voice.txt"').replace("value = 338", 'value = "338"')
    found = by_place(list(list_texts(catalogue(tmp_path, site).sites["une"])))
    assert not {"une.media.voice.transcript", "une.fact.depth_m.value"} & set(found)


def test_a_text_added_above_moves_no_other(tmp_path: Path) -> None:
    before = {(each.context, each.text, each.comment) for each in texts_in(catalogue(tmp_path))}
    more = SITE.replace(
        "[[fact]]", '[[fact]]\nname = "width_m"\nlabel = "largeur"\nvalue = 3\nsource = "livre"\n\n[[fact]]'
    )
    after = {(each.context, each.text, each.comment) for each in texts_in(catalogue(tmp_path, more))}
    assert before < after


def test_a_transcript_in_a_file_is_translated_as_one_in_words(tmp_path: Path) -> None:
    found = catalogue(tmp_path, SITE.replace('transcript = "Bonjour."', 'transcript = "voice.txt"')).sites["une"]
    (found.folder / "voice.txt").write_bytes("\ufeffBonjour\r\nà tous.\r\n\r\nAu revoir.".encode())
    assert by_place(list(list_texts(found)))["une.media.voice.transcript"].text == "Bonjour à tous.\n\nAu revoir."


def test_a_transcript_elsewhere_is_not_read(tmp_path: Path) -> None:
    found = catalogue(tmp_path, SITE.replace('transcript = "Bonjour."', 'transcript = "../x.txt"')).sites["une"]
    (found.folder.parent / "x.txt").write_text("secret")
    assert "une.media.voice.transcript" not in by_place(list(list_texts(found)))
