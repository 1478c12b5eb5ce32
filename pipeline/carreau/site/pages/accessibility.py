"""Test results in the accessibility statement, from the record that `pytest --record` writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from carreau.catalogue.i18n.periods import format_day
from carreau.site.pages.page_texts import PageTexts

RECORD = Path(__file__).with_suffix(".json")
"""Date, tools, pages and number of faults of each check."""
CHECKS = ("axe", "targets", "keyboard", "motion", "zoom", "reflow", "spacing", "scripts")


class Check(NamedTuple):
    """A check with its requirement, number of pages and number of faults, as text."""

    name: str
    pages: str
    faults: str


def statement_values(texts: PageTexts) -> dict[str, Any]:
    """Return the values for the template of the statement."""
    record = json.loads(RECORD.read_text(encoding="utf-8"))
    return {
        "record": record,
        "day": format_day(record["date"], texts.wording),
        "checks": [_check(check, record["pages"], texts) for check in CHECKS],
        "states": [_state(state, texts) for state in record["states"]],
    }


def _check(check: str, pages: list[dict[str, Any]], texts: PageTexts) -> Check:
    faults = sum(page["faults"][check] for page in pages)
    return Check(
        {
            "axe": texts.gettext("No violations of axe-core rules"),
            "targets": texts.gettext("Controls are at least 24 pixels in size (WCAG 2.5.8)"),
            "keyboard": texts.gettext("The Tab key reaches every control, shows the focus and never gets stuck"),
            "motion": texts.gettext("No motion if reduced motion is requested"),
            "zoom": texts.gettext("No horizontal scrolling at 200%% zoom"),
            "reflow": texts.gettext("No horizontal scrolling in a window of 320 pixels (WCAG 1.4.10)"),
            "spacing": texts.gettext("No text cut off with wider spacing of letters, words and lines (WCAG 1.4.12)"),
            "scripts": texts.gettext("Pages are readable without scripts"),
        }[check],
        texts.ngettext("%(number)s page", "%(number)s pages", len(pages)),
        texts.ngettext("%(number)s fault", "%(number)s faults", faults) if faults else texts.gettext("no faults"),
    )


def _state(state: str, texts: PageTexts) -> str:
    return {
        "compare": texts.gettext("two states of a place compared"),
        "tour": texts.gettext("a guided tour in progress"),
        "panels": texts.gettext("the viewer’s panels: annotations, parts, augmented reality, measuring, view, sharing"),
        "no_webgl": texts.gettext("a browser that cannot show models"),
        "daylight": texts.gettext("daylight by date and time"),
        "standing": texts.gettext("viewing on site: position and direction"),
        "pyramid": texts.gettext("four views for a hologram"),
        "framed": texts.gettext("a model in a frame on another website"),
        "filled": texts.gettext("the embedding page, filled in"),
        "walk": texts.gettext("a walk being downloaded, and offline"),
        "broken": texts.gettext("a walk with damaged files"),
    }[state]
