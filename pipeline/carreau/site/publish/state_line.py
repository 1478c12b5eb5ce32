"""What a state is, of when and how certain, in one line, which pages, embeds and the viewer show."""

from __future__ import annotations

from carreau.base.i18n.translator import Translator
from carreau.base.schema.state import State
from carreau.catalogue.state import MASSING, MODEL, RECONSTRUCTION, SCAN, SURVEY

CONTEXT = "state"
"""Message context in `interface.po`."""

SIMULATED = {
    SCAN: "simulated scan",
    RECONSTRUCTION: "simulated reconstruction",
    MODEL: "simulated model",
    SURVEY: "simulated aerial survey",
    MASSING: "simulated model",
}
ATTESTED, HYPOTHETICAL = "attested", "hypothetical"
EVIDENCE = {ATTESTED: "attested by sources", "deduced": "deduced", HYPOTHETICAL: "hypothetical"}
"""In words that suit a noun of any gender."""


def state_line(state: State, translator: Translator, is_historic: bool = False) -> str:
    """Return the kind, the date and the certainty of a state, without what goes without saying.

    is_historic : whether it is an old photograph on the ground of today, whose kind says of what years it is

    A simulation is neither attested nor hypothetical. A scan is attested by itself, and its date is that of the
    capture; a reconstruction is as certain as its sources; a massing model says if some parts are supposed.
    """

    def say(words: str) -> str:
        return translator.within(CONTEXT, words) if words else ""

    date = state.date.text if state.date else ""
    if state.is_simulated:
        parts = [say(SIMULATED[state.kind.code]), date]
    elif state.survey is not None and not state.survey.points_per_m2 and not is_historic:
        parts = [say("raised from records of buildings, not measured"), date]
    elif is_historic:
        parts = [state.kind.text]
    elif state.kind.code in (SCAN, SURVEY):
        parts = [state.kind.text, date or say("date unknown"), say(_certainty(state))]
    elif state.kind.code == MASSING:
        known = EVIDENCE[state.evidence.code]
        parts = [state.kind.text, date, say(known), say(certainty) if (certainty := _certainty(state)) != known else ""]
    else:
        parts = [state.kind.text, date, say(EVIDENCE[state.evidence.code])]
    line = ", ".join(part for part in parts if part)
    return line[:1].upper() + line[1:]


def _certainty(state: State) -> str:
    """Return how certain a capture is, where it is not certain throughout."""
    if state.evidence.code != ATTESTED:
        return EVIDENCE[state.evidence.code]
    return "some parts assumed" if any(part.evidence.code == HYPOTHETICAL for part in state.parts) else ""
