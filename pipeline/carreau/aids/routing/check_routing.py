"""Try the services of routing with small requests, and tell of each whether it answers as it should."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipeline.catalogue.ground_distance import length_m
from pipeline.errors import ServiceError
from pipeline.messages import Message, Number, message
from pipeline.routing.heights import asked_heights
from pipeline.routing.itinerary import NoWayError, way_between
from pipeline.routing.json_answers import SEE_CHECK, json_answer
from pipeline.survey.service_check import ServiceChecks, try_service
from pipeline.survey.services import Services
from pipeline.survey.source import Source


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
