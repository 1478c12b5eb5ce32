"""As many former releases are kept as somebody says, whether or not anything changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from carreau.command.cli import main
from carreau.site.releases import kept_releases
from carreau.site.verify import verify
from tests.pipeline.site.bundle_pages import outlast
from tests.pipeline.site.publish.editions import ROUTE, edition


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with assets and a bundle of three releases."""
    folder = tmp_path_factory.mktemp("edition")
    route = edition(folder) / "routes" / "essai.toml"
    for text in ("Deux arrêts.", "Deux haltes.", "Deux lieux."):
        route.write_text(ROUTE.replace("Deux arrêts.", text), encoding="utf-8")
        assert publish(folder, "publish") == 0
    return folder


def publish(folder: Path, verb: str, *more: str) -> int:
    places = ["--bundle", str(folder / "bundle"), "--models", str(folder / "models"), "--cache", str(folder / "cache")]
    return main([verb, "--assets", str(folder / "assets"), *places, "--base-url", "https://carreau.example", *more])


def stamps(folder: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def test_former_releases_and_strays_go_although_nothing_changed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = folder / "bundle"
    outlast(bundle)
    first, second, served = kept_releases(bundle)
    (bundle / "a" / "stray.txt").write_text("left behind")
    before = stamps(bundle)
    assert publish(folder, "publish") == 0
    assert stamps(bundle) == before
    assert capsys.readouterr().out.endswith("is served; nothing changed\n")
    assert publish(folder, "publish", "--keep", "1") == 0
    assert kept_releases(bundle) == (second, served)
    assert verify(bundle).stray == ()
    assert "1 former release removed" in capsys.readouterr().out
    assert not (bundle / "releases" / first).exists()
    (bundle / "a" / "stray.txt").write_text("left behind")
    assert publish(folder, "build", "--keep", "1") == 0
    assert "unused files removed" in capsys.readouterr().out
    assert publish(folder, "publish", "--keep", "0") == 0
    assert kept_releases(bundle) == (served,)
    verified = verify(bundle)
    assert (verified.exit_code, verified.stray) == (0, ())
    assert publish(folder, "publish") == 0
    assert capsys.readouterr().out.endswith("is served; nothing changed\n")


@pytest.mark.parametrize(
    "more", [("build",), ("publish",), ("publish", "--rollback"), ("publish", "--to", "memory://a")]
)
def test_fewer_than_none_are_refused(more: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert publish(tmp_path, *more, "--keep", "-1") == 2
    output = capsys.readouterr()
    assert output.err == "carreau: --keep -1 is negative; give 0 or more\n"
    assert not (tmp_path / "bundle").exists()
