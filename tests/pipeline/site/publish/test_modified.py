"""Every site and route says when what is published about it last changed, and nothing else changes that."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from carreau.base.errors import OptionError
from carreau.base.translator import Translator
from carreau.command.cli import main
from carreau.site.publish.publication import FOLDER, publication_time
from carreau.site.releases import read_current, roll_back, served_release
from tests.pipeline.site.publish.editions import edition, replace

RENARD, MATHILDE, ROUTE = "sites/terril-renard", "sites/fosse-mathilde", "routes/essai"
NAME = ('name = "Terril Renard (n° 162)"', 'name = "Terril du Renard"')
FIRST, SECOND, THIRD = (f"2026-11-2{day}T08:00:00Z" for day in (4, 5, 6))
_SECONDS = {FIRST: "1795507200", SECOND: "1795593600", THIRD: "1795680000"}


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("edition")
    edition(folder)
    with pytest.MonkeyPatch.context() as patch:
        publish(folder, FIRST, patch)
    return folder


@pytest.fixture
def folder(first: Path, tmp_path: Path) -> Path:
    shutil.copytree(first, tmp_path / "edition")
    return tmp_path / "edition"


def publish(folder: Path, time: str, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("SOURCE_DATE_EPOCH", _SECONDS[time])
    assert main(words(folder)) == 0


def words(folder: Path) -> list[str]:
    places = ["--bundle", str(folder / "bundle"), "--models", str(folder / "models"), "--cache", str(folder / "cache")]
    return ["publish", "--assets", str(folder / "assets"), *places, "--base-url", "https://carreau.example", "--quiet"]


def answers(folder: Path) -> dict[tuple[str, str], str]:
    manifest = read_current(folder / "bundle")
    assert manifest is not None
    return {(each.path, each.lang): each.sha256 for each in manifest.answers}


def document(folder: Path, path: str, language: str = "fr", ext: str = "json") -> dict[str, object]:
    digest = answers(folder)[path, language]
    found: dict[str, object] = json.loads((folder / f"bundle/a/{digest}.{ext}").read_bytes())
    return found


def modified(folder: Path) -> dict[str, str]:
    """Return the times in the documents, after comparing them with the lists and the database."""
    release = served_release(folder / "bundle")
    assert release is not None
    found = dict[str, str]()
    for kind, table in (("sites", "site"), ("routes", "route")):
        with closing(sqlite3.connect(folder / f"bundle/a/{release.database}.sqlite")) as database:
            rows = dict(database.execute(f"SELECT slug, modified FROM {table}").fetchall())  # noqa: S608 - ours
        for language in ("fr", "pl"):
            cards = document(folder, f"/v1/{kind}", language)[kind]
            assert isinstance(cards, list)
            assert {card["slug"]: card["modified"] for card in cards} == rows
            assert {slug: document(folder, f"/v1/{kind}/{slug}", language)["modified"] for slug in rows} == rows
        found |= {f"{kind}/{slug}": time for slug, time in rows.items()}
    return found


def test_what_did_not_change_keeps_its_time_and_its_bytes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(modified(folder).values()) == {FIRST}
    before = answers(folder)
    replace(folder / "assets" / RENARD / "site.toml", *NAME)
    publish(folder, SECOND, monkeypatch)
    times = modified(folder)
    assert {entry for entry, time in times.items() if time == SECOND} == {RENARD, ROUTE}, "the route stops there"
    assert times[MATHILDE] == FIRST
    changed = {path for (path, language), digest in answers(folder).items() if before.get((path, language)) != digest}
    assert not [path for path in changed if path.startswith("/v1/sites/fosse")]
    graph = document(folder, "/v1/sites/terril-renard.jsonld", "", "jsonld")["@graph"]
    assert isinstance(graph, list)
    assert [page["dateModified"] for page in graph if page.get("dateModified")] == [SECOND]


def test_a_translation_counts_for_the_entry_in_every_language(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace(folder / "locales/en/LC_MESSAGES/content.po", 'msgstr "Mathilde pit"', 'msgstr "Mathilde mine"')
    publish(folder, SECOND, monkeypatch)
    assert document(folder, "/v1/sites/fosse-mathilde", "pl")["modified"] == SECOND
    assert modified(folder)[RENARD] == FIRST


def test_forgetting_what_was_prepared_changes_no_time(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.rmtree(folder / "bundle" / FOLDER)
    (folder / "bundle" / ".inputs.json").unlink()
    before = answers(folder)
    publish(folder, SECOND, monkeypatch)
    assert answers(folder) == before


def test_a_comment_in_a_file_changes_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder / "assets" / RENARD / "site.toml"
    path.write_text(f"# checked again\n{path.read_text(encoding='utf-8')}", encoding="utf-8")
    publish(folder, SECOND, monkeypatch)
    assert set(modified(folder).values()) == {FIRST}


def test_what_comes_again_after_a_rollback_is_new(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace(folder / "assets" / RENARD / "site.toml", *NAME)
    publish(folder, SECOND, monkeypatch)
    roll_back(folder / "bundle")
    assert set(modified(folder).values()) == {FIRST}
    publish(folder, THIRD, monkeypatch)
    assert (modified(folder)[RENARD], modified(folder)[MATHILDE]) == (THIRD, FIRST)


def test_after_a_release_that_has_no_times_everything_is_new(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = folder / "bundle"
    release = served_release(bundle)
    assert release is not None
    with closing(sqlite3.connect(bundle / f"a/{release.database}.sqlite")) as database:
        for table in ("site", "route"):
            database.execute(f"ALTER TABLE {table} DROP COLUMN modified")
        database.commit()
    older = (bundle / "manifest.json").read_text().replace('"schema_version": 2', '"schema_version": 1')
    name = hashlib.sha256(older.replace(release.release, "").encode()).hexdigest()[:16]
    shutil.move(bundle / "releases" / release.release, bundle / "releases" / name)
    (bundle / "releases" / "order.txt").write_text(f"{name}\n")
    for path in (bundle / "manifest.json", bundle / "releases" / name / "manifest.json"):
        path.write_text(older.replace(release.release, name))
    publish(folder, SECOND, monkeypatch)
    assert set(modified(folder).values()) == {SECOND}
    assert (bundle / "releases" / name).is_dir(), "pages of it that are open still find their files"


def test_the_clock_is_taken_in_utc(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    replace(folder / "assets" / RENARD / "site.toml", *NAME)
    assert main(words(folder)) == 0
    assert modified(folder)[RENARD] != FIRST


@pytest.mark.parametrize("value", ["yesterday", "-1", "1.5", "²", "9" * 30])
def test_a_clock_that_is_no_number_publishes_nothing(
    value: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = answers(folder)
    replace(folder / "assets" / RENARD / "site.toml", *NAME)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", value)
    assert main(words(folder)) == 2
    assert f"SOURCE_DATE_EPOCH={value} is not a whole number of seconds since 1970" in capsys.readouterr().err
    assert answers(folder) == before


@pytest.mark.parametrize("language", ["fr", "nl", "de", "pl"])
def test_the_refusal_is_told_in_every_language(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "soon")
    with pytest.raises(OptionError) as raised:
        publication_time()
    line = Translator(language).message(raised.value.message)
    assert line.startswith("SOURCE_DATE_EPOCH=soon")
    assert "is not a whole number" not in line
