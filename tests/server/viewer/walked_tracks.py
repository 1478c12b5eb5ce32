"""Tracks of visitors: errors of 5 to 15 m that last, a gap, a stop under trees, a bus ride, the far bank of a river."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field

METRES_A_DEGREE = 111_195.08
ORIGIN = 3.40, 50.33
PLACES = {2: (0.0, 0.0), 3: (500.0, 0.0), 5: (1000.0, 20.0), 7: (2500.0, 0.0), 10: (3000.0, -100.0)}
"""Metres to the east and to the north, by index of the chapter."""
RIVER_M = 55.0
"""From the place of the sixth chapter to the path on the other bank."""
STEP_S = 2
LASTS_S = 15.0
"""How long an error lasts."""


def at(x: float, y: float) -> tuple[float, float]:
    """Return longitude and latitude of a point in metres."""
    lon, lat = ORIGIN
    return lon + x / METRES_A_DEGREE / math.cos(math.radians(lat)), lat + y / METRES_A_DEGREE


@dataclass
class Track:
    """A track.

    fixes : seconds, longitude, latitude, accuracy in metres, and speed in metres a second or None
    visits : number of the chapter, and the seconds from and to which the visitor is within 50 m of its place
    """

    seed: int
    fixes: list[tuple[float, float, float, float, float | None]] = field(default_factory=list)
    visits: list[tuple[int, float, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._error_m = 5 + 10 * self._random.random()
        self._tells_speed = self._random.random() < 0.5
        self._x, self._y, self._second, self._silent_until = -150.0, 5.0, 0, 0
        self._shade = 1.0
        self._east, self._north = self._random.gauss(0, 1), self._random.gauss(0, 1)
        self._walk()

    def _walk(self) -> None:
        self._visit(2)
        self._silent_until = self._second + 60
        self._visit(3)
        # Along the other bank first, to and fro.
        for x in (850, 1150, 1000, 700):
            self._go(x, PLACES[5][1] + RIVER_M, 1.3)
            self._wait(60)
        self._go(700, 0, 1.3)
        self._shade = 2.2
        self._visit(5, 120)
        self._shade = 1
        self._go(1100, 10, 1.3)
        # By bus past the next place, where it waits at a light; then back there by bicycle.
        self._go(2480, 25, 11)
        self._wait(18)
        self._go(3400, 25, 11)
        self._wait(60)
        self._visit(10)
        self._go(2600, -60, 4.5)
        self._visit(7)
        self._go(2000, 0, 1.3)

    def _visit(self, index: int, least_s: int = 60) -> None:
        x, y = PLACES[index]
        spread = self._random.uniform
        begun = self._second
        self._go(x + spread(-8, 8), y + spread(-8, 8), 1.3)
        near = max(begun, self._second - 40)
        self._wait(least_s + int(spread(0, 60)))
        self.visits.append((index + 1, near, self._second + 40))

    def _go(self, x: float, y: float, speed: float) -> None:
        length = math.hypot(x - self._x, y - self._y)
        steps = max(1, round(length / speed / STEP_S))
        east, north = (x - self._x) / steps, (y - self._y) / steps
        for _ in range(steps):
            self._x, self._y = self._x + east, self._y + north
            self._tick(speed)

    def _wait(self, seconds: int) -> None:
        for _ in range(seconds // STEP_S):
            self._tick(0)

    def _tick(self, speed: float) -> None:
        self._second += STEP_S
        keep = math.exp(-STEP_S / LASTS_S)
        fresh = math.sqrt(1 - keep * keep)
        self._east = keep * self._east + fresh * self._random.gauss(0, 1)
        self._north = keep * self._north + fresh * self._random.gauss(0, 1)
        if self._second < self._silent_until:
            return
        error_m = self._error_m * self._shade
        lon, lat = at(self._x + self._east * error_m / math.sqrt(2), self._y + self._north * error_m / math.sqrt(2))
        told = max(0.0, speed + self._random.gauss(0, 0.3)) if self._tells_speed else None
        self.fixes.append((self._second, lon, lat, 1.7 * error_m * self._random.uniform(0.8, 1.2), told))
