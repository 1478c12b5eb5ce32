"""What a visitor can do at a place: go there, see then and now, see it in augmented reality, listen."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from carreau.base.levels import AR_FILES
from carreau.base.schema.site import Site
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
