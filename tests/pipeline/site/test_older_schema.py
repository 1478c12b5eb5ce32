"""A bundle that an older Carreau published is published into, and its releases stay as long as any."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

from carreau.base.errors import OptionError
from carreau.command.cli import main
from carreau.site.releases import Pruned, kept_releases, older, prune, read_current, roll_back
from carreau.site.verify import verify
from tests.pipeline.site.bundle_pages import PAGE, outlast, published
from tests.pipeline.site.publish.editions import edition


def age(root: Path) -> str:
    """Make the served release one of schema 1, as it was then; return its name."""
    path = root / "manifest.json"
    manifest = json.loads(path.read_bytes())
    former = manifest["release"]
    for file in manifest["files"]:
        del file["gzip_bytes"]
    manifest |= {"schema_version": 1, "release": ""}
    for copy in root.glob("a/*.gz"):
        copy.unlink()
    content = json.dumps(manifest, indent=1, ensure_ascii=False) + "\n"
    release = hashlib.sha256(content.encode()).hexdigest()[:16]
    content = content.replace('"release": ""', f'"release": "{release}"', 1)
    path.write_text(content)
    folder = (root / "releases" / former).rename(root / "releases" / release)
    (folder / "manifest.json").write_text(content)
    order = root / "releases" / "order.txt"
    order.write_text(order.read_text().replace(former, release))
    return release


def test_a_release_of_an_older_schema_is_kept_with_its_files_and_not_put_back(tmp_path: Path) -> None:
    published(tmp_path, PAGE)
    first = age(tmp_path)
    with pytest.raises(OptionError, match="has schema version 1, this Carreau reads 2; publish again"):
        read_current(tmp_path)
    second = published(tmp_path, PAGE * 2)
    assert read_current(tmp_path) == second
    assert older(tmp_path) == (first,)
    assert prune(tmp_path, keep=1) == Pruned()
    assert kept_releases(tmp_path) == (first, second.release)
    assert verify(tmp_path).exit_code == 0
    with pytest.raises(OptionError, match="there is no former release; releases that can be restored: none"):
        roll_back(tmp_path)
    third = published(tmp_path, PAGE * 3)
    outlast(tmp_path)
    assert prune(tmp_path, keep=1).gone == 1
    assert kept_releases(tmp_path) == (second.release, third.release)
    assert roll_back(tmp_path) == second


def test_a_release_of_a_newer_schema_asks_for_a_newer_carreau(tmp_path: Path) -> None:
    published(tmp_path, PAGE)
    path = tmp_path / "manifest.json"
    path.write_text(re.sub('"schema_version": [0-9]+', '"schema_version": 99', path.read_text()))
    with pytest.raises(OptionError, match="has schema version 99, this Carreau reads 2; update Carreau"):
        read_current(tmp_path)


def test_publishing_into_an_older_bundle_says_so_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = tmp_path / "bundle"
    places = ["--bundle", str(bundle), "--models", str(tmp_path / "models"), "--cache", str(tmp_path / "cache")]
    places += ["--base-url", "https://carreau.example"]
    assets = edition(tmp_path)
    assert main(["publish", "--assets", str(assets), *places]) == 0
    age(bundle)
    capsys.readouterr()
    assert main(["publish", "--assets", str(assets), *places]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1:] == [f"{bundle}: 1 former release has an older schema and cannot be restored"]
    assert list(bundle.glob("a/*.gz"))
    assert verify(bundle).exit_code == 0
