"""Say in the accessibility statement what the tests found, from the record that they write (`pytest --record`)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.i18n.periods import say_day
from pipeline.pages.speech import Speech

RECORD = Path(__file__).with_suffix(".json")
"""When, with what and where was looked, and how many faults each check found."""
CHECKS = ("axe", "targets", "keyboard", "motion", "zoom", "reflow", "spacing", "scripts")


class Check(NamedTuple):
    """A check in words: what has to be so, and what was found on how many pages."""

    name: str
    pages: str
    faults: str


def statement_values(speech: Speech) -> dict[str, Any]:
    """Return what the template of the statement is filled with."""
    record = json.loads(RECORD.read_text(encoding="utf-8"))
    return {
        "record": record,
        "day": say_day(record["date"], speech.wording),
        "checks": [_check(check, record["pages"], speech) for check in CHECKS],
        "states": [_state(state, speech) for state in record["states"]],
    }


def _check(check: str, pages: list[dict[str, Any]], speech: Speech) -> Check:
    faults = sum(page["faults"][check] for page in pages)
    return Check(
        {
            "axe": speech.words("No violations of axe-core rules"),
            "targets": speech.words("Controls are at least 24 pixels in size (WCAG 2.5.8)"),
            "keyboard": speech.words("The Tab key reaches every control, shows the focus and never gets stuck"),
            "motion": speech.words("No motion if reduced motion is requested"),
            "zoom": speech.words("No horizontal scrolling at 200%% zoom"),
            "reflow": speech.words("No horizontal scrolling in a window of 320 pixels (WCAG 1.4.10)"),
            "spacing": speech.words("No text cut off with wider spacing of letters, words and lines (WCAG 1.4.12)"),
            "scripts": speech.words("Pages are readable without scripts"),
        }[check],
        speech.counted("%(number)s page", "%(number)s pages", len(pages)),
        speech.counted("%(number)s fault", "%(number)s faults", faults) if faults else speech.words("no faults"),
    )


def _state(state: str, speech: Speech) -> str:
    return {
        "compare": speech.words("two states of a place compared"),
        "tour": speech.words("a guided tour in progress"),
        "panels": speech.words("the viewer’s panels: annotations, parts, augmented reality, measuring, view, sharing"),
        "no_webgl": speech.words("a browser that cannot show models"),
        "daylight": speech.words("daylight by date and time"),
        "standing": speech.words("viewing on site: position and direction"),
        "pyramid": speech.words("four views for a hologram"),
        "framed": speech.words("a model in a frame on another website"),
        "filled": speech.words("the embedding page, filled in"),
        "walk": speech.words("a walk being downloaded, and offline"),
        "broken": speech.words("a walk with damaged files"),
    }[state]
