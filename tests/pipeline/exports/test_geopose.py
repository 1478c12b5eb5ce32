"""A GeoPose turns as the standard says, and is there only where somebody measured."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from carreau.catalogue.site import Pose
from carreau.exports.ogc_json import basic_quaternion, geoposes, missing_fields, quaternion
from carreau.exports.record import NothingToExportError
from tests.conftest import PROJECT, need
from tests.pipeline.exports import told, toured
from tests.pipeline.exports.json_schemas import faults, json_schema
from tests.pipeline.exports.schema_files import schemas

EXAMPLES = PROJECT.parent / "shared" / "standards" / "examples"
ANGLES = st.floats(-360, 360)


@given(ANGLES, ANGLES, ANGLES)
def test_it_turns_by_yaw_then_pitch_then_roll(yaw: float, pitch: float, roll: float) -> None:
    ours = Rotation.from_quat(quaternion(yaw, pitch, roll))
    theirs = Rotation.from_euler("ZYX", [yaw, pitch, roll], degrees=True)
    assert np.allclose(ours.as_matrix(), theirs.as_matrix(), atol=1e-12)
    assert np.linalg.norm(quaternion(yaw, pitch, roll)) == pytest.approx(1)


@pytest.mark.parametrize(
    ("angles", "axis", "leads_to"),
    [
        ((90, 0, 0), (1, 0, 0), (0, 1, 0)),  # yaw brings what looked east to the north
        ((0, 90, 0), (1, 0, 0), (0, 0, -1)),  # a positive pitch brings it down
        ((0, 0, 90), (0, 1, 0), (0, 0, 1)),  # a positive roll brings what looked north up
        ((90, 90, 0), (1, 0, 0), (0, 0, -1)),
    ],
)
def test_each_angle_turns_the_way_of_the_standard(
    angles: tuple[float, float, float], axis: tuple[int, int, int], leads_to: tuple[int, int, int]
) -> None:
    turned = Rotation.from_quat(quaternion(*angles)).apply(axis)
    assert np.allclose(turned, leads_to, atol=1e-12)


def test_both_forms_of_the_same_example_are_one() -> None:
    need(EXAMPLES.is_dir(), "the examples do not lie beside the project, in ../shared/standards")
    ypr = json.loads((EXAMPLES / "geopose-ypr.json").read_bytes())
    place, angles = ypr["position"], ypr["angles"]
    pose = Pose(place["lon"], place["lat"], place["h"], angles["yaw"], angles["pitch"], angles["roll"])
    assert basic_quaternion(pose) == json.loads((EXAMPLES / "geopose-quaternion.json").read_bytes())


def test_a_state_that_was_measured_has_one_and_the_others_say_what_they_lack(tmp_path: Path) -> None:
    found = geoposes(toured.site(tmp_path))
    assert list(found) == ["today", "1930", "later"]
    document = found["today"]
    assert isinstance(document, bytes)
    assert faults(json_schema(schemas("geopose"), "GeoPose.Basic.Quaternion.Schema.json"), document) == []
    data = json.loads(document)
    assert data["position"] == {"lat": 50.35, "lon": 3.4, "h": 42.5}
    assert list(data["quaternion"].values()) == pytest.approx(Rotation.from_euler("Z", 30, degrees=True).as_quat())
    assert "its state '1930' lacks its position; add it to [state.geopose]" in str(found["1930"])


def test_neither_a_height_nor_a_heading_is_made_up() -> None:
    whole = Pose(3.4, 50.3, 0.0, 0.0)
    assert missing_fields(whole) is None
    assert missing_fields(replace(whole, height_m=None)) == "height"
    assert missing_fields(replace(whole, yaw_deg=None)) == "heading"
    assert missing_fields(replace(whole, height_m=None, yaw_deg=None)) == "height and heading"


@pytest.mark.parametrize("slug", told.SITES)
def test_a_site_without_a_state_has_none_nor_has_what_is_nowhere(slug: str) -> None:
    site = told.site(slug).entry.of
    if site.demonstration or not site.state:
        with pytest.raises(NothingToExportError, match="demonstration" if site.demonstration else "no state yet"):
            geoposes(told.site(slug))
    else:
        assert set(geoposes(told.site(slug))) == {state.id for state in site.state}
