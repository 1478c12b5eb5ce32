"""What is placed on the model is saved where visitors will see it."""

from __future__ import annotations

import json
import math
import re
import tomllib
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from carreau.base.errors import ToolError
from carreau.catalogue.catalogue import read_catalogue
from carreau.catalogue.i18n.check_translations import Translations
from carreau.catalogue.site import Side
from carreau.desk.document_file import Arrange, Put, document_file
from carreau.desk.saving import save
from carreau.desk.web.desk import Desk
from carreau.desk.web.rendering import VIEWER_FILES, require_viewer
from carreau.exports.record import site_record
from carreau.formats.location.scan_toml import read_notes
from carreau.site.publish.artifacts import EntryArtifacts
from carreau.site.publish.shared_fields import Localizer
from carreau.site.publish.site_document import pin_annotations, states, tours
from tests.pipeline.catalogue.catalogues import SITE, written
from tests.pipeline.desk.places import BERT
from tests.pipeline.desk.web.desks import csrf_of, desk_with, sent, signed_in
from tests.server.viewer.solid import house

PAGE = "/places/une/scene"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    models = tmp_path / "models"
    (models / "une" / "today").mkdir(parents=True)
    (models / "une" / "today" / "preview.glb").write_bytes(house("preview"))
    return desk_with(models, written(tmp_path / "assets"))


@pytest.fixture
def client(desk: Desk) -> TestClient:
    return signed_in(desk)


def told(page: str) -> dict[str, Any]:
    found = re.search(r'data-told="([^"]*)"', page)
    assert found
    data: dict[str, Any] = json.loads(unescape(found[1]))
    return data


def form_of(page: str) -> dict[str, str]:
    """Return what the script sends where nothing was edited."""
    scene = told(page)
    fields = {"csrf": csrf_of(page), "read": scene["read"]}
    fields |= {f"v.{name}": value for name, value in scene["values"].items()}
    return fields | {f"o.{name}": " ".join(order) for name, order in scene["orders"].items()}


def data_of(desk: Desk) -> dict[str, Any]:
    return tomllib.loads((desk.root / "sites" / "une" / "site.toml").read_text("utf-8"))


def test_the_page_tells_what_there_is(client: TestClient) -> None:
    answer = client.get(PAGE)
    scene = told(answer.text)
    assert answer.status_code == 200
    assert scene["states"] == [
        {"id": "today", "title": "Aujourd’hui", "model": f"{PAGE}/models/today", "notes": ["ground", "height"]}
    ]
    assert [each["id"] for each in scene["sounds"]] == ["voice"]
    assert scene["values"]["annotation.0.point"] == "0 1 2"
    assert "name" not in scene["values"]
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self' 'wasm-unsafe-eval'; " in policy
    assert "'unsafe" not in policy
    assert "http" not in policy
    assert f'href="{PAGE}"' in client.get("/places/une").text
    assert "wasm" not in client.get("/places/une").headers["content-security-policy"]


def test_without_a_model_it_says_how_to_get_one(client: TestClient) -> None:
    answer = client.get("/places/deux/scene")
    assert answer.status_code == 404
    assert "<code>carreau build</code>" in answer.text
    assert client.get("/places/trois/scene").status_code == 404


def test_without_the_scripts_of_the_viewer_it_says_how_to_build_them(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="make setup"):
        require_viewer(tmp_path)
    for name in VIEWER_FILES:
        (tmp_path / name).write_bytes(b"")
    require_viewer(tmp_path)


def test_files_of_the_place_and_no_others_are_answered(client: TestClient, desk: Desk) -> None:
    model = client.get(f"{PAGE}/models/today")
    assert (model.content[:4], model.headers["content-type"]) == (b"glTF", "model/gltf-binary")
    assert client.get(f"{PAGE}/sounds/voice").headers["content-type"] == "audio/ogg"
    (desk.root / "sites" / "une" / "essai.vtt").write_text("WEBVTT\n")
    assert client.get(f"{PAGE}/captions/voice?name=essai.vtt").headers["content-type"].startswith("text/vtt")
    for path in (
        *("models/1930", "models/..%2f..", "sounds/facade", "sounds/x", "captions/voice", "captions/x?name=essai.vtt"),
        *("captions/voice?name=..%2fdeux%2fsite.toml", "captions/voice?name=site.toml"),
    ):
        assert client.get(f"{PAGE}/{path}").status_code == 404, path
    stranger = TestClient(client.app, base_url=str(client.base_url))
    assert stranger.get(f"{PAGE}/models/today").status_code == 403
    assert stranger.get(PAGE).status_code == 403


