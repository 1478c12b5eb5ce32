"""Shows and maps that move are edited in forms as places are, and their texts translated on one page."""

from __future__ import annotations

import re
import tomllib
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from carreau.catalogue.check_catalogue import check_folder
from carreau.desk.document_file import document_file
from carreau.desk.entry_checks import CatalogueAround, check_content
from carreau.desk.web.desk import Desk
from tests.conftest import PROJECT
from tests.pipeline.desk.web.desks import csrf_of, desk_with_trails, fields_of, sent, signed_in

SHOW, SHOW_FILE = "/shows/jules-mousseron", "trails/jules-mousseron/mots.show.toml"
MAP, MAP_FILE = "/maps/denain-1712", "trails/bataille-de-denain/denain-1712.scene.toml"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A small catalogue with the real trails, their show and their map."""
    return desk_with_trails(tmp_path)


@pytest.fixture
def client(desk: Desk) -> TestClient:
    return signed_in(desk)


def data_of(desk: Desk, name: str) -> dict[str, Any]:
    return tomllib.loads((desk.root / name).read_text("utf-8"))


def test_they_are_listed_with_what_they_lack(client: TestClient) -> None:
    page = client.get("/").text
    for address, lacks in ((SHOW, "No picture"), (MAP, "open question")):
        found = re.search(
            rf'<li><a href="{address}" lang="fr">[^<]+</a>\n+<ul class="keys">(.*?)</ul>', page, re.DOTALL
        )
        assert found, address
        assert lacks in found[1]
        assert "translation" in found[1] or "translated" in found[1]
    assert "No model" not in page.partition('id="routes"')[2]


@pytest.mark.parametrize(("page", "name"), [(SHOW, SHOW_FILE), (MAP, MAP_FILE)])
def test_a_summary_is_saved_and_the_rest_stays_byte_for_byte(
    desk: Desk, client: TestClient, page: str, name: str
) -> None:
    before = (desk.root / name).read_text("utf-8")
    old = data_of(desk, name)["name"]
    fields = fields_of(client.get(page).text)
    answer = sent(client, page, fields | {"v.name": "Un autre nom", "do": "save"})
    assert (answer.status_code, answer.headers["location"]) == (303, page)
    assert (desk.root / name).read_text("utf-8") == before.replace(f'name = "{old}"', 'name = "Un autre nom"', 1)


def test_scenes_of_a_show_are_added_and_checked(desk: Desk, client: TestClient) -> None:
    count = len(data_of(desk, SHOW_FILE)["scene"])
    fields = fields_of(sent(client, SHOW, fields_of(client.get(SHOW).text) | {"do": "add:scene"}).text)
    fields |= {"v.scene.n0.id": "fin", "v.scene.n0.seconds": "8", "v.scene.n0.text": "À demain."}
    wrong = {"v.scene.n0.voice": "nulle", "v.scene.n0.model": "une/1600", "v.scene.n0.light": "neon"}
    told = sent(client, f"{SHOW}/check", fields | wrong).json()["fields"]
    assert "there is no medium" in told["scene.n0.voice"][0]["text"]
    assert any("there is no state" in each["text"] for each in told["scene.n0.model"])
    assert told["scene.n0.light"][0]["error"]
    assert sent(client, SHOW, fields | {"do": "save"}).status_code == 303
    scenes = data_of(desk, SHOW_FILE)["scene"]
    assert (len(scenes), scenes[-1]["id"], scenes[-1]["seconds"]) == (count + 1, "fin", 8)


def test_events_of_a_map_are_edited_and_what_is_on_it_stays(desk: Desk, client: TestClient) -> None:
    before = data_of(desk, MAP_FILE)
    fields = fields_of(client.get(MAP).text)
    assert not any(name.startswith("v.feature") for name in fields)
    told = sent(client, f"{MAP}/check", fields | {"v.event.1.time": "1711", "v.event.0.sources": "nulle"}).json()
    assert "is before" in told["fields"]["event.1.time"][0]["text"]
    assert "there is no source" in told["fields"]["event.0.sources"][0]["text"]
    assert sent(client, MAP, fields | {"v.event.0.told": "à l’aube", "do": "save"}).status_code == 303
    after = data_of(desk, MAP_FILE)
    assert after["event"][0]["told"] == "à l’aube"
    assert after["feature"] == before["feature"]
    assert after["event"][1:] == before["event"][1:]


@pytest.mark.parametrize("page", [SHOW, MAP, "/trails/jules-mousseron", "/routes/way"])
def test_their_texts_are_translated_on_one_page(desk: Desk, client: TestClient, page: str) -> None:
    shown = client.get(f"{page}/translate?to=en").text
    fields = fields_of(shown, "texts")
    found = re.search(r'id="french-(\w+)">([^<]+)<', shown)
    assert found
    name, french = found.groups()
    answer = sent(client, f"{page}/translate", fields | {f"target.{name}": unescape(french)})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{page}/translate")
    assert "1 text accepted" in client.get(f"{page}/translate").text
    assert f'msgstr "{unescape(french)}"' in (desk.locales / "en" / "LC_MESSAGES" / "content.po").read_text("utf-8")


def test_real_shows_and_maps_are_checked_as_the_command_checks_them() -> None:
    root = PROJECT / "assets"
    endings = (".show.toml", ".scene.toml")
    told = [each for each in check_folder(root).findings if each.file.endswith(endings)]
    around, found = CatalogueAround(root).now(), []
    for kind, path in [
        *(("show", path) for path in sorted(root.glob("*/*/*.show.toml"))),
        *(("scene", path) for path in sorted(root.glob("*/*/*.scene.toml"))),
    ]:
        slug = path.parent.name if kind == "show" else path.name.removesuffix(".scene.toml")
        file = document_file(root, kind, slug)
        assert file.path == path
        found += [each for each in check_content(file, file.read(), around) if each.topic != "too long"]
    assert found
    assert sorted(map(str, found)) == sorted(map(str, told))


@pytest.mark.parametrize("page", ["/shows/une", "/maps/denain-1712.scene.toml", "/maps/*", "/shows/%2e%2e"])
def test_only_shows_and_maps_are_opened(client: TestClient, page: str) -> None:
    assert client.get(page).status_code in (404, 409)


def test_they_are_begun_beside_a_place_from_their_names(desk: Desk, client: TestClient) -> None:
    page = client.get("/places/deux").text
    assert "Name of a new show" in page
    form = {"csrf": csrf_of(page), "beside": "deux", "name": "Les mots de la mine"}
    answer = sent(client, "/shows", form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/shows/deux")
    show = tomllib.loads((desk.root / "sites" / "deux" / "les-mots-de-la-mine.show.toml").read_text("utf-8"))
    assert show["name"] == "Les mots de la mine"
    assert "the show was created" in client.get("/shows/deux").text
    answer = sent(client, "/maps", form | {"name": "Deux puits"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/maps/deux-puits")
    assert (desk.root / "sites" / "deux" / "deux-puits.scene.toml").is_file()
    page = client.get("/places/deux").text
    assert '<a href="/shows/deux" lang="fr">Les mots de la mine</a>' in page
    assert '<a href="/maps/deux-puits" lang="fr">Deux puits</a>' in page
    assert "Name of a new show" not in page, "a folder has one"
    assert "Name of a new map" in page


@pytest.mark.parametrize(
    ("part", "beside", "said"),
    [
        ("shows", "", "is not TRAIL/NAME or SITE/NAME"),
        ("shows", "nulle-part", "there is no trail or site"),
        ("maps", "../routes", "is not TRAIL/NAME or SITE/NAME"),
        ("shows", "jules-mousseron", "already is the show of this folder"),
    ],
)
def test_nothing_is_begun_beside_nothing_or_beside_another_show(
    desk: Desk, client: TestClient, part: str, beside: str, said: str
) -> None:
    before = sorted(desk.root.rglob("*"))
    answer = sent(client, f"/{part}", {"csrf": csrf_of(client.get("/").text), "beside": beside, "name": "Essai"})
    assert answer.status_code == 409
    assert said in unescape(answer.text)
    assert sorted(desk.root.rglob("*")) == before
