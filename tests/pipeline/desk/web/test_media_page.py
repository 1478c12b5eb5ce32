"""Media are added with their texts and rights, replaced and removed, in pages that work without scripts."""

from __future__ import annotations

import io
import tomllib
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from carreau.base.terms import licences
from carreau.catalogue.video import probe_sound
from carreau.desk.incoming import FOLDER
from carreau.desk.web.desk import Desk
from tests.pipeline.catalogue.catalogues import written
from tests.pipeline.catalogue.test_probe import bomb
from tests.pipeline.desk.web.desks import csrf_of, desk_over, sent, signed_in
from tests.pipeline.site.media_files import flac, jpeg, mp3, pdf, tone

PAGE = "/places/une/media"
TEXTS = {"title.0": "Le puits", "alt.0": "Un puits.", "credit.0": "Anne", "licence.0": "CC-BY-4.0"}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return desk_over(written(tmp_path / "assets"))


@pytest.fixture
def client(desk: Desk) -> TestClient:
    return signed_in(desk)


def media_in(desk: Desk) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads((desk.root / "sites" / "une" / "site.toml").read_text("utf-8"))["media"]
    return found


def post(client: TestClient, fields: dict[str, str], files: Any, path: str = PAGE) -> Any:
    return client.post(path, data={"csrf": csrf_of(client.get(PAGE).text)} | fields, files=files)


def test_a_picture_is_added(desk: Desk, client: TestClient) -> None:
    answer = post(client, TEXTS, {"file.0": ("../../IMG_1.JPG", jpeg(700, 500))})
    assert (answer.status_code, answer.headers["location"]) == (303, PAGE)
    assert media_in(desk)[-1] == {
        "id": "le-puits", "kind": "image", "file": "le-puits.jpg", "title": "Le puits", "credit": "Anne",
        "licence": "CC-BY-4.0", "alt": "Un puits.",
    }  # fmt: skip
    page = client.get(PAGE).text
    assert "added: le-puits" in page
    assert "added: le-puits" not in client.get(PAGE).text
    small = client.get(f"{PAGE}/le-puits/picture")
    assert Image.open(io.BytesIO(small.content)).size == (320, 229)
    assert [path.name for path in (desk.root / FOLDER).iterdir()] == [".gitignore"]


def test_several_share_their_rights_and_are_all_added_or_none(desk: Desk, client: TestClient) -> None:
    before = media_in(desk)
    files = {
        "file.0": ("a.jpg", jpeg(64, 48)),
        "file.1": ("b.pdf", pdf(packed=b"<</Type /Page>>")),
        "file.2": ("c", b"x"),
    }
    answer = post(client, TEXTS | {"title.1": "Un plan"}, files)
    assert answer.status_code == 409
    assert "c: its content is not a known image" in unescape(answer.text)
    assert 'value="Le puits"' in answer.text, "what was written is still there"
    assert media_in(desk) == before
    del files["file.2"]
    assert post(client, TEXTS | {"title.1": "Un plan"}, files).status_code == 303
    assert [(each["id"], each["kind"], each["credit"]) for each in media_in(desk)[-2:]] == [
        ("le-puits", "image", "Anne"), ("un-plan", "document", "Anne"),
    ]  # fmt: skip


def test_a_sound_comes_with_its_transcript_and_captions(desk: Desk, client: TestClient, tmp_path: Path) -> None:
    sound = flac(tmp_path / "a.flac", tone(0.2)).read_bytes()
    vtt = b"WEBVTT\n\n00:00.000 --> 00:01.000\nBonjour\n"
    fields = TEXTS | {"transcript.0": "Bonjour\r\nà tous."}
    files = {"file.0": ("a.flac", sound), "captions.0": ("a.vtt", vtt.replace(b"-->", b"->"))}
    assert "a.vtt, line 3" in post(client, fields, files).text
    assert post(client, fields, files | {"captions.0": ("a.vtt", vtt)}).status_code == 303
    added = media_in(desk)[-1]
    assert (added["transcript"], added["captions"]) == ("Bonjour à tous.", "le-puits.vtt")
    assert (desk.root / "sites" / "une" / "le-puits.vtt").read_bytes() == vtt


def test_an_mp3_is_added_byte_by_byte(desk: Desk, client: TestClient) -> None:
    fields = TEXTS | {"transcript.0": "Un ton."}
    assert post(client, fields, {"file.0": ("Ton.MP3", mp3())}).status_code == 303
    added = media_in(desk)[-1]
    assert (added["kind"], added["file"], added["transcript"]) == ("sound", "le-puits.mp3", "Un ton.")
    path = desk.root / "sites" / "une" / added["file"]
    assert path.read_bytes() == mp3()
    assert probe_sound(path).media_type == "audio/mpeg"


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"alt.0": " "}, "write a description for people who cannot see it"),
        ({"alt.0": "IMG_2034"}, "is the name of a file"),
        ({"credit.0": ""}, "write who made it, and whose it is"),
        ({"licence.0": ""}, "write the licence"),
        ({"licence.0": "libre de droits"}, "'libre de droits' is none of the licences"),
    ],
)
def test_what_is_missing_is_asked_for_at_once(desk: Desk, client: TestClient, fields: dict[str, str], why: str) -> None:
    before = media_in(desk)
    answer = post(client, TEXTS | fields, {"file.0": ("a.jpg", jpeg(64, 48))})
    assert answer.status_code == 409
    assert why in unescape(answer.text)
    assert media_in(desk) == before


