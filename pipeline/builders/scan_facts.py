"""Say of a scan what the report says of it."""

from __future__ import annotations

import dataclasses
from typing import Any

from pipeline.builders.scan_context import ScanContext, about
from pipeline.cache.cache import InputFiles
from pipeline.formats.location.geopose import geopose_json
from pipeline.model import DoubleArray, Scan


def scan_facts(files: InputFiles, ground: ScanContext) -> dict[str, Any]:
    """Return plain values: what it is, what was decided and warned of, and what cleaning found."""
    from pipeline.geometry.extent import body_box

    scan, oriented, cleaned = ground.scan.value(), ground.oriented.value(), ground.cleaned.value()
    surface = ground.surface.value() if ground.surface else None
    told = (*surface.decisions, *oriented.decisions) if surface else oriented.decisions
    warned = (*scan.facts.warnings, *(surface.warnings if surface else ()), *oriented.warnings)
    box = body_box(oriented.mesh.positions, oriented.mesh.faces)
    return {
        "file": files.path.name,
        "format": scan.facts.format,
        "detail": scan.facts.detail,
        "parts": list(scan.facts.parts),
        "files": [path.name for path in scan.files],
        "key": files.key,
        **_counts(scan),
        "size_m": rounded(box.sides),
        "bounds_m": [rounded(box.low), rounded(box.high)],
        "up": oriented.up,
        "unit_m": oriented.unit_m,
        "unit_known": oriented.unit_known,
        "likely_unit": oriented.likely_unit,
        "scan_to_model": about(ground)["matrix"],
        "matrix_error_m": oriented.matrix_error_m,
        "place": _place(oriented, scan.facts.crs),
        "findings": dataclasses.asdict(cleaned.findings),
        "decisions": list(told),
        "warnings": [*warned, *cleaned.findings.warnings],
        "triangles_cleaned": len(cleaned.mesh.faces),
    }


def rounded(lengths: DoubleArray) -> list[float]:
    """Return lengths in metres as plain numbers, to the micrometre."""
    return [float(round(float(each), 6)) for each in lengths]


def _counts(scan: Scan) -> dict[str, int]:
    if scan.cloud is not None:
        return {"points": scan.cloud.count}
    return {"triangles": len(scan.mesh.faces), "vertices": len(scan.mesh.positions)}


def _place(oriented: Any, own_crs: str) -> dict[str, Any] | None:
    """Return where the model's origin stands on the Earth, in which system the scan came, and who said what."""
    if oriented.geopose is None:
        return None
    placement = oriented.placement
    return {
        "geopose": geopose_json(oriented.geopose),
        "crs": placement.crs or own_crs,
        "said_by": dict(sorted(placement.sources.items())),
    }
