"""What was said before is said again, as long as nothing that it depends on changed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest

from carreau.base.languages import LANGUAGES
from carreau.base.schema.bundle import Manifest
from carreau.command.cli import main
from carreau.site.content_store import ContentStore
from carreau.site.pages.pages import make_pages
from carreau.site.pages.site_content import Page, SiteContent, part_name
from carreau.site.publish import responses
from carreau.site.publish.bundle_answers import Answers
from carreau.site.publish.publication import FOLDER, BuildCache
from carreau.site.releases import read_current
from carreau.site.verify import verify
from tests.pipeline.site.publish.editions import edition, replace

RENARD = "assets/sites/terril-renard/site.toml"


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("edition")
    edition(folder)
    assert publish(folder) == 0
    return folder


@pytest.fixture
def folder(first: Path, tmp_path: Path) -> Path:
    shutil.copytree(first, tmp_path / "edition")
    return tmp_path / "edition"


def publish(folder: Path) -> int:
    places = ["--bundle", str(folder / "bundle"), "--models", str(folder / "models"), "--cache", str(folder / "cache")]
    return main(
        ["publish", "--assets", str(folder / "assets"), *places, "--base-url", "https://carreau.example", "--quiet"]
    )


def manifest_of(folder: Path) -> Manifest:
    found = read_current(folder / "bundle")
    assert found is not None
    return found


def told(folder: Path) -> tuple[object, ...]:
    manifest = manifest_of(folder)
    return manifest.answers, [file for file in manifest.files if file.ext != "sqlite"], manifest.sources


def test_publishing_again_gives_what_publishing_afresh_gives(folder: Path) -> None:
    for old, new in (
        ('name = "Terril Renard (n° 162)"', 'name = "Terril du Renard"'),
        ("keywords = [", 'keywords = ["x", '),
    ):
        replace(folder / RENARD, old, new)
        assert publish(folder) == 0
    again = told(folder)
    shutil.rmtree(folder / "bundle")
    assert publish(folder) == 0
    assert told(folder) == again


def test_the_list_as_geojson_has_one_feature_a_site_and_links_that_are_answered(first: Path) -> None:
    manifest = manifest_of(first)
    files = {(each.path, each.lang): each.sha256 for each in manifest.answers}
    listed = [each["slug"] for each in json.loads(read(first, files["/v1/sites", "nl"], "json"))["sites"]]
    data = json.loads(read(first, files["/v1/sites.geojson", "nl"], "geojson"))
    assert [each["id"] for each in data["features"]] == listed
    assert (data["numberMatched"], data["numberReturned"]) == (3, 3)
    links = {(each["rel"], each["type"], each["hreflang"]): each["href"] for each in data["links"]}
    own = links.pop(("self", "application/geo+json", "nl")).removeprefix(manifest.base_url)
    assert files[own, "nl"] == files["/v1/sites.geojson", "nl"]
    assert len(links) == 6
    for (_, _, language), address in links.items():
        assert (address.removeprefix(manifest.base_url), language) in files


def read(folder: Path, sha256: str, ext: str) -> bytes:
    return (folder / f"bundle/a/{sha256}.{ext}").read_bytes()


LABEL = ('label = "ouverture"', 'label = "mise en service"')
SUMMARY = ('summary = """\n', 'summary = """\nAujourd’hui. ')
STOP = ('text = "Ici."', 'text = "Ici, au pied du terril."')


def test_every_kind_of_text_changed_gives_what_publishing_afresh_gives(folder: Path) -> None:
    edits: dict[str, tuple[str, tuple[str, str]]] = {
        "a label": ("assets/sites/fosse-mathilde/site.toml", LABEL),
        "a summary in French": ("assets/sites/fosse-mathilde/site.toml", SUMMARY),
        "the text of a stop": ("assets/routes/essai.toml", STOP),
        "a translation": ("locales/en/LC_MESSAGES/content.po", ('msgstr "Mathilde pit"', 'msgstr "Mathilde mine"')),
    }
    for number, (what, (name, words)) in enumerate(edits.items()):
        before = manifest_of(folder).answers
        replace(folder / name, *words)
        assert publish(folder) == 0
        again = told(folder)
        assert manifest_of(folder).answers != before, what
        (folder / "bundle").rename(folder / f"bundle-{number}")
        assert publish(folder) == 0
        assert told(folder) == again, what


def test_only_pages_that_show_a_text_are_written_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert publish(folder) == 0
    written = set[str]()

    def noted(edition: SiteContent, without: Collection[str] = ()) -> Iterator[Page]:
        for page in make_pages(edition, without):
            written.add(page.part)
            yield page

    monkeypatch.setattr(responses, "make_pages", noted)
    replace(folder / "assets/sites/fosse-mathilde/site.toml", *LABEL)
    assert publish(folder) == 0
    own = {part_name("site", "fosse-mathilde", language) for language in LANGUAGES}
    assert own <= written
    assert part_name("site", "terril-renard", "fr") not in written
    written.clear()
    replace(folder / "locales/en/LC_MESSAGES/content.po", 'msgstr "Mathilde pit"', 'msgstr "Mathilde mine"')
    assert publish(folder) == 0
    assert {part_name("site", "fosse-mathilde", language) for language in ("fr", "en")} <= written
    assert {part.rpartition(".")[2] for part in written if part.startswith("pages.site.terril-renard")} <= {"fr", "en"}


def test_a_changed_translation_and_a_changed_outline_are_told(folder: Path) -> None:
    assert publish(folder) == 0
    before = {(each.path, each.lang): each.sha256 for each in manifest_of(folder).answers}
    po = folder / "locales/en/LC_MESSAGES/content.po"
    text = po.read_text(encoding="utf-8")
    place = text.index('msgctxt "site.terril-renard.name"')
    end = text.index('"\n\n', text.index("msgstr ", place))
    po.write_text(f"{text[:end]} anew{text[end:]}", encoding="utf-8")
    assert publish(folder) == 0
    after = {(each.path, each.lang): each.sha256 for each in manifest_of(folder).answers}
    assert after["/v1/sites/terril-renard", "en"] != before["/v1/sites/terril-renard", "en"]
    assert after["/v1/sites/terril-renard", "fr"] == before["/v1/sites/terril-renard", "fr"]
    assert after["/v1/sites/fosse-mathilde", "en"] == before["/v1/sites/fosse-mathilde", "en"]
    outline = folder / "assets/sites/terril-renard/outline.geojson"
    outline.write_text(outline.read_text().replace("3.3", "3.30", 1) + "\n")
    replace(outline, "[[[3.", "[[[3.0000001")
    assert publish(folder) == 0
    last = {(each.path, each.lang): each.sha256 for each in manifest_of(folder).answers}
    assert last["/v1/sites/terril-renard.geojson", "fr"] != after["/v1/sites/terril-renard.geojson", "fr"]


def test_what_is_lost_of_it_is_said_again(folder: Path) -> None:
    assert publish(folder) == 0
    for number, path in enumerate(sorted((folder / "bundle" / FOLDER).glob("*"))):
        path.write_text("{}" if number % 2 else "no JSON")
    replace(folder / RENARD, 'name = "Terril Renard (n° 162)"', 'name = "Terril du Renard"')
    assert publish(folder) == 0
    assert verify(folder / "bundle").exit_code == 0


def test_a_lost_file_is_written_again(folder: Path) -> None:
    answers = {(each.path, each.lang): each.sha256 for each in manifest_of(folder).answers}
    lost = folder / "bundle/a" / f"{answers['/v1/sites/fosse-mathilde', 'de']}.json"
    lost.unlink()
    replace(folder / RENARD, 'name = "Terril Renard (n° 162)"', 'name = "Terril du Renard"')
    assert publish(folder) == 0
    assert lost.is_file()
    assert verify(folder / "bundle").exit_code == 0


def test_notes_of_what_is_gone_are_forgotten(tmp_path: Path) -> None:
    answers, memory = Answers(ContentStore(tmp_path)), BuildCache(tmp_path)
    for name in ("one", "other"):
        part = answers.scope()
        part.add(f"/{name}", "", b"{}", "json")
        memory.store(name, "key", part, {"more": name})
        answers.merge(part)
    later = BuildCache(tmp_path)
    assert later.load("one", "key", answers) == {"more": "one"}
    assert later.load("one", "another key", answers) is None
    later.forget_others()
    assert [path.name for path in (tmp_path / FOLDER).iterdir()] == ["one"]
