"""Keep a finished build whole, so that the second run of an unchanged scan is a copy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.kept.cache import Cache, Files
from pipeline.kept.keys import code_digest, digest
from pipeline.kept.store import Record
from pipeline.making.sidefiles import place_files
from pipeline.options import ModelOptions
from pipeline.reports.report_page import looks_key

_FLOW = "pipeline.flow:build_models"

STAGES = tuple(
    f"pipeline.stages.{name}"
    for name in (
        "read:read", "place:place", "surface:surface", "align:align", "orient:orient", "clean:clean", "need:looks_of",
        "judge:judge", "measure:sight", "simplify:simplify", "unwrap:unwrap_level", "keep:keep", "bake:bake",
        "bake_cloud:bake_cloud", "encode:encode_base", "relief:relief", "pack:pack", "compress:compress",
        "check:check_plain", "poster:render_poster", "usdz:pack_usdz", "agree:agree", "check_usdz:check_usdz",
        "archive:pack_archive", "pictures:show_level", "author_read:read_authored", "author_thin:thin",
        "author_dress:dress", "author_pack:pack_authored", "author_pose:pose_level", "author_usdz:pack_usdz",
    )
)  # fmt: skip
"""Every stage that a build runs on: when one's code changes, a finished build is not taken for the one asked for."""


def find(files: Files, options: ModelOptions, cache: Cache) -> Mapping[str, Any] | None:
    """Return what an earlier run of the very same build handed over, or None."""
    found = cache.store.read("build", _key(files, options, cache), None)
    return found[0] if found else None


def remember(built: Mapping[str, Any], files: Files, options: ModelOptions, cache: Cache) -> None:
    """Keep what a run hands over."""
    record = Record("build", "build", 0.0, 0, files.size_bytes)
    cache.store.write("build", _key(files, options, cache), built, record, f"{_FLOW} {code_digest(_FLOW)}", None)


def _key(files: Files, options: ModelOptions, cache: Cache) -> str:
    asked = {key: value for key, value in vars(options).items() if key not in ("out", "jobs")}
    codes = [*map(code_digest, STAGES), code_digest(_FLOW), looks_key()]
    placed = place_files(files.path, cache)
    return digest({"scan": files, "placed": placed, "name": files.path.name, "asked": asked, "codes": codes})
