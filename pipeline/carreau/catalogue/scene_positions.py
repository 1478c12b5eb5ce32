"""Where the features of a map that moves are at each of its events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from carreau.catalogue.map_scene import GONE, At, Feature, MapScene, Other
from carreau.formats.geodata import Commune

Point = tuple[float, float]


@dataclass(frozen=True)
class Spot:
    """Where a feature is at an event.

    at : what says it
    event : index of the event since which it is there
    points : one of a point, more of a line, none where the position is not known; (lon, lat) in degrees
    commune : that it was somewhere around; None where its position is given
    """

    at: At
    event: int
    points: tuple[Point, ...]
    commune: Commune | None = None

    @property
    def is_supposed(self) -> bool:
        """Return whether it is drawn where nobody says that it was."""
        return self.commune is not None or self.at.evidence == "hypothetical"


def spots_of(feature: Feature, scene: MapScene, communes: Mapping[str, Commune]) -> list[Spot]:
    """Return the places of a feature in the order of the events; of events that do not exist there is none."""
    numbers = {event.id: number for number, event in enumerate(scene.event)}
    return [_spot(each, numbers[each.event], communes) for each in feature.at if each.event in numbers]


def spot_at(spots: list[Spot], event: int) -> Spot | None:
    """Return where a feature is at an event; None before its first place, and once it is gone."""
    spot = next((each for each in reversed(spots) if each.event <= event), None)
    return None if spot is None or spot.at.state == GONE else spot


def place_of(of: At | Other, communes: Mapping[str, Commune]) -> tuple[tuple[Point, ...], Commune | None]:
    """Return the point of a place, if there is one, and the commune that it is only the middle of."""
    point = of.position.point if of.position else None
    if point:
        return (point,), None
    commune = communes.get(of.insee)
    return (commune.outline.middle,) if commune else (), commune


def _spot(at: At, event: int, communes: Mapping[str, Commune]) -> Spot:
    return Spot(at, event, at.line) if at.line else Spot(at, event, *place_of(at, communes))
