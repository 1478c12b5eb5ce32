"""A release that is open for reading: its files, its look-ups, and what it leaves open."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import hashlib
import json
import os
from pathlib import Path
from typing import BinaryIO

import brotli
import pytest

from carreau_server import app_state
from carreau_server import app_state as releases_module
from carreau_server import bundle as bundle_module
from carreau_server.app import create_app
from carreau_server.app_state import Files, ReleaseManager, open_bundle, read_kept_files
from carreau_server.bundle import Bundle, StoredFile
from carreau_server.errors import CorruptBundleError
from carreau_server.settings import Settings
from tests.server import bundles
from tests.server.asking import of_app

needs_proc = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts descriptors as Linux lists them")


def descriptors() -> int:
    return len([*Path("/proc/self/fd").iterdir()])


def keep(folder: Path, name: str = "") -> None:
    """Keep the manifest of the current release, as `carreau publish` does."""
    content = (folder / "manifest.json").read_bytes()
    path = folder / "releases" / (name or json.loads(content)["release"]) / "manifest.json"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)


def test_a_bundle_has_the_origin_languages_and_styles_of_its_manifest(bundle: Path) -> None:
    opened = open_bundle(bundle)
    assert (opened.base_url, opened.styles) == (bundles.BASE_URL, (bundles.STYLE,))
    assert tuple(opened.responses("/v1/terms")) == bundles.LANGUAGES
    assert open_bundle(bundle, "https://other.example/").base_url == "https://other.example"


def test_a_file_is_looked_up_by_digest_and_extension(bundle: Path) -> None:
    opened, digest = open_bundle(bundle), next(bundle.glob("a/*.glb")).stem
    assert opened.file(digest, "glb")
    assert opened.file(digest, "usdz") is None


def test_what_only_answers_a_path_is_a_file_too(tmp_path: Path) -> None:
    making = bundles.Making(tmp_path)
    made = making.answer("/x", "", b"only an answer", "txt", "text/plain")
    del making.files[made.sha256, "txt"]
    making.finish()
    assert made.sha256 in {file.sha256 for file in open_bundle(tmp_path).files()}


def test_a_start_hashes_the_database_and_compares_the_sizes_of_all_else(tmp_path: Path) -> None:
    bundles.build(tmp_path)
    model = max(tmp_path.glob("a/*.glb"), key=lambda path: path.stat().st_size)
    model.write_bytes(model.read_bytes()[:-1] + b"x")
    assert open_bundle(tmp_path).head.sites == 2
    (database,) = tmp_path.glob("a/*.sqlite")
    content = database.read_bytes()
    database.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(CorruptBundleError, match=f"{database.name} is not what its name says"):
        open_bundle(tmp_path)


def changed(path: Path) -> bytes:
    """Change one byte of a file, and nothing of its size; return its former content."""
    content = path.read_bytes()
    middle = len(content) // 2
    path.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
    return content


@pytest.mark.parametrize("coding", ["", "br", "gzip"])
def test_a_page_with_one_changed_byte_is_not_sent(tmp_path: Path, coding: str) -> None:
    bundles.build(tmp_path)
    app = create_app(Settings(tmp_path, cache_bytes=0))
    ask, bundle = of_app(app), app.state.app_state.releases.bundle
    path = tmp_path / "a" / bundle.responses("/fr/sites/fosse-mathilde")["fr"].name(coding)
    target = "/fr/sites/fosse-mathilde"
    content = changed(path)
    reply = ask(target, accept_encoding=coding)
    assert (reply.status, reply.json()["code"], reply.headers["cache-control"]) == (503, "bundle-corrupt", "no-store")
    path.write_bytes(content)
    good = ask(target, accept_encoding=coding)
    assert (good.status, good.body) == (200, content)
    changed(path)  # after it was read
    assert ask(target, accept_encoding=coding).status == 503
    path.write_bytes(content)
    assert ask(target, accept_encoding=coding).body == content


@pytest.mark.parametrize("part", ["", "bytes=0-9", "bytes=0-1,5-6"])
def test_a_model_with_one_changed_byte_is_not_sent(tmp_path: Path, part: str) -> None:
    bundles.build(tmp_path)
    ask = of_app(create_app(Settings(tmp_path)))
    model = max(tmp_path.glob("a/*.glb"), key=lambda path: path.stat().st_size)
    asked = {"range": part} if part else {}
    content = changed(model)
    for _ in range(2):
        reply = ask(f"/a/{model.name}", **asked)
        assert (reply.status, reply.json()["code"]) == (503, "bundle-corrupt")
    model.write_bytes(content)
    assert ask(f"/a/{model.name}", **asked).status == (206 if part else 200)
    changed(model)
    assert ask(f"/a/{model.name}", **asked).status == 503


def test_a_file_is_hashed_once_a_release(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed = list[str]()
    plain = bundle_module.digest_stream

    def digest_of(stream: BinaryIO, coding: str = "") -> str:
        hashed.append(coding)
        return plain(stream, coding)

    monkeypatch.setattr(bundle_module, "digest_stream", digest_of)
    opened = open_bundle(bundle)
    file = opened.responses("/fr/sites/fosse-mathilde")["fr"]
    for _ in range(3):
        assert opened.read(file, "br") == opened.read(file, "br")
        opened.read(file)
    assert hashed == ["br", ""]
    monkeypatch.setattr(bundle_module, "_MAX_CHECKED", 1)
    opened.read(file, "gzip")
    opened.read(file, "br")
    assert hashed == ["br", "", "gzip", "br"]


def test_manifest_and_database_are_of_one_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundles.build(tmp_path)
    path = tmp_path / "manifest.json"
    path.write_text(path.read_text().replace('"fr","en"', '"en","fr"'))
    with pytest.raises(CorruptBundleError, match="different languages"):
        open_bundle(tmp_path)
    monkeypatch.setattr(bundles, "SCHEMA_VERSION", 1)
    bundles.build(tmp_path)
    with pytest.raises(CorruptBundleError, match="database has schema version 1"):
        open_bundle(tmp_path)
    monkeypatch.setattr(app_state, "_MAX_MANIFEST_BYTES", 99)
    with pytest.raises(CorruptBundleError, match="over 99 bytes"):
        open_bundle(tmp_path)


def with_database(folder: Path, content: bytes) -> None:
    """Let the manifest name another database."""
    head = json.loads((folder / "manifest.json").read_bytes())
    digest = hashlib.sha256(content).hexdigest()
    (folder / "a" / f"{digest}.sqlite").write_bytes(content)
    (folder / "manifest.json").write_text(json.dumps({**head, "database": digest}))


def test_a_database_that_cannot_be_read_is_refused_with_the_reason(tmp_path: Path) -> None:
    bundles.build(tmp_path)
    (path,) = tmp_path.glob("a/*.sqlite")
    content = path.read_bytes()
    with_database(tmp_path, b"nonsense " * 999)
    with pytest.raises(CorruptBundleError, match="cannot be read: file is not a database"):
        open_bundle(tmp_path)
    with_database(tmp_path, content.replace(b'["fr", "en"', b'["fr", "en '))
    with pytest.raises(CorruptBundleError, match="cannot be read: Expecting"):
        open_bundle(tmp_path)


PLAIN = b"a page " * 99


@pytest.mark.parametrize(
    ("coding", "content"),
    [
        ("br", b"\xff" * 9),
        ("br", (compressor := brotli.Compressor()).process(PLAIN) + compressor.flush()),
        ("gzip", b"\xff" * 9),
        ("gzip", gzip.compress(PLAIN)[:10] + b"\xff" * 9),
        ("gzip", gzip.compress(PLAIN)[:-8]),
    ],
    ids=["no Brotli", "Brotli without its end", "no gzip", "damaged gzip", "gzip without its end"],
)
def test_a_copy_that_does_not_unpack_to_its_file_is_refused(tmp_path: Path, coding: str, content: bytes) -> None:
    digest = hashlib.sha256(PLAIN).hexdigest()
    (tmp_path / "copy").write_bytes(content)
    with pytest.raises(CorruptBundleError, match="not what its name says"):
        app_state._check_digest(tmp_path / "copy", digest, coding)


def test_codings_are_those_of_the_copies_and_an_empty_copy_is_one() -> None:
    file = StoredFile("0" * 64, "txt", "text/plain", 10, 0, 5)
    assert file.codings == ("br", "gzip")
    assert [file.size(coding) for coding in ("", "br", "gzip")] == [10, 0, 5]
    assert StoredFile("0" * 64, "txt", "text/plain", 10, None, 0).codings == ("gzip",)


def test_a_connection_is_lent_again(bundle: Path) -> None:
    opened = open_bundle(bundle)
    with opened.connection() as first:
        pass
    with opened.connection() as second, opened.connection() as third:
        assert (second is first, third is first) == (True, False)


def test_a_link_in_the_place_of_a_file_is_not_followed(tmp_path: Path) -> None:
    bundles.build(tmp_path)
    opened = open_bundle(tmp_path)
    (file,) = opened.responses("/v1/catalogue.csv").values()
    path = tmp_path / file.url[1:]
    path.rename(tmp_path / "aside")
    path.symlink_to(tmp_path / "aside")
    with pytest.raises(CorruptBundleError, match=path.name):
        opened.read(file)


def test_a_former_document_is_what_its_name_says(tmp_path: Path) -> None:
    bundles.build(tmp_path)
    opened = open_bundle(tmp_path)
    making = bundles.Making(tmp_path)
    digest = making.former(b'{"files": []}')
    making.db.close()
    assert opened.former_document(digest) == {"files": []}
    (tmp_path / "a" / f"{digest}.json").write_bytes(b'{"files": {}}')
    with pytest.raises(CorruptBundleError, match=digest):
        opened.former_document(digest)


@needs_proc
def test_nothing_stays_open_behind_a_bundle_and_what_it_refuses(tmp_path: Path) -> None:
    bundles.build(tmp_path)
    before = descriptors()
    opened = open_bundle(tmp_path)
    with opened.connection(), opened.connection():
        pass
    (file,) = opened.responses("/v1/catalogue.csv").values()
    (tmp_path / file.url[1:]).write_bytes(b"")
    within = descriptors()
    with pytest.raises(CorruptBundleError, match="another size"):
        opened.open(file)
    assert descriptors() == within
    head = opened.head.model_copy(update={"database": "0" * 64})
    del opened
    assert descriptors() == before
    with pytest.raises(Exception, match="unable to open"):
        Bundle(tmp_path, head)
    assert descriptors() == before


def test_files_of_every_kept_release_are_there_whatever_is_damaged(tmp_path: Path) -> None:
    first = bundles.Making(tmp_path, [])
    only_a_file = first.file(b"the first alone", "txt", "text/plain")
    first.finish()
    keep(tmp_path)
    bundles.build(tmp_path, note="the second")
    page = open_bundle(tmp_path).responses("/fr/")["fr"]
    keep(tmp_path)
    bundles.build(tmp_path, note="the third")
    for number, damage in enumerate(("{", "[]", "{}", '{"database": "none"}')):
        path = tmp_path / "releases" / f"0000{number}" / "manifest.json"
        path.parent.mkdir()
        path.write_text(damage)
    (tmp_path / "releases" / "0000a" / "manifest.json").mkdir(parents=True)
    files = read_kept_files(tmp_path)
    assert {(only_a_file.sha256, "txt"), (page.sha256, "html")} <= set(files)


def test_files_of_the_release_that_was_replaced_stay_reachable(tmp_path: Path) -> None:
    bundles.build(tmp_path, note="the first")
    app = create_app(Settings(tmp_path))
    ask, releases = of_app(app), app.state.app_state.releases
    path = releases.bundle.responses("/fr/")["fr"].url
    assert ask(f"/a/{'0' * 64}.html").status == 404  # looks through kept releases, of which there are none
    keep(tmp_path)
    bundles.build(tmp_path, note="the second")
    asyncio.run(releases.check())
    assert ask(path).status == 200


def test_kept_releases_are_read_once(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    releases, calls = ReleaseManager(Settings(bundle)), list[Path]()

    def read_and_count(folder: Path) -> Files:
        calls.append(folder)
        return {}

    monkeypatch.setattr(releases_module, "read_kept_files", read_and_count)
    for _ in range(2):
        assert asyncio.run(releases.kept_file("0" * 64, "txt")) is None
    assert calls == [bundle]


def test_a_bundle_is_opened_when_its_manifest_changes_and_a_refused_one_now_and_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bundles.build(tmp_path)
    releases, opened = ReleaseManager(Settings(tmp_path)), []

    def open_and_count(*arguments: object) -> Bundle:
        opened.append(arguments)
        raise CorruptBundleError("damaged")

    async def check(times: int) -> int:
        opened.clear()
        for _ in range(times):
            await releases.check()
        return len(opened)

    monkeypatch.setattr(releases_module, "open_bundle", open_and_count)
    assert asyncio.run(check(32)) == 0
    (tmp_path / "manifest.json").touch()
    assert asyncio.run(check(28)) == 1 + 2
    assert (releases.refused, releases.refusals, caplog.text.count("damaged")) == ("damaged", 1, 1)


@pytest.mark.parametrize("field", ["st_ino", "st_mtime_ns", "st_size"])
def test_a_manifest_that_differs_in_anything_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, field: str
) -> None:
    bundles.build(tmp_path)
    path, releases, opened = tmp_path / "manifest.json", ReleaseManager(Settings(tmp_path)), list[object]()

    def open_and_count(*arguments: object) -> Bundle:
        opened.append(arguments)
        return releases.bundle

    monkeypatch.setattr(releases_module, "open_bundle", open_and_count)
    status, content = path.stat(), path.read_bytes()
    if field == "st_ino":
        (tmp_path / "copy").write_bytes(content)
        (tmp_path / "copy").replace(path)
    elif field == "st_size":
        path.write_bytes(content + b"\n")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + (field == "st_mtime_ns")))
    asyncio.run(releases.check())
    assert (len(opened), releases.swaps) == (1, 0)


def test_the_check_goes_on_after_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bundles.build(tmp_path)
    releases = ReleaseManager(Settings(tmp_path, check_s=0))
    calls: list[int] = []

    async def check() -> None:
        calls.append(1)
        if len(calls) == 3:
            raise asyncio.CancelledError
        raise ValueError("unforeseen")

    monkeypatch.setattr(releases, "check", check)
    with contextlib.suppress(asyncio.CancelledError):
        asyncio.run(releases.watch())
    assert (len(calls), caplog.text.count("ValueError: unforeseen")) == (3, 2)
