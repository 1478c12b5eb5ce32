"""A scan is sent, looked at, compared, and taken or thrown away."""

from __future__ import annotations

import json
import re
import shutil
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from carreau.catalogue.catalogue import read_catalogue
from carreau.catalogue.i18n.check_translations import Translations
from carreau.desk.scans import TRIAL
from carreau.desk.web.desk import Desk, Publishing
from carreau.formats.location.scan_toml import read_notes
from carreau.runs.cache import Cache
from carreau.runs.progress import Quiet
from carreau.site.publish.model_builds import state_builds
from carreau.site.publish.publication import PublishOptions
from carreau.site.publish.publish import publish
from tests.pipeline.authored_scenes import pit_head
from tests.pipeline.catalogue.catalogues import written
from tests.pipeline.desk.web.desks import csrf_of, desk_over, signed_in, visitor
from tests.waiting import wait_until

BEAM = (
    b"v 0 0 0\nv 9 0 0\nv 9 1 0\nv 0 1 0\nv 0 0 1\nv 9 0 1\nv 9 1 1\nv 0 1 1\n"
    b"f 4 3 2 1\nf 5 6 7 8\nf 1 2 6 5\nf 2 3 7 6\nf 3 4 8 7\nf 4 1 5 8\n"
)
"""Long and thin: it fills little of the pictures that textures are judged in, so that few samples are read."""
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
    answer = client.post("/scans", data={"csrf": csrf}, files=[("files", ("beam.obj", BEAM))])
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
    assert "beam.obj" in text
    assert "12" in text.split('class="told"')[1]  # triangles
    assert client.get(f"{page}/report").status_code == client.get(f"{page}/picture").status_code == 404
    assert visitor(desk).get(page).status_code == 403
    csrf = csrf_of(text)
    assert client.post(f"{page}/take", data={"csrf": csrf, "state": "une/../x"}).status_code == 409
    assert client.post(f"{page}/take", data={"state": "une/neuf"}).status_code == 403
    assert client.post(f"{page}/take", data={"csrf": csrf, "state": "une/neuf"}).headers["location"] == "/places/une"
    states = tomllib.loads((desk.root / "sites" / "une" / "site.toml").read_text("utf-8"))["state"]
    assert states[-1]["file"] == "neuf/beam.obj"
    assert (desk.root / "sites" / "une" / "neuf" / "beam.obj").read_bytes() == BEAM
    assert client.get(page).status_code == 404


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
    assert client.get("/scans/..%2f..%2fassets").status_code == 404


def built(desk: Desk, client: TestClient, page: str, **fields: str) -> None:
    """Build a scan on trial, as a person does, and wait for it."""
    publishing = desk.publishing
    assert publishing is not None
    answer = client.post(f"{page}/build", data={"csrf": csrf_of(client.get(page).text), **fields})
    assert answer.headers["location"] == page
    job = publishing.jobs.last
    assert job is not None
    wait_until(lambda: job.ended, "the trial is built", limit_s=400)
    assert job.state == "done", list(job.lines)[-3:]


