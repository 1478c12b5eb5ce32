"""The report of a build: `report.json`, its lines for the console, and the tables of its page."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from carreau.base.levels import FEWER_BYTES, NAMES, Level
from carreau.base.messages import Line, Message, Number, message, printable
from carreau.base.translator import NOTHING, TaggedText, Translator
from carreau.runs.store import Record

if TYPE_CHECKING:
    from carreau.models.stages.pictures import LevelPictures, ScanPictures, UpPicture


@dataclass(frozen=True)
class Report:
    """What `report.json` holds.

    data : plain values, in the order they are written
    """

    data: Mapping[str, Any]

    def as_json(self) -> Mapping[str, Any]:
        """Return plain values."""
        return self.data

    def to_text(self) -> str:
        """Return the JSON text of the report."""
        return printable(json.dumps(self.data, indent=2, ensure_ascii=False, allow_nan=False)) + "\n"

    def lines(self) -> list[Line]:
        """Return the figures of each level as a table, then the warnings."""
        columns = (
            message("level"),
            message("triangles"),
            message("texture"),
            message("bytes"),
            message("Brotli"),
            message("GPU"),
            message("PSNR"),
            message("lit"),
            message("RMS distance"),
        )
        warnings = (message("warning: %(text)s", text=text) for text in list_warnings(self.data))
        return [str(self.data["name"]), columns, *map(_row, self.data["levels"]), *warnings]


def list_warnings(report: Mapping[str, Any]) -> list[Message]:
    """Return the warnings of a report: those about the scan, then those about its levels, of all and of each."""
    levels = (text for level in report["levels"] for text in level.get("warnings", ()))
    return [*report["scan"]["warnings"], *report.get("warnings", ()), *levels]


def rebuilt_smaller(reason: str) -> Message:
    """Return the decision to build a level again, smaller, because a version exceeded its budget."""
    return message("rebuilt smaller: %(reason)s", reason=reason)


def left_out(level: Level) -> Message:
    """Return the decision not to build an alternative: what it would save is not worth its file."""
    if level.name in FEWER_BYTES:
        return message(
            "no %(level)s: this level is light enough, as the other one may have %(limit)s bytes",
            level=level.name,
            limit=level.file_bytes,
        )
    return message(
        "no %(level)s: this level takes no more than the %(limit)s bytes of graphics memory that the other one may",
        level=level.name,
        limit=level.gpu_bytes,
    )


REBUILT_SMALLER = rebuilt_smaller("").msgid


def stage_rows(records: Iterable[Record]) -> list[dict[str, Any]]:
    """Return a row for each step: its seconds and memory when it last ran, and whether that was in this build."""
    return [
        {
            "stage": record.stage,
            "label": record.label,
            "seconds": round(record.seconds, 3),
            "peak_memory_bytes": record.peak_memory_bytes,
            "cached": record.cached,
        }
        for record in records
    ]


def _row(level: Mapping[str, Any]) -> tuple[str, ...]:
    texture, error = level["texture"], level["error"]
    return (
        str(level["name"]),
        _number(level["triangles"]),
        f"{texture['width']}² {texture['format']}" if texture else message("no texture"),
        _number(level["bytes"]),
        _number(level["brotli_bytes"]),
        message("%(size)s MB", size=Number(level["gpu_bytes"] / 1e6, ".1f")),
        _decibels(error["psnr_db"]),
        _decibels(error["lit_db"]) if "lit_db" in error else NOTHING,
        _metres(error["to_scan"]["rms"]),
    )


def _decibels(likeness: float | None) -> Message:
    """Return a likeness in words; None where nothing differs."""
    return message("identical") if likeness is None else message("%(psnr)s dB", psnr=Number(likeness, ".2f"))


def _number(value: int) -> Message:
    return message("%(number)s", number=value)


def _metres(length_m: float) -> Message:
    if length_m < 1:
        return message("%(length)s mm", length=Number(length_m * 1000, ".3g"))
    return message("%(length)s m", length=Number(length_m, ".3g"))


@dataclass(frozen=True)
class Album:
    """The pictures of a report.

    scan : of the scan
    levels : of each level by name
    ups : of the directions that may be up, empty when that is sure
    """

    scan: ScanPictures
    levels: dict[str, LevelPictures]
    ups: tuple[UpPicture, ...] = ()


LONG_WAIT_S = 10.0
"""Wait that fills a bar: whoever waits so long thinks of something else (Nielsen 1993, Usability Engineering, 5.5)."""

CODECS = {"avif": "AVIF", "webp": "WebP", "uastc": "KTX2, UASTC", "etc1s": "KTX2, ETC1S", "jpeg": "JPEG", "png": "PNG"}
ALL_OF_IT = "build"


def mark_message(message: str) -> str:
    """Mark a message for the translation catalogues without rendering it."""
    return message


FINDINGS: tuple[tuple[str, str, str], ...] = (
    ("non_finite", mark_message("Triangles with non-finite coordinates"), mark_message("dropped")),
    ("welded", mark_message("Vertices at the same position as another"), mark_message("welded; UV seams are kept")),
    (
        "degenerate",
        mark_message("Degenerate triangles (no area)"),
        mark_message("dropped; their neighbours are joined"),
    ),
    ("duplicate", mark_message("Duplicate triangles"), mark_message("dropped")),
    ("opposite", mark_message("Triangles on the back of another"), mark_message("dropped")),
    ("stitched", mark_message("Boundary vertices across a hairline crack"), mark_message("joined")),
    ("tees", mark_message("Boundary edges with a T-junction"), mark_message("split there")),
    ("loose", mark_message("Loose pieces"), mark_message("dropped")),
    ("spared", mark_message("Small loose pieces that together are too large to drop"), mark_message("kept")),
    ("turned", mark_message("Triangles with inconsistent winding"), mark_message("flipped")),
    ("inside_out", mark_message("Surface inside out"), mark_message("flipped entirely")),
    ("unsure_winding", mark_message("Edges whose triangles face opposite sides"), mark_message("left unchanged")),
    ("unreferenced", mark_message("Unused vertices"), mark_message("dropped")),
    ("boundary", mark_message("Boundary edges (holes and borders)"), mark_message("kept open")),
    ("non_manifold", mark_message("Non-manifold edges"), mark_message("kept, and welded without cracks")),
    ("outliers", mark_message("Outlier points"), mark_message("dropped")),
)
"""What cleaning counts, in the words of a person, and what it does about it."""


def mapping(value: object) -> Mapping[str, Any]:
    """Return a mapping as it is, and anything else as an empty one: reports of other versions lack things."""
    return value if isinstance(value, Mapping) else {}


def level_rows(report: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the report's entry for each level, the smallest first."""
    rows = [row for row in report.get("levels") or () if isinstance(row, Mapping)]
    return sorted(rows, key=lambda row: NAMES.index(row["name"]) if _is_usual(row) else 99)


