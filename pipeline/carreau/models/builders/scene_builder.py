"""Build the levels and the poster of an authored model, and the facts of its report."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from carreau.base.levels import AR, ARCHIVE, LESS_MEMORY, LEVELS, slowest_first
from carreau.base.messages import Message, message
from carreau.base.options import ModelOptions
from carreau.base.text_encoding import printable
from carreau.formats.gltf.gltf_materials import SHOWN_AS_OPAQUE
from carreau.geometry.extent import box_of
from carreau.models.builders.ar_builder import SceneArBuilder
from carreau.models.builders.archive_builder import SceneArchiveBuilder
from carreau.models.builders.input_files import place_files
from carreau.models.builders.level_builder import BuiltLevel, with_lighter
from carreau.models.builders.picture_builder import PictureBuilder
from carreau.models.builders.scan_builder import rounded
from carreau.models.builders.scene_context import ANIMATION_WARNINGS, SceneContext
from carreau.models.builders.scene_level import SceneLevelBuilder
from carreau.models.stages.poster import PosterOptions, encode_poster, render_poster
from carreau.models.stages.read import resolve_placement
from carreau.runs.cache import Cache, InputFiles

LOCATION_IGNORED = message(
    "location data beside the file is ignored: an authored model stands at the GeoPose of its state in the catalogue"
)
_SIZE = {"unit", "height_m"}
TRANSPARENT = message("transparent materials are measured and pictured as opaque")


def tasks(
    files: InputFiles, context: SceneContext, pictures: PictureBuilder, options: ModelOptions, cache: Cache
) -> dict[str, Callable[[], Any]]:
    """Return the functions that build each level and the poster, by name; the slowest first.

    That of another encoding which would save too little returns None.
    """
    order = slowest_first(options.levels)
    levels = with_lighter(order, lambda name: _task(name, files, context, options, cache))
    look: tuple[Any, ...] = (None, pictures.side_step)
    if context.solid is not None:
        look = (PosterOptions(is_faceted=True), pictures.side_step, context.solid)
    pixels = cache.step(render_poster, context.mesh, *look, label="poster")
    poster = cache.step(encode_poster, pixels, label="encode poster")
    return {**levels, "poster": poster.value}


def _task(
    name: str, files: InputFiles, context: SceneContext, options: ModelOptions, cache: Cache
) -> Callable[[], BuiltLevel | None]:
    if name == ARCHIVE:
        return SceneArchiveBuilder(files, context, options, cache).build
    if name == AR.name:
        return SceneArBuilder(AR, context, files, options, cache).build
    level = LEVELS[name]
    build = SceneLevelBuilder(level, context, files, options, cache).build
    other = LESS_MEMORY.get(name)
    if other is None or other not in options.levels:
        return build
    full = SceneLevelBuilder(LEVELS[other], context, files, options, cache)
    return lambda: None if full.largest_gpu_bytes() <= level.gpu_bytes else build()


def authored_facts(files: InputFiles, context: SceneContext, cache: Cache) -> dict[str, Any]:
    """Return the report's part about an authored model, with the keys of that about a scan."""
    scan, scene = context.scan.value(), context.scene.value()
    box = box_of(scan.mesh.positions, scan.mesh.faces)
    placed = cache.step(resolve_placement, place_files(files.path, cache), (), label="place").value()
    is_ignored = set(placed.sources) - (_SIZE if context.size.decisions else set())
    ignored = [LOCATION_IGNORED] if is_ignored else []
    read = [text for text in scan.facts.warnings if text not in ANIMATION_WARNINGS and not _is_about_opacity(text)]
    is_transparent = any(
        material.get("alphaMode", "OPAQUE") != "OPAQUE" for material in scene.document().get("materials", ())
    )
    transparency = [TRANSPARENT] if is_transparent else []
    return {
        "file": printable(files.path.name),
        "format": scan.facts.format,
        "detail": scan.facts.detail,
        "parts": list(scan.facts.parts),
        "files": [printable(path.name) for path in scan.files],
        "key": files.key,
        "triangles": len(scan.mesh.faces),
        "vertices": len(scan.mesh.positions),
        "size_m": rounded(box.sides),
        "bounds_m": [rounded(box.low + scan.mesh.origin), rounded(box.high + scan.mesh.origin)],
        "up": "y",
        "up_sure": True,
        "up_candidates": [],
        "unit_m": context.size.factor,
        "unit_known": True,
        "scan_to_model": context.size.matrix,
        "matrix_error_m": 0.0,
        "place": None,
        "findings": {},
        "decisions": [context.reason, *context.size.decisions],
        "warnings": list(dict.fromkeys([*scene.warnings, *read, *transparency, *ignored])),
        "clips": [{"name": clip.name, "duration_s": clip.duration_s} for clip in scene.facts.clips],
        "authored": _motion(scene.facts),
    }


def _is_about_opacity(text: str) -> bool:
    return isinstance(text, Message) and text.msgid == SHOWN_AS_OPAQUE


def _motion(facts: Any) -> dict[str, Any]:
    clips = [{key: value for key, value in vars(clip).items() if key != "number"} for clip in facts.clips]
    values = {field.name: getattr(facts, field.name) for field in dataclasses.fields(facts)}
    return {**values, "clips": clips, "named_nodes": list(facts.named_nodes), "extensions": list(facts.extensions)}
