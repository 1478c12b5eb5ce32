"""Texts are listed, translated beside their French, checked, accepted and drafted; one after the other."""

from __future__ import annotations

import re
import sys
from html import unescape
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from carreau.base.languages import content_file
from carreau.catalogue.catalogue import read_catalogue
from carreau.catalogue.i18n.check_translations import UNREVIEWED as IS_UNREVIEWED
from carreau.catalogue.i18n.check_translations import Translations
from carreau.catalogue.i18n.po import Unit, read_book
from carreau.catalogue.i18n.source_texts import list_texts
from carreau.catalogue.i18n.text_exchange import TranslationService, machine_note
from carreau.desk.saving_texts import Translation, save_text
from carreau.desk.web.desk import Desk
from tests.conftest import PROJECT
from tests.pipeline.catalogue.i18n.test_machine import MARK
from tests.pipeline.catalogue.i18n.translated import FORMER, MISSING, REVIEWED, STALE, UNREVIEWED, change, translated
from tests.pipeline.desk.places import BERT
from tests.pipeline.desk.web.desks import csrf_of, desk_over, fields_of, sent, signed_in
from tests.waiting import wait_until

LIST = "/translate?to=nl"
ROW = re.compile(r'<a href="(/translate/nl/t[0-9a-f]{16})\?[^"]*"><span lang="fr">([^<]*)<')


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    catalogue, locales = translated(tmp_path)
    return desk_over(catalogue.root, locales)


@pytest.fixture
def client(desk: Desk) -> TestClient:
    return translating(desk)


def translating(desk: Desk) -> TestClient:
    """A browser that is signed in, once the desk has read the Dutch texts: a page asked for before says so."""
    wait_until(lambda: desk.texts.is_ready("nl"), "the texts are read")
    return signed_in(desk)


def rows(client: TestClient, query: str = "") -> dict[str, str]:
    """Return the addresses of the listed texts by their French."""
    page = client.get(f"{LIST}{query}").text
    return {unescape(french): address for address, french in ROW.findall(page)}


def page_of(client: TestClient, of: tuple[str, str, str], query: str = "&show=all") -> tuple[str, str]:
    address = f"{rows(client, query)[of[1]]}?{query.lstrip('&')}"
    return address, client.get(address).text


def unit(desk: Desk, of: tuple[str, str, str]) -> Unit:
    found = read_book(content_file(desk.locales, "nl")).units
    return next(each for each in found if each.context == of[0] and each.text == of[1])


def test_lists_by_standing_place_and_words(client: TestClient) -> None:
    everything = list(rows(client, "&show=all"))
    assert REVIEWED[1] in everything
    assert next(iter(rows(client))) == STALE[1], "what visitors do not see comes first"
    assert REVIEWED[1] not in rows(client)
    assert list(rows(client, "&show=stale")) == [STALE[1]]
    assert list(rows(client, "&show=unreviewed")) == [UNREVIEWED[1]]
    assert MISSING[1] in rows(client, "&show=missing")
    assert list(rows(client, "&show=all&find=MIJN%20oude")) == [STALE[1]]
    assert REVIEWED[1] in rows(client, "&show=all&place=une")
    assert rows(client, "&show=all&place=deux").keys() < set(everything)
    assert list(rows(client, "&show=nonsense")) == list(rows(client))
    assert 'value="nl" lang="nl" selected' in client.get("/translate").text, "the language is remembered"
    assert client.get("/translate/fr/x").status_code == 404


def test_the_real_catalogue_is_listed() -> None:
    desk = desk_over(PROJECT / "assets", PROJECT / "locales")
    client = signed_in(desk)
    wait_until(lambda: desk.texts.is_ready("pl"), "the texts are read")
    page = client.get("/translate?to=pl&show=all&find=cite%20arenberg").text
    assert 'lang="fr">Cité d’Arenberg' in page
    entries = read_catalogue(PROJECT / "assets").entries()
    texts = {(text.context, text.text) for entry in entries for text in list_texts(entry)}
    assert f"{len(texts):,}" in client.get("/translate?to=pl&show=all").text
    assert "0 texts" in client.get("/translate?to=pl&show=doubtful").text


