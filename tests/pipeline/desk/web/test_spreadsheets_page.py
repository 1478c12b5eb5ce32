"""Spreadsheets go out, and come in once one has seen what they change."""

from __future__ import annotations

import io
import tomllib
import zipfile
from html import unescape
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from carreau.desk.web.desk import Desk
from tests.pipeline.catalogue.catalogues import written
from tests.pipeline.desk.web.desks import csrf_of, desk_over, fields_of, sent, signed_in, visitor

PAGE = "/spreadsheets"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return desk_over(written(tmp_path / "assets"))


@pytest.fixture
def client(desk: Desk) -> TestClient:
    return signed_in(desk)


def access(desk: Desk) -> str:
    data = tomllib.loads((desk.root / "sites" / "une" / "site.toml").read_text("utf-8"))
    return str(data["visit"]["access"])


def visit_csv(client: TestClient) -> bytes:
    with zipfile.ZipFile(io.BytesIO(client.get(f"{PAGE}/catalogue.zip").content)) as archive:
        return archive.read("visit.csv")


def preview(client: TestClient, content: bytes, name: str = "visit.csv") -> str:
    csrf = csrf_of(client.get(PAGE).text)
    return str(client.post(PAGE, data={"csrf": csrf}, files={"sheets": (name, content)}).text)


def plan_in(page: str) -> dict[str, str]:
    return fields_of(page.replace('action="/spreadsheets/apply"', 'id="apply"'), "apply")


def test_it_goes_out_and_comes_in_unchanged(client: TestClient) -> None:
    ods = client.get(f"{PAGE}/catalogue.ods")
    assert ods.headers["content-disposition"] == 'attachment; filename="catalogue.ods"'
    page = preview(client, ods.content, "catalogue.ods")
    assert "0 changes" in page
    assert "Write all this" not in page


def test_what_would_change_is_shown_first_and_then_written(desk: Desk, client: TestClient) -> None:
    content = visit_csv(client).decode("utf-8-sig")
    page = preview(client, content.replace("Libre.", "<b>Fermé</b>", 1).encode())  # the first place is "deux"
    page = preview(client, content.replace("Libre.", "<b>Fermé</b>").encode())
    assert "2 changes" in page
    assert "&lt;b&gt;Fermé&lt;/b&gt;" in page
    assert access(desk) == "Libre."
    answer = sent(client, f"{PAGE}/apply", plan_in(page))
    assert (answer.status_code, answer.headers["location"]) == (303, PAGE)
    assert access(desk) == "<b>Fermé</b>"
    assert "saved: deux, une" in client.get(PAGE).text


def test_only_what_was_shown_is_written(desk: Desk, client: TestClient) -> None:
    page = preview(client, visit_csv(client).decode("utf-8-sig").replace("Libre.", "Fermé.").encode())
    fields = plan_in(page)
    for change in ({"plan": fields["plan"].replace("Ferm", "Ouver")}, {"signature": ""}, {"plan": ""}):
        assert sent(client, f"{PAGE}/apply", fields | change).status_code == 400
    assert access(desk) == "Libre."
    path = desk.root / "sites" / "une" / "site.toml"
    path.write_text(path.read_text("utf-8").replace("Libre.", "À la main."), "utf-8")
    assert sent(client, f"{PAGE}/apply", fields).status_code == 303
    assert access(desk) == "À la main."
    assert "was changed meanwhile" in client.get(PAGE).text


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [("", b"", "choose a file"), ("a.ods", b"PK\x03\x04", "damaged"), ("a.csv", b"a;b\n1;2\n", "no column 'place'")],
)
def test_what_is_no_sheet_is_told(client: TestClient, name: str, content: bytes, why: str) -> None:
    assert why in unescape(preview(client, content, name))


def test_nobody_else_gets_them(desk: Desk) -> None:
    for path in (PAGE, f"{PAGE}/catalogue.ods", f"{PAGE}/catalogue.zip"):
        assert visitor(desk).get(path).status_code == 403
