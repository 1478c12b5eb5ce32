"""Which models `carreau build` makes of the states of the real catalogue."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from pipeline.catalogue.catalogue import read_catalogue
from pipeline.i18n.translations import Translations
from pipeline.levels import BUDGETED, DEFAULT_NAMES
from pipeline.publish.model_builds import state_builds
from pipeline.publish.types import PublishOptions

PROJECT = Path(__file__).parents[3]


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
