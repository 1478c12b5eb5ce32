"""Builds of tiny scans, and what comes out of them."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from carreau.base.levels import OFFERED
from carreau.base.options import ModelOptions
from carreau.models.flow import build_models
from carreau.runs.cache import Cache
from carreau.runs.progress_display import progress_for
from tests.kernel_signatures import only_listed
from tests.pipeline.stand_in import blank_posters

SAID: dict[str, Any] = {"name": "Fosse 1", "source": "a test", "licence": "CC0-1.0", "credit": "Jeanne"}
MADE = {f"{name}{ending}" for name in OFFERED for ending in (".glb", ".glb.br")}
MADE |= {"ar.glb", "ar.usdz", "ar-table.glb", "ar-table.usdz", "poster.webp", "poster.png"}


def built(scan: Path, out: Path, cache: Path, is_posed: bool = False, **options: Any) -> Mapping[str, Any]:
    """Build with a new cache over a folder, as a new process would, and return the report as written.

    is_posed : with a true poster, which is half of the time that a tiny scan takes
    """
    with pytest.MonkeyPatch.context() as patch, only_listed():
        if not is_posed:
            blank_posters(patch)
        build_models(scan, ModelOptions(out=out, **options), Cache(cache), progress_for(sys.stderr, quiet=True))
    report: Mapping[str, Any] = json.loads((out / "report.json").read_text(encoding="utf-8"))
    return report


def ran(report: Mapping[str, Any]) -> set[str]:
    """Return the labels of the steps that ran and were not found."""
    return {stage["label"] for stage in report["stages"] if not stage["cached"]}


def models(folder: Path) -> dict[str, bytes]:
    """Return the bytes of all that was made but the report, which tells seconds."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.name in MADE}
