"""Try the services of routing with small requests, and tell of each whether it answers as it should."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from carreau.aids.routing.heights import asked_heights
from carreau.aids.routing.itinerary import NoWayError, way_between
from carreau.aids.routing.json_answers import SEE_CHECK, json_answer
from carreau.air.survey.service_check import ServiceChecks, try_service
from carreau.air.survey.services import Services
from carreau.air.survey.source import Source
from carreau.base.errors import ServiceError
from carreau.base.messages import Message, Number, message
from carreau.catalogue.ground_distance import length_m


def check_routing(source: Source, services: Services) -> ServiceChecks:
    """Try the list of what there is, a way, and a height."""
    way, heights = services.way, services.heights
    start, end = way.checked[0], way.checked[-1]

    def listed() -> Message:
        names = json_answer(source, way, way.capabilities, lambda data: set(_texts(data)), use_kept=False)
        missing = tuple(each for each in (way.resource, *dict.fromkeys(way.profiles.values())) if each not in names)
        if missing:
            raise ServiceError(way.title, message("it does not list %(names)s", names=missing), SEE_CHECK)
        others = tuple(sorted(names & {"bicycle", "bike", "cycling"}))
        if others:
            return message("it lists %(names)s now: name it for bike in services.toml", names=others)
        return message("%(resource)s is listed, no bicycles", resource=way.resource)

    def walked() -> Message:
        try:
            leg = way_between(source, way, next(iter(way.profiles.values())), start, end)
        except NoWayError as error:
            raise ServiceError(way.title, error.cause, SEE_CHECK) from error
        return message(
            "%(metres)s m, data of %(version)s", metres=Number(length_m(leg.points), ",.0f"), version=leg.version or "?"
        )

    def height() -> Message:
        [metres] = asked_heights([start], source, heights)
        return message("%(metres)s m above the sea", metres=Number(metres, ",.0f"))

    names = (f"{way.title} ({way.resource})", way.title, heights.title)
    return ServiceChecks(tuple(map(try_service, names, (listed, walked, height))))


def _texts(data: Any) -> Iterator[str]:
    """Yield every text of a document."""
    if isinstance(data, str):
        yield data
    for each in data.values() if isinstance(data, dict) else data if isinstance(data, list) else ():
        yield from _texts(each)
