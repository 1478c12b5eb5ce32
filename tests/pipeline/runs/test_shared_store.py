"""Values at a URL are found by whoever has nothing yet, and are whole."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from carreau.base.errors import OptionError, StorageError
from carreau.runs.cache import Cache, open_cache, url_root
from carreau.runs.shared_store import SharedStore
from carreau.runs.store import Record

RECORD = Record("bake", "bake phone", 2.0, 1000, 500, grown_bytes=70)


@pytest.fixture(params=["memory", "file"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "memory":
        return f"memory://{secrets.token_hex(4)}/cache"
    return (tmp_path / "far").as_uri()


def written(root: Path, url: str) -> SharedStore:
    store = SharedStore(root, url)
    store.write("bake", "k", np.arange(1000), RECORD, "code", None)
    return store


def test_what_one_machine_keeps_another_finds(tmp_path: Path, url: str) -> None:
    written(tmp_path / "one", url)
    other = SharedStore(tmp_path / "two", url)
    assert other.has("bake", "k")
    assert other.record("bake", "k") == Record("bake", "bake phone", 2.0, 1000, 500, True, 70)
    assert list((tmp_path / "two").rglob("*")) == []  # neither question fetched it
    assert other.size_bytes("bake", "k") > 8000
    cached = other.read("bake", "k", None)
    assert cached is not None
    assert np.array_equal(cached[0], np.arange(1000))
    one, two = ((tmp_path / name / "entries" / "bake" / "k").read_bytes() for name in ("one", "two"))
    assert one == two
    assert list((tmp_path / "two" / "partial").iterdir()) == []


def test_what_nobody_kept_is_not_there(tmp_path: Path, url: str) -> None:
    store = SharedStore(tmp_path, url)
    assert not store.has("bake", "k")
    assert store.read("bake", "k", None) is None
    assert store.record("bake", "k") is None
    assert store.size_bytes("bake", "k") == 0


def test_what_went_bad_here_is_fetched_again(tmp_path: Path, url: str) -> None:
    written(tmp_path / "one", url)
    path = tmp_path / "one" / "entries" / "bake" / "k"
    path.write_bytes(path.read_bytes()[:-64] + bytes(64))
    cached = SharedStore(tmp_path / "one", url).read("bake", "k", None)
    assert cached is not None
    assert cached[0][-1] == 999


def test_what_is_broken_at_the_url_is_not_taken(tmp_path: Path) -> None:
    written(tmp_path / "one", (tmp_path / "far").as_uri())
    path = tmp_path / "far" / "entries" / "bake" / "k"
    path.write_bytes(path.read_bytes()[:-64])
    other = SharedStore(tmp_path / "two", (tmp_path / "far").as_uri())
    assert other.read("bake", "k", None) is None


def test_what_somebody_pruned_at_the_url_is_put_there_again(tmp_path: Path) -> None:
    store = written(tmp_path / "one", (tmp_path / "far").as_uri())
    path = tmp_path / "far" / "entries" / "bake" / "k"
    path.unlink()
    store.publish("bake", "k")
    assert path.is_file()
    assert list((tmp_path / "far" / "partial").iterdir()) == []


def test_only_what_is_here_and_missing_there_is_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, uploads = written(tmp_path / "one", (tmp_path / "far").as_uri()), list[str]()
    monkeypatch.setattr(store._system, "put_file", lambda here, there: uploads.append(there))
    store.publish("bake", "k")
    store.publish("bake", "never written")
    assert uploads == []


def test_what_could_not_be_fetched_leaves_no_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path / "one", (tmp_path / "far").as_uri())
    store = SharedStore(tmp_path / "two", (tmp_path / "far").as_uri())

    def cut_short(_: str, to: str) -> None:
        Path(to).write_bytes(b"half")
        raise ConnectionError("the connection was lost")

    monkeypatch.setattr(store._system, "get_file", cut_short)
    with pytest.raises(StorageError, match="the connection was lost"):
        store.read("bake", "k", None)
    assert [path for path in (tmp_path / "two").rglob("*") if path.is_file()] == []


def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "far").write_text("a file where a folder should be")
    with pytest.raises(StorageError, match="cannot be used"):
        written(tmp_path / "one", (tmp_path / "far").as_uri())


def test_a_missing_library_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def missing(*_: Any, **__: Any) -> None:
        raise ImportError("Install s3fs to access S3")

    monkeypatch.setattr("carreau.runs.shared_store.fsspec.core.url_to_fs", missing)
    with pytest.raises(OptionError, match=r'pip install "carreau\[cluster\]"$'):
        open_cache("s3://bucket/cache")
    with pytest.raises(OptionError, match="gs:// is not installed"):
        open_cache("gs://bucket/cache")


def test_an_unknown_protocol_is_said() -> None:
    with pytest.raises(OptionError, match="nosuch"):
        open_cache("nosuch://bucket/cache")


def test_the_place_of_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert open_cache(str(tmp_path / "mine")).root == tmp_path / "mine"
    monkeypatch.setenv("CARREAU_CACHE", "memory://somewhere/")
    cache = open_cache()
    assert cache.root == url_root("memory://somewhere")
    assert cache.root.is_relative_to(tmp_path / "xdg" / "carreau")
    assert cache.store.url == "memory://somewhere"
    assert type(Cache(tmp_path).store).url == ""
