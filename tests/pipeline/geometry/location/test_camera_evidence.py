"""Cameras beside a scan say which way is up, however they were held, and say nothing where they cannot."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from carreau.base.messages import message
from carreau.base.model import Mesh
from carreau.formats.location.poses import CamerasBeside, CameraSet
from carreau.geometry.location.stated_up import contradiction
from carreau.geometry.location.up_axis import (
    SURE,
    UP_DIRECTIONS,
    CameraEvidence,
    camera_evidence,
    likely_up,
    up_shares,
)
from carreau.geometry.mesh_parts import body_box
from tests.pipeline.captures import CAPTURES, captured, facade, handheld, nadir, photographed, portrait, scattered
from tests.pipeline.castles import castle, turned

OPEN = {"portrait", "portrait_facade", "nadir_one_way"}
"""Captures whose pictures fit more than one direction: up may be either side of all portraits, and a grid of parallel
pictures may look down or at a wall."""


@pytest.fixture(scope="module")
def hill() -> Mesh:
    return castle()


def said(mesh: Mesh, cameras: CamerasBeside) -> CameraEvidence:
    return camera_evidence(mesh, mesh.faces, body_box(mesh.positions, mesh.faces), cameras)


@pytest.mark.parametrize("up", UP_DIRECTIONS)
@pytest.mark.parametrize("name", sorted(set(CAPTURES) - OPEN))
def test_pictures_that_fit_one_direction_are_sure_of_it(hill: Mesh, name: str, up: str) -> None:
    shares = up_shares(captured(hill, CAPTURES[name], up, 4.0).sets[0])
    assert max(shares, key=lambda each: shares[each]) == up
    assert shares[up] > (0.75 if name == "facade" else SURE)
    assert sum(shares.values()) == pytest.approx(1)


@pytest.mark.parametrize("up", UP_DIRECTIONS)
@pytest.mark.parametrize("name", sorted(OPEN))
def test_pictures_that_fit_several_are_sure_of_none_and_leave_the_right_one_open(
    hill: Mesh, name: str, up: str
) -> None:
    shares = up_shares(captured(hill, CAPTURES[name], up, 4.0).sets[0])
    assert max(shares.values()) < SURE
    assert shares[up] > 0.25


def test_portraits_to_one_side_leave_up_and_down_open(hill: Mesh) -> None:
    shares = up_shares(captured(hill, portrait, "z").sets[0])
    assert shares["z"] == pytest.approx(shares["-z"], abs=0.05)
    assert shares["z"] + shares["-z"] > 0.9


def test_a_frame_that_leans_by_thirty_degrees_has_its_nearest_axis(hill: Mesh) -> None:
    shares = up_shares(captured(hill, handheld, "-y", 30.0).sets[0])
    assert max(shares, key=lambda each: shares[each]) == "-y"
    assert 0.4 < shares["-y"] < SURE + 0.15


def test_some_bad_poses_among_many_change_nothing(hill: Mesh) -> None:
    good, bad = captured(hill, handheld).sets[0], captured(hill, scattered).sets[0]
    mixed = CameraSet(
        "a", 60, np.concatenate([good.centers, bad.centers[:12]]), np.concatenate([good.axes, bad.axes[:12]])
    )
    shares = up_shares(mixed)
    assert shares["y"] > SURE


def test_cameras_that_contradict_each_other_are_ignored(hill: Mesh) -> None:
    seen = said(hill, captured(hill, scattered))
    assert seen.shares == {}
    assert seen.decisions == ("the cameras of images.txt are ignored: they do not agree on which way is up",)
    both = captured(hill, handheld).sets[0], captured(hill, handheld, "-y").sets[0]
    halves = CameraSet(
        "a", 96, np.tile(both[0].centers, (2, 1)), np.concatenate([both[0].axes, both[0].axes * [[-1], [-1], [1]]])
    )
    assert max(up_shares(halves).values(), default=0) < SURE


def test_two_cameras_say_nothing(hill: Mesh) -> None:
    only = captured(hill, handheld).sets[0]
    pair = CamerasBeside((CameraSet("bundle.out", 2, only.centers[:2], only.axes[:2]),))
    assert said(hill, pair).decisions == ("the cameras of bundle.out are ignored: fewer than 3 say nothing",)


@pytest.mark.parametrize("move", [(500.0, 0.0, 0.0), (0.0, -300.0, 0.0)])
def test_cameras_that_do_not_look_at_the_scan_are_ignored(hill: Mesh, move: tuple[float, float, float]) -> None:
    only = captured(hill, handheld).sets[0]
    seen = said(hill, CamerasBeside((CameraSet("a.xml", only.count, only.centers + move, only.axes),)))
    assert seen.shares == {}
    assert "another coordinate system" in seen.decisions[0]


@pytest.mark.parametrize("up", ["z", "-y", "x"])
def test_cameras_of_a_scan_that_was_turned_after_them_are_ignored(hill: Mesh, up: str) -> None:
    before = captured(hill, nadir)
    seen = said(turned(photographed(hill, before.sets[0]), up), before)
    assert seen.shares == {}
    assert "another coordinate system" in seen.decisions[0]


def test_of_two_systems_the_one_of_the_scan_is_taken(hill: Mesh) -> None:
    right, wrong = captured(hill, nadir, "z").sets[0], captured(hill, nadir, "z").sets[0]
    moved = CameraSet(wrong.source, wrong.count, wrong.centers + 4000.0, wrong.axes[:, :, [1, 2, 0]])
    seen = said(turned(hill, "z"), CamerasBeside((moved, right), (message("unreadable"),)))
    assert max(seen.shares, key=lambda up: seen.shares[up]) == "z"
    assert [str(text).partition(" (")[0] for text in seen.decisions] == ["unreadable", "48 cameras beside the scan"]


def test_places_count_from_the_origin_of_the_mesh(hill: Mesh) -> None:
    far = np.array([652_000.0, 6_862_000.0, 40.0])
    only = captured(hill, handheld).sets[0]
    moved = CamerasBeside((CameraSet("a", only.count, only.centers + far, only.axes),))
    assert said(replace(hill, origin=far), moved).shares == pytest.approx(
        said(hill, captured(hill, handheld)).shares, abs=1e-6
    )


@pytest.mark.parametrize("up", ["-y", "x"])
def test_a_front_whose_shape_tells_nothing_stands_as_its_cameras_say(hill: Mesh, up: str) -> None:
    seen_hill = photographed(hill, captured(hill, facade).sets[0])
    front = turned(seen_hill, up)
    assert likely_up(front).candidates[0].share < SURE or likely_up(front).up == up
    likely = likely_up(front, captured(hill, handheld, up))
    assert (likely.up, likely.confident) == (up, True)
    assert [str(text) for text in likely.cameras if f"say that {up} is up" in text]


def test_cameras_and_shape_that_disagree_are_never_sure(hill: Mesh) -> None:
    assert likely_up(hill).confident
    doubted = likely_up(hill, captured(hill, lambda sides, rng: _on_its_head(handheld(sides, rng))))
    assert not doubted.confident
    assert {each.up for each in doubted.candidates[:2]} == {"y", "-y"}


def _on_its_head(cameras: CameraSet) -> CameraSet:
    return replace(cameras, axes=cameras.axes * np.array([[-1.0], [-1.0], [1.0]]))


def test_a_file_that_contradicts_its_cameras_is_doubted(hill: Mesh) -> None:
    upside_down = turned(hill, "-y")
    doubt = contradiction(upside_down, "y", captured(hill, handheld, "-y"))
    assert doubt is not None
    assert doubt.up == "-y"
    assert contradiction(hill, "y", captured(hill, handheld)) is None


def test_a_scan_without_surface_has_no_use_for_cameras(hill: Mesh) -> None:
    empty = Mesh(np.zeros((3, 3), np.float32), np.array([[0, 1, 2]], np.int32))
    assert said(empty, captured(hill, handheld)).shares == {}
