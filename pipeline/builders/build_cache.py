"""Keep a finished build whole, so that the second run of an unchanged scan is a copy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.builders.input_files import place_files
from pipeline.cache.cache import Cache, InputFiles
from pipeline.cache.fingerprint import code_digest, digest
from pipeline.cache.store import Record
from pipeline.options import ModelOptions
from pipeline.reports.report_page import looks_key

_FLOW = "pipeline.flow:build_models"
"""Names the code of a build: the flow, and through its imports every builder and stage."""


def find(files: InputFiles, options: ModelOptions, cache: Cache) -> Mapping[str, Any] | None:
    """Return what an earlier run of the very same build handed over, or None."""
    found = cache.store.read("build", _key(files, options, cache), None)
    return found[0] if found else None


def remember(built: Mapping[str, Any], files: InputFiles, options: ModelOptions, cache: Cache) -> None:
    """Keep what a run hands over."""
    record = Record("build", "build", 0.0, 0, files.size_bytes)
    cache.store.write("build", _key(files, options, cache), built, record, f"{_FLOW} {code_digest(_FLOW)}", None)


def _key(files: InputFiles, options: ModelOptions, cache: Cache) -> str:
    asked = {key: value for key, value in vars(options).items() if key not in ("out", "jobs")}
    codes = [code_digest(_FLOW), looks_key()]
    placed = place_files(files.path, cache)
    return digest({"scan": files, "placed": placed, "name": files.path.name, "asked": asked, "codes": codes})
