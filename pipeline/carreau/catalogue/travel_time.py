"""How long a way takes, by formulas that have a name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from carreau.catalogue.route_line import Effort

WALKING_M_H, CLIMBING_M_H, DESCENDING_M_H = 4000.0, 300.0, 500.0
CYCLING_M_H = 15_000.0
CLIMB_AS_LENGTH = 8.0


@dataclass(frozen=True)
class Formula:
    """A formula.

    name : as signposts and guides know it
    minutes : of an effort
    """

    name: str
    minutes: Callable[[Effort], float]


def walking_minutes(effort: Effort) -> float:
    """Return the minutes on foot after DIN 33466, the norm of signposts for hikers, without pauses.

    4 km, 300 m up or 500 m down an hour; the longer of the two times, on the flat and up and down, and half of the
    other. Unknown heights count as flat.
    """
    flat = effort.length_m / WALKING_M_H
    steep = (effort.climb_m or 0.0) / CLIMBING_M_H + (effort.descent_m or 0.0) / DESCENDING_M_H
    return 60 * (max(flat, steep) + min(flat, steep) / 2)


def cycling_minutes(effort: Effort) -> float:
    """Return the minutes by bicycle: 15 km an hour, the speed of OSRM's bicycle profile, without pauses.

    A metre of climb counts as eight metres of way, the equivalence that is in Naismith's rule.
    Source: P. Scarf, "Route choice in mountain navigation, Naismith's rule, and the equivalence of distance and climb",
    Journal of Sports Sciences 25 (2007).
    """
    return 60 * (effort.length_m + CLIMB_AS_LENGTH * (effort.climb_m or 0.0)) / CYCLING_M_H


FORMULAS: Mapping[str, Formula] = {
    "walk": Formula("DIN 33466", walking_minutes),
    "bike": Formula("15 km/h, Naismith/Scarf", cycling_minutes),
}
"""By travel mode; there is none for cars and buses."""
