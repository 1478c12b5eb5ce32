"""HTML page with the progress of the translations: a row for each site and route, a column for each language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from carreau.base.i18n.languages import SOURCE
from carreau.base.i18n.translator import Translator
from carreau.models.reports.report_page import environment


def make_texts_page(status: Mapping[str, Any], language: str = "fr", generator: str = "Carreau") -> bytes:
    """Return the HTML of a count of the translations in one language; the same count gives the same bytes.

    status : what `carreau texts status --json` prints
    """
    translator = Translator(language)
    page = {
        "language": translator.language,
        "source": SOURCE,
        "others": [],
        "generator": generator,
        "heads": [_name(code, translator) for code in status["languages"]],
        "summary": translator.plural("%(number)s text in French.", "%(number)s texts in French.", status["texts"]),
        "totals": _cells(status["languages"], translator),
        "rows": [
            {
                "name": entry["name"],
                "count": translator.plural("%(number)s text", "%(number)s texts", entry["texts"]),
                "cells": _cells(entry["languages"], translator),
            }
            for entry in status["entries"]
        ],
    }
    return environment(translator).get_template("texts.html").render(page).encode()


def _name(code: str, translator: Translator) -> str:
    name = translator.locale.languages.get(code, code)
    return str(name[:1].upper() + name[1:])


def _cells(counts: Mapping[str, Mapping[str, int]], translator: Translator) -> list[dict[str, Any]]:
    return [_cell(code, counts[code], translator) for code in counts]


def _cell(code: str, counts: Mapping[str, int], translator: Translator) -> dict[str, Any]:
    """Return a cell; its bar is the share of current translations, the darker part the share of accepted ones."""
    total = sum(counts.values()) or 1
    words = {
        "translated": translator.plural("%(number)s translated", "%(number)s translated", counts["translated"]),
        "unreviewed": translator.plural("%(number)s unreviewed", "%(number)s unreviewed", counts["unreviewed"]),
        "stale": translator.plural("%(number)s stale", "%(number)s stale", counts["stale"]),
        "missing": translator.plural("%(number)s missing", "%(number)s missing", counts["missing"]),
    }
    return {
        "label": _name(code, translator),
        "counts": [text for key, text in words.items() if counts[key]],
        "accepted": round(100 * counts["translated"] / total, 1),
        "current": round(100 * (counts["translated"] + counts["unreviewed"]) / total, 1),
    }
