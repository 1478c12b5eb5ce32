"""How much of a survey is covered counts in the outline of the place, not in what was gathered around it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from carreau.air.airborne.survey_record import NAME, Layer, Role, read
from carreau.models.stages.survey_model import inspect_survey
from tests.pipeline.air.airborne.surveys import SOUTH, WEST, made_up, plane, survey, write_points


def test_the_covered_share_is_that_of_the_outline(tmp_path: Path) -> None:
    folder = made_up(tmp_path / "place", [Layer(Role.POINTS, "points.laz")])
    west = plane((WEST, SOUTH, WEST + 9.9, SOUTH + 20))
    write_points(folder / "points.laz", west, np.full(len(west), 2, np.uint8))
    assert inspect_survey(folder).covered == pytest.approx(0.55, abs=0.06)
    west_half, east_half = (
        ((WEST + x, SOUTH), (WEST + x + 8, SOUTH), (WEST + x + 8, SOUTH + 20), (WEST + x, SOUTH + 20)) for x in (0, 12)
    )
    for outline, share in ((west_half, 1.0), (east_half, 0.0)):
        survey(folder, replace(read(folder / NAME), outline=(outline,)))
        assert inspect_survey(folder).covered == pytest.approx(share)
