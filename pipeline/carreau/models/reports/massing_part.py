"""The section of a report's page about a massing model: its parts, how sure they are, and who says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from carreau.base.i18n.languages import SOURCE
from carreau.base.i18n.massing_words import open_words
from carreau.base.i18n.terms import translate_term
from carreau.base.i18n.translator import TaggedText, Translator
from carreau.models.reports.page_rows import mapping


def massing_part(report: Mapping[str, Any], wording: Translator) -> dict[str, Any] | None:
    """Return the parts of a massing model; None for other models."""
    told = mapping(mapping(report.get("scan")).get("massing"))
    if not told:
        return None
    rows = [(TaggedText(str(part["title"]), SOURCE), _words(part, wording)) for part in told.get("parts") or ()]
    note = wording.text("What is assumed, or open between two measures, is translucent.")
    return {"id": "massing", "title": wording.text("Measured facts"), "note": note, "rows": rows}


def _words(part: Mapping[str, Any], wording: Translator) -> str:
    """Return how sure a part is, what its measures leave open, and its sources."""
    said = [translate_term("evidence", str(part["evidence"]), wording)]
    said += [open_words(part["ranges"], wording)] if part["is_open"] else []
    said += ["; ".join(part["sources"])] if part["sources"] else []
    return " – ".join(said)