def network_name(name: str, wording: Translator) -> str:
    """Return what a network is called."""
    return wording.known("network", name) or name


def _is_usual(row: Mapping[str, Any]) -> bool:
    return row.get("name") in NAMES


def level_name(name: object, wording: Translator) -> str:
    """Return what a level is called."""
    return wording.known("level", str(name)) or str(name)


def is_simulated(report: Mapping[str, Any]) -> bool:
    """Return whether source, name or file show that the model is not a survey, or its photograph is made."""
    scan = mapping(report.get("scan"))
    texts = (report.get("source"), report.get("name"), scan.get("file"))
    return any("simulated" in str(text).lower() for text in texts) or has_made_photograph(report)


def has_made_photograph(report: Mapping[str, Any]) -> bool:
    """Return whether the photograph of a survey was made to show what a real one would give."""
    survey = mapping(mapping(report.get("scan")).get("survey"))
    return mapping(survey.get("photograph")).get("simulated") is True


def sent_bytes(level: Mapping[str, Any]) -> int:
    """Return how many bytes travel: compressed with Brotli where the level is sent so."""
    return int(level.get("brotli_bytes") or level.get("bytes") or 0)


def budget_cells(level: Mapping[str, Any], wording: Translator) -> list[dict[str, Any]]:
    """Return value, budget and share of it for bytes, triangles, texture edge and GPU memory."""
    budget = mapping(level.get("budget"))
    edge = level.get("texture_px")
    values = (
        (sent_bytes(level), budget.get("file_bytes"), wording.size),
        (level.get("triangles"), budget.get("triangles"), wording.count),
        (edge, budget.get("texture_px"), lambda value: f"{wording.count(value)} px" if value else NOTHING),
        (level.get("gpu_bytes"), budget.get("gpu_bytes"), wording.size),
    )
    return [_budget_cell(value, most, write, wording) for value, most, write in values]


def _budget_cell(value: Any, most: Any, write: Any, wording: Translator) -> dict[str, Any]:
    share = value / most if isinstance(value, int | float) and most else None
    return {
        "value": write(value),
        "most": write(most) if most else "",
        "share": "" if share is None else wording.percent(share),
        "bar": None if share is None else _bar(share),
        "is_over": share is not None and share > 1,
    }


def _bar(share: float) -> str:
    return f"{100 * min(max(share, 0), 1):.1f}"


