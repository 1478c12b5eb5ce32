"""Write the deposit package of a scan: a BagIt bag with its original files, the complete model and the report."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from carreau.base.levels import ARCHIVE
from carreau.formats.writers.bagit import Payload, write_bag
from carreau.models.reports.report import Report

MODEL = f"{ARCHIVE}.glb"
PACKAGE = f"{ARCHIVE}.zip"


def write_package(package: Path, model: Path, scan: Path, report: Mapping[str, Any]) -> None:
    """Write the bag of a build.

    model : `archive.glb`
    scan : file, or folder of tiles
    report : of the build; the bag has it without the times of its stages, so that a scan always gives the same bag

    Raises ScanError if an original changed since the build, UnsafePathError if it is outside its folder.
    """
    facts = report[ARCHIVE]
    timeless = {key: value for key, value in report.items() if key != "stages"}
    shared = scan.absolute().parent / facts["originals_in"]
    payloads = [
        Payload(f"original/{one['name']}", shared / one["name"], one["sha256"], one["bytes"])
        for one in facts["originals"]
    ]
    payloads.append(Payload(MODEL, model, facts["sha256"], facts["bytes"]))
    payloads.append(Payload.of("report.json", Report(timeless).to_text().encode()))
    info = [
        ("Source-Organization", report["credit"]),
        ("External-Description", f"Scan of {report['name']}, with the cleaned model made from it"),
        ("External-Identifier", report["scan"]["key"]),
        ("Internal-Sender-Identifier", report["scan"]["file"]),
        ("Bag-Software-Agent", report["generator"]),
        ("Source", report["source"]),
        ("Licence", report["licence"]),
        ("Credit", report["credit"]),
    ]
    write_bag(package, report["name"], payloads, info)