def test_an_annotation_is_published_where_it_was_placed(client: TestClient, desk: Desk) -> None:
    """On the roof of the house, as the script sends it: to a tenth of a millimetre."""
    where, out = (0.93517, 5.0, 1.14159), (0.0, 1.0, 0.0)
    row = {"id": "faitage", "state": "today", "title": "Le faîtage", "point": "0.9352 5 1.1416", "normal": "0 1 0"}
    fields = form_of(client.get(PAGE).text) | {"o.annotation": "0 n0"}
    before = (desk.root / "sites" / "une" / "site.toml").read_text("utf-8")
    answer = sent(client, PAGE, fields | {f"v.annotation.n0.{key}": value for key, value in row.items()})
    assert answer.status_code == 200
    assert answer.json()["said"][0] == "saved"
    assert answer.json()["values"]["annotation.1.title"] == "Le faîtage"
    after = (desk.root / "sites" / "une" / "site.toml").read_text("utf-8")
    (added,) = re.findall(r"\[\[annotation\]\]\nid = \"faitage\"\n(?:.+\n)+\n?", after)
    assert after.replace(added, "", 1) == before

    catalogue = read_catalogue(desk.root)
    record = site_record(catalogue.sites["une"], catalogue, Translations(desk.locales))
    published = pin_annotations(record, Localizer("fr"))[1]
    assert (published.id, published.title.text) == ("faitage", "Le faîtage")
    assert math.dist(published.point, where) < 0.001
    assert math.dist(published.normal, out) < 0.001


def test_a_step_is_published_with_the_view_it_was_taken_from(client: TestClient, desk: Desk) -> None:
    fields = form_of(client.get(PAGE).text) | {"o.tour.0.step": "n0 0"}
    camera = {"camera.position": "3.1 4.2 9.0005", "camera.target": "1 2 1.5", "camera.field_deg": "34.5"}
    step = {"text": "Le toit.", "annotation": "door", "sound": "voice", "duration_s": "8", **camera}
    answer = sent(client, PAGE, fields | {f"v.tour.0.step.n0.{key}": value for key, value in step.items()})
    assert answer.status_code == 200, answer.text
    catalogue = read_catalogue(desk.root)
    record = site_record(catalogue.sites["une"], catalogue, Translations(desk.locales))
    first, second = tours(record, Localizer("fr"))[0].steps
    assert first.camera is not None
    assert math.dist(first.camera.position, (3.1, 4.2, 9.0005)) < 0.001
    assert (first.camera.field_deg, first.sound, first.duration_s) == (34.5, "voice", 8)
    assert second.duration_s == 5


def test_the_first_view_and_the_poster_are_published_and_can_be_left_to_carreau_again(
    client: TestClient, desk: Desk
) -> None:
    before = (desk.root / "sites" / "une" / "site.toml").read_text("utf-8")
    view = {"first_view.position": "3.1 4.2 9.0005", "first_view.target": "1 2 1.5", "first_view.field_deg": "30"}
    view |= {"poster.azimuth_deg": "-35", "poster.elevation_deg": "12.5"}
    sent(client, PAGE, form_of(client.get(PAGE).text) | {f"v.state.0.{key}": value for key, value in view.items()})
    catalogue = read_catalogue(desk.root)
    state = catalogue.sites["une"].of.state[0]
    assert state.poster == Side(-35, 12.5)
    record = site_record(catalogue.sites["une"], catalogue, Translations(desk.locales))
    (published,) = states(record, EntryArtifacts(), Localizer("fr"))
    assert published.first_view is not None
    assert math.dist(published.first_view.position, (3.1, 4.2, 9.0005)) < 0.001
    sent(client, PAGE, form_of(client.get(PAGE).text) | {f"v.state.0.{key}": "" for key in view})
    assert (desk.root / "sites" / "une" / "site.toml").read_text("utf-8") == before


