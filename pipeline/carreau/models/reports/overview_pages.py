"""The page of a batch, a card for each scan, and of a check, a section for each site and route."""

from __future__ import annotations

import io
import math
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from carreau.base.languages import OWN_NAMES, SOURCE
from carreau.base.levels import PHONE
from carreau.base.messages import Message
from carreau.base.translator import TaggedText, Translator, chosen_languages
from carreau.models.reports.page_parts import data_uri, size_words
from carreau.models.reports.report import (
    REBUILT_SMALLER,
    is_simulated,
    level_name,
    level_rows,
    mapping,
    sent_bytes,
    translate_text,
    warning_list,
)
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
        "summary": _batch_summary(entries, wording),
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
        "failure": translate_text(entry.failure, wording) if entry.failure else None,
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


def _batch_summary(entries: Sequence[BatchEntry], wording: Translator) -> str:
    failed = sum(bool(entry.failure) for entry in entries)
    heeded = sum(0 < attention(entry)[0] < 4 for entry in entries)
    return wording.enumerate_parts(
        [
            wording.plural("%(number)s scan", "%(number)s scans", len(entries)),
            wording.plural("%(number)s failed", "%(number)s failed", failed),
            wording.plural("%(number)s to look at", "%(number)s to look at", heeded),
        ]
    )


def make_check_page(checked: Mapping[str, Any], language: str = "fr", generator: str = "Carreau") -> bytes:
    """Return the HTML of a check in one language; the same check gives the same bytes.

    checked : `CheckResult.as_json()`, whose causes and cures are messages
    """
    translator = Translator(language)
    parts = sorted(_parts(checked, translator), key=lambda part: (-len(part["errors"]), _plain(part["name"]).lower()))
    page = {
        "language": translator.language,
        "others": [],
        "generator": generator,
        "summary": _check_summary(checked, translator),
        "parts": parts,
    }
    return environment(translator).get_template("check.html").render(page).encode()


def _parts(checked: Mapping[str, Any], translator: Translator) -> Iterator[dict[str, Any]]:
    by_file: dict[str, list[Mapping[str, Any]]] = {}
    for finding in checked["findings"]:
        by_file.setdefault(finding["file"], []).append(finding)
    for number, (file, findings) in enumerate(sorted(by_file.items()), 1):
        rows = _rows(findings, translator)
        errors = [row for row in rows if row["is_error"]]
        yield {
            "anchor": f"part-{number}",
            "name": checked["names"].get(file) or file,
            "file": file,
            "errors": errors,
            "questions": [row for row in rows if not row["is_error"]],
            "count": _count(
                sum(finding["level"] == "error" for finding in findings),
                sum(finding["level"] != "error" for finding in findings),
                translator,
            ),
        }


def _rows(findings: Sequence[Mapping[str, Any]], translator: Translator) -> list[dict[str, Any]]:
    """Return the diagnostics as rows; one that occurs in several places is one row, as most are of empty keys."""
    together: dict[tuple[str, str, str, str], list[Mapping[str, Any]]] = {}
    for finding in findings:
        kind = (finding["level"], finding["topic"], finding["cause"], finding["cure"])
        together.setdefault(kind, []).append(finding)

    def render(text: str) -> TaggedText:
        return TaggedText(translator.message(text), translator.language)

    return [
        {
            "is_error": level == "error",
            # A question to the team is in French already, as everything in these files.
            "cause": TaggedText(cause, "fr") if topic == "question" else render(cause),
            "cure": render(cure),
            "places": [_place(each, translator) for each in places],
        }
        for (level, topic, cause, cure), places in together.items()
    ]


def _place(finding: Mapping[str, Any], translator: Translator) -> dict[str, str]:
    line = translator.text("line %(line)s", line=translator.count(finding["line"])) if finding["line"] else ""
    return {"line": line, "key": finding["key"]}


def _plain(name: str) -> str:
    """Return a sort key without accents: É comes before F."""
    return "".join(letter for letter in unicodedata.normalize("NFKD", name) if not unicodedata.combining(letter))


def _count(errors: int, questions: int, translator: Translator) -> str:
    counts = [
        translator.plural("%(number)s error", "%(number)s errors", errors) if errors else "",
        translator.plural("%(number)s open question", "%(number)s open questions", questions) if questions else "",
    ]
    return translator.enumerate_parts([each for each in counts if each])


def _check_summary(checked: Mapping[str, Any], translator: Translator) -> str:
    sites = translator.plural("%(number)s site", "%(number)s sites", checked["sites"])
    shown = checked.get("demonstrations", 0)
    apart = ("%(number)s demonstration place", "%(number)s demonstration places")
    if shown:
        sites += ", " + translator.plural_within("command", *apart, shown, number=translator.count(shown))
    elsewhere = checked.get("examples", 0)
    if elsewhere:
        sites += ", " + translator.plural("%(number)s example", "%(number)s examples", elsewhere)
    trails = checked.get("trails", 0)
    if trails:
        sites += ", " + translator.plural("%(number)s trail", "%(number)s trails", trails)
    return translator.text(
        "%(sites)s and %(routes)s: %(errors)s, %(questions)s.",
        sites=sites,
        routes=translator.plural("%(number)s route", "%(number)s routes", checked["routes"]),
        errors=translator.plural("%(number)s error", "%(number)s errors", checked["errors"]),
        questions=translator.plural("%(number)s open question", "%(number)s open questions", checked["questions"]),
    )


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
