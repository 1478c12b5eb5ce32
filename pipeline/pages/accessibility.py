"""Say in the accessibility statement what the tests found, from the record that they write (`pytest --record`)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.i18n.periods import format_day
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
        "day": format_day(record["date"], speech.wording),
        "checks": [_check(check, record["pages"], speech) for check in CHECKS],
        "states": [_state(state, speech) for state in record["states"]],
    }


def _check(check: str, pages: list[dict[str, Any]], speech: Speech) -> Check:
    faults = sum(page["faults"][check] for page in pages)
    return Check(
        {
            "axe": speech.words("No rule of axe-core is broken"),
            "targets": speech.words("What can be pressed is 24 pixels large at least (WCAG 2.5.8)"),
            "keyboard": speech.words("The Tab key reaches everything, shows where it is, and gets out again"),
            "motion": speech.words("Nothing moves for those who have asked for less motion"),
            "zoom": speech.words("Nothing has to be scrolled sideways at twice the size"),
            "reflow": speech.words("Nothing has to be scrolled sideways in a window of 320 pixels (WCAG 1.4.10)"),
            "spacing": speech.words("Nothing is cut off when letters, words and lines stand wider (WCAG 1.4.12)"),
            "scripts": speech.words("Pages can be read without scripts"),
        }[check],
        speech.counted("%(number)s page", "%(number)s pages", len(pages)),
        speech.counted("%(number)s fault", "%(number)s faults", faults) if faults else speech.words("no fault"),
    )


def _state(state: str, speech: Speech) -> str:
    return {
        "compare": speech.words("two states of a place compared"),
        "tour": speech.words("a guided tour under way"),
        "panels": speech.words("the viewer’s panels: annotations, parts, augmented reality, measuring, view, sharing"),
        "no_webgl": speech.words("a browser that cannot show models"),
        "daylight": speech.words("light by date and hour"),
        "standing": speech.words("where to stand, and which way to look"),
        "pyramid": speech.words("four views for a hologram"),
        "framed": speech.words("a model in a frame on another website"),
        "filled": speech.words("the embedding page, filled in"),
        "walk": speech.words("a walk being stored, and without a network"),
        "broken": speech.words("a walk that arrived damaged"),
    }[state]
