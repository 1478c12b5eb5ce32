"""Ways to a place: links that open the phone's own maps, coordinates to copy, and what is known about arriving."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from carreau.base.schema.place import Place
from carreau.base.schema.site import Visit
from carreau.base.schema.words import Text
from carreau.site.pages.page_texts import PageTexts

_ENGINES = {"walk": "fossgis_osrm_foot", "bike": "fossgis_osrm_bike"}
"""Route planners of openstreetmap.org, as its `directions` page names them."""
_APPLE_FLAGS = {"walk": "w", "bike": "c"}
"""Travel modes of links to Apple Maps; an older version that does not know one opens the place all the same."""


@dataclass(frozen=True)
class Way:
    """A link that plans the way to a place.

    mode : "walk" or "bike"
    web : for any browser: OpenStreetMap, which plans from where the visitor says
    apple : opens Apple Maps on iPhones
    """

    mode: str
    label: str
    web: str
    apple: str


@dataclass(frozen=True)
class Known:
    """Something known about arriving.

    text : a text of the catalogue, or a word of ours
    """

    label: str
    text: Text | str
    source: str


@dataclass(frozen=True)
class Directions:
    """How to go to a place.

    coordinates : latitude, longitude, in degrees, as map programs take them
    geo : opens the map program of Android phones (RFC 5870)
    unknown : labels of what the catalogue does not tell, for one sentence
    """

    heading: str
    coordinates: str
    geo: str
    ways: tuple[Way, ...]
    known: tuple[Known, ...] = ()
    unknown: tuple[str, ...] = ()


def directions(
    position: Place | None, name: str, texts: PageTexts, visit: Visit | None = None, is_start: bool = False
) -> Directions | None:
    """Return how to go to a place; None where its position is unknown or simulated.

    name : of the place, in plain text
    is_start : whether it is the start of a route, which has no entry of its own to tell more
    """
    if position is None or position.is_simulated:
        return None
    at = f"{position.lat:.5f},{position.lon:.5f}"
    labels = {"walk": texts.gettext("On foot"), "bike": texts.gettext("By bicycle")}
    ways = (Way(mode, label, _web(at, mode), _apple(at, mode)) for mode, label in labels.items())
    return Directions(
        heading=texts.gettext("Go to the start") if is_start else texts.gettext("Go there"),
        coordinates=at.replace(",", ", "),
        geo=f"geo:{at}?q={at}({quote(name, safe='')})",
        ways=tuple(ways),
        known=() if is_start else tuple(_known(visit, texts)),
        unknown=() if is_start else tuple(_unknown(visit, texts)),
    )


def _web(at: str, mode: str) -> str:
    return f"https://www.openstreetmap.org/directions?engine={_ENGINES[mode]}&route=;{at}"


def _apple(at: str, mode: str) -> str:
    return f"https://maps.apple.com/?daddr={at}&dirflg={_APPLE_FLAGS[mode]}"


def _known(visit: Visit | None, texts: PageTexts) -> list[Known]:
    if visit is None:
        return []
    known = list[Known]()
    if visit.parking:
        known.append(Known(texts.gettext("Parking"), visit.parking, visit.parking_source))
    if visit.bus:
        known.append(Known(texts.gettext("Bus stop"), visit.bus, visit.bus_source))
    if visit.is_step_free is not None:
        answer = texts.gettext("yes") if visit.is_step_free else texts.gettext("no")
        known.append(Known(texts.gettext("Step-free"), answer, visit.step_free_source))
    return known


def _unknown(visit: Visit | None, texts: PageTexts) -> list[str]:
    known = visit or Visit()
    return [
        label
        for label, value in (
            (texts.gettext("parking"), known.parking),
            (texts.gettext("bus stop"), known.bus),
            (texts.gettext("step-free access"), known.is_step_free),
        )
        if value is None
    ]
