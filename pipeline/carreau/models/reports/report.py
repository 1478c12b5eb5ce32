"""The report of a build: `report.json`, and its lines for the console."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from carreau.base.levels import FEWER_BYTES, Level
from carreau.base.messages import Line, Message, Number, message
from carreau.base.text_encoding import printable
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
            message("RMS distance"),
        )
        warnings = (message("warning: %(text)s", text=text) for text in warnings_of(self.data))
        return [str(self.data["name"]), columns, *map(_row, self.data["levels"]), *warnings]


def warnings_of(report: Mapping[str, Any]) -> list[Message]:
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
    """Return a row for each step: seconds and memory as they were when it ran, and whether it ran now."""
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
        message("identical")
        if error["psnr_db"] is None
        else message("%(psnr)s dB", psnr=Number(error["psnr_db"], ".2f")),
        _metres(error["to_scan"]["rms"]),
    )


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
