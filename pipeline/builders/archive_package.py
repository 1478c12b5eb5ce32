"""Write what an archive keeps of one scan: a BagIt bag with the scan's own files, the whole model and the report."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.formats.writers.bagit import Payload, write_bag
from pipeline.levels import ARCHIVE
from pipeline.reports.report import Report

MODEL = f"{ARCHIVE}.glb"
PACKAGE = f"{ARCHIVE}.zip"


def write_package(folder: Path, scan: Path, report: Mapping[str, Any]) -> None:
    """Write the bag of a build into the folder where its `archive.glb` lies already.

    scan : the scan's own file, or its folder of tiles
    report : the build's report; the bag holds it without the seconds of its stages, so that a scan makes one bag

    Raises ScanError where an original is no longer what was built from, UnsafePathError where it lies elsewhere.
    """
    facts = report[ARCHIVE]
    told = {key: value for key, value in report.items() if key != "stages"}
    shared = scan.absolute().parent / facts["originals_in"]
    payloads = [
        Payload(f"original/{one['name']}", shared / one["name"], one["sha256"], one["bytes"])
        for one in facts["originals"]
    ]
    payloads.append(Payload(MODEL, folder / MODEL, facts["sha256"], facts["bytes"]))
    payloads.append(Payload.of("report.json", Report(told).to_text().encode()))
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
    write_bag(folder / PACKAGE, report["name"], payloads, info)
