"""The record has every text in the languages that have it, and only what is current."""

from __future__ import annotations

from pathlib import Path

import pytest

from carreau.base.errors import OptionError
from carreau.base.languages import LANGUAGES
from carreau.catalogue.i18n.check_translations import REVIEWED, SOURCE_TEXT, UNREVIEWED
from carreau.exports.record import StateRecord, site_record
from carreau.exports.urls import Urls
from tests.pipeline.exports import made_up, told


def test_a_text_is_found_under_its_key(tmp_path: Path) -> None:
    record = made_up.site(tmp_path)
    assert record.names()["nl"].text == "nl: Fosse Une"
    assert record.text("visit", "access")["en"].text == "en: Libre."
    assert record.text("state", 1, "part", 0, "title")["fr"].text == "cheminée"
    assert record.text("date", 2, "of")["de"].text == "de: lavoir"
    assert [each["en"].text for each in record.texts("other_names")] == ["en: Fosse n° 1"]
    assert record.text("tour", 0, "step", 0, "text") == {}, "nobody wrote it"


def test_each_text_says_its_standing_and_stale_ones_are_out(tmp_path: Path) -> None:
    record = made_up.site(tmp_path)
    standings = {code: said.standing for code, said in record.summaries().items()}
    assert standings == {"fr": SOURCE_TEXT, "en": REVIEWED, "nl": UNREVIEWED, "de": UNREVIEWED}
    assert record.list_unreviewed() == ("nl", "de")


def test_what_an_annotation_says_is_its_text_as_long_as_no_other_is_written(tmp_path: Path) -> None:
    record = made_up.site(tmp_path)
    said = record.annotation_text(0)
    assert said == record.text("annotation", 0, "text")
    assert {each.standing for each in said.values()} == {SOURCE_TEXT, REVIEWED, UNREVIEWED}


def test_a_survey_has_a_title_in_each_language_until_a_curator_writes_one(tmp_path: Path) -> None:
    titles = told.site("maisons-vues-du-ciel").state_titles(0)
    assert list(titles) == list(LANGUAGES)
    assert (titles["fr"].text, titles["en"].text) == ("Vu du ciel, 2021", "Seen from the air, 2021")
    assert {(text.language, text.standing) for text in titles.values()} == {(code, SOURCE_TEXT) for code in LANGUAGES}
    written = made_up.site(tmp_path)
    assert written.state_titles(0) == written.text("state", 0, "title") != {}


def test_what_translators_do_not_get_is_french() -> None:
    record = told.site("fosse-d-arenberg")
    assert list(record.text("inscription", "component")) == ["fr"]
    assert record.text("position", "lon") == {}


def test_states_without_files_are_no_models(tmp_path: Path) -> None:
    record = made_up.site(tmp_path)
    assert [made.state.id for made in record.states] == ["today", "1930", "later"]
    assert [made.state.id for made in record.models] == ["today", "1930"]
    file = record.models[0].first("desktop", "phone")
    assert file is not None
    assert file.name == "phone.glb"


def test_a_model_of_no_state_is_refused(tmp_path: Path) -> None:
    record = made_up.site(tmp_path)
    stray = {"tomorrow": StateRecord(record.states[0].state)}
    with pytest.raises(OptionError, match=r"sites/une/site\.toml: .*'tomorrow'.*add it as \[\[state\]\]"):
        site_record(record.entry, record.catalogue, record.translations, models=stray)


def test_a_route_knows_its_stops(tmp_path: Path) -> None:
    first, second = made_up.route(tmp_path).stops()
    assert (first.number, first.commune, first.names["en"].text) == (1, "Ici", "en: Fosse Une")
    assert (second.site, second.commune, second.names["en"].text) == (None, "Là", "en: L’abbaye")
    assert second.position is not None
    assert second.position.lon == 3.55


@pytest.mark.parametrize("slug", told.ROUTES)
def test_every_stop_of_the_proposals_has_a_name(slug: str) -> None:
    assert all(stop.names for stop in told.route(slug).stops())


def test_addresses_are_absolute_and_in_the_words_of_their_language() -> None:
    urls = Urls("https://visite.example/")
    assert urls.page("une", "pl") == "https://visite.example/pl/miejsca/une"
    assert urls.route_page("way", "de") == "https://visite.example/de/routen/way"
    assert urls.media("une", "plan n° 1.pdf") == "https://visite.example/media/une/plan%20n%C2%B0%201.pdf"
