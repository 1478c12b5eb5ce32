"""Pages and files are answered, compressed where accepted, and nothing else is."""

from __future__ import annotations

import json
import re
from pathlib import Path

import brotli
import pytest
from fastapi.testclient import TestClient

from carreau_server.preview.app import create_app
from carreau_server.preview.pages import PreviewSettings

GLB = b"glTF" + b"model" * 100
FOLDER = "/files/fosse%20arenberg/"


@pytest.fixture
def client(models: Path) -> TestClient:
    return TestClient(create_app(PreviewSettings(models)))


def test_the_list_names_every_finished_model(client: TestClient) -> None:
    page = client.get("/")
    assert page.status_code == 200
    assert "Fosse &lt;Arenberg&gt;" in page.text
    assert "/models/fosse%20arenberg" in page.text
    assert "broken" not in page.text


def test_the_page_of_a_model_has_its_numbers(client: TestClient) -> None:
    page = client.get("/models/fosse%20arenberg").text
    for said in ("1.2 MB", "80,000", "2048 × 2048 WebP", "normal map", "22.4 MB", "35.0 dB", "3.4 mm", "40 cm"):
        assert said in page
    for said in ("CC BY 4.0", "Drone survey", "brick.png", "chosen by measuring", "the base says so", "598,000"):
        assert said in page
    assert "desktop" not in page  # its file is not there


def test_a_simulated_scan_is_called_so_on_every_page(models: Path, client: TestClient) -> None:
    addresses = ("/", "/models/fosse%20arenberg")
    assert not any("Simulated" in client.get(address).text for address in addresses)
    report = models / "fosse arenberg" / "report.json"
    report.write_text(report.read_text().replace("Drone survey, 2025", "simulated, not a survey"))
    assert all("Simulated" in client.get(address).text for address in addresses)


def test_a_report_of_another_version_is_no_failure(models: Path, client: TestClient) -> None:
    report = {"scan": "old", "levels": {"phone": {"file": "phone.glb", "error": None, "texture": None}}}
    (models / "fosse arenberg" / "report.json").write_text(json.dumps(report))
    for address in ("/", "/models/fosse%20arenberg"):
        assert client.get(address).status_code == 200


def test_the_viewer_begins_where_the_poster_was_taken(models: Path, client: TestClient) -> None:
    assert "camera-orbit" not in client.get("/models/fosse%20arenberg").text
    report = models / "fosse arenberg" / "report.json"
    data = json.loads(report.read_text())
    report.write_text(json.dumps({**data, "poster_view": {"azimuth_deg": -22.5, "elevation_deg": 16.0}}))
    assert 'camera-orbit="-22.5deg 74deg auto"' in client.get("/models/fosse%20arenberg").text


@pytest.mark.parametrize("view", [None, 7, {}, {"azimuth_deg": "12deg", "elevation_deg": 3}, {"azimuth_deg": 1}])
def test_a_view_that_makes_no_sense_is_left_out(models: Path, client: TestClient, view: object) -> None:
    report = models / "fosse arenberg" / "report.json"
    report.write_text(json.dumps({**json.loads(report.read_text()), "poster_view": view}))
    assert "camera-orbit" not in client.get("/models/fosse%20arenberg").text


def test_the_build_report_is_handed_out_and_no_other_page(models: Path, client: TestClient) -> None:
    assert "build report" not in client.get("/models/fosse%20arenberg").text
    for name in ("report.html", "report.en.html", "other.html", "report.evil.page.html"):
        (models / "fosse arenberg" / name).write_text("<!doctype html><title>Report</title>")
    assert f'<a href="{FOLDER}report.html">' in client.get("/models/fosse%20arenberg").text
    for name in ("report.html", "report.en.html"):
        answer = client.get(f"{FOLDER}{name}")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
    for name in ("other.html", "report.evil.page.html"):
        assert client.get(f"{FOLDER}{name}").status_code == 404


def test_a_person_who_is_lost_is_led_back(client: TestClient) -> None:
    page = client.get("/models/<nowhere>", headers={"accept": "text/html,*/*"})
    assert page.status_code == 404
    assert "there is no model &lt;nowhere&gt;" in page.text
    assert '<a href="/">' in page.text


