"""A place is previewed beside its form; a draft is looked at, agreed to, published, and taken back."""

from __future__ import annotations

import dataclasses
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Client, ConnectError

from carreau.base.errors import Diagnostic
from carreau.base.languages import content_file
from carreau.desk.history import Editor, agree
from carreau.desk.web.app import create_app
from carreau.desk.web.desk import DONE, STOPPED, Desk
from carreau.desk.web.publish_page import anchor_id
from carreau.desk.web.scans_page import shown_job
from carreau.site.publish.publication import PublishOptions
from carreau.site.releases import read_current
from carreau.site.verify import verify
from tests.pipeline.catalogue.catalogues import written
from tests.pipeline.desk.places import BERT
from tests.pipeline.desk.web.desks import csrf_of, desk_over, fields_of, sent, signed_in, visitor
from tests.pipeline.desk.web.editions import OTHER, PLACE, drafted, options_of, published, publishing_desk
from tests.pipeline.site.publish.editions import PROJECT, ROUTE, edition, replace
from tests.waiting import wait_until

PAGE = f"/places/{PLACE}"
TRAIL, BATTLE = "jules-mousseron", "bataille-de-denain"
ANNE = Editor("Anne", "a@example.org")


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory) -> PublishOptions:
    """Two places that are published, in a git repository; the tests change them one after the other."""
    folder = tmp_path_factory.mktemp("edition")
    options = published(folder)
    for command in (["init", "-q"], ["add", "assets"], ["commit", "-qm", "Begin"]):
        named = ["-c", "user.name=Anne", "-c", "user.email=a@example.org"]
        subprocess.run(["git", *named, *command], cwd=folder, check=True, capture_output=True)
    return options


@pytest.fixture
def desk(options: PublishOptions) -> Iterator[Desk]:
    desk = publishing_desk(options)
    yield desk
    assert desk.publishing is not None
    desk.publishing.close()


@pytest.fixture
def client(desk: Desk) -> TestClient:
    return signed_in(desk)


def company(options: PublishOptions, name: str) -> str:
    """Give the place another company, and draft that; return the id of the release."""
    path = options.assets / "sites" / PLACE / "site.toml"
    text = path.read_text("utf-8")
    path.write_text(re.sub(r'^company = ".*"$', f'company = "{name}"', text, count=1, flags=re.MULTILINE), "utf-8")
    return drafted(options)


def test_what_one_types_is_shown_as_it_would_be_published_and_to_nobody_else(desk: Desk, client: TestClient) -> None:
    before = (desk.root / "sites" / PLACE / "site.toml").read_bytes()
    text = "Un <script>alert(1)</script> texte d’essai."
    typed = fields_of(client.get(PAGE).text) | {"v.summary": text, "lang": "fr"}
    address = sent(client, f"{PAGE}/preview", typed).json()["address"]
    answer = client.get(address)
    assert "texte d’essai." in answer.text
    assert "<script>alert" not in answer.text
    policy = answer.headers["content-security-policy"]
    assert "frame-ancestors 'self'" in policy
    assert "script-src 'self' 'wasm-unsafe-eval';" in policy
    assert "frame-src 'self'" in client.get(PAGE).headers["content-security-policy"]
    assert client.get(f"/v1/sites/{PLACE}", params={"lang": "fr"}).json()["summary"]["text"].endswith("essai.")
    [style] = re.findall(r'rel="stylesheet" href="([^"]+)"', answer.text)
    assert "sandbox" in client.get(style).headers["content-security-policy"]
    assert client.get("/fr/").status_code == 200
    assert client.get("/fr/sites/nothing").status_code == client.get("/a/../manifest.json").status_code == 404
    stranger = visitor(desk)
    assert [stranger.get(path).status_code for path in (address, style, "/xx/yy")] == [403, 403, 404]
    assert (desk.root / "sites" / PLACE / "site.toml").read_bytes() == before


