"""Have the pictures of one scan's report taken, each level's as soon as the level is there."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pipeline.builders.level_flow import Made
from pipeline.cache.cache import Cache
from pipeline.reports.album import Album

if TYPE_CHECKING:
    from pipeline.stages.pictures import LevelPictures

LABELS = ("view", "show scan")
"""What the steps that are not of a level are called; those of a level are `show` and its name."""


class PictureFlow:
    """The steps of the pictures."""

    def __init__(self, mesh: Any, reference: Any, cache: Cache) -> None:
        """Name the steps; none of them runs yet.

        mesh : what the sides are chosen for
        reference : what levels are compared with
        """
        stage = "pipeline.stages.pictures"
        self._cache, self._stage = cache, stage
        self.side_step = cache.step(f"{stage}:view_of", mesh, label=LABELS[0])
        self._shown = cache.step(f"{stage}:show_scan", reference, self.side_step, label=LABELS[1])
        self._levels: dict[str, LevelPictures] = {}

    def after(self, task: Callable[[], Made]) -> Callable[[], Made]:
        """Return a task that makes a level, and then its pictures."""

        def made_and_shown() -> Made:
            made = task()
            if made.glb:
                step = self._cache.step(f"{self._stage}:show_level", self._shown, made.glb, label=f"show {made.name}")
                self._levels[made.name] = step.value()
            return made

        return made_and_shown

    def view(self) -> dict[str, float]:
        """Return from where the poster is taken, as `report.json` has it."""
        return dataclasses.asdict(self.side_step.value())

    def album(self) -> Album:
        """Return the pictures of the scan, and of the levels that were made."""
        return Album(self._shown.value().pictures, dict(sorted(self._levels.items())))
