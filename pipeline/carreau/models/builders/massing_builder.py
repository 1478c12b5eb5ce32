"""Build a massing model: modelled from measured facts, then as an authored model, with what it says in the report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from carreau.air.massing.massing_file import ENDING
from carreau.base.messages import message
from carreau.base.options import ModelOptions
from carreau.models.builders.build_context import SceneContext, create_scene_context
from carreau.models.builders.model_tasks import authored_facts, round_lengths
from carreau.models.stages.massing_scene import (
    MadePart,
    ModelledMassing,
    chosen_side,
    massing_scene,
    model_massing,
    subject,
    without_translucent,
)
from carreau.models.stages.survey_scene import scan_of_scene
from carreau.runs.cache import Cache, InputFiles, Task

FORMAT = "massing"
STEP_M = 2.0**-11
"""Step of positions, half a millimetre: models are exact to 1 mm, and so small that more bits cost nothing."""

MODELLED = message("modelled from measured facts: what is supposed, or open between two measures, is translucent")


@dataclass(frozen=True, kw_only=True)
class MassingContext(SceneContext):
    """The tasks that all levels of a massing model share."""

    modelled: Task[ModelledMassing]


def create_massing_context(files: InputFiles, options: ModelOptions, cache: Cache) -> MassingContext:
    """Return the shared tasks; nothing runs yet."""
    modelled = cache.step(model_massing, files, label="model massing")
    scene = cache.step(massing_scene, modelled, label="massing scene")
    scan = cache.step(scan_of_scene, scene, options.name, ENDING, label="read massing")
    shared = create_scene_context(scene, scan, MODELLED, cache)
    solid = cache.step(without_translucent, shared.mesh, label="solid parts")
    shown = cache.step(subject, shared.mesh, modelled, label="subject")
    side = cache.step(chosen_side, modelled, label="side")
    shared = replace(shared, step_m=STEP_M, solid=solid, subject=shown, side=side)
    return MassingContext(**vars(shared), modelled=modelled)


def massing_facts(files: InputFiles, context: MassingContext, cache: Cache) -> dict[str, Any]:
    """Return the report's part about a massing model, with the keys of that about an authored model."""
    facts, modelled = authored_facts(files, context, cache), context.modelled.value()
    place = modelled.massing.place
    return {
        **facts,
        "format": FORMAT,
        "detail": "",
        "files": [facts["file"]],
        "massing": {
            "lon": place.lon,
            "lat": place.lat,
            "turn_deg": place.turn_deg,
            "evidence": place.basis.evidence,
            "sources": [modelled.massing.sources[key] for key in place.basis.sources],
            "parts": [part_json(each, modelled.massing.sources) for each in modelled.parts],
        },
    }


def part_json(modelled: MadePart, sources: Mapping[str, str]) -> dict[str, Any]:
    """Return what the report tells of a part, as plain values.

    ranges : of what is open, the measures with their least and their most
    """
    part = modelled.part
    return {
        "name": modelled.name,
        "title": part.title or part.name.replace("-", " "),
        "shape": part.shape,
        "evidence": modelled.evidence,
        "sources": [sources[key] for key in part.sources],
        "note": " ".join(part.notes),
        "is_open": modelled.is_open,
        "ranges": [{"measure": key, "low": each.low, "high": each.high} for key, each in part.ranges],
        "size_m": round_lengths(modelled.size_m),
        "triangles": modelled.triangles,
    }