def test_ground_and_size_of_a_scan_go_into_its_notes(client: TestClient, desk: Desk) -> None:
    """The scan is in millimetres with z up; what is sent is in the model's metres."""
    matrix = [0.001, 0, 0, -1, 0, 0, 0.001, 0, 0, -0.001, 0, 2, 0, 0, 0, 1]
    report = desk.models / "une" / "today" / "report.json"
    fields = {"csrf": csrf_of(client.get(PAGE).text), "state": "today", "key": "ground"}
    ground = fields | {"points": "0 0 0 1 0 0 0 0.5 1"}
    answer = sent(client, f"{PAGE}/notes", ground)
    assert answer.status_code == 422
    assert "how its model lies in its scan is not known" in answer.json()["said"][0]
    report.write_text(json.dumps({"scan": {"scan_to_model": matrix, "matrix_error_m": 0.0}}))
    assert sent(client, f"{PAGE}/notes", ground).json()["said"][0] == "saved"
    length = fields | {"key": "height", "points": "0 0 0 0 4 0", "metres": "4,25"}
    assert sent(client, f"{PAGE}/notes", length).json()["said"][0] == "saved"
    notes = desk.root / "sites" / "une" / "scan.scan.toml"
    placement = read_notes(notes).placement
    assert placement.ground == (1000, 2000, 0, 2000, 2000, 0, 1000, 1000, 500)
    assert (placement.height_m, placement.height_between) == (4.25, ((1000, 2000, 0), (1000, 2000, 4000)))
    before = notes.read_bytes()
    for change in ({"points": "0 0 0"}, {"points": "a b c d e f g h i"}, {"state": "1930"}, {"key": "crop"}):
        assert sent(client, f"{PAGE}/notes", ground | change).status_code == 422, change
    assert sent(client, f"{PAGE}/notes", length | {"metres": "zwei"}).status_code == 422
    assert sent(client, f"{PAGE}/notes", ground | {"csrf": "x"}).status_code == 403
    assert notes.read_bytes() == before


def test_only_what_is_edited_on_the_model_is_taken(client: TestClient, desk: Desk) -> None:
    before = data_of(desk)
    fields = form_of(client.get(PAGE).text) | {
        "v.name": "Autre",
        "v.visit.access": "x",
        "o.fact": "",
        "drop.visit": "on",
    }
    assert sent(client, PAGE, fields).json()["said"] == ["nothing was changed"]
    assert data_of(desk) == before


def test_two_people_on_one_annotation_both_see_both(client: TestClient, desk: Desk) -> None:
    fields = form_of(client.get(PAGE).text)
    file = document_file(desk.root, "site", "une")
    theirs = [Put(("annotation", 0, "point"), [9, 9, 9]), Put(("annotation", 0, "text"), "Leur texte.")]
    save(file, theirs, data_of(desk), desk.history, BERT)
    answer = sent(client, PAGE, fields | {"v.annotation.0.point": "1 2 3"})
    assert answer.status_code == 409
    scene = answer.json()
    assert (scene["values"]["annotation.0.point"], scene["theirs"]) == ("1 2 3", {"annotation.0.point": "9 9 9"})
    assert scene["values"]["annotation.0.text"] == "Leur texte."
    assert data_of(desk)["annotation"][0]["point"] == [9, 9, 9]
    again = {"csrf": fields["csrf"], "read": scene["read"]}
    again |= {f"v.{name}": value for name, value in scene["values"].items()}
    assert sent(client, PAGE, again | {"o.annotation": "0"}).json()["said"][0] == "saved"
    assert data_of(desk)["annotation"][0]["point"] == [1, 2, 3]


def test_a_row_that_somebody_removed_is_told(client: TestClient, desk: Desk) -> None:
    fields = form_of(client.get(PAGE).text)
    file = document_file(desk.root, "site", "une")
    save(file, [Arrange(("annotation",), ())], data_of(desk), desk.history, BERT)
    answer = sent(client, PAGE, fields | {"v.annotation.0.title": "Le portail"})
    assert answer.status_code == 409
    assert "the row was removed meanwhile; your value was: Le portail" in answer.json()["said"][1]


def test_what_would_be_invalid_is_refused(client: TestClient, desk: Desk) -> None:
    fields = form_of(client.get(PAGE).text)
    before = data_of(desk)
    for change in (
        {"v.annotation.0.point": "1 2"},
        {"v.annotation.0.id": "La porte"},
        {"o.annotation": "0 n0", "v.annotation.n0.state": "today"},
        {"read": "x"},
    ):
        answer = sent(client, PAGE, fields | change)
        assert answer.status_code == 422, change
        assert answer.json()["said"][0].startswith("nothing was saved: ")
    assert data_of(desk) == before
    assert sent(client, PAGE, fields | {"csrf": "x"}).status_code == 403


def test_texts_of_curators_are_text(tmp_path: Path, desk: Desk) -> None:
    evil = "\"'><script>alert(1)</script>"
    text = SITE.replace('"La porte"', json.dumps(evil)).replace('"Fosse Une"', json.dumps(evil))
    (desk.root / "sites" / "une" / "site.toml").write_text(text, "utf-8")
    page = signed_in(desk).get(PAGE).text
    assert "<script>alert" not in page
    assert told(page)["values"]["annotation.0.title"] == evil
