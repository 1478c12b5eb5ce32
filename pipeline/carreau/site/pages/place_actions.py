"""What a visitor can do at a place: go there, see then and now, see it in augmented reality, listen."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from carreau.base.levels import AR_FILES
from carreau.base.schema.parts import Place, Text
from carreau.base.schema.site import Site, Visit
from carreau.base.schema.state import State, Tour
from carreau.site.pages.page_texts import PageTexts, plain

_IN_BRACKETS = re.compile(r"\s*\([^)]*\)$")


@dataclass(frozen=True)
class Action:
    """A link of the first screen.

    detail : a second, small line
    href : where it leads without a script, in the page
    does : what it asks the viewer for, as "compare", "ar" or "tour"; empty for a plain link
    state : id of the state it is about; empty for the first
    is_main : whether it is the one that stands out
    """

    label: str
    detail: str
    href: str
    does: str = ""
    state: str = ""
    is_main: bool = False


def place_actions(site: Site, first: State | None, go_to: str, texts: PageTexts) -> list[Action]:
    """Return what can be done at a place, only what is there.

    first : the state on the stage
    go_to : anchor of the ways to it; empty where nobody can go
    """
    actions = []
    if go_to:
        actions.append(Action(texts.gettext("Go there"), texts.gettext("on foot, by bicycle"), go_to))
    actions += viewer_actions(site, first, texts)
    listen = _listen(site, first, texts)
    if listen:
        actions.append(listen)
    if not actions and site.description:
        actions.append(Action(texts.gettext("Read its story"), "", "#story"))
    return [Action(**{**vars(each), "is_main": number == 0}) for number, each in enumerate(actions)]


def viewer_actions(site: Site, first: State | None, texts: PageTexts) -> list[Action]:
    """Return what the viewer can do: compare two states, and augmented reality."""
    actions = []
    shown = sorted((state for state in site.states if state.levels), key=when)
    if first and first.levels and len(shown) > 1:
        dates = f"{when_of(shown[0])} · {when_of(shown[-1])}"
        actions.append(Action(texts.gettext("Then and now"), dates, "#states", "compare", first.id))
    placed = [state for state in site.states if any(level.level in AR_FILES for level in state.levels)]
    if placed:
        state = first if first in placed else placed[0]
        actions.append(
            Action(
                texts.gettext("See it in AR"), " · ".join(_sizes(state, texts)), f"#files-{quote(state.id)}",
                "ar", state.id,
            )
        )  # fmt: skip
    return actions


def _sizes(state: State, texts: PageTexts) -> list[str]:
    """Return how augmented reality shows a state, as the dialog of the viewer offers it (`arChoices` in `ar.ts`)."""
    is_life_sized = state.ar is not None and state.ar.life_size_m is not None
    has_table_files = state.ar is not None and state.ar.table_scale not in (None, 1)
    on_table = [texts.gettext("on my table")] if has_table_files or not is_life_sized else []
    return [*on_table, *([texts.gettext("life-size")] if is_life_sized else [])]


def when(state: State) -> str:
    """Return the sort key of a state: its date, those without one last."""
    return state.date.edtf if state.date else "~"


def when_of(state: State) -> str:
    """Return the date of a state, else its title without what is in brackets, as the viewer does."""
    return state.date.text if state.date else _IN_BRACKETS.sub("", plain(state.title))


def _listen(site: Site, first: State | None, texts: PageTexts) -> Action | None:
    """Return the tour of the state on the stage, any other tour with a model, or the first sound; None without any."""
    shown = {state.id for state in site.states if state.levels}
    tours = [tour for tour in site.tours if tour.steps and tour.state in shown]
    own = [tour for tour in tours if first and tour.state == first.id]
    with_sound = [tour for tour in (*own, *tours) if any(step.sound for step in tour.steps)]
    if with_sound or tours:
        tour = next(iter(with_sound or own or tours))
        label = texts.gettext("Listen") if with_sound else texts.gettext("Take the tour")
        return Action(label, _length(tour, texts), f"#tour-{quote(tour.id)}", "tour", tour.state)
    sounds = [medium for medium in site.media if medium.kind == "sound"]
    if not sounds:
        return None
    detail = texts.ngettext("%(number)s recording", "%(number)s recordings", len(sounds))
    return Action(texts.gettext("Listen"), detail, f"#media-{quote(sounds[0].id)}")


def _length(tour: Tour, texts: PageTexts) -> str:
    minutes = max(1, round(sum(step.duration_s for step in tour.steps) / 60))
    return texts.gettext("guided tour, %(minutes)s min", minutes=texts.wording.count(minutes))


def supposed(states: Sequence[State], texts: PageTexts) -> list[str]:
    """Return sentences about what the models on the stage are, and which of their parts are supposed."""
    lines = [f"{state.line}." for state in states if state.line]
    parts = (plain(part.label) for state in states for part in state.parts if part.evidence.code == "hypothetical")
    named = list(dict.fromkeys(parts))[:_NAMED]
    if named:
        lines.append(texts.gettext("Assumed: %(parts)s.", parts=texts.join_list(named)))
    return lines


_NAMED = 4
"""As many parts are named beside the model; the page tells of all of them further down."""

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
