"""Sizes in augmented reality: on a table, and life-size.

A phone shows a model as large as its file says, and a tower of 37 m does not fit into a living room. So a model that is
larger than a table gets a second pair of files, with a scale at its root.
"""

from __future__ import annotations

import math

TABLE_M = 0.6
"""Longest edge of a model on a table: it fits a coffee table, and both hands reach around it."""

STILL_FITS = 1.25
"""A model this much longer is left as it is."""

LONG_DEG, SHORT_DEG = 65.0, 40.0
"""What a phone's camera sees on screen, along its longer and its shorter edge: the main camera (26 mm equivalent, 69 by
50 degrees) without what a long screen cuts off at the sides."""

FARTHEST_M = 75.0
"""Largest distance to stand at: farther away it would take more than a hectare without obstacles, and the model drifts,
since phones hold it by the ground near the visitor. What is wider than 95 m is not shown life-size, then."""


def table_scale(size_m: tuple[float, float, float], is_size_known: bool) -> float:
    """Return the factor that makes a model fit a table; 1 for one that is small enough as it is.

    size_m : edges of its bounding box; in any unit if the size is not known

    >>> round(table_scale((6.0, 24.0, 3.0), is_size_known=True), 6)
    0.025
    >>> table_scale((0.2, 0.5, 0.2), is_size_known=True)
    1.0
    >>> table_scale((0.2, 0.3, 0.2), is_size_known=False)
    2.0
    """
    longest = max(size_m)
    if longest <= 0 or (is_size_known and longest <= STILL_FITS * TABLE_M):
        return 1.0
    return TABLE_M / longest


def standing_distance(size_m: tuple[float, float, float]) -> float | None:
    """Return how far from a life-size model one stands to see all of it, in metres; None if farther than is possible.

    The phone is held upright or across, whichever is nearer, with the ground at one edge of its picture. It is counted
    from the nearest side of the model, and rounded up: to 5 m from 10 m on, to whole metres below.

    size_m : width, height and depth of the model

    >>> standing_distance((56.4, 36.7, 33.1))
    45.0
    >>> standing_distance((0.5, 1.8, 0.5))
    1.0
    >>> standing_distance((152.0, 25.0, 102.0)) is None
    True
    """
    width, height = max(size_m[0], size_m[2]), size_m[1]
    least = min(_distance(width, height, LONG_DEG, SHORT_DEG), _distance(width, height, SHORT_DEG, LONG_DEG))
    step = 5.0 if least >= 10 else 1.0
    distance = math.ceil(least / step) * step
    return distance if distance <= FARTHEST_M else None


def _distance(width: float, height: float, across_deg: float, upward_deg: float) -> float:
    """Return the distance at which a width fits `across_deg` and a height fits `upward_deg`."""
    return max(width / 2 / math.tan(math.radians(across_deg) / 2), height / math.tan(math.radians(upward_deg)))