def test_a_scan_is_built_compared_with_what_is_published_and_taken(desk: Desk, client: TestClient) -> None:
    """All with the real commands: the models of the first trial are published, as a build would have left them."""
    publishing = desk.publishing
    assert publishing is not None
    options = publishing.options
    page = send(desk, client, is_inspected=False)
    built(desk, client, page, up="y", unit="m")
    now = options.models / "une" / "today"
    shutil.copytree(publishing.inbox.scans()[0].folder / TRIAL, now)
    text = client.get(page, params={"state": "une/today"}).text
    assert "Last build on this machine, not published" in text
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("carreau.site.content_store._quality", lambda *_: 1)
        publish(options, publishing.cache, Quiet(), lambda *_: None)
    served = now / "desktop.glb"
    content = served.read_bytes()
    shutil.rmtree(now)  # the next build has begun, and the release has the files

    built(desk, client, page, up="z", unit="cm")
    text = client.get(page, params={"state": "une/today"}).text
    assert "Published on " in text
    assert "not published" not in text
    assert text.count("<td>") == 2 * text.count('<th scope="row">')
    assert len(re.findall(r"12 triangles", text)) >= 2 * 3
    asked = {"state": "une/today"}
    assert client.get(f"{page}/now/model", params=asked).content == content
    assert client.get(f"{page}/now", params=asked).headers["content-type"] == "image/webp"
    new = client.get(f"{page}/model")
    assert (new.headers["content-type"], new.content[:4]) == ("model/gltf-binary", b"glTF")
    assert new.content != content
    assert "wasm-unsafe-eval" in client.get(page).headers["content-security-policy"]
    assert "sandbox" in client.get(f"{page}/report").headers["content-security-policy"]

    csrf = csrf_of(text)
    taken = client.post(f"{page}/take", data={"csrf": csrf, "state": "une/today", "date": "2026-05-02"})
    assert taken.headers["location"] == "/places/une"
    state = tomllib.loads((desk.root / "sites" / "une" / "site.toml").read_text("utf-8"))["state"][0]
    assert (state["id"], state["kind"], state["file"], state["date"]) == (
        "today",
        "scan",
        "today/beam.obj",
        "2026-05-02",
    )
    folder = desk.root / "sites" / "une" / "today"
    assert (folder / "beam.obj").read_bytes() == BEAM
    assert tomllib.loads((folder / "beam.scan.toml").read_text("utf-8")) == {"up": "z", "unit": "cm"}
    builds = state_builds(options, read_catalogue(desk.root), Translations())
    assert [each.scan for each in builds if each.name == "une/today"] == [folder / "beam.obj"]
    assert publishing.inbox.scans() == []
    assert desk.find_model("une", "today") == publishing.trial_models / "une" / "today" / "desktop.glb"


def test_a_drawn_model_is_asked_for_what_it_is_based_on(desk: Desk, client: TestClient) -> None:
    csrf, publishing = csrf_of(client.get("/scans").text), desk.publishing
    assert publishing is not None
    files = [("files", ("head.glb", pit_head(4, 0).glb()))]
    page = str(client.post("/scans", data={"csrf": csrf, "place": "une"}, files=files).headers["location"])
    job = publishing.jobs.last
    assert job is not None
    wait_until(lambda: job.ended, "it is looked at", limit_s=400)
    scan = publishing.inbox.scans()[0]
    assert (job.state, scan.kind) == ("done", "reconstruction")
    report = scan.report("look")
    assert report is not None
    assert "as requested" in str(report["scan"]["decisions"][0])
    text = client.get(page).text
    assert '<option value="reconstruction" selected>' in text
    assert 'name="up"' not in text
    assert re.search(r'value="une/reconstruction-\d{4}"', text)
    fields = {"csrf": csrf, "state": "une/1900", "evidence": ""}
    refused = client.post(f"{page}/take", data=fields)
    assert refused.status_code == 409
    assert "name the plans, photographs or surveys" in refused.text
    fields |= {"sources": "Plan de 1899", "evidence": "hypothetical", "date": "1900~"}
    assert client.post(f"{page}/take", data=fields).headers["location"] == "/places/une/scene"
    state = tomllib.loads((desk.root / "sites" / "une" / "site.toml").read_text("utf-8"))["state"][-1]
    assert (state["kind"], state["file"], state["sources"]) == ("reconstruction", "1900/head.glb", ["Plan de 1899"])
    assert (state["evidence"], state["date"]) == ("hypothetical", "1900~")

    # Its size is measured on the model of the first look.
    measured = {"csrf": csrf, "state": "1900", "key": "height", "points": "0 0 0 0 2 0", "metres": "3,5"}
    assert client.post("/places/une/scene/notes", data=measured).json()["said"][0] == "saved"
    notes = desk.root / "sites" / "une" / "1900" / "head.scan.toml"
    assert read_notes(notes).placement.height_m == 3.5
    assert client.post("/places/une/scene/notes", data={**measured, "key": "ground"}).status_code == 422
