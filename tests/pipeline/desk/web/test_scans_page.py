"""A scan is sent, looked at, compared, and taken or thrown away."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from pipeline.cache.cache import Cache
from pipeline.desk.scan_inbox import TRIAL
from pipeline.desk.web.desk import Desk
from pipeline.desk.web.publishing import Publishing
from pipeline.publish.types import PublishOptions
from tests.pipeline.catalogue.catalogues import written
from tests.pipeline.desk.web.desks import csrf_of, desk_over, signed_in, visitor
from tests.waiting import wait_until

CUBE = (
    b"v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nv 0 0 1\nv 1 0 1\nv 1 1 1\nv 0 1 1\n"
    b"f 4 3 2 1\nf 5 6 7 8\nf 1 2 6 5\nf 2 3 7 6\nf 3 4 8 7\nf 4 1 5 8\n"
)
LEVEL = {"name": "phone", "triangles": 12, "texture_px": 512, "error": {"psnr_db": 41.5}}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    root = written(tmp_path / "assets")
    options = PublishOptions(root, tmp_path / "models", tmp_path / "media", tmp_path / "bundle", "https://mine.example")
    return replace(desk_over(root), publishing=Publishing(options, Cache(tmp_path / "cache")))


@pytest.fixture
def client(desk: Desk) -> TestClient:
    return signed_in(desk)


def send(desk: Desk, client: TestClient, is_inspected: bool) -> str:
    """Send a scan, and stop what looks at it, at once or when it has told what the scan is; return its page."""
    csrf, publishing = csrf_of(client.get("/scans").text), desk.publishing
    answer = client.post("/scans", data={"csrf": csrf}, files=[("files", ("cube.obj", CUBE))])
    page = str(answer.headers["location"])
    assert publishing is not None
    job = publishing.jobs.last
    assert job is not None
    if is_inspected:
        wait_until(lambda: job.results or job.ended, "the scan is inspected")
    assert client.get("/jobs/now").json()["kind"] == "look"
    assert client.post("/jobs/stop", data={"csrf": csrf, "job": str(job.number)}).headers["location"] == page
    wait_until(lambda: job.ended, "the job has ended")
    return page


def test_a_scan_is_looked_at_and_taken(desk: Desk, client: TestClient) -> None:
    page = send(desk, client, is_inspected=True)
    text = client.get(page).text
    assert "cube.obj" in text
    assert "12" in text.split('class="told"')[1]  # triangles
    assert client.get(f"{page}/report").status_code == client.get(f"{page}/picture").status_code == 404
    assert visitor(desk).get(page).status_code == 403
    csrf = csrf_of(text)
    assert client.post(f"{page}/take", data={"csrf": csrf, "state": "une/../x"}).status_code == 409
    assert client.post(f"{page}/take", data={"state": "une/neuf"}).status_code == 403
    assert client.post(f"{page}/take", data={"csrf": csrf, "state": "une/neuf"}).headers["location"] == "/places/une"
    states = tomllib.loads((desk.root / "sites" / "une" / "site.toml").read_text("utf-8"))["state"]
    assert states[-1]["file"] == "neuf/cube.obj"
    assert (desk.root / "sites" / "une" / "neuf" / "cube.obj").read_bytes() == CUBE
    assert client.get(page).status_code == 409


def test_a_trial_is_compared_and_thrown_away(desk: Desk, client: TestClient) -> None:
    page = send(desk, client, is_inspected=False)
    publishing = desk.publishing
    assert publishing is not None
    trial, now = publishing.inbox.scans()[0].folder / TRIAL, publishing.options.models / "une" / "today"
    for folder, psnr in ((trial, 41.5), (now, 38.25)):
        folder.mkdir(parents=True)
        level = {**LEVEL, "error": {"psnr_db": psnr}}
        (folder / "report.json").write_text(json.dumps({"levels": [level]}), "utf-8")
        (folder / "report.html").write_text("<p>Report</p><script>alert(1)</script>", "utf-8")
        (folder / "phone.glb").write_bytes(b"x" * 1500)
        (folder / "poster.webp").write_bytes(b"RIFF")
    text = client.get(page, params={"state": "une/today"}).text
    assert "41.5 dB" in text
    assert "38.2 dB" in text
    report = client.get(f"{page}/report")
    assert "sandbox" in report.headers["content-security-policy"]
    assert "script-src" not in report.headers["content-security-policy"]
    assert [client.get(f"{page}/{name}").status_code for name in ("picture", "now?state=une/today")] == [200, 200]
    assert [client.get(f"{page}/now", params={"state": bad}).status_code for bad in ("../..", "une", "a/b")] == [
        404
    ] * 3
    assert client.post(f"{page}/leave", data={"csrf": csrf_of(text)}).headers["location"] == "/scans"
    assert publishing.inbox.scans() == []
    assert client.get("/scans/..%2f..%2fassets").status_code in (404, 409)
