"""Make the levels and the poster of a scan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pipeline.builders.ar_flow import ArFlow
from pipeline.builders.archive import ArchiveFlow
from pipeline.builders.level_flow import LevelFlow, Made
from pipeline.builders.picture_flow import PictureFlow
from pipeline.builders.scan_context import ScanContext
from pipeline.cache.cache import Cache, InputFiles
from pipeline.levels import AR, ARCHIVE, BUDGETED, LEVELS
from pipeline.options import ModelOptions
from pipeline.stages.poster import encode_poster, render_poster


def tasks(
    files: InputFiles, ground: ScanContext, pictures: PictureFlow, options: ModelOptions, cache: Cache
) -> dict[str, Callable[[], Any]]:
    """Return what makes each level, and the poster, by name; the longest first."""
    made = {name: _task(name, files, ground, pictures, options, cache) for name in _heaviest_first(options)}
    pixels = cache.step(render_poster, ground.mesh, None, pictures.side_step, label="poster")
    return {**made, "poster": cache.step(encode_poster, pixels, label="encode poster").value}


def _task(
    name: str, files: InputFiles, ground: ScanContext, pictures: PictureFlow, options: ModelOptions, cache: Cache
) -> Callable[[], Made]:
    if name == ARCHIVE:
        return ArchiveFlow(files, ground, options, cache).make
    if name == AR.name:
        return pictures.after(ArFlow(ground, options, cache).make)
    return pictures.after(LevelFlow(LEVELS[name], ground, options, cache).make)


def _heaviest_first(options: ModelOptions) -> list[str]:
    """Sort levels so that the longest begins first, and the others fill the second job meanwhile."""
    triangles = BUDGETED
    return sorted(options.levels, key=lambda name: -triangles[name].triangles if name in triangles else 0)
