"""The page of a batch: a card for each scan, those that need attention first."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from carreau.base.languages import OWN_NAMES
from carreau.base.levels import PHONE
from carreau.base.messages import Message
from carreau.base.translator import TaggedText, Translator, chosen_languages
from carreau.models.reports.page_parts import data_uri, size_words
from carreau.models.reports.page_rows import (
    is_simulated,
    level_name,
    level_rows,
    mapping,
    sent_bytes,
    translated,
    warning_list,
)
from carreau.models.reports.report import REBUILT_SMALLER
from carreau.models.reports.report_page import environment

LOW_DB = 30.0
"""Likeness of the phone level below which a person should look: preview levels of real scans have 26 to 39 dB, and
what is at 21 dB has lost its thin parts."""

THUMB_PX = 480
SHOWN_WARNINGS = 3


@dataclass(frozen=True)
class BatchEntry:
    """One scan of a batch.

    folder : its output folder, relative to the page
    report : what its `report.json` holds, empty when it failed
    poster : WebP or PNG, empty when there is none
    failure : the line that said why it failed, empty when it did not
    """

    folder: str
    report: Mapping[str, Any]
    poster: bytes = b""
    failure: str = ""


def batch_pages(entries: Sequence[BatchEntry], language: str = "fr", generator: str = "Carreau") -> dict[str, bytes]:
    """Return the pages of a batch in every language by file name, `index.html` in the one asked for."""
    files = {code: name.replace("report", "index") for code, name in chosen_languages(language).items()}
    reports = chosen_languages(language)
    return {
        file: make_batch(entries, code, generator, reports[code], {c: f for c, f in files.items() if c != code})
        for code, file in files.items()
    }


def make_batch(
    entries: Sequence[BatchEntry],
    language: str = "fr",
    generator: str = "Carreau",
    report_file: str = "report.html",
    others: Mapping[str, str] | None = None,
) -> bytes:
    """Return the HTML of a batch in one language; the same entries give the same bytes.

    report_file : name of the page of each scan in its folder
    others : files of the same page by language
    """
    wording = Translator(language)
    cards = [_card(entry, report_file, wording) for entry in sorted(entries, key=attention)]
    page = {
        "language": wording.language,
        "others": [(code, OWN_NAMES.get(code, code), file) for code, file in (others or {}).items()],
        "generator": generator,
        "summary": _summary(entries, wording),
        "cards": cards,
    }
    return environment(wording).get_template("batch.html").render(page).encode()


def attention(entry: BatchEntry) -> tuple[int, int, float, str]:
    """Return what entries are sorted by: failed, most warnings, most tries to fit a budget, least like its scan."""
    if entry.failure:
        return 0, 0, 0.0, entry.folder
    warnings, again, likeness = warning_count(entry.report), retries(entry.report), least_db(entry.report)
    if warnings:
        return 1, -warnings, likeness, entry.folder
    if again:
        return 2, -again, likeness, entry.folder
    return 3 if likeness < LOW_DB else 4, 0, likeness, entry.folder


def warning_count(report: Mapping[str, Any]) -> int:
    """Return how many things a report warns of."""
    return len(warning_list(report, Translator("en")))


def retries(report: Mapping[str, Any]) -> int:
    """Return how often a level had to be made again to fit its budget."""
    decisions = (each for level in level_rows(report) for each in level.get("decisions") or ())
    return sum(isinstance(each, Message) and each.msgid == REBUILT_SMALLER for each in decisions)


def least_db(report: Mapping[str, Any]) -> float:
    """Return how like its scan the phone level is, or the least of all levels without one; infinite when identical."""
    rows = level_rows(report)
    chosen = [row for row in rows if row.get("name") == PHONE.name] or rows
    values = [mapping(row.get("error")).get("psnr_db") for row in chosen]
    return min((value for value in values if isinstance(value, int | float)), default=math.inf)


def _card(entry: BatchEntry, report_file: str, wording: Translator) -> dict[str, Any]:
    rank, warned = attention(entry)[0], warning_list(entry.report, wording)
    again = retries(entry.report)
    left = len(warned) - SHOWN_WARNINGS
    more = wording.plural("and %(number)s more", "and %(number)s more", left) if left > 0 else ""
    return {
        "name": str(entry.report.get("name") or entry.folder),
        "link": "" if entry.failure else f"{quote(entry.folder)}/{report_file}",
        "needs_attention": rank < 4,
        "is_simulated": is_simulated(entry.report),
        "status": _status(entry, rank, wording),
        "failure": translated(entry.failure, wording) if entry.failure else None,
        "warnings": [*warned[:SHOWN_WARNINGS], *([TaggedText(more, wording.language)] if more else [])],
        "retries": _retries(again, wording) if again else "",
        "levels": [_level(level, wording) for level in level_rows(entry.report)],
        "poster": _thumb(entry, wording),
    }


def _status(entry: BatchEntry, rank: int, wording: Translator) -> str:
    count = warning_count(entry.report)
    texts = (
        lambda: wording.text("Failed"),
        lambda: wording.plural("%(number)s warning", "%(number)s warnings", count),
        lambda: wording.text("Rebuilt to fit a budget"),
        lambda: wording.text(
            "Low similarity to the scan: %(likeness)s", likeness=wording.decibels(least_db(entry.report))
        ),
        lambda: wording.text("No issues"),
    )
    return texts[rank]()


def _retries(count: int, wording: Translator) -> str:
    return wording.plural(
        "Levels were rebuilt smaller %(number)s time.", "Levels were rebuilt smaller %(number)s times.", count
    )


def _level(level: Mapping[str, Any], wording: Translator) -> str:
    error = mapping(level.get("error"))
    identical = "psnr_db" in error and error["psnr_db"] is None
    likeness = wording.text("no pixel differs") if identical else wording.decibels(error.get("psnr_db"))
    return f"{level_name(level.get('name'), wording)} – {wording.size(sent_bytes(level))}, {likeness}"


def _thumb(entry: BatchEntry, wording: Translator) -> dict[str, Any] | None:
    """Return the poster small, so that a page of a hundred scans stays one file to send."""
    if not entry.poster:
        return None
    from PIL import Image

    with Image.open(io.BytesIO(entry.poster)) as image:
        image.thumbnail((THUMB_PX, THUMB_PX))
        stream = io.BytesIO()
        image.save(stream, "WEBP", quality=80, method=4)
        width, height = image.size
    size = size_words(mapping(entry.report.get("scan")), wording)
    name = str(entry.report.get("name") or entry.folder)
    alt = wording.text("%(name)s, seen from its best side; it measures %(size)s.", name=name, size=size)
    return {"uri": data_uri(stream.getvalue()), "width": width, "height": height, "alt": alt}


def _summary(entries: Sequence[BatchEntry], wording: Translator) -> str:
    failed = sum(bool(entry.failure) for entry in entries)
    heeded = sum(0 < attention(entry)[0] < 4 for entry in entries)
    return wording.all_of(
        [
            wording.plural("%(number)s scan", "%(number)s scans", len(entries)),
            wording.plural("%(number)s failed", "%(number)s failed", failed),
            wording.plural("%(number)s to look at", "%(number)s to look at", heeded),
        ]
    )
