"""Have the pictures of one scan's report taken, each level's as soon as the level is there."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from pipeline.builders.level_builder import BuiltLevel
from pipeline.cache.cache import Cache, Later
from pipeline.model import Mesh
from pipeline.reports.album import Album
from pipeline.stages.pictures import LevelPictures, show_level, show_scan, view_of

LABELS = ("view", "show scan")
"""What the steps that are not of a level are called; those of a level are `show` and its name."""


class PictureBuilder:
    """The steps of the pictures."""

    def __init__(self, mesh: Later[Mesh], reference: Later[Mesh], cache: Cache) -> None:
        """Name the steps; none of them runs yet.

        mesh : what the sides are chosen for
        reference : what levels are compared with
        """
        self._cache = cache
        self.side_step = cache.step(view_of, mesh, label=LABELS[0])
        self._shown = cache.step(show_scan, reference, self.side_step, label=LABELS[1])
        self._levels: dict[str, LevelPictures] = {}

    def after(self, task: Callable[[], BuiltLevel]) -> Callable[[], BuiltLevel]:
        """Return a task that makes a level, and then its pictures."""

        def made_and_shown() -> BuiltLevel:
            made = task()
            if made.glb:
                step = self._cache.step(show_level, self._shown, made.glb, label=f"show {made.name}")
                self._levels[made.name] = step.value()
            return made

        return made_and_shown

    def view(self) -> dict[str, float]:
        """Return from where the poster is taken, as `report.json` has it."""
        return dataclasses.asdict(self.side_step.value())

    def album(self) -> Album:
        """Return the pictures of the scan, and of the levels that were made."""
        return Album(self._shown.value().pictures, dict(sorted(self._levels.items())))
