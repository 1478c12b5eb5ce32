"""A server loses no request while releases follow each other and none is to be kept."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from carreau.base.schema.bundle import Manifest
from carreau.command.cli import main
from carreau.site.releases import kept_releases, read_current
from tests.pipeline.site.publish.editions import ROUTE, edition
from tests.server.asking import of_server, served
from tests.waiting import wait_until


def publish(folder: Path, *more: str) -> int:
    places = ["--bundle", str(folder / "bundle"), "--models", str(folder / "models"), "--cache", str(folder / "cache")]
    return main(
        ["publish", "--assets", str(folder / "assets"), *places, "--base-url", "https://carreau.example", *more]
    )


def changed(before: Manifest, after: Manifest) -> list[str]:
    """Return the addresses whose answers are others now: none was asked for yet, so that each is read from its file."""
    answers = {(each.path, each.lang): each.sha256 for each in after.answers}
    changes = [each for each in before.answers if answers.get((each.path, each.lang)) != each.sha256]
    return [f"{each.path}?lang={each.lang}" if each.lang and "/v1/" in each.path else each.path for each in changes]


def test_no_request_fails_while_nothing_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    route, bundle = edition(tmp_path) / "routes" / "essai.toml", tmp_path / "bundle"
    assert publish(tmp_path) == 0
    statuses: Counter[int] = Counter()
    with served(bundle, "--no-access-log") as (port, _):
        ask = of_server(port)
        for text in ("Deux haltes.", "Deux lieux."):
            before = read_current(bundle)
            route.write_text(ROUTE.replace("Deux arrêts.", text), encoding="utf-8")
            assert publish(tmp_path, "--keep", "0") == 0
            after = read_current(bundle)
            assert before is not None
            assert after is not None
            statuses.update(ask(address).status for address in changed(before, after))
            release = after.release
            wait_until(lambda: ask("/readyz").json()["release"] == release, f"release {release} is served")  # noqa: B023
    assert set(statuses) == {200}
    assert statuses[200] > 50
    assert "former releases stay for visitors who may have them open" in capsys.readouterr().out


def test_what_stayed_goes_later_though_nothing_changed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    route, bundle = edition(tmp_path) / "routes" / "essai.toml", tmp_path / "bundle"
    assert publish(tmp_path) == 0
    route.write_text(ROUTE.replace("Deux arrêts.", "Deux haltes."), encoding="utf-8")
    assert publish(tmp_path, "--keep", "0") == 0
    assert publish(tmp_path) == 0
    assert len(kept_releases(bundle)) == 2
    monkeypatch.setattr("carreau.site.releases.GRACE_S", 0.0)
    capsys.readouterr()
    assert publish(tmp_path) == 0
    assert "1 former release removed" in capsys.readouterr().out
    assert len(kept_releases(bundle)) == 1
