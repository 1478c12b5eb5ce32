"""Stops come in the order of the shortest walk, unless the author has fixed another one."""

from __future__ import annotations

import random
import re
from itertools import permutations
from pathlib import Path

import pytest

from carreau.catalogue.catalogue import Catalogue, read_catalogue
from carreau.catalogue.route import Point, Route, distance_m
from carreau.catalogue.route_measures import (
    MOST_EXACT,
    exact_order,
    good_order,
    in_walk_order,
    list_positions,
    shortest_order,
    tour_m,
    walk_order,
)
from tests.conftest import PROJECT
from tests.pipeline.catalogue.catalogues import ROUTE, written

ENDS = pytest.mark.parametrize("is_loop", [False, True], ids=["open", "loop"])
IN_A_ROW = ((3.51, 50.35), (3.55, 50.35), (3.52, 50.35), (3.54, 50.35), (3.53, 50.35))
"""Places from west to east, mixed but for the first."""
SHORTEST, AS_WRITTEN = (0, 2, 4, 3, 1), (0, 1, 2, 3, 4)


def scattered(count: int, seed: int) -> list[Point]:
    chance = random.Random(seed)
    return [(3.4 + chance.uniform(0, 0.05), 50.3 + chance.uniform(0, 0.03)) for _ in range(count)]


def length_m(points: list[Point], order: tuple[int, ...], is_loop: bool) -> float:
    return tour_m([points[place] for place in order], is_loop)


def table(points: list[Point]) -> list[list[float]]:
    return [[distance_m(one, other) for other in points] for one in points]


@ENDS
@pytest.mark.parametrize("count", [3, 4, 6, 7])
def test_no_order_is_shorter(count: int, is_loop: bool) -> None:
    for seed in range(6):
        points = scattered(count, seed)
        order = shortest_order(points, is_loop)
        assert (order[0], sorted(order)) == (0, list(range(count)))
        least = min(length_m(points, (0, *rest), is_loop) for rest in permutations(range(1, count)))
        assert length_m(points, order, is_loop) == pytest.approx(least, abs=0.5)


@ENDS
def test_a_good_order_is_about_as_short_as_the_best(is_loop: bool) -> None:
    shares = []
    for seed in range(8):
        points = scattered(MOST_EXACT, seed)
        best, good = (find(table(points), is_loop) for find in (exact_order, good_order))
        shares.append(length_m(points, good, is_loop) / length_m(points, best, is_loop))
        assert shares[-1] >= 1 - 1e-9
    assert max(shares) < 1.12
    assert sum(shares) / len(shares) < 1.02


@ENDS
def test_many_points_are_put_in_order_too_and_too_many_stay(is_loop: bool) -> None:
    points = scattered(40, 7)
    order = shortest_order(points, is_loop)
    assert (order[0], sorted(order)) == (0, list(range(40)))
    assert length_m(points, order, is_loop) < tour_m(points, is_loop) / 2
    assert shortest_order(scattered(200, 7), is_loop) == tuple(range(200))


def test_of_equal_walks_the_one_of_the_file_is_kept() -> None:
    square = [(3.40, 50.40), (3.41, 50.40), (3.41, 50.41), (3.40, 50.41)]
    assert shortest_order(square, is_loop=True) == (0, 1, 2, 3)
    assert shortest_order([square[place] for place in (0, 2, 1, 3)], is_loop=True) == (0, 2, 1, 3)
    assert shortest_order(square[:1] * 3, is_loop=False) == (0, 1, 2)
    assert [shortest_order(square[:count], is_loop=True) for count in range(3)] == [(), (0,), (0, 1)]


def mixed(folder: Path, places: tuple[Point | None, ...] = IN_A_ROW, **values: str) -> Catalogue:
    """Return a catalogue with a route past places, with other values of some of its keys."""
    stops = "".join(
        f'[[stop]]\ntext = "Ici."\n\n[stop.place]\nname = "Lieu {number}"\ncommune = "Là"\ninsee = "59002"\n\n'
        + (f'[stop.place.position]\nlon = {at[0]}\nlat = {at[1]}\nbasis = "carte"\n\n' if at else "")
        for number, at in enumerate(places)
    )
    head, _, rest = ROUTE.partition("[[stop]]")
    for key, value in {"path": '""', "path_measure": '"indicative"', "loop": "false", **values}.items():
        line = f"{key} = {value}"
        head = re.sub(rf"^{key} = .*$", line, head, flags=re.M) if f"\n{key} =" in head else f"{line}\n{head}"
    return read_catalogue(written(folder, route=head + stops + "[[rights]]" + rest.partition("[[rights]]")[2]))


@pytest.mark.parametrize(
    ("values", "order"),
    [
        ({}, SHORTEST),
        ({"order": '"shortest"'}, SHORTEST),
        ({"order": '"fixed"'}, AS_WRITTEN),
        ({"path": '"way.gpx"', "path_measure": '"measured"'}, AS_WRITTEN),
        ({"path": '"way.gpx"', "path_measure": '"measured"', "order": '"shortest"'}, SHORTEST),
        ({"path": '"way.gpx"', "path_measure": '"computed"'}, SHORTEST),
    ],
    ids=["nothing said", "shortest", "fixed", "own line", "own line and shortest", "computed line"],
)
def test_the_author_fixes_the_order(tmp_path: Path, values: dict[str, str], order: tuple[int, ...]) -> None:
    catalogue = mixed(tmp_path / "assets", IN_A_ROW, **values)
    entry = catalogue.routes["way"]
    assert walk_order(entry.of, catalogue) == order
    walk = in_walk_order(entry, catalogue).of
    assert list_positions(walk, catalogue) == [IN_A_ROW[place] for place in order]
    assert sorted(stop.place.name for stop in walk.stop if stop.place) == [f"Lieu {number}" for number in range(5)]


def test_a_stop_without_a_position_stays_behind_the_one_before_it(tmp_path: Path) -> None:
    first, *others = IN_A_ROW
    catalogue = mixed(tmp_path / "assets", (first, others[0], None, *others[1:]))
    assert walk_order(catalogue.routes["way"].of, catalogue) == (0, 3, 5, 4, 1, 2)
    unknown = mixed(tmp_path / "unknown", (None, *IN_A_ROW))
    assert walk_order(unknown.routes["way"].of, unknown)[:2] == (0, 1)
    assert walk_order(Route(), unknown) == ()


def test_ours_come_in_the_order_of_the_shortest_walk_as_their_files_do() -> None:
    catalogue = read_catalogue(PROJECT / "assets")
    for entry in catalogue.routes.values():
        assert not entry.of.has_fixed_order
        known = [point for point in list_positions(entry.of, catalogue) if point is not None]
        assert len(known) <= MOST_EXACT
        best = exact_order(table(known), bool(entry.of.loop))
        assert tour_m(known, bool(entry.of.loop)) == pytest.approx(length_m(known, best, bool(entry.of.loop)), abs=0.5)
        assert walk_order(entry.of, catalogue) == tuple(range(len(entry.of.stop)))