def test_what_cannot_be_shown_is_told(desk: Desk, client: TestClient) -> None:
    typed = fields_of(client.get(PAGE).text) | {"v.outline": "missing.geojson"}
    assert "missing.geojson" in sent(client, f"{PAGE}/preview", typed).json()["said"]
    answer = client.get(f"{PAGE}/preview")
    assert (answer.status_code, client.get(answer.headers["location"]).status_code) == (303, 200)
    assert client.get("/places/../preview").status_code == 404
    assert client.get("/places/nothing/preview").status_code == 404
    assert client.post(f"{PAGE}/preview", data={"lang": "fr"}).status_code == 403


def test_a_draft_is_read_published_and_taken_back(desk: Desk, client: TestClient, options: PublishOptions) -> None:
    before = read_current(options.bundle)
    assert before is not None
    release = company(options, "Compagnie d’essai")
    page = client.get("/publish").text
    assert "<ins>d’essai</ins>" in page
    fields = {"csrf": csrf_of(page), "release": release}
    assert client.post("/publish/now", data={**fields, "release": "0" * 16}).status_code == 409
    assert client.post("/publish/now", data={"release": release}).status_code == 403
    assert read_current(options.bundle) == before
    assert client.post("/publish/now", data=fields).status_code == 303
    now = read_current(options.bundle)
    assert now is not None
    assert now.release == release
    page = client.get("/publish").text
    assert f"published: release {release}" in page
    assert before.release in page
    assert client.post("/publish/back", data={**fields, "release": "../.."}).status_code == 404
    assert client.post("/publish/back", data={**fields, "release": before.release}).status_code == 303
    assert read_current(options.bundle) == before


def test_a_draft_that_is_stopped_changes_nothing(desk: Desk, client: TestClient, options: PublishOptions) -> None:
    before, csrf = read_current(options.bundle), csrf_of(client.get("/publish").text)
    assert client.post("/publish/draft", data={"csrf": csrf}).headers["location"] == "/publish"
    assert desk.publishing is not None
    job = desk.publishing.jobs.last
    assert job is not None
    wait_until(lambda: job.current().doing or job.ended, "the command tells how far it is")
    assert "<progress" in client.get("/publish").text
    assert client.post("/publish/draft", data={"csrf": csrf}).status_code == 409
    client.post("/jobs/stop", data={"csrf": csrf, "job": str(job.number)})
    wait_until(lambda: job.ended, "the job has ended")
    assert job.state == STOPPED
    assert read_current(options.bundle) == before
    found = verify(options.bundle)
    assert (found.missing, found.rotten) == ((), ())


def test_where_it_is_wanted_somebody_else_has_to_agree(options: PublishOptions) -> None:
    desk = publishing_desk(options, needs_review=True, editor=ANNE)
    client = signed_in(desk)
    release = company(options, "Compagnie à revoir")
    page = client.get("/publish").text
    assert "Publish it now" not in page
    fields = {"csrf": csrf_of(page), "release": release}
    assert client.post("/publish/agree", data=fields).status_code == 303
    refused = client.post("/publish/now", data=fields)
    assert (refused.status_code, "nobody else has agreed" in refused.text) == (409, True)
    assert agree(desk.root, release, BERT) is None
    page = client.get("/publish").text
    assert "Anne, Bert" in page or "Bert, Anne" in page
    assert client.post("/publish/now", data=fields).status_code == 303
    now = read_current(options.bundle)
    assert now is not None
    assert now.release == release


