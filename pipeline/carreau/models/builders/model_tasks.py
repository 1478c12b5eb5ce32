"""The tasks that build a scan or an authored model, and the facts of their reports."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from carreau.base.levels import AR, ARCHIVE, LESS_MEMORY, LEVELS, Level, slowest_first
from carreau.base.messages import Message, message, printable
from carreau.base.model import HIDDEN, DoubleArray, Scan
from carreau.base.options import ModelOptions
from carreau.formats.gltf.gltf import VARIANTS_LEFT_OUT, VERTEX_ALPHA
from carreau.formats.location.poses import geopose_json
from carreau.geometry.clouds.cloud_facts import noise_warning
from carreau.geometry.mesh_parts import bounding_box
from carreau.models.builders.ar_and_archive import ArBuilder, ArchiveBuilder, SceneArBuilder, SceneArchiveBuilder
from carreau.models.builders.build_context import ANIMATION_WARNINGS, ScanContext, SceneContext, about, loss_warnings
from carreau.models.builders.inputs import place_files
from carreau.models.builders.level_builder import BuiltLevel, LevelBuilder, PictureBuilder, with_lighter
from carreau.models.builders.level_candidates import choose
from carreau.models.builders.level_context import LevelContext, TooLarge, gpu_bytes, uniform
from carreau.models.builders.level_maps import bake_maps
from carreau.models.builders.scene_level import SceneLevelBuilder
from carreau.models.stages.orient import Oriented
from carreau.models.stages.poster import PosterOptions, encode_poster, render_poster
from carreau.models.stages.read import resolve_placement
from carreau.models.stages.surface import ReconstructedSurface
from carreau.runs.cache import Cache, InputFiles


def scan_tasks(
    files: InputFiles,
    context: ScanContext,
    pictures: PictureBuilder,
    options: ModelOptions,
    cache: Cache,
    announce: Callable[[str], None],
) -> dict[str, Callable[[], Any]]:
    """Return the functions that build each level and the poster, by name; the slowest first.

    That of another encoding which would save too little returns None.

    announce : called with the name of a level that was not sure to be built
    """
    order = slowest_first(options.levels)
    levels = with_lighter(order, lambda name: _scan_task(name, files, context, options, cache), announce)
    pixels = cache.step(render_poster, context.mesh, None, pictures.side_step, label="poster")
    return {**levels, "poster": cache.step(encode_poster, pixels, label="encode poster").value}


def _scan_task(
    name: str, files: InputFiles, context: ScanContext, options: ModelOptions, cache: Cache
) -> Callable[[], BuiltLevel | None]:
    if name == ARCHIVE:
        return ArchiveBuilder(files, context, options, cache).build
    if name == AR.name:
        return ArBuilder(context, options, cache).build
    level = LEVELS[name]
    build = LevelBuilder(level, context, options, cache).build
    other = LESS_MEMORY.get(name)
    if other is None or other not in options.levels:
        return build
    return lambda: None if is_superfluous(level, LEVELS[other], context, options, cache) else build()


def scan_facts(files: InputFiles, context: ScanContext) -> dict[str, Any]:
    """Return the report's part about the scan: its properties, decisions, warnings and findings, as plain values."""
    from carreau.geometry.mesh_parts import find_body

    scan, oriented, cleaned = context.scan.value(), context.oriented.value(), context.cleaned.value()
    surface = context.surface.value() if context.surface else None
    before = surface.decisions if surface else context.large.decisions if context.large else ()
    decisions = (*scan.facts.decisions, *before, *oriented.decisions)
    decisions = (*decisions, *uniform(context.appearance.value().reflectance))
    noisy = (_noise_warning(surface, oriented),) if surface and surface.findings.noisy else ()
    warnings = (*noisy, *scan.facts.warnings, *(surface.warnings if surface else ()), *oriented.warnings)
    box = find_body(oriented.mesh)
    return {
        "file": printable(files.path.name),
        "format": scan.facts.format,
        "detail": scan.facts.detail,
        "parts": list(scan.facts.parts),
        "files": [printable(path.name) for path in scan.files],
        "key": files.key,
        **_counts(scan, context),
        "size_m": round_lengths(box.sides),
        "bounds_m": [round_lengths(box.low), round_lengths(box.high)],
        "up": oriented.up,
        "up_sure": oriented.up_sure,
        "up_candidates": [
            {"up": each.up, "share": each.share, "option": f"--up {each.up}"} for each in oriented.up_candidates
        ],
        "unit_m": oriented.unit_m,
        "unit_known": oriented.unit_known,
        "likely_unit": oriented.likely_unit,
        "scan_to_model": about(context)["matrix"],
        "matrix_error_m": oriented.matrix_error_m,
        "place": _place(oriented, scan.facts.crs),
        "findings": dataclasses.asdict(cleaned.findings),
        "decisions": list(decisions),
        "warnings": [*loss_warnings(context), *warnings, *cleaned.findings.warnings],
        "triangles_cleaned": len(cleaned.mesh.faces),
    }


