"""Tracks of visitors: errors that last, gaps, jumps, rides, clocks that are set back, the far bank of a river."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

METRES_A_DEGREE = 111_195.08
ORIGIN = 3.40, 50.33
PLACES = {2: (0.0, 0.0), 3: (500.0, 0.0), 5: (1000.0, 20.0), 7: (2500.0, 0.0), 10: (3000.0, -100.0)}
"""Metres to the east and to the north, by index of the chapter."""
RIVER_M = 55.0
"""From the place of the sixth chapter to the path on the other bank."""
STEP_S = 2
LASTS_S = 15.0
"""How long an error lasts."""
WALKING, CYCLING, DRIVING = 1.3, 4.2, 60 / 3.6
"""Metres a second."""
HERE_M = 50.0
"""Who is nearer to a place may be told of it: a receiver errs, and a place has a width."""

Point = tuple[float, float]
"""Longitude and latitude in degrees."""


def at(x: float, y: float, origin: Point = ORIGIN) -> Point:
    """Return longitude and latitude of a point in metres."""
    lon, lat = origin
    return lon + x / METRES_A_DEGREE / math.cos(math.radians(lat)), lat + y / METRES_A_DEGREE


def metres(point: Point, origin: Point) -> Point:
    """Return how far east and north of an origin a point lies."""
    (lon, lat), (west, south) = point, origin
    return (lon - west) * METRES_A_DEGREE * math.cos(math.radians(south)), (lat - south) * METRES_A_DEGREE


class Fix(NamedTuple):
    """What a receiver says: its own time in seconds, metres for the accuracy, metres a second or None for the speed."""

    second: float
    lon: float
    lat: float
    accuracy: float
    speed: float | None


@dataclass
class Walker:
    """Somebody who goes from place to place with a receiver.

    noise_m : standard deviation of errors to the east and to the north
    lasts_s : how long an error lasts; 0 where each position has an error of its own
    accuracy_m : that the receiver says of itself
    tells_speed : whether it says how fast it moves
    fixes : what it says
    truth : metres to the east and to the north where the walker really is, at each of them
    """

    seed: int = 0
    noise_m: float = 8.0
    lasts_s: float = 0.0
    accuracy_m: float = 16.0
    tells_speed: bool = True
    step_s: float = STEP_S
    origin: Point = ORIGIN
    fixes: list[Fix] = field(default_factory=list)
    truth: list[Point] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.x, self.y, self.second = 0.0, 0.0, 0.0
        self.shade, self.clock_s = 1.0, 0.0
        self.silent_until = 0.0
        self.shift: Point = (0.0, 0.0)
        self._errors = [self.random.gauss(0, 1), self.random.gauss(0, 1)]

    def go(self, x: float, y: float, speed: float) -> None:
        """Go straight to a point."""
        length = math.hypot(x - self.x, y - self.y)
        steps = max(1, round(length / speed / self.step_s))
        east, north = (x - self.x) / steps, (y - self.y) / steps
        for _ in range(steps):
            self.x, self.y = self.x + east, self.y + north
            self.tick(speed)

    def wait(self, seconds: float) -> None:
        """Stand still."""
        for _ in range(int(seconds / self.step_s)):
            self.tick(0)

    def tick(self, speed: float) -> None:
        """Let a step pass, and the receiver say where it is."""
        self.second += self.step_s
        keep = math.exp(-self.step_s / self.lasts_s) if self.lasts_s else 0.0
        fresh = math.sqrt(1 - keep * keep)
        self._errors = [keep * each + fresh * self.random.gauss(0, 1) for each in self._errors]
        if self.second < self.silent_until:
            return
        noise = self.noise_m * self.shade
        x, y = (
            true + error * noise + shift
            for true, error, shift in zip((self.x, self.y), self._errors, self.shift, strict=True)
        )
        told = max(0.0, speed + self.random.gauss(0, 0.3)) if self.tells_speed else None
        accuracy = self.accuracy_m * self.shade * self.random.uniform(0.8, 1.2)
        self.fixes.append(Fix(self.second + self.clock_s, *at(x, y, self.origin), accuracy, told))
        self.truth.append((self.x, self.y))


class Track(Walker):
    """A walk past `PLACES`, along a river, by bus and by bicycle.

    visits : number of the chapter, and the seconds from and to which the visitor is within 50 m of its place
    """

    def __init__(self, seed: int) -> None:
        """Walk."""
        chance = random.Random(seed)
        error_m = 5 + 10 * chance.random()
        super().__init__(seed, error_m / math.sqrt(2), LASTS_S, 1.7 * error_m, chance.random() < 0.5)
        self.x, self.y = -150.0, 5.0
        self.visits: list[tuple[int, float, float]] = []
        self._visit(2)
        self.silent_until = self.second + 60
        self._visit(3)
        # Along the other bank first, to and fro.
        for x in (850, 1150, 1000, 700):
            self.go(x, PLACES[5][1] + RIVER_M, WALKING)
            self.wait(60)
        self.go(700, 0, WALKING)
        self.shade = 2.2
        self._visit(5, 120)
        self.shade = 1
        self.go(1100, 10, WALKING)
        # By bus past the next place, where it waits at a light; then back there by bicycle.
        self.go(2480, 25, 11)
        self.wait(18)
        self.go(3400, 25, 11)
        self.wait(60)
        self._visit(10)
        self.go(2600, -60, 4.5)
        self._visit(7)
        self.go(2000, 0, WALKING)

    def _visit(self, index: int, least_s: int = 60) -> None:
        x, y = PLACES[index]
        spread = self.random.uniform
        begun = self.second
        self.go(x + spread(-8, 8), y + spread(-8, 8), WALKING)
        near = max(begun, self.second - 40)
        self.wait(least_s + int(spread(0, 60)))
        self.visits.append((index + 1, near, self.second + 40))


Scenario = Callable[["Tour"], None]


@dataclass
class Tour(Walker):
    """A tour past the stops of a route, or the places of a trail.

    stops : metres to the east and to the north of the origin
    pace : on the way, in metres a second
    """

    stops: Sequence[Point] = ()
    pace: float = WALKING

    def begin(self, stops: Sequence[Point]) -> None:
        """Be 150 m before the first stop."""
        x, y = stops[0]
        self.x, self.y = x - 150, y - 20

    def pass_by(self, stops: Sequence[Point], before: Callable[[int], None] = lambda _: None) -> None:
        """Go from stop to stop, and stay a minute or two at each.

        before : called half-way to each stop, with its index
        """
        self.begin(stops)
        for index, (x, y) in enumerate(stops):
            self.go((self.x + x) / 2, (self.y + y) / 2, self.pace)
            before(index)
            spread = self.random.uniform
            self.go(x + spread(-6, 6), y + spread(-6, 6), self.pace)
            self.wait(60 + spread(0, 60))


def walked(tour: Tour) -> None:
    tour.pass_by(tour.stops)


def walked_back(tour: Tour) -> None:
    tour.pass_by(tour.stops[::-1])


def tunnelled(tour: Tour) -> None:
    """No position for two minutes on the way to each stop, and the first one afterwards lies 300 m off."""

    def tunnel(_: int) -> None:
        tour.wait(60)
        tour.silent_until = tour.second + 120
        tour.wait(122)
        tour.shift = (300.0, 0.0)
        tour.tick(0)
        tour.shift = (0.0, 0.0)

    tour.pass_by(tour.stops, tunnel)


def leapt(tour: Tour) -> None:
    """Half-way to each stop, the receiver says for 20 s that it is at a far one, walking all the while."""

    def leap(_index: int) -> None:
        away = [(math.dist((tour.x, tour.y), stop), stop) for stop in tour.stops]
        far = [each for each in away if each[0] > 2 * HERE_M]
        for _, (x, y) in far[:1] + far[-1:]:
            tour.wait(70)
            tour.shift = (x - tour.x, y - tour.y)
            for _ in range(int(20 / tour.step_s)):
                tour.tick(WALKING)
            tour.shift = (0.0, 0.0)
        tour.wait(60)

    tour.pass_by(tour.stops, leap)


def driven(tour: Tour) -> None:
    """By car past every stop at 60 km/h, with a stop of 20 s at a light 60 m behind each."""
    tour.begin(tour.stops)
    for x, y in tour.stops:
        length = max(1.0, math.dist((tour.x, tour.y), (x, y)))
        beyond = x + 60 * (x - tour.x) / length, y + 60 * (y - tour.y) / length
        tour.go(*beyond, DRIVING)
        tour.wait(20)


def with_a_wrong_fix(tour: Tour) -> None:
    """On the way to each stop, a single position lies at a far one."""

    def wrong(_: int) -> None:
        x, y = max(tour.stops, key=lambda stop: math.dist((tour.x, tour.y), stop))
        tour.shift = (x - tour.x, y - tour.y)
        tour.tick(WALKING)
        tour.shift = (0.0, 0.0)
        tour.wait(30)

    tour.pass_by(tour.stops, wrong)


def with_a_clock_set_back(tour: Tour) -> None:
    """The clock is set back by an hour on the way to every second stop, and forward again on the way to the others."""

    def set_clock(index: int) -> None:
        tour.clock_s = 0.0 if index % 2 else -3600.0

    tour.pass_by(tour.stops, set_clock)


SCENARIOS: Mapping[str, Scenario] = MappingProxyType(
    {
        "walked": walked,
        "walked back": walked_back,
        "tunnels": tunnelled,
        "jumps of 20 s": leapt,
        "by car": driven,
        "wrong positions": with_a_wrong_fix,
        "clock set back": with_a_clock_set_back,
    }
)
"""What becomes of a tour, by what happens on it."""
BY_CAR = "by car"
RECEIVERS: Mapping[str, Mapping[str, float | bool]] = MappingProxyType(
    {
        "noise 8 m": {"step_s": 1},
        "noise 8 m, told as 8 m, no speed": {"accuracy_m": 8.0, "tells_speed": False, "step_s": 1},
        "noise 8 m that lasts": {"lasts_s": LASTS_S},
        "every 9 s, no speed": {"step_s": 9, "noise_m": 5.0, "accuracy_m": 10.0, "tells_speed": False},
    }
)
"""Kinds of receivers, by name: values of `Walker`."""


def tour(stops: Sequence[Point], scenario: str, receiver: str, seed: int, pace: float = WALKING) -> Tour:
    """Return a tour past points in degrees."""
    origin = stops[0]
    made = Tour(seed, origin=origin, stops=[metres(stop, origin) for stop in stops], pace=pace, **RECEIVERS[receiver])  # type: ignore[arg-type]
    SCENARIOS[scenario](made)
    return made


def arrivals_of(made: Tour, told: Sequence[tuple[int, int]]) -> tuple[list[int], list[tuple[int, int]]]:
    """Return where a detector said that one arrives, and what of that is far from there.

    told : index of the position and of the stop
    """
    far = [each for each in told if math.dist(made.truth[each[0]], made.stops[each[1]]) > HERE_M]
    return [stop for _, stop in told], far
