"""A bundle in an object store: the headers of every object, and what is sent a second time, against a real S3 API."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import brotli
import pytest
import s3fs
from moto.server import ThreadedMotoServer

from carreau.base.errors import OptionError, StorageError
from carreau.base.schema.bundle import Manifest
from carreau.site.sync import Item, S3Bucket, SyncResult, sync
from carreau.site.verify import verify
from tests.pipeline.site.bundle_pages import PAGE, published
from tests.pipeline.site.damages import flip

TARGET = "s3://carreau-test/site"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def store(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An empty bucket, named in the environment as somebody who publishes names it."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    s3fs.S3FileSystem.clear_instance_cache()
    system = s3fs.S3FileSystem(use_listings_cache=False)
    system.mkdir("carreau-test")
    yield system
    system.rm("carreau-test", recursive=True)
    s3fs.S3FileSystem.clear_instance_cache()


@pytest.fixture
def bundle(tmp_path: Path) -> tuple[Path, Manifest]:
    root = tmp_path / "bundle"
    return root, published(root, PAGE, PAGE * 2)


def head(store: Any, name: str) -> dict[str, str]:
    answer = store.call_s3("head_object", Bucket="carreau-test", Key=f"site/{name}")
    fields = ("ContentType", "CacheControl", "ContentEncoding", "ContentLanguage")
    return {field: answer[field] for field in fields if field in answer}


def body(store: Any, name: str) -> bytes:
    return bytes(store.cat_file(f"carreau-test/site/{name}"))


def test_objects_have_their_type_their_coding_and_their_time(store: Any, bundle: tuple[Path, Manifest]) -> None:
    root, manifest = bundle
    sync(root, TARGET)
    page = next(file for file in manifest.files if file.ext == "html")
    for_ever = {"ContentType": "text/html; charset=utf-8", "CacheControl": "public, max-age=31536000, immutable"}
    assert head(store, page.path) == for_ever
    assert head(store, f"{page.path}.br") == {**for_ever, "ContentEncoding": "br"}
    assert head(store, f"{page.path}.gz") == {**for_ever, "ContentEncoding": "gzip"}
    plain = (root / page.path).read_bytes()
    assert body(store, page.path) == plain
    assert brotli.decompress(body(store, f"{page.path}.br")) == gzip.decompress(body(store, f"{page.path}.gz")) == plain
    assert head(store, "fr/0/index.html") == {
        "ContentType": "text/html; charset=utf-8",
        "CacheControl": "public, max-age=60, stale-while-revalidate=86400",
        "ContentLanguage": "fr",
    }
    assert head(store, "manifest.json") == {"ContentType": "application/json", "CacheControl": "no-cache"}


def test_a_second_time_sends_nothing_and_a_change_sends_what_changed(store: Any, bundle: tuple[Path, Manifest]) -> None:
    root, _ = bundle
    first = sync(root, TARGET)
    assert (first.kept, first.sent) == (0, len(store.find("carreau-test/site")) - 1)
    assert sync(root, TARGET).sent == 0
    published(root, PAGE, PAGE * 3)
    assert sync(root, TARGET).sent == 5  # a page and its two copies, its address, the manifest
    assert body(store, "fr/1/index.html") == PAGE * 3
    assert sync(root, TARGET).sent == 0


@pytest.mark.parametrize("name", ["manifest.json", "fr/0/index.html"])
def test_what_somebody_else_changed_is_sent_again(store: Any, bundle: tuple[Path, Manifest], name: str) -> None:
    root, _ = bundle
    sync(root, TARGET)
    sound = body(store, name)
    store.pipe_file(f"carreau-test/site/{name}", bytes(len(sound)))
    assert sync(root, TARGET).sent == 1
    assert body(store, name) == sound


def test_a_copy_that_has_no_headers_gets_them(store: Any, bundle: tuple[Path, Manifest]) -> None:
    root, manifest = bundle
    for file in manifest.files:
        for path in file.paths:
            store.put_file(str(root / path), f"carreau-test/site/{path}")
    result: SyncResult = sync(root, TARGET)
    assert result.kept == 0
    assert all("CacheControl" in head(store, path) for file in manifest.files for path in file.paths)


def test_what_was_sent_before_the_line_broke_is_not_sent_again(
    store: Any, bundle: tuple[Path, Manifest], monkeypatch: pytest.MonkeyPatch
) -> None:
    root, _ = bundle
    send = S3Bucket.send

    def breaking(remote: S3Bucket, item: Item) -> None:
        if item.name == "manifest.json":
            raise OSError("the line broke")
        send(remote, item)

    with monkeypatch.context() as patch:
        patch.setattr(S3Bucket, "send", breaking)
        with pytest.raises(StorageError, match="the line broke; the former release is still served there"):
            sync(root, TARGET)
    assert not store.exists("carreau-test/site/manifest.json")
    assert sync(root, TARGET).sent == 1


def test_a_downloaded_copy_is_verified(store: Any, bundle: tuple[Path, Manifest], tmp_path: Path) -> None:
    root, _ = bundle
    sync(root, TARGET)
    store.get("carreau-test/site", str(tmp_path / "copy"), recursive=True)
    assert verify(tmp_path / "copy").exit_code == 0


def test_a_damaged_release_is_not_sent(store: Any, bundle: tuple[Path, Manifest]) -> None:
    root, manifest = bundle
    flip(root / manifest.files[0].path)
    with pytest.raises(OptionError, match=r"1 file of release [0-9a-f]+ is missing or corrupt"):
        sync(root, TARGET)
    assert not store.exists("carreau-test/site")


@pytest.mark.parametrize("target", ["s3://no-such-bucket/site", "s3://carreau-test/site"])
def test_a_store_that_refuses_is_named(
    store: Any, bundle: tuple[Path, Manifest], target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "no-such" not in target:
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        s3fs.S3FileSystem.clear_instance_cache()
    with pytest.raises(StorageError, match=f"--to {target}: a file could not be written"):
        sync(bundle[0], target)


def test_the_index_names_what_lies_there(store: Any, bundle: tuple[Path, Manifest]) -> None:
    root, _ = bundle
    sync(root, TARGET)
    names = {name.removeprefix("carreau-test/site/") for name in store.find("carreau-test/site")}
    assert set(json.loads(body(store, ".copy.json"))) == names - {".copy.json"}