def texture_words(level: Mapping[str, Any], wording: Translator) -> str:
    """Return format and size of a level's textures."""
    textures = []
    for each in level.get("textures") or ():
        slot = {
            "base": wording.text("colour"),
            "normal": wording.text("normals"),
            "data": wording.text("surface data"),
            "metallic_roughness": wording.text("metal and roughness"),
            "occlusion_metallic_roughness": wording.text("metal, roughness and occlusion"),
            "emissive": wording.text("emission"),
        }.get(str(each.get("slot")), wording.text("occlusion"))
        size = f"{wording.count(each.get('width'))} × {wording.count(each.get('height'))}"
        textures.append(f"{slot} {size} {CODECS.get(str(each.get('format')), each.get('format'))}")
    return ", ".join(textures) or wording.text("none")


def error_row(level: Mapping[str, Any], wording: Translator) -> dict[str, Any]:
    """Return how near a level is to its scan, in words."""
    error = mapping(level.get("error"))
    there, back = mapping(error.get("to_level")), mapping(error.get("to_scan"))
    cracks = mapping(error.get("cracks")).get("count")
    return {
        "name": level_name(level.get("name"), wording),
        "psnr": _likeness(error, "psnr_db", wording),
        "lit": _likeness(error, "lit_db", wording),
        "ssim": wording.number(error.get("ssim"), 4),
        "silhouette": wording.percent(error.get("silhouette"), 1),
        "rms": wording.length(back.get("rms")),
        "p95": wording.length(back.get("p95")),
        "lost": wording.length(there.get("p95")),
        "cracks": wording.count(cracks) if cracks else wording.text("none") if cracks == 0 else NOTHING,
    }


def _likeness(error: Mapping[str, Any], key: str, wording: Translator) -> str:
    """Return a likeness in words: a key without a value says that nothing differs, a missing one is not taken."""
    likeness = error.get(key)
    return wording.text("no pixel differs") if key in error and likeness is None else wording.decibels(likeness)


def wait_cells(level: Mapping[str, Any], wording: Translator) -> list[dict[str, str]]:
    """Return the seconds until a level is there on each network, with a bar."""
    waits = [wait_s(sent_bytes(level), network) for network in NETWORKS]
    return [{"value": wording.seconds(wait), "bar": _bar(wait / LONG_WAIT_S)} for wait in waits]


def finding_rows(scan: Mapping[str, Any], wording: Translator) -> list[dict[str, str]]:
    """Return what was found in a scan, how often, and what was done about it."""
    findings = mapping(scan.get("findings"))
    rows = []
    for key, label, treatment in FINDINGS:
        value = findings.get(key)
        if not value:
            continue
        share = findings.get(f"{key}_share")
        count = wording.text("yes") if value is True else wording.count(value)
        of_it = wording.text("%(share)s of the surface", share=wording.percent(share, 2)) if share else ""
        rows.append({"label": wording.text(label), "count": count, "share": of_it, "done": wording.text(treatment)})
    return rows


def translate_text(text: str, wording: Translator) -> TaggedText:
    """Return a message in the language; other texts are in English."""
    return TaggedText(wording.message(text), wording.language) if isinstance(text, Message) else TaggedText(text, "en")


def unique_texts(texts: Iterable[str], wording: Translator) -> list[TaggedText]:
    """Return texts in the language, each once: several tries may give the same reason."""
    return [translate_text(text, wording) for text in dict.fromkeys(texts)]


def decision_groups(report: Mapping[str, Any], wording: Translator) -> list[tuple[str, list[TaggedText]]]:
    """Return every decision with what it is about."""
    scan = unique_texts(mapping(report.get("scan")).get("decisions") or (), wording)
    groups = [(wording.text("The scan"), scan)]
    for level in level_rows(report):
        groups.append((level_name(level.get("name"), wording), unique_texts(level.get("decisions") or (), wording)))
    return [(name, texts) for name, texts in groups if texts]


def warning_list(report: Mapping[str, Any], wording: Translator) -> list[TaggedText]:
    """Return what a person should look at."""
    everywhere = [report.get("warnings"), mapping(report.get("scan")).get("warnings")]
    everywhere += [mapping(part).get("warnings") for part in (*level_rows(report), report.get("ar"))]
    return unique_texts((each for part in everywhere for each in part or ()), wording)