def _noise_warning(surface: ReconstructedSurface, oriented: Oriented) -> Message:
    findings, unit_m = surface.findings, oriented.unit_m if oriented.unit_known else None
    return noise_warning(findings.noise, findings.noise_spacing, unit_m)


def round_lengths(lengths: DoubleArray) -> list[float]:
    """Return lengths in metres as plain numbers, to the micrometre."""
    return [float(round(float(each), 6)) for each in lengths]


def _counts(scan: Scan, context: ScanContext) -> dict[str, int]:
    if scan.cloud is not None:
        return {"points": scan.cloud.count}
    counts = {"triangles": len(scan.mesh.faces), "vertices": len(scan.mesh.positions)}
    if context.large is not None:
        counts["triangles_simplified"] = len(context.large.simplified.value().scan.mesh.faces)
    return counts


def _place(oriented: Any, own_crs: str) -> dict[str, Any] | None:
    """Return the GeoPose of the model's origin, the coordinate system of the scan, and the sources of both."""
    if oriented.geopose is None:
        return None
    placement = oriented.placement
    return {
        "geopose": geopose_json(oriented.geopose),
        "crs": placement.crs or own_crs,
        "said_by": dict(sorted(placement.sources.items())),
    }


def is_superfluous(level: Level, other: Level, scan: ScanContext, options: ModelOptions, cache: Cache) -> bool:
    """Return whether the other encoding of a level takes no more graphics memory than this one may.

    The steps are those of the other one, so they run once for both.
    """
    context = LevelContext(other, scan, options, cache)
    triangles = min(context.level.triangles, len(scan.cleaned.value().mesh.faces))
    try:
        chosen = choose(context, triangles, 1.0)
        if chosen.skin is None:
            return True
        edge = chosen.skin.value().base.shape[1]
        maps = bake_maps(context, chosen, edge, is_ktx2=False)
    except TooLarge:
        return False
    edges = (edge, *(each.values.value().shape[1] for each in maps))
    return sum(gpu_bytes(px, px, is_block_compressed=False) for px in edges) <= level.gpu_bytes


LOCATION_IGNORED = message(
    "location data beside the file is ignored: an authored model stands at the GeoPose of its state in the catalogue"
)
_SIZE = {"unit", "height_m"}


def scene_tasks(
    files: InputFiles, context: SceneContext, pictures: PictureBuilder, options: ModelOptions, cache: Cache
) -> dict[str, Callable[[], Any]]:
    """Return the functions that build each level and the poster, by name; the slowest first.

    That of another encoding which would save too little returns None.
    """
    order = slowest_first(options.levels)
    levels = with_lighter(order, lambda name: _scene_task(name, files, context, options, cache))
    look: tuple[Any, ...] = (None, pictures.side_step)
    if context.solid is not None:
        options_ = PosterOptions(is_faceted=True, is_sunlit=True)
        look = (options_, pictures.side_step, context.solid, context.subject)
    pixels = cache.step(render_poster, context.mesh, *look, label="poster")
    poster = cache.step(encode_poster, pixels, label="encode poster")
    return {**levels, "poster": poster.value}


def _scene_task(
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
    box = bounding_box(scan.mesh.positions, scan.mesh.faces)
    placed = cache.step(resolve_placement, place_files(files.path, cache), (), label="place").value()
    is_ignored = set(placed.sources) - (_SIZE if context.size.decisions else set())
    ignored = [LOCATION_IGNORED] if is_ignored else []
    read = [text for text in scan.facts.warnings if text not in ANIMATION_WARNINGS and not _is_about_scans(text)]
    return {
        "file": printable(files.path.name),
        "format": scan.facts.format,
        "detail": scan.facts.detail,
        "parts": list(scan.facts.parts),
        "files": [printable(path.name) for path in scan.files],
        "key": files.key,
        "triangles": len(scan.mesh.faces),
        "vertices": len(scan.mesh.positions),
        "size_m": round_lengths(box.sides),
        "bounds_m": [round_lengths(box.low + scan.mesh.origin), round_lengths(box.high + scan.mesh.origin)],
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
        "warnings": list(dict.fromkeys([*scene.warnings, *read, *ignored])),
        "clips": [{"name": clip.name, "duration_s": clip.duration_s} for clip in scene.facts.clips],
        "authored": _motion(scene.facts),
    }


def _is_about_scans(text: str) -> bool:
    """Return whether a warning names what scans lose and authored models keep."""
    return isinstance(text, Message) and text.msgid in (HIDDEN, VARIANTS_LEFT_OUT, VERTEX_ALPHA)


def _motion(facts: Any) -> dict[str, Any]:
    clips = [{key: value for key, value in vars(clip).items() if key != "number"} for clip in facts.clips]
    values = {field.name: getattr(facts, field.name) for field in dataclasses.fields(facts)}
    return {**values, "clips": clips, "named_nodes": list(facts.named_nodes), "extensions": list(facts.extensions)}
