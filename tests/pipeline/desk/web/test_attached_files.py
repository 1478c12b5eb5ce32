"""A field that names a file takes the file too: it is checked, and saved with the form in one commit."""

from __future__ import annotations

import shutil
import tomllib
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from carreau.catalogue.check_catalogue import check_folder
from carreau.desk.document_file import Put, document_file
from carreau.desk.incoming import FOLDER
from carreau.desk.saving import save
from carreau.desk.web.desk import Desk
from carreau.formats.geodata import read_path
from tests.pipeline.catalogue.catalogues import ROUTE, SQUARE, written
from tests.pipeline.desk.places import BERT
from tests.pipeline.desk.test_attached import CUES, LINE, OVERLAPPING, geojson, gpx
from tests.pipeline.desk.test_history import git
from tests.pipeline.desk.web.desks import csrf_of, desk_over, desk_with, fields_of, sent, signed_in
from tests.server.viewer.solid import house

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
ROUTE_PAGE, PLACE_PAGE = "/routes/way", "/places/une"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    root = written(tmp_path / "assets")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "first")
    return desk_over(root)


@pytest.fixture
def client(desk: Desk) -> TestClient:
    return signed_in(desk)


def listing(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def data_of(desk: Desk, name: str) -> dict[str, Any]:
    return tomllib.loads((desk.root / name).read_text("utf-8"))


def attach(client: TestClient, page: str, key: str, file: tuple[str, bytes], more: dict[str, str] | None = None) -> Any:
    """Press the button beside a field, with the form as it is, or as it was changed."""
    fields = fields_of(client.get(page).text) | (more or {})
    fields.pop(f"file.{key}", None)
    return client.post(f"{page}/attach/{key}", data=fields, files={f"file.{key}": file})


def committed(desk: Desk) -> list[str]:
    return git(desk.root.parent, "show", "--name-status", "--no-renames", "--format=%an").split()


def test_a_line_and_what_stands_in_the_form_are_one_commit(desk: Desk, client: TestClient) -> None:
    page = client.get(ROUTE_PAGE).text
    assert 'formaction="/routes/way/attach/path" formenctype="multipart/form-data"' in page
    answer = attach(client, ROUTE_PAGE, "path", ("../../x.gpx", gpx(LINE)), {"v.surface": "Pavés."})
    assert (answer.status_code, answer.headers["location"]) == (303, ROUTE_PAGE)
    assert ">saved<" in client.get(ROUTE_PAGE).text
    data = data_of(desk, "routes/way.toml")
    assert data["surface"] == "Pavés."
    assert read_path(desk.root / "routes" / data["path"]) == [tuple(point) for point in LINE]
    assert listing(desk.root / "routes") == sorted(["way.toml", data["path"]]), "the line before is in the history only"
    assert {f"assets/routes/{data['path']}", "assets/routes/way.toml", "Anne"} <= set(committed(desk))
    assert git(desk.root.parent, "status", "--porcelain") == ""
    assert listing(desk.root / FOLDER) == [".gitignore"]


def test_a_line_that_another_route_names_too_stays(desk: Desk, client: TestClient) -> None:
    (desk.root / "routes" / "autre.toml").write_text(ROUTE, "utf-8")
    assert attach(client, ROUTE_PAGE, "path", ("a.gpx", gpx(LINE))).status_code == 303
    assert "way.gpx" in listing(desk.root / "routes")
    assert data_of(desk, "routes/autre.toml")["path"] == "way.gpx"
    assert data_of(desk, "routes/way.toml")["path"] == "way.geojson"


def test_an_outline_is_sent_and_the_same_again_changes_nothing(desk: Desk, client: TestClient) -> None:
    before = len(git(desk.root.parent, "log", "--format=%h").split())
    content = geojson("Polygon", SQUARE)
    assert attach(client, PLACE_PAGE, "outline", ("a.geojson", content)).status_code == 303
    name = data_of(desk, "sites/une/site.toml")["outline"]
    assert (desk.root / "sites" / "une" / name).read_bytes() == content
    assert [each for each in listing(desk.root / "sites" / "une") if each.endswith("json")] == [name]
    assert check_folder(desk.root).exit_code == 0
    assert attach(client, PLACE_PAGE, "outline", ("b.json", content)).status_code == 303
    assert ">nothing was changed<" in client.get(PLACE_PAGE).text
    assert len(git(desk.root.parent, "log", "--format=%h").split()) == before + 1


@pytest.mark.parametrize(
    ("page", "key", "content", "why"),
    [
        (ROUTE_PAGE, "path", b"<gpx></gpx>", "a<b: its path has fewer than two points"),
        (ROUTE_PAGE, "path", gpx([(50.3, 3.4), (50.4, 3.5)]), "its points have the latitude first"),
        (PLACE_PAGE, "outline", b"{}", "it contains geometries other than polygons"),
        (PLACE_PAGE, "outline", b"", "choose a file"),
        (PLACE_PAGE, "outline", b"[" * 5_000_001, "is over 5 MB; make it smaller"),
    ],
)
def test_of_what_is_refused_nothing_is_kept(
    desk: Desk, client: TestClient, page: str, key: str, content: bytes, why: str
) -> None:
    before = git(desk.root.parent, "rev-parse", "HEAD")
    answer = attach(client, page, key, ("a<b" if content else "", content), {"v.summary": "Ce qui est écrit."})
    assert why in unescape(answer.text)
    if "5 MB" not in why:
        assert fields_of(answer.text)["v.summary"] == "Ce qui est écrit.", "what was typed is still there"
    assert "Traceback" not in answer.text
    assert git(desk.root.parent, "rev-parse", "HEAD") == before
    assert git(desk.root.parent, "status", "--porcelain") == ""
    assert listing(desk.root / FOLDER) == [".gitignore"]


def test_who_changed_the_same_field_meanwhile_is_not_overwritten(desk: Desk, client: TestClient) -> None:
    fields = fields_of(client.get(ROUTE_PAGE).text)
    file = document_file(desk.root, "route", "way")
    save(file, [Put(("path",), "")], data_of(desk, "routes/way.toml"), desk.history, BERT)
    answer = client.post(f"{ROUTE_PAGE}/attach/path", data=fields, files={"file.path": ("a.gpx", gpx(LINE))})
    assert answer.status_code == 409
    assert "path: changed by somebody else meanwhile" in unescape(answer.text)
    assert listing(desk.root / "routes") == ["way.gpx", "way.toml"]


@pytest.mark.parametrize("path", ["/places/une/attach/company", "/routes/way/attach/outline", "/trails/x/attach/path"])
def test_only_fields_that_name_a_file_take_one(client: TestClient, path: str) -> None:
    csrf = csrf_of(client.get("/").text)
    answer = client.post(path, data={"csrf": csrf}, files={"file.path": ("a.gpx", gpx(LINE))})
    assert answer.status_code in (404, 409)


def test_captions_are_sent_to_a_sound_that_is_there(desk: Desk, client: TestClient) -> None:
    page = f"{PLACE_PAGE}/media"
    fields = {"csrf": csrf_of(client.get(page).text), "seen": "voice.opus"}

    def send(content: str, name: str = "voice") -> Any:
        return client.post(f"{page}/{name}/captions", data=fields, files={"captions": ("../a.vtt", content.encode())})

    before = git(desk.root.parent, "rev-parse", "HEAD")
    assert "a.vtt, line 6: the cue begins before the one on line 3 ends" in unescape(send(OVERLAPPING).text)
    assert "only a sound or a film has captions" in send(CUES, "facade").text
    assert git(desk.root.parent, "rev-parse", "HEAD") == before
    assert git(desk.root.parent, "status", "--porcelain") == ""
    assert send(CUES).status_code == 303
    assert "'voice' has new captions" in unescape(client.get(page).text)
    assert data_of(desk, "sites/une/site.toml")["media"][1]["captions"] == "voice.vtt"
    assert set(committed(desk)[1:]) == {"A", "assets/sites/une/voice.vtt", "M", "assets/sites/une/site.toml"}
    assert send(CUES.replace("Bonjour", "Bonsoir")).status_code == 303
    [captions] = (desk.root / "sites" / "une").glob("*.vtt")
    assert "Bonsoir" in captions.read_text("utf-8")
    assert captions.name == data_of(desk, "sites/une/site.toml")["media"][1]["captions"]


def test_captions_are_sent_where_a_tour_is_edited(desk: Desk, tmp_path: Path) -> None:
    models = tmp_path / "models" / "une" / "today"
    models.mkdir(parents=True)
    (models / "preview.glb").write_bytes(house("preview"))
    client = signed_in(desk_with(tmp_path / "models", desk.root))
    page = "/places/une/scene"
    csrf = csrf_of(client.get(page).text)

    def send(content: str, medium: str = "voice") -> Any:
        files = {"captions": ("a.vtt", content.encode())}
        return client.post(f"{page}/captions/{medium}", data={"csrf": csrf}, files=files)

    refused = send(CUES.replace("WEBVTT", "VTT"))
    assert (refused.status_code, refused.json()["said"]) == (
        422, ["nothing was saved: a.vtt, line 1: it does not begin with WEBVTT; write only WEBVTT on the first line"],
    )  # fmt: skip
    (desk.root / "sites" / "une" / "voice.en.vtt").write_text(CUES)
    told = send(CUES).json()
    assert (told["captions"], told["all"]) == ("voice.vtt", ["voice.vtt"]), "the English ones go with them"
    assert client.get(f"{page}/captions/voice").text == CUES
    assert send(CUES, "nothing").status_code == 422


def test_a_stranger_and_a_form_without_its_word_send_nothing(client: TestClient) -> None:
    files = {"file.path": ("a.gpx", gpx(LINE))}
    assert client.post(f"{ROUTE_PAGE}/attach/path", data={"csrf": "x"}, files=files).status_code == 403
    stranger = TestClient(client.app, base_url=str(client.base_url), headers={"Origin": str(client.base_url)})
    assert stranger.post(f"{ROUTE_PAGE}/attach/path", files=files).status_code == 403


def test_what_is_sent_is_there_for_the_next_form(desk: Desk, client: TestClient) -> None:
    """A form that is open while another sends a file goes on: both are there."""
    fields = fields_of(client.get(PLACE_PAGE).text)
    assert attach(client, PLACE_PAGE, "outline", ("a.json", geojson("Polygon", SQUARE))).status_code == 303
    assert sent(client, PLACE_PAGE, fields | {"v.company": "Autre"}).status_code == 303
    data = data_of(desk, "sites/une/site.toml")
    assert (data["company"], (desk.root / "sites" / "une" / data["outline"]).is_file()) == ("Autre", True)