def test_pages_are_labelled_for_everyone(client: TestClient) -> None:
    for address in ("/", "/models/fosse%20arenberg"):
        page = client.get(address).text
        assert '<html lang="en">' in page
        assert "<title>" in page
        assert page.count("<h1") == 1
        assert "<main" in page
        assert all("alt=" in image for image in re.findall(r"<img [^>]*>", page))
    assert 'scope="row"' in page
    assert re.search(r'<table role="table" aria-labelledby="numbers"', page)
    assert "<legend>" in page
    assert re.search(r"<model-viewer[^>]* alt=\"Model of Fosse", page)


def test_pages_contact_no_other_host(client: TestClient) -> None:
    for address in ("/", "/models/fosse%20arenberg", "/viewer/viewer.js", "/viewer/style.css"):
        answer = client.get(address)
        assert not re.search(r"https?://|[\"'(]//", answer.text)
    policy = client.get("/").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "http" not in policy


def test_brotli_is_sent_to_who_accepts_it(client: TestClient) -> None:
    packed = client.get(f"{FOLDER}phone.glb", headers={"accept-encoding": "gzip, br"})
    assert packed.headers["content-encoding"] == "br"
    assert packed.headers["content-type"] == "model/gltf-binary"
    assert packed.headers["vary"] == "Accept-Encoding"
    assert packed.headers["access-control-allow-origin"] == "*"
    assert packed.content in (GLB, brotli.compress(GLB))
    assert int(packed.headers["content-length"]) == len(brotli.compress(GLB))


@pytest.mark.parametrize("accepted", ["gzip", "br;q=0", "identity", ""])
def test_plain_bytes_are_sent_to_the_others(client: TestClient, accepted: str) -> None:
    plain = client.get(f"{FOLDER}phone.glb", headers={"accept-encoding": accepted})
    assert "content-encoding" not in plain.headers
    assert plain.content == GLB


def test_an_unchanged_file_is_not_sent_again(client: TestClient) -> None:
    first = client.get(f"{FOLDER}poster.webp")
    assert first.headers["content-type"] == "image/webp"
    assert first.headers["cache-control"] == "no-cache"
    again = client.get(f"{FOLDER}poster.webp", headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""


@pytest.mark.parametrize(
    "address",
    [
        "/models/nowhere",
        "/files/nowhere/phone.glb",
        f"{FOLDER}build.log",
        f"{FOLDER}phone.glb.br",
        f"{FOLDER}.hidden.glb",
        f"{FOLDER}tablet.glb",
        f"{FOLDER}..%2F..%2Fsecret.glb",
        f"{FOLDER}../../secret.glb",
        "/files/../secret.glb",
        "/viewer/../app.py",
        "/viewer/..%2Fpackage.json",
        "/viewer/basis/viewer.js/x",
        "/viewer/nothing.js",
        "/docs",
        "/openapi.json",
    ],
)
def test_nothing_else_is_handed_out(client: TestClient, address: str) -> None:
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_nothing_can_be_written(client: TestClient, method: str) -> None:
    assert client.request(method, f"{FOLDER}phone.glb").status_code == 405


def test_every_answer_forbids_guessing_types(client: TestClient) -> None:
    for address in ("/", f"{FOLDER}phone.glb", "/models/nowhere"):
        assert client.get(address).headers["x-content-type-options"] == "nosniff"


def test_an_output_folder_itself_is_a_model_too(models: Path) -> None:
    client = TestClient(create_app(PreviewSettings(models / "fosse arenberg")))
    assert client.get(f"{FOLDER}phone.glb").status_code == 200


def test_an_empty_folder_says_what_to_do(tmp_path: Path) -> None:
    page = TestClient(create_app(PreviewSettings(tmp_path))).get("/")
    assert "carreau model" in page.text


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("model-viewer.js", "text/javascript"),
        ("basis/basis_transcoder.js", "text/javascript"),
        ("basis/basis_transcoder.wasm", "application/wasm"),
        ("draco/draco_wasm_wrapper.js", "text/javascript"),
        ("draco/draco_decoder.wasm", "application/wasm"),
        ("viewer.js", "text/javascript"),
        ("style.css", "text/css"),
    ],
)
def test_the_viewer_comes_from_our_own_origin(
    client: TestClient, viewer_modules: Path, name: str, media_type: str
) -> None:
    answer = client.get(f"/viewer/{name}")
    assert answer.status_code == 200
    assert answer.headers["content-type"].split(";")[0] == media_type
