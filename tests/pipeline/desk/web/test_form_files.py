"""Forms with files are read within their limits; what is refused or broken leaves nothing behind."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends
from fastapi.testclient import TestClient

from carreau.base.errors import OptionError
from carreau.base.messages import message
from carreau.desk.incoming import FOLDER
from carreau.desk.web import app
from carreau.desk.web.desk import Desk
from carreau.desk.web.requests import CSRF_HEADER, FormReader, Limits, RequestError, SentForm, Upload
from tests.pipeline.catalogue.catalogues import written
from tests.pipeline.desk.web.desks import csrf_of, desk_over, signed_in, visitor

router = APIRouter()
LIMITS = Limits(file_bytes=100_000, all_bytes=150_000, files=2, fields=3)
UPLOAD = Upload(LIMITS)
KIND = {"Content-Type": "multipart/form-data; boundary=b"}


@router.post("/files/{slug}")
def take(slug: str, form: Annotated[SentForm, Depends(UPLOAD.received)]) -> dict[str, Any]:
    files = {
        field: [[each.name, each.size_bytes, each.path.read_bytes().hex()] for each in sent]
        for field, sent in form.files.items()
    }
    assert all(each.path.parent == form.folder for sent in form.files.values() for each in sent)
    if form.fields.get("fail"):
        raise OptionError(message("saved"))
    return {"slug": slug, "fields": form.fields, "files": files}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return desk_over(written(tmp_path / "assets"))


@pytest.fixture
def client(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    monkeypatch.setattr(app, "ROUTERS", (*app.ROUTERS, router))
    return signed_in(desk)


@pytest.fixture
def csrf(client: TestClient) -> str:
    return csrf_of(client.get("/").text)


def left(desk: Desk) -> list[str]:
    folder = desk.root / FOLDER
    return sorted(path.name for path in folder.iterdir() if path.name != ".gitignore") if folder.exists() else []


def part(name: str, content: bytes, file: str | None = None) -> bytes:
    of = f'; filename="{file}"' if file is not None else ""
    return f'--b\r\nContent-Disposition: form-data; name="{name}"{of}\r\n\r\n'.encode() + content + b"\r\n"


def test_fields_and_files_come_in(desk: Desk, client: TestClient, csrf: str) -> None:
    content = bytes(range(256)) * 300
    files = [("file", ("puits é.jpg", content)), ("file", ("../../site.toml", b"--b\r\n"))]
    answer = client.post("/files/une", data={"csrf": csrf, "alt": "é\r\nà"}, files=files)
    assert answer.json() == {
        "slug": "une",
        "fields": {"alt": "é\r\nà"},
        "files": {"file": [["puits é.jpg", len(content), content.hex()], ["site.toml", 5, b"--b\r\n".hex()]]},
    }
    assert left(desk) == []


def test_a_field_without_a_chosen_file_and_an_empty_file(client: TestClient, csrf: str) -> None:
    body = part("csrf", csrf.encode()) + part("none", b"", "") + part("empty", b"", "a.txt") + b"--b--\r\n"
    assert client.post("/files/une", content=body, headers=KIND).json()["files"] == {"empty": [["a.txt", 0, ""]]}


def test_what_is_too_much_is_told_and_leaves_nothing(desk: Desk, client: TestClient, csrf: str) -> None:
    one = client.post("/files/une", data={"csrf": csrf}, files={"file": ("a.jpg", bytes(100_001))})
    assert (one.status_code, "a.jpg is over 0.1 MB" in one.text) == (409, True)
    both = client.post(
        "/files/une", data={"csrf": csrf}, files=[("f", ("a", bytes(90_000))), ("f", ("b", bytes(90_000)))]
    )
    assert (both.status_code, "0.15 MB together" in both.text) == (409, True)
    many = client.post("/files/une", data={"csrf": csrf}, files=[("f", (f"{n}", b"x")) for n in range(3)])
    assert (many.status_code, "at most 2 files at once" in many.text) == (409, True)
    fields = client.post("/files/une", data={"csrf": csrf, **{f"{n}": "x" for n in range(9)}}, files={"f": ("a", b"")})
    assert fields.status_code == 400
    assert left(desk) == []


def test_an_answer_that_fails_leaves_nothing(desk: Desk, client: TestClient, csrf: str) -> None:
    answer = client.post("/files/une", data={"csrf": csrf, "fail": "1"}, files={"f": ("a", b"x")})
    assert answer.status_code == 409
    assert left(desk) == []


@pytest.mark.parametrize("cut", [10, 60, 150, 200, -1, -3])
def test_a_form_without_its_end_is_refused(desk: Desk, client: TestClient, csrf: str, cut: int) -> None:
    body = part("csrf", csrf.encode()) + part("f", b"x" * 100, "a.jpg") + b"--b--\r\n"
    answer = client.post("/files/une", content=body[: cut - 2 if cut < 0 else cut], headers=KIND)
    assert answer.status_code in (400, 403)
    assert left(desk) == []


@pytest.mark.parametrize(
    "body",
    [b"", b"x", b"--b", b"--b\r\n\r\nx\r\n--b--\r\n", b"--b\r\nContent-Disposition: form-data\r\n\r\n\r\n--b--\r\n"],
)
def test_what_no_form_sends_is_refused(client: TestClient, body: bytes) -> None:
    assert client.post("/files/une", content=body, headers=KIND).status_code in (400, 403)


@pytest.mark.parametrize(
    "kind", ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=é"]
)
def test_a_form_needs_a_boundary(client: TestClient, kind: str) -> None:
    assert client.post("/files/une", content=b"x", headers=[(b"Content-Type", kind.encode())]).status_code == 400


def test_no_file_is_written_before_the_word_was_right(desk: Desk, client: TestClient, csrf: str) -> None:
    late = part("f", b"x", "a.jpg") + part("csrf", csrf.encode()) + b"--b--\r\n"
    assert client.post("/files/une", content=late, headers=KIND).status_code == 403
    assert client.post("/files/une", content=late, headers=KIND | {CSRF_HEADER: csrf}).status_code == 200
    wrong = part("csrf", b"wrong") + part("f", b"x", "a.jpg") + b"--b--\r\n"
    assert client.post("/files/une", content=wrong, headers=KIND).status_code == 403
    assert client.post("/files/une", data={}, files={"f": ("a", b"x")}).status_code == 403
    assert (
        client.post("/files/une", data={"csrf": csrf}, files={"f": ("a", b"x")}, headers={"Origin": "null"}).status_code
        == 403
    )
    assert left(desk) == []


def test_only_routes_that_ask_for_files_get_them(desk: Desk, client: TestClient, csrf: str) -> None:
    for path in ("/leave", "/places", "/places/une", "/files/une/more"):
        assert client.post(path, data={"csrf": csrf}, files={"f": ("a", b"x")}).status_code == 415, path
    stranger = visitor(desk)
    assert stranger.post("/files/une", data={"csrf": csrf}, files={"f": ("a", b"x")}).status_code == 403
    chunked = client.post("/files/une", content=iter([b"x"]), headers=KIND)
    assert chunked.status_code == 411


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_pieces_of_any_size_give_the_same(tmp_path: Path, size: int) -> None:
    content = bytes(range(256)) * 4 + b"\r\n--b-not-the-end\r\n--"
    body = part("csrf", b"word") + part("alt", "é".encode()) + part("f", content, "a") + b"--b--\r\n"
    reader = FormReader(b"b", LIMITS, tmp_path, "word")
    for begin in range(0, len(body), size):
        reader.feed(body[begin : begin + size])
    form = reader.form()
    assert form.fields == {"alt": "é"}
    assert form.files["f"][0].path.read_bytes() == content


def test_a_broken_file_is_closed(tmp_path: Path) -> None:
    reader = FormReader(b"b", LIMITS, tmp_path, "word", "word")
    reader.feed(part("f", bytes(2000), "a")[:1500])
    with pytest.raises(RequestError):
        reader.form()
    reader.close()
    assert [path.name for path in tmp_path.iterdir()] == ["1"]
