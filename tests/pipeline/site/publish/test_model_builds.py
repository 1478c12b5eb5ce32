"""Which models `carreau build` makes of the states of the real catalogue."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import trimesh

from carreau.base.errors import OptionError
from carreau.base.levels import BUDGETED, DEFAULT_NAMES, PREVIEW
from carreau.base.options import ModelOptions
from carreau.catalogue.catalogue import read_catalogue
from carreau.catalogue.i18n.check_translations import Translations
from carreau.command.cli import main
from carreau.site.publish.model_builds import StateBuild, state_builds
from carreau.site.publish.publication import PublishOptions, awaits_levels
from tests.pipeline.catalogue.catalogues import SITE, written

PROJECT = Path(__file__).parents[4]


def test_states_that_are_compared_have_an_encoding_that_saves_memory(tmp_path: Path) -> None:
    """A state alone has not: it would take the time of a level, and nobody sees two of it."""
    catalogue = read_catalogue(PROJECT / "assets")
    options = PublishOptions(
        PROJECT / "assets", tmp_path / "models", tmp_path / "media", tmp_path / "bundle", "https://x"
    )
    builds = [each for each in state_builds(options, catalogue, Translations()) if each.table is None]
    states = Counter(each.name.partition("/")[0] for each in builds)
    assert {count > 1 for count in states.values()} == {False, True}
    for each in builds:
        assert each.options.levels == (tuple(BUDGETED) if states[each.name.partition("/")[0]] > 1 else DEFAULT_NAMES)


def test_the_poster_shows_the_side_that_a_curator_chose(tmp_path: Path) -> None:
    side = "[state.poster]\nazimuth_deg = -35.5\nelevation_deg = 12\n\n[[annotation]]"
    root = written(tmp_path / "assets", SITE.replace("[[annotation]]", side, 1))
    options = PublishOptions(root, tmp_path / "models", tmp_path / "media", tmp_path / "bundle", "https://x")
    builds = {each.name: each for each in state_builds(options, read_catalogue(root), Translations(tmp_path))}
    assert builds["une/today"].options.side == (-35.5, 12)
    assert builds["deux/today"].options.side is None
    assert builds["une/today"].inputs != builds["deux/today"].inputs


def test_a_state_whose_report_is_missing_is_built_again(tmp_path: Path) -> None:
    """A build removes the report when it hands over its levels, and may be killed before it writes the new one."""
    state = StateBuild("une/today", tmp_path / "scan.obj", "", ModelOptions(tmp_path), inputs="of today")
    assert not state.is_built
    (tmp_path / "phone.glb").write_bytes(b"glTF")
    (tmp_path / "report.json").write_text("{}")
    state.remember()
    assert state.is_built
    (tmp_path / "report.json").unlink()
    assert not state.is_built


def test_of_other_places_the_first_level_alone_is_built(tmp_path: Path) -> None:
    root = written(tmp_path / "assets", SITE)
    options = PublishOptions(root, tmp_path / "models", tmp_path / "media", tmp_path / "bundle", "https://x")

    def builds(whole: list[str] | None) -> dict[str, StateBuild]:
        return {each.name: each for each in state_builds(options, read_catalogue(root), Translations(), "fr", whole)}

    whole, some = builds(None), builds(["deux"])
    assert some["deux/today"] == whole["deux/today"]
    assert some["une/today"].options.levels == (PREVIEW.name,)
    for built, after, is_whole in ((some, whole, False), (whole, some, True)):
        state = built["une/today"]
        state.options.out.mkdir(parents=True, exist_ok=True)
        (state.options.out / "report.json").write_text("{}")
        state.remember()
        assert after["une/today"].is_built == is_whole  # all levels hold the first one, too
        assert awaits_levels(options.models) != is_whole
    with pytest.raises(OptionError, match="no site has this name"):
        builds(["trois"])


def test_levels_that_were_left_for_later_come_with_the_next_build(tmp_path: Path) -> None:
    root = written(tmp_path / "assets", SITE)
    ball = trimesh.creation.icosphere(subdivisions=3)
    for name in ("une", "deux"):
        ball.export(root / "sites" / name / "scan.ply")
    places = [f"--{name}={tmp_path / name}" for name in ("bundle", "models", "cache")]
    build = ["build", "--assets", str(root), *places, "--local", "--quiet"]

    def levels(site: str) -> set[str]:
        return {path.stem for path in (tmp_path / "models" / site / "today").glob("*.glb")}

    assert main([*build, "--whole", "deux"]) == 0
    assert levels("une") == {PREVIEW.name}
    assert levels("une") < levels("deux")
    assert main(build) == 0
    assert levels("une") == levels("deux")