def test_a_text_is_accepted_and_the_next_comes(desk: Desk, client: TestClient) -> None:
    listed = list(rows(client).values())
    address, page = page_of(client, STALE, "")
    answer = sent(client, address, fields_of(page, "text") | {"target": "Een put.\r\n\r\nVeel.", "do": "accept"})
    assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, listed[1])
    found = unit(desk, STALE)
    assert (found.target, found.is_fuzzy, found.former) == ("Een put.\n\nVeel.", False, None)
    following = client.get(answer.headers["location"]).text
    assert '<p class="notice" role="status">accepted</p>' in following
    assert re.search(r"<textarea[^>]* autofocus[^>]* aria-describedby=\"told said\"", following)


def test_the_last_text_of_a_list_leads_back_to_it(client: TestClient) -> None:
    address, page = page_of(client, STALE, "&show=stale")
    answer = sent(client, address, fields_of(page, "text") | {"target": "Een put.", "do": "accept"})
    assert answer.headers["location"].startswith("/translate?show=stale")
    assert "that was the last text of the list" in client.get(answer.headers["location"]).text


def test_a_draft_stays_unreviewed(desk: Desk, client: TestClient) -> None:
    address, page = page_of(client, MISSING)
    sent(client, address, fields_of(page, "text") | {"target": "Alles.", "do": "draft"})
    assert unit(desk, MISSING).is_fuzzy


def test_a_stale_text_shows_what_changed(client: TestClient) -> None:
    _, page = page_of(client, STALE)
    assert FORMER == "Une vieille fosse."
    assert re.search(r"Une ?<del> ?vieille ?</del> ?fosse", page)


def test_terms_of_the_glossary_stand_beside_theirs(desk: Desk, client: TestClient) -> None:
    (desk.locales / "glossary.csv").write_bytes((PROJECT / "locales" / "glossary.csv").read_bytes())
    _, page = page_of(client, STALE)
    assert re.search(r'<mark class="term">fosse<span class="wanted" lang="nl">.*mijn', page)


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("Een \u202eput.", "U+202E"),
        ("Een {put}.", "the placeholder '{put}'"),
        ("Een [put](site:une).", "link to 'site:une'"),
        ("<b>put</b>", "HTML is shown as it is written"),
        ("x" * 300, "the limit is 240"),
        ("", "the translation is empty"),
    ],
)
def test_what_is_lost_or_hidden_is_refused(desk: Desk, client: TestClient, target: str, said: str) -> None:
    address, page = page_of(client, STALE)
    for do in ("accept", "draft"):
        answer = sent(client, address, fields_of(page, "text") | {"target": target, "do": do})
        assert said in unescape(answer.text)
        assert answer.status_code == 200
    assert unit(desk, STALE).target == STALE[2]


def test_another_number_has_to_be_confirmed(desk: Desk, client: TestClient) -> None:
    address, page = page_of(client, STALE)
    fields = fields_of(page, "text") | {"target": "Een put van 1906.", "do": "accept"}
    answer = sent(client, address, fields)
    assert "the translation says 1906, which is not in the text" in unescape(answer.text)
    assert unit(desk, STALE).target == STALE[2]
    found = re.search(r'name="(confirm\.\d+)" value="([^"]*)"', answer.text)
    assert found
    assert sent(client, address, fields | {found[1]: "+1907"}).status_code == 200, "that was another difference"
    assert sent(client, address, fields | {found[1]: unescape(found[2])}).status_code == 303
    assert (unit(desk, STALE).target, unit(desk, STALE).notes) == ("Een put van 1906.", ("confirmed: +1906",))
    assert "checked" in client.get(address).text
    assert rows(client, "&show=doubtful") == {}


def test_it_is_told_as_one_types(client: TestClient) -> None:
    address, page = page_of(client, STALE)
    told = sent(client, f"{address.partition('?')[0]}/check", fields_of(page, "text") | {"target": "Put {x} 12"}).json()
    assert [(each["error"], bool(each["sign"])) for each in told["said"]] == [(True, False), (False, True)]
    assert told["length"] == 10


def test_two_people_on_one_text_both_see_both(desk: Desk, client: TestClient) -> None:
    address, page = page_of(client, STALE)
    theirs = Translation("nl", *STALE[:2], STALE[2], "Die van Bert.", True)
    save_text(desk.root, desk.locales, theirs, desk.texts.sources, desk.history, BERT)
    answer = sent(client, address, fields_of(page, "text") | {"target": "De mijne.", "do": "accept"})
    assert answer.status_code == 409
    assert "Die van Bert." in answer.text
    assert unit(desk, STALE).target == "Die van Bert."
    assert fields_of(answer.text, "text")["target"] == "De mijne."
    assert sent(client, address, fields_of(answer.text, "text") | {"do": "accept"}).status_code == 303
    assert unit(desk, STALE).target == "De mijne."