def test_a_draft_is_shown_by_its_word_alone(desk: Desk, client: TestClient, options: PublishOptions) -> None:
    release = company(options, "Compagnie à montrer")
    fields = {"csrf": csrf_of(client.get("/publish").text), "release": release}
    assert client.post("/publish/show", data={**fields, "to": "phones"}).status_code == 303
    assert desk.publishing is not None
    door = desk.publishing.open_draft.door
    assert door is not None
    assert f'href="{door.address}"' in client.get("/publish").text
    base, _, word = door.address.rpartition("/")
    local = re.sub(r"//[^:]+:", "//127.0.0.1:", base)
    with Client() as stranger:
        paths = ("/", "/fr/", f"/{word[:-1]}", "/v1/sites")
        assert [stranger.get(f"{local}{path}").status_code for path in paths] == [404] * 4
    with Client(follow_redirects=True, headers={"Accept-Language": "nl-BE,fr;q=0.8"}) as phone:
        page = phone.get(f"{local}/{word}")
        assert (page.status_code, page.url.path) == (200, "/nl/")
        assert "frame-ancestors 'self'" in page.headers["content-security-policy"]
        place = phone.get(f"{local}/fr/sites/{PLACE}")
        assert "Compagnie à montrer" in place.text
        hidden = ("/.draft.json", "/a/../manifest.json", "/a/..%2fmanifest.json")
        assert [phone.get(f"{local}{path}").status_code for path in hidden] == [404] * 3
        assert phone.post(f"{local}/{word}").status_code == 405
    client.post("/publish/hide", data=fields)
    assert desk.publishing.open_draft.door is None
    with pytest.raises(ConnectError), Client() as stranger:
        stranger.get(f"{local}/{word}")


def test_behind_a_public_address_a_draft_is_shown_there_and_opens_no_port(desk: Desk, options: PublishOptions) -> None:
    release, public = company(options, "Compagnie derrière"), "https://desk.example"
    behind = dataclasses.replace(desk, public=public)
    headers = {"Origin": public}
    client = TestClient(create_app(behind), base_url=public, headers=headers, follow_redirects=False)
    client.get(f"/enter?token={behind.sessions.token}")
    page = client.get("/publish").text
    assert 'value="phones"' not in page
    fields = {"csrf": csrf_of(page), "release": release}
    assert "Compagnie derrière" not in client.get(f"/fr/sites/{PLACE}").text
    assert client.post("/publish/show", data={**fields, "to": "phones"}).status_code == 303
    assert desk.publishing is not None
    assert desk.publishing.open_draft.door is None
    assert f'href="{public}/en/"' in client.get("/publish").text
    assert "Compagnie derrière" in client.get(f"/fr/sites/{PLACE}").text
    stranger = TestClient(create_app(behind), base_url=public, headers=headers, follow_redirects=False)
    assert "Compagnie derrière" not in stranger.get(f"/fr/sites/{PLACE}").text
    client.post("/publish/hide", data=fields)
    assert "Compagnie derrière" not in client.get(f"/fr/sites/{PLACE}").text


def checked_page(desk: Desk, client: TestClient) -> str:
    """Return the page that publishes, once the catalogue is checked."""
    publishing = desk.publishing
    assert publishing is not None
    wait_until(publishing.check.result, "the catalogue is checked")
    return unescape(client.get("/publish").text)


def test_errors_lead_to_their_fields(options: PublishOptions, desk: Desk, client: TestClient) -> None:
    path = options.assets / "sites" / PLACE / "site.toml"
    replace(path, "lon = ", "lon = 399 # ")
    try:
        page = checked_page(desk, client)
    finally:
        replace(path, "lon = 399 # ", "lon = ")
    assert f'href="{PAGE}#f-position.lon"' in page
    assert anchor_id(Diagnostic("error", "", "", 1, "", "", "")) == "main"


@pytest.fixture
def told_desk(tmp_path: Path) -> Desk:
    """A desk over places, a route, and trails with a show and a map that moves, nothing of which was published."""
    assets = edition(tmp_path, (PLACE, OTHER, "ancienne-abbaye-de-saint-amand"))
    (assets / "routes" / "essai.toml").write_text(ROUTE, "utf-8")
    shutil.copytree(PROJECT / "assets" / "trails", assets / "trails")
    return publishing_desk(options_of(tmp_path))


def errors_in(page: str) -> str:
    """Return the part of the page that says what keeps the catalogue from being published."""
    return page.partition('id="errors"')[2].partition("</section>")[0]