def test_bombs_programs_and_nothing_are_refused(desk: Desk, client: TestClient) -> None:
    before = sorted(path.name for path in (desk.root / "sites" / "une").iterdir())
    for content, why in ((bomb(60_000, 60_000), "60,000 x 60,000 pixels"), (b"MZ", "not a known image")):
        assert why in unescape(post(client, TEXTS, {"file.0": ("a.png", content)}).text)
    assert "choose a file" in post(client, TEXTS, {"file.0": ("", b"")}).text
    assert sorted(path.name for path in (desk.root / "sites" / "une").iterdir()) == before


def test_a_file_is_replaced_and_a_medium_that_is_used_is_removed_only_on_purpose(
    desk: Desk, client: TestClient
) -> None:
    seen = {"seen": "facade.jpg"}
    assert post(client, seen, {"file": ("b.jpg", jpeg(900, 700))}, f"{PAGE}/facade/replace").status_code == 303
    assert (desk.root / "sites" / "une" / "facade.jpg").read_bytes() == jpeg(900, 700)
    assert "choose a file" in post(client, seen, {"file": ("", b"")}, f"{PAGE}/facade/replace").text
    csrf = csrf_of(client.get(PAGE).text)
    refused = sent(client, f"{PAGE}/facade/remove", {"csrf": csrf} | seen)
    assert "'facade' is used by: annotation 1, media" in unescape(refused.text)
    assert sent(client, f"{PAGE}/facade/remove", {"csrf": csrf, "sure": "on"} | seen).status_code == 303
    assert "these still point at it: annotation 1, media" in unescape(client.get(PAGE).text)
    assert [each["id"] for each in media_in(desk)] == ["voice"]


def test_texts_are_text_on_the_page_and_licences_are_those_of_the_catalogue(client: TestClient) -> None:
    evil = '"><script>alert(1)</script>'
    fields = TEXTS | {"title.0": evil, "alt.0": evil, "credit.0": evil}
    assert "<script>alert" not in post(client, fields, {"file.0": (f"{evil}.jpg", b"x")}).text
    assert post(client, fields, {"file.0": (f"{evil}.jpg", jpeg(64, 48))}).status_code == 303
    page = client.get(PAGE).text
    assert "<script>alert" not in page
    options = [part.partition('"')[0] for part in page.split('<option value="')[1:]]
    assert len(options) == 17
    assert all(licences(each) for each in options if each)


@pytest.mark.parametrize(
    "path", ["/places/%2e%2e/media", "/places/x/media", f"{PAGE}/voice/picture", f"{PAGE}/x/picture"]
)
def test_only_places_and_pictures_are_shown(client: TestClient, path: str) -> None:
    assert client.get(path).status_code in (404, 409)


@pytest.mark.parametrize("page", ["/routes/way/media", "/trails/recit/media", "/shows/recit/media"])
def test_routes_trails_and_shows_have_media_in_the_same_way(desk: Desk, page: str) -> None:
    folder = desk.root / "trails" / "recit"
    folder.mkdir(parents=True)
    (folder / "trail.toml").write_text('name = "Récit"\n', "utf-8")
    (folder / "mots.show.toml").write_text('name = "Mots"\n', "utf-8")
    client = signed_in(desk)
    form = page.removesuffix("/media")
    assert f'href="{page}"' in client.get(form).text
    sent_to = {"csrf": csrf_of(client.get(page).text)}
    answer = client.post(page, data=sent_to | TEXTS, files={"file.0": ("a.jpg", jpeg(700, 500))})
    assert (answer.status_code, answer.headers["location"]) == (303, page)
    path = {"routes": desk.root / "routes" / "way.toml", "trails": folder / "trail.toml"}.get(
        page.split("/")[1], folder / "mots.show.toml"
    )
    assert [each["id"] for each in tomllib.loads(path.read_text("utf-8"))["media"]] == ["le-puits"]
    assert path.with_name("le-puits.jpg").is_file()
    assert client.get(f"{page}/le-puits/picture").headers["content-type"] == "image/jpeg"
    replaced = client.post(
        f"{page}/le-puits/replace", data=sent_to | {"seen": "le-puits.jpg"}, files={"file": ("b.jpg", jpeg(90, 70))}
    )
    assert replaced.status_code == 303
    assert path.with_name("le-puits.jpg").read_bytes() == jpeg(90, 70)
    assert sent(client, f"{page}/le-puits/remove", sent_to | {"seen": "le-puits.jpg"}).status_code == 303
    assert not path.with_name("le-puits.jpg").exists()


def test_a_file_that_another_route_names_too_is_neither_removed_nor_replaced(desk: Desk) -> None:
    medium = '\n[[media]]\nid = "vue"\nkind = "image"\nfile = "vue.jpg"\nalt = "Une vue."\n'
    for name in ("way", "autre"):
        path = desk.root / "routes" / f"{name}.toml"
        path.write_text((desk.root / "routes" / "way.toml").read_text("utf-8").partition("\n[[media]]")[0] + medium)
    (desk.root / "routes" / "vue.jpg").write_bytes(jpeg(64, 48))
    client = signed_in(desk)
    seen = {"csrf": csrf_of(client.get("/routes/way/media").text), "seen": "vue.jpg"}
    client.post("/routes/way/media/vue/replace", data=seen, files={"file": ("b.jpg", jpeg(90, 70))})
    assert (desk.root / "routes" / "vue.jpg").read_bytes() == jpeg(64, 48)
    assert (desk.root / "routes" / "vue-2.jpg").read_bytes() == jpeg(90, 70)
    assert sent(client, "/routes/autre/media/vue/remove", seen).status_code == 303
    assert sorted(path.name for path in (desk.root / "routes").glob("*.jpg")) == ["vue-2.jpg"]


@pytest.mark.parametrize("path", ["/maps/x/media", "/sites/une/media", "/routes/une/media", "/shows/une/media"])
def test_what_has_no_media_has_no_page_of_them(client: TestClient, path: str) -> None:
    assert client.get(path).status_code in (404, 409)
