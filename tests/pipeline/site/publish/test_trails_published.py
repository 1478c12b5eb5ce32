"""A trail is published with its documents, pages, list, search entry and time of change, in every language."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image

from carreau.base.languages import LANGUAGES, path_words
from carreau.base.schema.bundle import Manifest
from carreau.base.schema.itineraries import Trail
from carreau.base.schema.lists import TrailList
from carreau.catalogue.catalogue import read_catalogue
from carreau.catalogue.i18n.source_texts import extract
from carreau.command.cli import main
from carreau.site.publish.difference import EntryChange, Value, difference
from carreau.site.releases import ReleaseAnswers, read_current
from tests.conftest import PROJECT
from tests.pipeline.site.publish.editions import edition, replace

SLUG = "bataille-de-denain"
DAYS = {"2026-11-24T08:00:00Z": "1795507200", "2026-11-25T08:00:00Z": "1795593600"}
FIRST, SECOND = DAYS


def publish(folder: Path, time: str) -> Manifest:
    options = [f"--{name}={folder / name}" for name in ("bundle", "models", "cache")]
    options += ["--base-url", "https://carreau.example", "--quiet"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", DAYS[time])
        assert main(["publish", "--assets", str(folder / "assets"), *options]) == 0
    release = read_current(folder / "bundle")
    assert release is not None
    return release


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("edition")
    assets = edition(folder, ("terril-renard", "ancienne-abbaye-de-saint-amand"))
    shutil.copytree(PROJECT / "assets" / "trails", assets / "trails")
    for path in (PROJECT / "locales").glob("*/LC_MESSAGES/content.po"):
        shutil.copy(path, folder / path.relative_to(PROJECT))
    extract(read_catalogue(assets), folder / "locales")
    return folder


def content(folder: Path, release: Manifest, path: str, language: str, ext: str = "json") -> bytes:
    digests = {(each.path, each.lang): each.sha256 for each in release.answers}
    return (folder / f"bundle/a/{digests[path, language]}.{ext}").read_bytes()


def test_a_trail_is_published_and_only_its_own_change_dates_it(folder: Path) -> None:
    release = publish(folder, FIRST)
    assert (release.sites, release.routes, release.trails) == (2, 0, 3)
    paths = {(each.path, each.lang) for each in release.answers}
    for language, word in path_words("trails").items():
        trail = Trail.model_validate_json(content(folder, release, f"/v1/trails/{SLUG}", language))
        assert (len(trail.chapters), trail.modified, trail.chapters[0].title.lang) == (12, FIRST, language)
        cards = TrailList.model_validate_json(content(folder, release, "/v1/trails", language)).trails
        card = {each.slug: each for each in cards}[SLUG]
        assert card.page == f"/{language}/{word}/{SLUG}"
        assert {(card.page, language), (f"{card.page}/{path_words('sheets')[language]}", language)} <= paths
    assert (f"/id/trails/{SLUG}", LANGUAGES[0]) in paths
    with closing(sqlite3.connect(folder / f"bundle/a/{release.database}.sqlite")) as database:
        query = (
            "SELECT lang, page FROM entry JOIN words ON words.rowid = entry.id WHERE kind = 'trail' AND words MATCH ?"
        )
        assert dict(database.execute(query, ("Coigny",))) == {
            language: f"/{language}/{word}/{SLUG}" for language, word in path_words("trails").items()
        }

    replace(folder / "assets" / "trails" / SLUG / "trail.toml", "Moins d’une heure.", "Bien moins d’une heure.")
    plan = folder / "assets" / "trails" / SLUG / "plan.webp"
    Image.new("RGB", (8, 8)).save(plan)
    record = {"bounds": [3.3, 50.2, 3.5, 50.4], "source": "S", "licence": "CC0-1.0", "credit": "Nobody", "rms_m": 12}
    plan.with_suffix(".json").write_text(json.dumps(record), encoding="utf-8")
    replace(plan.parent / "denain-1712.scene.toml", 'clock = "solar"', 'clock = "solar"\nground = "plan.webp"')
    show = folder / "assets" / "trails" / "jules-mousseron" / "mots.show.toml"
    replace(show, "mineur et poète, 1868–1943", "mineur, puis poète")
    later = publish(folder, SECOND)
    assert Trail.model_validate_json(content(folder, later, f"/v1/trails/{SLUG}", "fr")).modified == SECOND
    before, after = (ReleaseAnswers(folder / "bundle", each) for each in (release, later))
    told = difference(before, after)
    told_trail, played, moving = told.entries
    assert (told_trail.kind, told_trail.slug, told_trail.what) == ("trails", SLUG, "changed")
    changes = {change.key[0]: change.after for change in told_trail.changes}
    assert set(changes) == {"chapters"}
    assert changes["chapters"] is not None
    assert "Bien moins" in changes["chapters"].text
    assert (played.kind, played.slug, played.name) == ("shows", "jules-mousseron", "Les mots de Jules Mousseron")
    (change,) = played.changes
    assert (change.key, change.after) == (("scenes", "le-nom", "text"), Value("Jules Mousseron\n\nmineur, puis poète"))
    assert played.languages == LANGUAGES[1:], "their translations are stale now"
    assert (moving.kind, moving.slug, moving.what) == ("maps", "denain-1712", "changed")
    assert {change.key[0] for change in moving.changes} == {"ground"}
    assert difference(None, before).entries[-1] == EntryChange("maps", moving.slug, moving.name, "added")
    assert {each.what for each in difference(after, before).entries} == {"changed"}
    site = json.loads(content(folder, later, "/v1/sites/terril-renard", "fr"))
    assert site["modified"] == FIRST
    (scene,) = Trail.model_validate_json(content(folder, later, f"/v1/trails/{SLUG}", "en")).maps
    assert scene.ground is not None
    assert (folder / "bundle" / scene.ground.url.strip("/")).read_bytes() == plan.read_bytes()
    page = content(folder, later, scene.pages["en"], "en", "html").decode()
    assert scene.ground.url in page
    assert "Ground: S; Nobody; CC0-1.0. Its control points fit to 12" in page.replace("\N{NO-BREAK SPACE}", " ")
    assert json.loads(content(folder, later, f"/v1/trails/{SLUG}.mf.json", ""))["type"] == "FeatureCollection"
