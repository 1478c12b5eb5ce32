"""A release that was served until a moment ago loses no file, however few are to be kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from carreau.base.schema.bundle import Manifest
from carreau.site.releases import Pruned, is_due, kept_releases, prune, roll_back
from carreau.site.verify import verify
from tests.pipeline.site.bundle_pages import PAGE, outlast, published


def is_whole(root: Path, manifest: Manifest) -> bool:
    return all((root / path).is_file() for file in manifest.files for path in file.paths)


def test_the_release_before_stays_for_the_grace_and_goes_after_it(tmp_path: Path) -> None:
    first, second = published(tmp_path, PAGE), published(tmp_path, PAGE * 2)
    assert prune(tmp_path, keep=0) == Pruned(leaving=1)
    assert is_whole(tmp_path, first)
    assert not is_due(tmp_path)
    outlast(tmp_path)
    assert not is_due(tmp_path)  # its time is another: as if it had been served again since
    assert prune(tmp_path, keep=0).gone == 1
    assert kept_releases(tmp_path) == (second.release,)
    assert verify(tmp_path).stray == ()
    assert not is_whole(tmp_path, first)


def test_every_release_of_a_quick_series_stays(tmp_path: Path) -> None:
    series = [published(tmp_path, PAGE * count) for count in (1, 2, 3)]
    assert prune(tmp_path, keep=0).leaving == 2
    assert all(is_whole(tmp_path, manifest) for manifest in series)


def test_what_was_to_go_goes_though_nobody_says_it_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    published(tmp_path, PAGE)
    last = published(tmp_path, PAGE * 2)
    prune(tmp_path, keep=0)
    monkeypatch.setattr("carreau.site.releases.GRACE_S", 0.0)
    assert is_due(tmp_path)
    assert prune(tmp_path, keep=None).gone == 1
    assert kept_releases(tmp_path) == (last.release,)
    assert not is_due(tmp_path)


def test_what_is_put_back_stays_and_what_it_replaced_has_its_grace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = published(tmp_path, PAGE), published(tmp_path, PAGE * 2)
    prune(tmp_path, keep=0)
    outlast(tmp_path)
    assert roll_back(tmp_path) == first
    assert prune(tmp_path, keep=0) == Pruned(leaving=1)
    assert is_whole(tmp_path, second)
    roll_back(tmp_path, second.release)
    monkeypatch.setattr("carreau.site.releases.GRACE_S", 0.0)
    assert prune(tmp_path, keep=None) == Pruned()  # both were served again since
    assert kept_releases(tmp_path) == (first.release, second.release)
