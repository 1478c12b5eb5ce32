"""What a visitor gets at a place, on a route or from a trail, in a few words: for plates, link previews and frames."""

from __future__ import annotations

import re

from carreau.base.levels import AR_FILES
from carreau.base.schema.route import Route
from carreau.base.schema.site import Site
from carreau.base.schema.state import State
from carreau.base.schema.trail import Trail
from carreau.site.pages.page_texts import PageTexts

_YEAR = re.compile(r"-?\d{4}")
_PAST = 2000
"""Models of years before this are shown as a look into the past, not as a survey."""


def invitation(site: Site, texts: PageTexts) -> str:
    """Return what to do at a place, from what it really has: the past, 3D, pictures, sounds, or its story."""
    shown = [state for state in site.states if state.levels]
    years = sorted(year for state in shown if (year := _year(state)) is not None and year < _PAST)
    kinds = {medium.kind for medium in site.media}
    if years:
        return texts.gettext("See it in %(year)s", year=years[0])
    if shown:
        return texts.gettext("See it in 3D")
    if "sound" in kinds or any(tour.steps for tour in site.tours):
        return texts.gettext("Listen to its story")
    if kinds & {"image", "video"}:
        return texts.gettext("See it in pictures")
    return texts.gettext("Read its story")


def more(site: Site, texts: PageTexts) -> list[str]:
    """Return what else a place has: 3D beside the past, augmented reality, sounds."""
    shown = [state for state in site.states if state.levels]
    has_ar = any(level.level in AR_FILES for state in shown for level in state.levels)
    has_past = any((year := _year(state)) is not None and year < _PAST for state in shown)
    extras = [
        texts.gettext("in 3D") if has_past else "",
        texts.gettext("in augmented reality") if has_ar else "",
        texts.gettext("with sound") if shown and any(medium.kind == "sound" for medium in site.media) else "",
    ]
    return [each for each in extras if each]


def route_invitation(route: Route, texts: PageTexts) -> str:
    """Return what to do on a route: walk or ride in its commune, or past its places; by car or bus, see them."""
    communes = {stop.commune for stop in route.stops if stop.commune}
    is_bike, number = route.mode.code == "bike", len(route.stops)
    if route.mode.code not in ("walk", "bike"):
        return texts.ngettext("See %(number)s place", "See all %(number)s places", number)
    if len(communes) == 1:
        [commune] = communes
        if is_bike:
            return texts.gettext("Ride in %(commune)s", commune=commune)
        return texts.gettext("Walk in %(commune)s", commune=commune)
    if is_bike:
        return texts.ngettext("Ride to %(number)s place", "Ride past %(number)s places", number)
    return texts.ngettext("Walk to %(number)s place", "Walk past %(number)s places", number)


def trail_invitation(trail: Trail, texts: PageTexts) -> str:
    """Return what to do with a trail: follow it chapter by chapter."""
    return texts.ngettext(
        "Follow the story in %(number)s chapter", "Follow the story in %(number)s chapters", len(trail.chapters)
    )


def _year(state: State) -> int | None:
    """Return the first year of a state, None where its date tells none, as "19XX" does."""
    match = _YEAR.match(state.date.edtf) if state.date else None
    return int(match[0]) if match else None
