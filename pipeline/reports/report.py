"""Say what a build made, in numbers that anybody can take again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.cache.store import Record
from pipeline.messages import Message, message


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
        return json.dumps(self.data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"

    def lines(self) -> list[str]:
        """Say the main of it for a person: a row a level, then the warnings."""
        rows: list[tuple[str, ...]] = [
            ("level", "triangles", "texture", "bytes", "Brotli", "GPU", "likeness", "RMS distance")
        ]
        rows += [_row(level) for level in self.data["levels"]]
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        table = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
        return [str(self.data["name"]), *table, *(f"warning: {text}" for text in self.data["scan"]["warnings"])]


def rebuilt_smaller(reason: str) -> Message:
    """Return the decision to build a level again, smaller, because a version exceeded its budget."""
    return message("rebuilt smaller: %(reason)s", reason=reason)


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
    likeness = "identical" if error["psnr_db"] is None else f"{error['psnr_db']:.2f} dB"
    return (
        str(level["name"]),
        f"{level['triangles']:,}",
        f"{texture['width']}² {texture['format']}" if texture else "none",
        f"{level['bytes']:,}",
        f"{level['brotli_bytes']:,}",
        f"{level['gpu_bytes'] / 1e6:.1f} MB",
        likeness,
        _metres(error["to_scan"]["rms"]),
    )


def _metres(length_m: float) -> str:
    return f"{length_m * 1000:.3g} mm" if length_m < 1 else f"{length_m:.3g} m"
