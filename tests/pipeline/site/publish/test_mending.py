"""Publishing again mends what was damaged, though nothing changed that it publishes."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from carreau.command.cli import main
from carreau.site.releases import NOTE, kept_releases
from carreau.site.verify import verify
from tests.pipeline.site.damages import DAMAGES, flip
from tests.pipeline.site.publish.editions import ROUTE, edition


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


def publish(folder: Path, *more: str) -> int:
    places = ["--bundle", str(folder / "bundle"), "--models", str(folder / "models"), "--cache", str(folder / "cache")]
    return main(
        ["publish", "--assets", str(folder / "assets"), *places, "--base-url", "https://carreau.example", *more]
    )


def contents(bundle: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (bundle / "a").iterdir()}


def victims(bundle: Path) -> list[Path]:
    """One file of every kind, and one copy of every coding."""
    files = {path.name.partition(".")[2]: path for path in sorted((bundle / "a").iterdir())}
    assert {"html", "json", "sqlite", "js.br"} <= set(files)
    return list(files.values())


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("is_verified", [True, False])
def test_publishing_mends_every_kind_of_file(folder: Path, damage: str, is_verified: bool) -> None:
    bundle = folder / "bundle"
    assert publish(folder) == 0
    sound, manifest = contents(bundle), (bundle / "manifest.json").read_bytes()
    harmed = victims(bundle)
    for path in harmed:
        times = path.stat()
        DAMAGES[damage](path)
        if is_verified and path.exists():  # as a disk that loses a bit leaves them
            os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    if is_verified:
        complaint = verify(bundle)
        assert {*complaint.missing, *complaint.rotten} == {f"a/{path.name}" for path in harmed}
        assert complaint.lines()[-1].endswith("publish again to repair it")
    assert publish(folder) == 0
    assert contents(bundle) == sound
    assert (bundle / "manifest.json").read_bytes() == manifest
    assert verify(bundle).exit_code == 0


def test_a_changed_text_leaves_no_damage_elsewhere(folder: Path) -> None:
    for path in victims(folder / "bundle"):
        flip(path)
    (folder / "assets/routes/essai.toml").write_text(ROUTE.replace("Ici.", "Là."), encoding="utf-8")
    assert publish(folder, "--keep", "0") == 0
    complaint = verify(folder / "bundle")
    assert {*complaint.missing, *complaint.rotten} <= {*complaint.former}


def test_mending_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert publish(folder) == 0
    victims(folder / "bundle")[0].unlink()
    capsys.readouterr()
    assert publish(folder) == 0
    assert "missing or corrupt files restored" in capsys.readouterr().out
    assert publish(folder) == 0
    assert capsys.readouterr().out.endswith("is served; nothing changed\n")


def test_a_damaged_manifest_of_a_former_release_is_dropped(folder: Path) -> None:
    bundle = folder / "bundle"
    (folder / "assets/routes/essai.toml").write_text(ROUTE.replace("Ici.", "Là."), encoding="utf-8")
    assert publish(folder) == 0
    former, served = kept_releases(bundle)
    (bundle / "releases" / former / "manifest.json").write_text("{")
    (bundle / "releases" / served / "manifest.json").write_text("")
    complaint = verify(bundle)
    assert set(complaint.rotten) == {f"releases/{name}/manifest.json" for name in (former, served)}
    assert publish(folder) == 0
    assert former not in kept_releases(bundle)
    assert verify(bundle).exit_code == 0


def test_whoever_may_not_write_is_told_how_to_mend(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = folder / "bundle"
    flip(victims(bundle)[0])

    def refuse(path: Path, missing_ok: bool = False) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "unlink", refuse)
    assert main(["verify", str(bundle)]) == 1
    assert f"delete its {NOTE}, and publish again to repair it" in capsys.readouterr().out
