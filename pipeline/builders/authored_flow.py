"""Make the levels, poster and report of an authored model."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from pipeline.builders.authored_ar import AuthoredAr
from pipeline.builders.authored_archive import AuthoredArchive
from pipeline.builders.authored_ground import OF_MOTION, AuthoredGround
from pipeline.builders.authored_level import IDENTITY, AuthoredLevel
from pipeline.builders.input_files import place_files
from pipeline.builders.level_flow import Made
from pipeline.builders.picture_flow import PictureFlow
from pipeline.builders.scan_facts import rounded
from pipeline.cache.cache import Cache, InputFiles
from pipeline.geometry.extent import box_of
from pipeline.levels import AR, ARCHIVE, LEVELS
from pipeline.messages import message
from pipeline.options import ModelOptions
from pipeline.stages.poster import encode_poster, render_poster
from pipeline.stages.resolve_placement import resolve_placement

PLACED = message(
    "location data beside the file is ignored: an authored model stands at the GeoPose of its state in the catalogue"
)
TRANSPARENT = message("transparent materials are measured and pictured as opaque")


def tasks(
    files: InputFiles, ground: AuthoredGround, pictures: PictureFlow, options: ModelOptions, cache: Cache
) -> dict[str, Callable[[], Any]]:
    """Return what makes each level, and the poster, by name; the longest first."""
    order = sorted(options.levels, key=lambda name: -LEVELS[name].triangles if name in LEVELS else 0)
    made = {name: _task(name, files, ground, pictures, options, cache) for name in order}
    pixels = cache.step(render_poster, ground.mesh, None, pictures.side_step, label="poster")
    poster = cache.step(encode_poster, pixels, label="encode poster")
    return {**made, "poster": poster.value}


def _task(
    name: str, files: InputFiles, ground: AuthoredGround, pictures: PictureFlow, options: ModelOptions, cache: Cache
) -> Callable[[], Made]:
    if name == ARCHIVE:
        return AuthoredArchive(files, ground, options, cache).make
    if name == AR.name:
        return pictures.after(AuthoredAr(AR, ground, files, options, cache).make)
    return pictures.after(AuthoredLevel(LEVELS[name], ground, files, options, cache).make)


def authored_facts(files: InputFiles, ground: AuthoredGround, cache: Cache) -> dict[str, Any]:
    """Return what the report says of an authored model, in the words it has for a scan."""
    scan, scene = ground.scan.value(), ground.scene.value()
    box = box_of(scan.mesh.positions, scan.mesh.faces)
    placed = cache.step(resolve_placement, place_files(files.path, cache), (), label="place").value()
    left_out = [PLACED] if placed.sources else []
    read = [text for text in scan.facts.warnings if not text.startswith((*OF_MOTION, "material "))]
    has_sight = any(
        material.get("alphaMode", "OPAQUE") != "OPAQUE" for material in scene.document().get("materials", ())
    )
    seen = [TRANSPARENT] if has_sight else []
    return {
        "file": files.path.name,
        "format": scan.facts.format,
        "detail": scan.facts.detail,
        "parts": list(scan.facts.parts),
        "files": [path.name for path in scan.files],
        "key": files.key,
        "triangles": len(scan.mesh.faces),
        "vertices": len(scan.mesh.positions),
        "size_m": rounded(box.sides),
        "bounds_m": [rounded(box.low + scan.mesh.origin), rounded(box.high + scan.mesh.origin)],
        "up": "y",
        "unit_m": 1.0,
        "unit_known": True,
        "scan_to_model": IDENTITY,
        "matrix_error_m": 0.0,
        "place": None,
        "findings": {},
        "decisions": [ground.why],
        "warnings": list(dict.fromkeys([*scene.warnings, *read, *seen, *left_out])),
        "clips": [{"name": clip.name, "duration_s": clip.duration_s} for clip in scene.facts.clips],
        "authored": _motion(scene.facts),
    }


def _motion(facts: Any) -> dict[str, Any]:
    clips = [{key: value for key, value in vars(clip).items() if key != "number"} for clip in facts.clips]
    told = {field.name: getattr(facts, field.name) for field in dataclasses.fields(facts)}
    return {**told, "clips": clips, "named_nodes": list(facts.named_nodes), "extensions": list(facts.extensions)}