def stage_table(report: Mapping[str, Any], wording: Translator) -> dict[str, Any]:
    """Return the seconds of each verb for the scan and for each level, with their sum and a bar."""
    names = [str(level["name"]) for level in level_rows(report) if level.get("name")]
    sums: dict[str, dict[str, list[Mapping[str, Any]]]] = {}
    for row in report.get("stages") or ():
        verb, name = _verb_and_level(str(row.get("label", "")), names)
        sums.setdefault(verb, {}).setdefault(name, []).append(row)
    totals = {verb: _seconds(row for rows in parts.values() for row in rows) for verb, parts in sums.items()}
    longest = max(totals.values(), default=0) or 1
    rows = []
    for verb, parts in sums.items():
        label = wording.known("step", verb)
        rows.append(
            {
                "name": label or verb,
                "language": wording.language if label else "en",
                "cells": [_stage_cell(parts.get(name, ()), wording) for name in ("", *names)],
                "total": wording.seconds(totals[verb]),
                "bar": _bar(totals[verb] / longest),
                "memory": wording.size(max(row.get("peak_memory_bytes") or 0 for row in _all(parts))),
                "is_cached": all(row.get("cached") for row in _all(parts)),
            }
        )
    return {"rows": rows, "columns": [level_name(name, wording) for name in names], **_stage_sums(report, wording)}


def _all(parts: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[Mapping[str, Any]]:
    return (row for rows in parts.values() for row in rows)


def _seconds(rows: Iterable[Mapping[str, Any]]) -> float:
    return float(sum(row.get("seconds") or 0 for row in rows))


def _stage_cell(rows: Sequence[Mapping[str, Any]], wording: Translator) -> dict[str, Any]:
    if not rows:
        return {"value": "", "is_cached": False}
    return {"value": wording.seconds(_seconds(rows)), "is_cached": all(row.get("cached") for row in rows)}


def _stage_sums(report: Mapping[str, Any], wording: Translator) -> dict[str, Any]:
    rows = [row for row in report.get("stages") or () if row.get("label") != ALL_OF_IT]
    cached = [row for row in rows if row.get("cached")]
    return {
        "sum": wording.seconds(_seconds(rows)),
        "kept": wording.count(len(cached)),
        "steps": wording.count(len(rows)),
        "has_kept": bool(cached),
        "peak": wording.size(max((row.get("peak_memory_bytes") or 0 for row in rows), default=0)),
    }


def _verb_and_level(label: str, names: Sequence[str]) -> tuple[str, str]:
    """Split what a step is called.

    >>> _verb_and_level("bake own atlas of phone", ["phone"]), _verb_and_level("read", ["phone"])
    (('bake own atlas of', 'phone'), ('read', ''))
    """
    words = label.split(" ")
    return (" ".join(words[:-1]), words[-1]) if len(words) > 1 and words[-1] in names else (label, "")


def file_rows(report: Mapping[str, Any], wording: Translator) -> list[dict[str, str]]:
    """Return the files of the levels with their sizes and digests."""
    files = [each for level in level_rows(report) for each in (level, mapping(level.get("usdz")))]
    return [
        {"name": str(each["file"]), "size": wording.size(each.get("bytes")), "sha256": str(each.get("sha256", ""))}
        for each in files
        if each.get("file")
    ]


FIRST_WINDOW_BYTES = 14_600
"""What a server sends before it first hears back: ten segments of 1,460 bytes (RFC 6928)."""

ROUND_TRIPS = 4
"""Before the first byte: name, TCP, TLS 1.3, and the request."""


@dataclass(frozen=True)
class Network:
    """A visitor's connection.

    rate : bits a second towards the visitor
    round_trip_s : seconds there and back
    source : whose figures these are
    """

    name: str
    rate: float
    round_trip_s: float
    source: str


NETWORKS = (
    Network("Slow 3G", 400_000, 0.4, "Chrome DevTools “Slow 3G”, WebPageTest “3GSlow”"),
    Network("4G", 1_638_400, 0.15, "Lighthouse “mobileSlow4G”"),
    Network("Wi-Fi", 30_000_000, 0.002, "Firefox DevTools “Wi-Fi”"),
)
"""Lighthouse: core/config/constants.js, its default for phones; the others are the tools' own presets. Chrome writes
2 s for the 0.4 s of slow 3G, since it delays requests and not packets."""


def wait_s(size_bytes: int, network: Network) -> float:
    """Return the seconds from a tap to the last byte, over a new connection whose window doubles each round trip.

    >>> round(wait_s(1_500_000, NETWORKS[1]), 1)
    8.0
    """
    trip, bytes_a_second = network.round_trip_s, network.rate / 8
    window, left, spent = FIRST_WINDOW_BYTES, float(size_bytes), ROUND_TRIPS * trip
    while left > window and window < bytes_a_second * trip:
        left, spent, window = left - window, spent + trip, 2 * window
    return spent + max(left, 0) / bytes_a_second if math.isfinite(left) else math.inf
