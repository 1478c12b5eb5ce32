"""What nothing reads is asked about, with what is expected in its place; what belongs to a scan is not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from carreau.base.errors import QUESTION, Diagnostic
from carreau.catalogue.check_catalogue import check_folder
from carreau.command.cli import main
from tests.conftest import PROJECT
from tests.pipeline.catalogue.catalogues import SITE, written
from tests.pipeline.catalogue.test_check import is_translated

HERE = "here are read: sites, routes, trails, types, communes.geojson, territory"
UNREAD = {
    "sites/une/facade.heic": ("sites/une/facade.heic", "file", "name it in site.toml, or remove it"),
    "sites/une/photos/IMG_2034.JPG": ("sites/une/photos", "folder", "name it in site.toml, or remove it"),
    "sites/une/scan.zip": (
        "sites/une/scan.zip", "file", "unpack it, and name in site.toml what was in it; or remove it",
    ),
    "sites/photo.jpg": (
        "sites/photo.jpg", "file", "an entry is a folder with site.toml; put the file into one, or remove it",
    ),
    "routes/denain.gpx": ("routes/denain.gpx", "file", "name it in routes/….toml, or remove it"),
    "routes/denain/route.toml": ("routes/denain", "folder", "name it in routes/….toml, or remove it"),
    "lieux/fosse/site.toml": ("lieux", "folder", HERE),
    "photo.jpg": ("photo.jpg", "file", HERE),
}  # fmt: skip
READ = [
    ".git/config", "README.md", "routes/README.txt", "sites/.DS_Store", "sites/une/Thumbs.db", "sites/une/LICENSE",
    "sites/une/notes.md", "territory/survey.toml", "tools/__init__.py", "sites/une/~$site.toml",
    "sites/une/scan.toml", "sites/une/scan.mtl", "sites/une/scan_1.png", "sites/une/metadata.xml",
    "sites/une/textures/a.png",
]  # fmt: skip


def beside(root: Path, name: str, site: str = SITE) -> list[Diagnostic]:
    """Return what is found where a file lies in a catalogue."""
    path = written(root, site) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x")
    scan = "ply\ncomment TextureFile scan_1.png\ncomment TextureFile textures/a.png\n"
    (root / "sites" / "une" / "scan.ply").write_text(scan)
    return list(check_folder(root).findings)


@pytest.mark.parametrize("name", sorted(UNREAD))
def test_what_nothing_reads_is_asked_about(tmp_path: Path, name: str) -> None:
    file, kind, cure = UNREAD[name]
    [said] = beside(tmp_path / "assets", name)
    assert (said.level, said.topic, said.file, said.line) == (QUESTION, "ignored", file, None)
    assert (said.cause, said.cure) == (f"nothing reads this {kind}", cure)
    assert is_translated(said.cause)
    assert is_translated(said.cure)


@pytest.mark.parametrize("name", READ)
def test_what_is_for_people_or_belongs_to_a_scan_is_not(tmp_path: Path, name: str) -> None:
    assert beside(tmp_path / "assets", name) == []


@pytest.mark.parametrize("name", ["sites/une/scan.toml", "sites/une/textures/a.png", "sites/une/metadata.xml"])
def test_without_a_scan_it_belongs_to_nothing(tmp_path: Path, name: str) -> None:
    site = SITE.replace('file = "scan.ply"', 'file = "sample:headframe-simulated"')
    said = [each for each in beside(tmp_path / "assets", name, site) if each.topic == "ignored"]
    assert {each.file for each in said} >= {name.removesuffix("/a.png"), "sites/une/scan.ply"}


@pytest.mark.parametrize("name", ["Site.toml", "site.toml.txt"])
def test_a_misnamed_sheet_is_told(tmp_path: Path, name: str) -> None:
    root = written(tmp_path / "assets")
    shutil.copytree(root / "sites" / "une", root / "sites" / "trois")
    (root / "sites" / "trois" / "site.toml").rename(root / "sites" / "trois" / name)
    said = [each for each in check_folder(root).findings if "trois" in each.file]
    assert [(each.file, each.cure) for each in said] == [
        ("sites/trois", "write it, or remove the folder"),
        (f"sites/trois/{name}", "rename it to site.toml"),
    ]


def test_of_a_sheet_that_cannot_be_read_nothing_is_asked(tmp_path: Path) -> None:
    assert [each.topic for each in beside(tmp_path / "assets", "sites/une/facade.heic", "name =")] == ["unreadable"]


def test_everything_in_the_assets_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--assets", str(PROJECT / "assets")]) == 0
    assert "nothing reads" not in capsys.readouterr().out