def test_mistakes_anywhere_are_told_with_the_place_where_they_are_mended(told_desk: Desk) -> None:
    root, german, client = told_desk.root, content_file(told_desk.locales, "de"), signed_in(told_desk)
    assert errors_in(checked_page(told_desk, client)) == "", "only questions so far"
    replace(root / "routes" / "essai.toml", 'mode = "walk"', 'mode = "fly"')
    replace(root / "trails" / TRAIL / "trail.toml", 'standing = "proposal"', 'standing = "sure"')
    replace(root / "trails" / TRAIL / "mots.show.toml", "volume = 0.8", "volume = 7")
    replace(root / "trails" / BATTLE / "denain-1712.scene.toml", 'clock = "solar"', 'clock = "lunar"')
    replace(german, "Die kleine Grube in Denain, in Betrieb", "Die <b>kleine</b> Grube in Denain, in Betrieb")
    page = checked_page(told_desk, client)
    errors = errors_in(page)
    for address, place in (
        ("/routes/essai#f-mode", "routes/essai.toml, line "),
        (f"/trails/{TRAIL}#f-standing", f"trails/{TRAIL}/trail.toml, line "),
        (f"/shows/{TRAIL}#f-volume", f"trails/{TRAIL}/mots.show.toml, line "),
        ("/maps/denain-1712#f-clock", f"trails/{BATTLE}/denain-1712.scene.toml, line "),
    ):
        assert f'<a href="{address}">{place}' in errors
    assert "Parcours d’essai" in errors
    [text] = re.findall(r'<a href="(/translate/de/[^"]+)">locales/de/LC_MESSAGES/content\.po, line', errors)
    assert "Die <b>kleine</b> Grube" in unescape(client.get(text).text)
    questions = page.partition('id="questions"')[2]
    assert "which keep nothing from being published" in questions
    assert "/translate?to=nl&show=missing&place=" in questions


def test_a_file_that_cannot_be_read_is_told_with_its_line(told_desk: Desk) -> None:
    german, client = content_file(told_desk.locales, "de"), signed_in(told_desk)
    german.write_text(german.read_text("utf-8") + '\nmsgid "open\n', "utf-8")
    assert re.search(
        r"<li>locales/de/LC_MESSAGES/content\.po, line [\d,]+: ", errors_in(checked_page(told_desk, client))
    )
    path = told_desk.root / "sites" / PLACE / "site.toml"
    path.write_text(path.read_text("utf-8") + "\nname = \n", "utf-8")
    assert re.search(rf"<li>sites/{PLACE}/site\.toml, line [\d,]+", errors_in(checked_page(told_desk, client)))


def test_a_draft_tells_how_far_it_is_in_the_language_of_the_reader(
    desk: Desk, client: TestClient, options: PublishOptions
) -> None:
    publishing, csrf = desk.publishing, csrf_of(client.get("/publish").text)
    path = options.assets / "sites" / PLACE / "site.toml"
    replace(path, 'name = "', 'name = "Nouvelle ')
    client.post("/publish/draft", data={"csrf": csrf})
    assert publishing is not None
    job = publishing.jobs.last
    assert job is not None
    told = list[dict[str, Any]]()
    while not job.ended:
        told += [shown_job(job, "de"), shown_job(job, "fr")]
        time.sleep(0.02)
    replace(path, 'name = "Nouvelle ', 'name = "')
    assert (job.state, shown_job(job, "de")["percent"]) == (DONE, "100\u00a0%")
    shares = [each["share"] for each in told if each["share"] is not None]
    assert shares == sorted(shares)
    assert len({each for each in shares if 0 < each < 1}) > 5
    said = {each["status"] for each in told}
    assert "lecture et vérification du catalogue" in said
    assert "die Seiten werden geschrieben" in said
    assert any(each.startswith("die Daten der Orte werden geschrieben: ") for each in said)


def test_without_an_address_nothing_is_published(options: PublishOptions, desk: Desk) -> None:
    assert desk.publishing is not None
    desk.publishing.has_address = False
    client = signed_in(desk)
    page = client.get("/publish").text
    assert "carreau desk --base-url" in page
    assert client.post("/publish/draft", data={"csrf": csrf_of(page)}).status_code == 409
    assert desk.publishing.jobs.last is None


def test_a_desk_that_only_edits_publishes_nothing(tmp_path: Path) -> None:
    client = signed_in(desk_over(written(tmp_path / "assets")))
    assert [client.get(path).status_code for path in ("/publish", "/jobs/now", "/fr/")] == [404, 404, 404]
