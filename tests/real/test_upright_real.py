"""Which side of the real scans is up is guessed right or not surely, whichever axis their files have up."""

from __future__ import annotations

from pathlib import Path

import pytest

from carreau.base.model import Mesh
from carreau.formats.location.poses import NO_CAMERAS
from carreau.geometry.location.up_axis import UP_DIRECTIONS, likely_up
from carreau.models.stages.read import read
from tests.pipeline.captures import CAPTURES, captured, photographed
from tests.pipeline.castles import turned

MESHES = {
    "column_obj": "column03.obj",
    "venus_glb": "venus.glb",
    "venus_statue_obj": "venus_statue.obj",
    "vertexcolour_ply": "ankylosaurus_mesh.ply",
    "whale_cranium_glb": "whale_cranium.glb",
}
SURELY_RIGHT = {"venus_glb", "venus_statue_obj"}
"""The toy dinosaur was laid on its side surely, before its footing was weighed against the other sides'."""


@pytest.mark.parametrize("name", MESHES)
def test_no_scan_is_surely_laid_on_a_side(scans: Path, name: str) -> None:
    """What formats state is left out: the guess has the shape alone."""
    mesh = read(scans / name / MESHES[name]).mesh
    guesses = {up: likely_up(turned(mesh, up)) for up in UP_DIRECTIONS}
    assert {up: guess.up for up, guess in guesses.items() if guess.confident and guess.up != up} == {}
    surely_right = {up for up, guess in guesses.items() if guess.confident}
    assert surely_right == (set(UP_DIRECTIONS) if name in SURELY_RIGHT else set())


@pytest.mark.parametrize("name", ["column_obj", "vertexcolour_ply", "whale_cranium_glb"])
@pytest.mark.parametrize("kind", ["handheld", "half_portrait", "nadir", "oblique"])
def test_scans_whose_shape_tells_little_stand_upright_with_their_cameras(scans: Path, name: str, kind: str) -> None:
    """Each scan is cut to what the cameras show, and turned; two of its six sides, because each takes a second."""
    mesh = read(scans / name / MESHES[name]).mesh
    mesh = Mesh(mesh.positions, mesh.faces)
    shown = photographed(mesh, captured(mesh, CAPTURES[kind]).sets[0])
    alone: list[tuple[bool, bool]] = []
    beside: list[tuple[bool, bool]] = []
    for up in ("-y", "x"):
        scan = turned(shown, up, 4.0)
        for cameras, found in ((NO_CAMERAS, alone), (captured(mesh, CAPTURES[kind], up, 4.0), beside)):
            guess = likely_up(scan, cameras)
            found.append((guess.confident, guess.up == up))
    assert beside == [(True, True)] * 2
    assert (True, True) not in alone
