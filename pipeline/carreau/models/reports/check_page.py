"""HTML page of a check: a section for each site and route, those with errors first."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from carreau.base.languages import SOURCE
from carreau.base.translator import TaggedText, Translator
from carreau.models.reports.report_page import environment


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
        "summary": _summary(checked, translator),
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
            "count": _counted(
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

    def rendered(text: str) -> TaggedText:
        return TaggedText(translator.message(text), translator.language)

    return [
        {
            "is_error": level == "error",
            # A question to the team is in French already, as everything in these files.
            "cause": TaggedText(cause, "fr") if topic == "question" else rendered(cause),
            "cure": rendered(cure),
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


def _counted(errors: int, questions: int, translator: Translator) -> str:
    counts = [
        translator.plural("%(number)s error", "%(number)s errors", errors) if errors else "",
        translator.plural("%(number)s open question", "%(number)s open questions", questions) if questions else "",
    ]
    return translator.all_of([each for each in counts if each])


def _summary(checked: Mapping[str, Any], translator: Translator) -> str:
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
