"""A castle stands upright whichever axis its file has up, or the build names the candidates."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import trimesh

from assets.demonstration.earlier_masonry import build_masonry
from carreau.base.messages import Message
from carreau.base.model import Mesh, Scan, ScanFacts
from carreau.formats.location.poses import CameraSet
from carreau.geometry.location.placement import Placement
from carreau.geometry.location.up_axis import UP_DIRECTIONS, likely_up
from carreau.models.stages.inspect import Inspection, describe, inspect
from carreau.models.stages.orient import OrientOptions, orient
from tests.pipeline.captures import Sides, captured, handheld, nadir
from tests.pipeline.castles import castle, turned
from tests.pipeline.city_tiles import city


@pytest.fixture(scope="module")
def hill() -> Mesh:
    return castle()


def as_scan(mesh: Mesh, up: str | None = None) -> Scan:
    return Scan("castle", mesh, ScanFacts("GLB" if up else "PLY", up=up, unit_m=1.0), (Path("castle"),))


@pytest.mark.parametrize("up", UP_DIRECTIONS)
@pytest.mark.parametrize("ground", [True, False])
def test_a_castle_stands_upright_whichever_axis_is_up(up: str, ground: bool) -> None:
    oriented = orient(as_scan(turned(castle(ground), up)))
    assert (oriented.up, oriented.up_sure, oriented.up_candidates) == (up, True, ())
    assert not [text for text in oriented.warnings if "--up" in text]


@pytest.mark.parametrize("lean", [-12.0, 8.0])
def test_a_leaning_castle_is_upright_or_doubted(hill: Mesh, lean: float) -> None:
    likely = likely_up(turned(hill, "-y", lean))
    assert likely.up == "-y" or not likely.confident


def test_a_castle_inside_out_is_upright_or_doubted(hill: Mesh) -> None:
    likely = likely_up(Mesh(hill.positions, hill.faces[:, ::-1].copy()))
    assert likely.up == "y" or not likely.confident


def test_a_glb_that_contradicts_itself_is_warned_about_and_left(hill: Mesh) -> None:
    scan = as_scan(turned(hill, "-y"), "y")
    oriented = orient(scan)
    assert (oriented.up, oriented.up_sure, oriented.up_candidates[0].up) == ("y", False, "-y")
    assert [text for text in oriented.warnings if "--up -y" in text]
    asked = orient(scan, OrientOptions(up="-y"))
    assert (asked.up, asked.up_sure, asked.warnings) == ("-y", True, ())
    inspection = inspect(scan)
    assert isinstance(inspection, Inspection)
    assert not inspection.up_sure
    assert "--up -y" in describe(inspection)


def test_a_glb_that_is_right_is_not_doubted(hill: Mesh) -> None:
    oriented = orient(as_scan(hill, "y"))
    assert (oriented.up, oriented.up_sure, oriented.warnings) == ("y", True, ())


def ball() -> Mesh:
    """Return a ball, which has no base."""
    shape = trimesh.creation.icosphere(subdivisions=3)
    return Mesh(np.asarray(shape.vertices, np.float32), np.asarray(shape.faces, np.int32))


def test_a_weak_guess_names_the_options_where_people_look() -> None:
    oriented = orient(as_scan(ball()))
    assert not oriented.up_sure
    assert len(oriented.up_candidates) == len(UP_DIRECTIONS)
    assert sum(candidate.share for candidate in oriented.up_candidates) == pytest.approx(1, abs=1e-3)
    warning = next(text for text in oriented.warnings if "--up" in text)
    assert isinstance(warning, Message)
    assert f"--up {oriented.up_candidates[1].up}" in warning
    inspection = inspect(as_scan(ball()))
    assert isinstance(inspection, Inspection)
    lines = describe(inspection).splitlines()
    assert [line for line in lines if "may be up" in line and "--up z" in line]
    data = json.loads(json.dumps(inspection.as_json()))
    assert (data["up_sure"], data["up_candidates"][0]["up"]) == (False, oriented.up)


def test_the_demonstration_yard_stands_upright_turned_to_all_sides() -> None:
    surface = build_masonry(0.4, 12_000, 30)
    mesh = Mesh(surface.positions, surface.faces)
    likely = {up: likely_up(turned(mesh, up)) for up in UP_DIRECTIONS}
    assert all(guess.up == up and guess.confident for up, guess in likely.items())


@pytest.mark.parametrize("capture", [handheld, nadir])
def test_report_and_inspection_say_what_the_cameras_beside_a_scan_say(
    hill: Mesh, capture: Callable[[Sides, np.random.Generator], CameraSet]
) -> None:
    scan, cameras = as_scan(turned(hill, "-z")), captured(hill, capture, "-z")
    oriented = orient(scan, placement=Placement(cameras=cameras))
    assert (oriented.up, oriented.up_sure) == ("-z", True)
    said = [text for text in oriented.decisions if text.startswith("48 cameras beside the scan (images.txt) say")]
    assert len(said) == 1
    assert said[0] in describe(inspect(scan, cameras))


def test_cameras_count_nothing_against_a_person(hill: Mesh) -> None:
    placement = Placement(cameras=captured(hill, handheld, "-z"))
    oriented = orient(as_scan(turned(hill, "-z")), OrientOptions(up="z"), placement)
    assert (oriented.up, oriented.up_sure) == ("z", True)
    assert not [text for text in oriented.decisions if "cameras" in text]


@pytest.mark.parametrize(("lean_deg", "likely"), [(85.0, "z"), (95.0, "z"), (-85.0, "-z")])
def test_a_city_tile_on_its_edge_is_not_sure_whatever_its_file_states(lean_deg: float, likely: str) -> None:
    scan = as_scan(city(lean_deg=lean_deg), "y")
    oriented = orient(scan)
    assert (oriented.up, oriented.up_sure) == ("y", False)
    assert [each.up for each in oriented.up_candidates[:2]] == [likely, "y"]
    (warning,) = oriented.warnings
    assert "1,000 m wide" in warning
    assert f"--up {likely}" in warning
    inspection = inspect(scan)
    assert isinstance(inspection, Inspection)
    assert not inspection.up_sure
    assert len(inspection.up_candidates) == len(UP_DIRECTIONS)
    assert warning in inspection.warnings
    asked = orient(scan, OrientOptions(up=likely))
    assert (asked.up_sure, asked.warnings) == (True, ())


@pytest.mark.parametrize("lean_deg", [0.0, 8.0, 30.0])
def test_land_about_level_is_not_doubted(lean_deg: float) -> None:
    oriented = orient(as_scan(city(lean_deg=lean_deg), "y"))
    assert (oriented.up, oriented.up_sure, oriented.warnings) == ("y", True, ())


def test_a_front_of_usual_height_is_not_taken_for_land() -> None:
    relief = city(lean_deg=85.0)
    front = Mesh(relief.positions / np.float32(10), relief.faces)
    assert orient(as_scan(front, "y")).up_sure
