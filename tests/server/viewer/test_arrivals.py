"""Tracks of visitors, past every route and trail of ours: each place is told once, when one is there, and none by car.

The detector runs in Node.js as it is; what pages make of it is tested in a browser.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from carreau.catalogue.catalogue import read_catalogue
from carreau.catalogue.route_measures import in_walk_order, list_positions
from server.viewer.tools.static_files import build_viewer
from tests.conftest import PROJECT, need
from tests.pipeline.site.publish.trails import trail_documents
from tests.server.viewer.test_units import node
from tests.server.viewer.walked_tracks import (
    BY_CAR,
    CYCLING,
    PLACES,
    RECEIVERS,
    SCENARIOS,
    WALKING,
    Fix,
    Point,
    Track,
    arrivals_of,
    at,
    tour,
)

TRACKS = 60
Detect = Callable[[Sequence[tuple[Sequence[Point], Sequence[Fix]]]], list[list[tuple[int, int]]]]


@pytest.fixture(scope="module")
def detect(viewer_modules: Path, tmp_path_factory: pytest.TempPathFactory) -> Detect:
    """Tell for tracks past places, at which position the detector says that one has arrived where: indices of both."""
    need((viewer_modules / "esbuild").is_dir(), "esbuild is not installed: make setup")
    module = tmp_path_factory.mktemp("arrivals") / "arrival.mjs"
    build_viewer(module, viewer_modules, "src/map/arrival.ts")

    def run(tracks: Sequence[tuple[Sequence[Point], Sequence[Fix]]]) -> list[list[tuple[int, int]]]:
        command = [node(), str(Path(__file__).with_name("arrivals.mjs")), module.as_uri()]
        sent = json.dumps([{"spots": spots, "fixes": fixes} for spots, fixes in tracks])
        done = subprocess.run(command, input=sent, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        found: list[list[Any]] = json.loads(done.stdout)
        return [[(fix, spot) for fix, spot in each] for each in found]

    return run


@pytest.fixture(scope="module")
def tours() -> dict[str, tuple[list[Point], float]]:
    """The places where one can arrive, of every route and trail of ours, and how fast one goes from one to the next."""
    catalogue = read_catalogue(PROJECT / "assets")
    found = dict[str, tuple[list[Point], float]]()
    for slug, entry in catalogue.routes.items():
        positions = list_positions(in_walk_order(entry, catalogue).of, catalogue)
        pace = CYCLING if entry.of.mode == "bike" else WALKING
        found[slug] = [point for point in positions if point is not None], pace
    for slug, documents in trail_documents().items():
        wheres = [chapter.where for chapter in documents["fr"].chapters]
        exact = [each.position for each in wheres if each and each.is_exact and each.position]
        found[slug] = [(each.lon, each.lat) for each in exact if not each.is_simulated], WALKING
    return found


def test_there_is_where_to_arrive(tours: dict[str, tuple[list[Point], float]]) -> None:
    assert {slug: len(spots) for slug, (spots, _) in tours.items()} == {
        "arenberg-a-pied": 13, "arenberg-haveluy-a-velo": 13, "denain-lourches-escaudain-a-velo": 12,
        "mare-a-goriaux-a-pied": 3, "sabatier-pinson-a-pied": 9,
        # Most places of trails are known roughly or not at all: nobody is told that they have arrived there.
        "abbaye-de-saint-amand": 0, "bataille-de-denain": 1, "jules-mousseron": 1,
    }  # fmt: skip


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_each_stop_is_told_once_where_it_is(
    scenario: str, detect: Detect, tours: dict[str, tuple[list[Point], float]]
) -> None:
    made = [
        (slug, receiver, spots, tour(spots, scenario, receiver, seed, pace))
        for seed, (slug, (spots, pace)) in enumerate(tours.items())
        for receiver in RECEIVERS
        if spots
    ]
    found = detect([(spots, each.fixes) for _, _, spots, each in made])
    for (slug, receiver, spots, each), told in zip(made, found, strict=True):
        stops, far = arrivals_of(each, told)
        assert far == [], (slug, receiver)
        assert sorted(stops) == ([] if scenario == BY_CAR else list(range(len(spots)))), (slug, receiver)


def test_a_trail_without_exact_places_tells_nothing(detect: Detect) -> None:
    track = Track(0)
    assert detect([([], track.fixes)]) == [[]]


def test_walks_of_an_hour_miss_no_place_and_tell_none_twice_or_from_afar(detect: Detect) -> None:
    """With errors that last, a gap, a stop under trees, a bus ride, and the far bank of a river."""
    tracks, indices = [Track(seed) for seed in range(TRACKS)], list(PLACES)
    spots = [at(*PLACES[index]) for index in indices]
    for track, told in zip(tracks, detect([(spots, track.fixes) for track in tracks]), strict=True):
        found = [(indices[spot] + 1, track.fixes[fix].second) for fix, spot in told]
        assert sorted(number for number, _ in found) == sorted(index + 1 for index in PLACES), track.seed
        for number, second in found:
            visits = [(begun, ended) for visit, begun, ended in track.visits if visit == number]
            assert any(begun <= second <= ended for begun, ended in visits), (track.seed, found)
