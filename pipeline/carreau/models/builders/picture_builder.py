"""Render the pictures of a report."""

from __future__ import annotations

import dataclasses
from typing import Any

from carreau.base.model import Mesh
from carreau.models.builders.level_builder import BuiltLevel
from carreau.models.reports.report import Album
from carreau.models.stages.pictures import LevelPictures, show_level, show_scan, show_ups, view_of
from carreau.runs.cache import Cache, Later, Task

LABELS = ("view", "show scan")
"""Labels of the steps that every scan has; those of a level are `show` and its name."""

UPS = "show ups"
"""Label of the step that shows the axes that may be up."""


class PictureBuilder:
    """The steps of the pictures of a report."""

    def __init__(
        self,
        mesh: Later[Mesh],
        reference: Later[Mesh],
        cache: Cache,
        side: tuple[float, float] | None = None,
        up: str = "y",
        candidates: tuple[str, ...] = (),
    ) -> None:
        """Create the tasks; none of them runs yet.

        mesh : for which the viewpoints are chosen
        reference : with which levels are compared
        side : azimuth and elevation of the poster in degrees, None for the side that shows most
        up, candidates : the axis that was taken as up, and those that may be; none when it is sure
        """
        self._cache = cache
        self.side_step = cache.step(view_of, mesh, side, label=LABELS[0])
        self._shown = cache.step(show_scan, reference, self.side_step, label=LABELS[1])
        self._ups = cache.step(show_ups, reference, up, candidates, label=UPS) if candidates else None
        self._levels: dict[str, LevelPictures] = {}

    def show(self, built: BuiltLevel) -> None:
        """Render the pictures of a level."""
        step = self._cache.step(show_level, self._shown, built.glb, label=f"show {built.name}")
        self._levels[built.name] = step.value()

    @property
    def steps(self) -> tuple[Task[Any], ...]:
        """Return the steps that are not of a level."""
        return (self._shown,) if self._ups is None else (self._shown, self._ups)

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the labels of the steps that are not of a level."""
        return LABELS if self._ups is None else (*LABELS, UPS)

    def view(self) -> dict[str, float]:
        """Return the viewpoint of the poster, as in `report.json`."""
        return dataclasses.asdict(self.side_step.value())

    def album(self) -> Album:
        """Return the pictures of the scan and of the built levels."""
        ups = self._ups.value() if self._ups else ()
        return Album(self._shown.value().pictures, dict(sorted(self._levels.items())), ups)
