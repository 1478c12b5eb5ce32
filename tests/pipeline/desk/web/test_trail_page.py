"""A trail is edited in its form, as a place is: chapters, doubts and questions, each with what the check says."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from carreau.desk.entry_checks import CatalogueAround, checked_trail
from carreau.desk.web.desk import Desk, Publishing
from carreau.runs.cache import Cache
from tests.pipeline.desk.web.desks import csrf_of, desk_with_trails, fields_of, sent, signed_in
from tests.pipeline.desk.web.editions import options_of

SLUG = "bataille-de-denain"
PAGE = f"/trails/{SLUG}"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A small catalogue with the real trails."""
    return desk_with_trails(tmp_path)


@pytest.fixture
def client(desk: Desk) -> TestClient:
    return signed_in(desk)


def path_of(desk: Desk) -> Path:
    return desk.root / "trails" / SLUG / "trail.toml"


def data_of(desk: Desk) -> dict[str, Any]:
    return tomllib.loads(path_of(desk).read_text("utf-8"))


def test_trails_are_listed(client: TestClient) -> None:
    found = re.findall(r'<li><a href="(/trails/[^"]+)" lang="fr">([^<]*)<', client.get("/").text)
    assert (PAGE, "La bataille de Denain, 24 juillet 1712") in found


def test_a_version_of_a_doubt_is_saved_and_the_rest_stays_byte_for_byte(desk: Desk, client: TestClient) -> None:
    before = path_of(desk).read_text("utf-8")
    fields = fields_of(client.get(PAGE).text)
    name = next(each for each in fields if re.fullmatch(r"v\.chapter\.\d+\.doubt\.0\.version\.0\.text", each))
    old = fields[name]
    answer = sent(client, PAGE, fields | {name: "vers 14 heures", "do": "save"})
    assert (answer.status_code, answer.headers["location"]) == (303, PAGE)
    assert before.count(f'text = "{old}"') == 1
    assert path_of(desk).read_text("utf-8") == before.replace(f'text = "{old}"', 'text = "vers 14 heures"')


def test_chapters_are_added_moved_and_removed(desk: Desk, client: TestClient) -> None:
    ids = [each["id"] for each in data_of(desk)["chapter"]]
    fields = fields_of(client.get(PAGE).text)
    for act in ("down:chapter:0", f"remove:chapter:{len(ids) - 1}", "add:chapter", "add:chapter.n0.question"):
        fields = fields_of(sent(client, PAGE, fields | {"do": act}).text)
    new = {
        "id": "la-suite", "title": "La suite", "text": "Et après ?", "sources": "b1", "evidence": "deduced",
        "question.n0.by": "words", "question.n0.text": "Et après ?", "question.n0.open": "true",
    }  # fmt: skip
    fields |= {f"v.chapter.n0.{key}": text for key, text in new.items()}
    assert sent(client, PAGE, fields | {"do": "save"}).status_code == 303
    chapters = data_of(desk)["chapter"]
    assert [each["id"] for each in chapters] == [ids[1], ids[0], *ids[2:-1], "la-suite"]
    assert chapters[-1]["question"][0]["open"] is True
    assert chapters[-1]["sources"] == ["b1"]


def test_what_the_check_says_stands_at_its_field(client: TestClient) -> None:
    fields = fields_of(client.get(PAGE).text)
    wrong = {
        "v.chapter.0.sources": "nowhere", "v.means": "walk\nboat", "v.chapter.1.site": "../une",
        "v.chapter.1.text": "[Là](trail:abbaye-de-saint-amand#nulle-part)",
    }  # fmt: skip
    told = sent(client, f"{PAGE}/check", fields | wrong).json()["fields"]
    assert "there is no source" in told["chapter.0.sources"][0]["text"]
    assert any("boat" in each["text"] for each in told["means"])
    assert any("there is no site" in each["text"] for each in told["chapter.1.site"])
    assert any("there is no chapter" in each["text"] for each in told["chapter.1.text"])


def test_a_trail_alone_is_checked_as_all_together(desk: Desk) -> None:
    found = checked_trail(
        desk.root, f"trails/{SLUG}/trail.toml", path_of(desk).read_bytes(), CatalogueAround(desk.root).now()
    )
    assert [each for each in found.document.findings if each.level == "error"] == []
    assert any(each.topic == "unverified" for each in found.document.findings)


def test_the_page_is_shown_from_what_is_typed(desk: Desk) -> None:
    folder = desk.root.parent
    options = options_of(folder)
    client = signed_in(replace(desk, publishing=Publishing(options, Cache(folder / "cache"))))
    fields = fields_of(client.get(PAGE).text) | {"v.chapter.0.title": "Un tout autre début"}
    address = sent(client, f"{PAGE}/preview", fields | {"lang": "fr"}).json()["address"]
    assert address == f"/fr/recits/{SLUG}"
    page = client.get(address).text
    assert "Un tout autre début" in page
    assert 'id="chapter=le-moulin"' in page
    assert client.get(f"{PAGE}/preview?lang=de").headers["location"] == f"/de/erzaehlpfade/{SLUG}"
    assert "Un tout autre début" not in path_of(desk).read_text("utf-8")


def test_a_trail_is_begun_from_its_name(desk: Desk, client: TestClient) -> None:
    answer = sent(client, "/trails", {"csrf": csrf_of(client.get("/").text), "name": "La grève de 1884"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/trails/la-greve-de-1884")
    assert (desk.root / "trails" / "la-greve-de-1884" / "trail.toml").is_file()
    assert client.get("/trails/la-greve-de-1884").status_code == 200
    assert client.get("/trails/nulle-part").status_code == 404
