"""Voids of a survey are told with their area, and so is what was changed of its photograph."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from carreau.air.airborne.survey_record import Layer, Role
from carreau.models.stages.survey_model import model_survey
from tests.pipeline.air.airborne.surveys import (
    FLAT,
    SOUTH,
    WEST,
    grid_over,
    made_up,
    one_tile,
    plane,
    terrain,
    write_points,
)

CORNER = (770565.0, 6277560.0, 770590.0, 6277580.0)


@pytest.mark.parametrize("has_raster", [False, True])
def test_a_void_is_told_with_its_area(tmp_path: Path, has_raster: bool) -> None:
    layers = [Layer(Role.POINTS, "points.laz"), Layer(Role.TERRAIN, "terrain.bil", grid=grid_over(FLAT, 1.0))]
    folder = made_up(tmp_path / "place", layers if has_raster else layers[:1])
    ground = plane()
    x, y = ground[:, 0] - WEST, ground[:, 1] - SOUTH
    kept = ground[(x < 9.9) | (y < 9.9)]
    write_points(folder / "points.laz", kept, np.full(len(kept), 2, np.uint8))
    terrain(folder / "terrain.bil", np.full((20, 20), 31.0))
    made = model_survey(folder, "today")
    told = [str(each) for each in made.warnings]
    if has_raster:
        assert (made.raster_m2, made.interpolated_m2) == (100, 0)
        assert not told
    else:
        assert (made.raster_m2, made.interpolated_m2) == (0, 100)
        assert told == ["no laser point lies on 100 m² (25.0%); the ground there is interpolated from around it"]


def test_trees_and_changes_of_the_photograph_are_counted(tmp_path: Path) -> None:
    made = model_survey(one_tile(tmp_path / "place", CORNER), "today")
    changes = made.model.changes
    assert (made.raster_m2, made.interpolated_m2) == (0, 0)
    assert changes.trees > 0
    assert 0.01 < changes.filled < 0.5
    said = " ".join(str(each) for each in made.decisions)
    assert f"{changes.trees} tree" in said
    assert f"{changes.filled:.1%}, below tree crowns" in said
