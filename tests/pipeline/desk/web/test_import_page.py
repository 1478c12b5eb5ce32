"""A place of another viewer comes in by a page, as files or as a ZIP, or is refused whole."""

from __future__ import annotations

import io
import shutil
import tomllib
import zipfile
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from carreau.desk.incoming import FOLDER
from carreau.desk.web.desk import Desk
from tests.pipeline.catalogue.catalogues import written
from tests.pipeline.desk.test_history import git
from tests.pipeline.desk.web.desks import csrf_of, desk_over, signed_in
from tests.pipeline.exports.importing.voyager_scenes import scene

PAGE = "/import"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return desk_over(written(tmp_path / "assets"))


@pytest.fixture
def client(desk: Desk) -> TestClient:
    return signed_in(desk)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of a Voyager scene by their names relative to it."""
    folder = tmp_path_factory.mktemp("scene")
    scene(folder)
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def packed(files: dict[str, bytes], inside: str = "export/") -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(f"{inside}{name}", content)
    return stream.getvalue()


def post(client: TestClient, files: Any, **fields: str) -> Any:
    return client.post(PAGE, data={"csrf": csrf_of(client.get(PAGE).text)} | fields, files=files)


def places(desk: Desk) -> list[str]:
    return sorted(path.name for path in (desk.root / "sites").iterdir())


def left(desk: Desk) -> list[str]:
    return [path.name for path in desk.root.iterdir() if path.name.startswith(".import")] + [
        path.name for path in (desk.root / FOLDER).iterdir() if path.name != ".gitignore"
    ]


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_a_zip_of_a_scene_becomes_a_place(tmp_path: Path, files: dict[str, bytes]) -> None:
    root = written(tmp_path / "assets")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "first")
    desk = desk_over(root)
    client = signed_in(desk)
    answer = post(client, {"files": ("scene.zip", packed(files))})
    assert answer.status_code == 200
    page = unescape(answer.text)
    assert 'href="/places/la-boite"' in page
    assert "annotation 'L’angle'" in page
    assert "the viewer has its own light" in page
    data = tomllib.loads((root / "sites" / "la-boite" / "site.toml").read_text("utf-8"))
    assert data["name"] == "La boîte"
    assert client.get("/places/la-boite").status_code == 200
    assert git(tmp_path, "status", "--porcelain") == ""
    assert git(tmp_path, "show", "--format=%an: %s").splitlines()[0] == "Anne: la-boite: import"
    assert left(desk) == []


def test_files_may_be_sent_on_their_own(desk: Desk, client: TestClient, files: dict[str, bytes]) -> None:
    answer = post(client, [("files", ("scene.svx.json", files["scene.svx.json"]))], slug="boite")
    assert answer.status_code == 200
    assert "boite" in places(desk)
    again = post(client, [("files", ("scene.svx.json", files["scene.svx.json"]))], slug="boite")
    assert (again.status_code, "already exists" in again.text) == (409, True)
    assert 'value="boite"' in again.text


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.zip", packed({"../../evil": b"x"}, ""), "leads out of the archive"),
        ("a.zip", packed({"a.txt": b"x"}), "there is no scene.svx.json"),
        ("a.zip", packed({"a.svx.json": b"{}", "b.svx.json": b"{}"}), "several files may describe the place"),
        ("a.zip", b"PK\x03\x04 and nothing", "it is no ZIP, damaged"),
        ("scene.svx.json", b"{}", "none of the formats"),
        ("..", b"{}", "no name for a file"),
        ("", b"", "choose a file"),
    ],
)
def test_what_cannot_be_imported_is_told_and_leaves_nothing(
    desk: Desk, client: TestClient, name: str, content: bytes, why: str
) -> None:
    before = places(desk)
    answer = post(client, {"files": (name, content)})
    assert answer.status_code == 409
    assert why in unescape(answer.text)
    assert (places(desk), left(desk)) == (before, [])


def test_the_file_may_be_named(desk: Desk, client: TestClient, files: dict[str, bytes]) -> None:
    two = packed(files | {"other.svx.json": b"{}"})
    assert post(client, {"files": ("a.zip", two)}, main="export/nothing").status_code == 409
    assert post(client, {"files": ("a.zip", two)}, main="export/scene.svx.json").status_code == 200
    assert "la-boite" in places(desk)