def test_french_that_changed_meanwhile_is_told(desk: Desk, client: TestClient) -> None:
    address, page = page_of(client, STALE)
    path = desk.root / "sites" / "une" / "site.toml"
    path.write_text(path.read_text("utf-8").replace(STALE[1], "Une autre fosse."), "utf-8")
    answer = sent(client, address, fields_of(page, "text") | {"target": "De mijne.", "do": "accept"})
    assert answer.status_code == 409
    assert "the French text has changed meanwhile" in answer.text
    assert rows(client, "&show=stale").keys() == {"Une autre fosse."}


def test_a_change_by_hand_is_seen(desk: Desk, client: TestClient) -> None:
    assert UNREVIEWED[1] in rows(client, "&show=unreviewed")
    change(desk.locales, UNREVIEWED[:2], flags=())
    assert rows(client, "&show=unreviewed") == {}


def test_texts_are_text_on_the_page(desk: Desk, client: TestClient) -> None:
    evil = '"><script>alert(1)</script></textarea><img src=x onerror=alert(1)>'
    change(desk.locales, UNREVIEWED[:2], target=evil, notes=(evil,))
    address, page = page_of(client, UNREVIEWED)
    answer = sent(client, address, fields_of(page, "text") | {"target": evil + "{x}", "confirm.1": evil})
    for text in (page, answer.text, client.get(f"{LIST}&show=all&find={evil}&place={evil}").text):
        assert "<script>alert" not in text
        assert "<img src=x" not in text


@pytest.mark.parametrize(
    "path", ["/translate/nl/../../x", "/translate/%2e%2e/t0", "/translate/nl/t0", "/translate/xx/t0"]
)
def test_only_texts_of_the_catalogue_are_opened(client: TestClient, path: str) -> None:
    assert client.get(path).status_code in (404, 409)


def test_a_machine_drafts_what_is_missing_and_never_as_reviewed(desk: Desk) -> None:
    service = TranslationService((sys.executable, "-c", MARK))
    machine = desk_over(desk.root, desk.locales, service=service)
    client = translating(machine)
    missing = rows(client, "&show=missing")
    count = len(ROW.findall(client.get(f"{LIST}&show=missing").text))
    assert "Have a machine draft" in client.get(f"{LIST}&show=missing").text
    answer = sent(client, "/translate/nl/drafts?show=missing", {"csrf": csrf_of(client.get(LIST).text)})
    assert answer.status_code == 303
    assert f"{count} texts drafted" in client.get(answer.headers["location"]).text
    assert rows(client, "&show=missing") == {}
    assert rows(client, "&show=machine").keys() == missing.keys()
    drafted = unit(machine, MISSING)
    assert (drafted.target, drafted.is_fuzzy, drafted.notes) == ("Tout. (nl)", True, (machine_note(),))
    assert Translations(machine.locales).own(*MISSING[:2])["nl"].standing == IS_UNREVIEWED
    assert unit(machine, UNREVIEWED).target == UNREVIEWED[2]
    address, page = page_of(client, MISSING)
    assert "A machine has drafted this" in page
    sent(client, address, fields_of(page, "text") | {"do": "accept"})
    assert (unit(machine, MISSING).notes, unit(machine, MISSING).is_fuzzy) == ((), False)


def test_a_machine_that_fails_changes_nothing(desk: Desk) -> None:
    broken = desk_over(desk.root, desk.locales, service=TranslationService((sys.executable, "-c", "print(1)")))
    client = translating(broken)
    before = content_file(desk.locales, "nl").read_bytes()
    address, page = page_of(client, MISSING)
    for path in (address, "/translate/nl/drafts?show=missing"):
        answer = sent(client, path, fields_of(page, "text") | {"do": "machine"})
        assert (answer.status_code, "not the JSON" in answer.text) == (409, True)
    assert content_file(desk.locales, "nl").read_bytes() == before


def test_without_a_machine_none_is_asked(client: TestClient) -> None:
    assert "machine draft" not in client.get(f"{LIST}&show=missing").text
    csrf = {"csrf": csrf_of(client.get(LIST).text)}
    assert sent(client, "/translate/nl/drafts", csrf).status_code == 404
