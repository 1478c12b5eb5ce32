"""Build a survey from the air: modelled from its points, then as an authored model, with what it says in the report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from carreau.air.airborne.survey_data import MEASURED, PartName
from carreau.air.airborne.survey_record import NAME, PICTURES, Layer, Role, SurveyRecord, read, span
from carreau.base.messages import message, printable
from carreau.base.options import HISTORIC, ModelOptions
from carreau.formats.location.poses import geopose_json
from carreau.models.builders.build_context import SceneContext, create_scene_context
from carreau.models.builders.model_tasks import authored_facts
from carreau.models.builders.sources import join_credits, list_layers
from carreau.models.stages.survey_model import ModelledSurvey, model_survey
from carreau.models.stages.survey_scene import scan_of_scene, survey_pose, survey_scene
from carreau.runs.cache import Cache, InputFiles, Task

FORMAT = "survey"
MODELLED = message("modelled from a survey from the air: ground, roofs, walls and crowns are parts of their own")


@dataclass(frozen=True, kw_only=True)
class SurveyContext(SceneContext):
    """The tasks that all levels of a survey share.

    record : of the survey; here to be read once
    layers : of the record, those that the model is made of
    modelled : the model and what it was made of
    """

    record: SurveyRecord
    layers: tuple[Layer, ...]
    modelled: Task[ModelledSurvey]


def create_survey_context(files: InputFiles, options: ModelOptions, cache: Cache) -> SurveyContext:
    """Return the shared tasks; nothing runs yet."""
    record = read(files.path / NAME)
    view: Literal["today", "historic"] = "historic" if options.taken_as == HISTORIC else "today"
    modelled = cache.step(model_survey, files, view, label="model survey")
    layers = list_layers(record, view == "historic")
    model = modelled.part(lambda modelled: modelled.model)
    scene = cache.step(survey_scene, model, record.crs, join_credits(layers), label="place survey")
    scan = cache.step(scan_of_scene, scene, options.name, label="read survey")
    shared = replace(create_scene_context(scene, scan, MODELLED, cache), is_one_surface=True)
    return SurveyContext(**vars(shared), record=record, layers=layers, modelled=modelled)


def survey_facts(files: InputFiles, context: SurveyContext, cache: Cache) -> dict[str, Any]:
    """Return the report's part about a survey, with the keys of that about an authored model."""
    modelled, record, layers = context.modelled.value(), context.record, context.layers
    facts = authored_facts(files, context, cache)
    pose = survey_pose(modelled.model.origin, record.crs)
    return {
        **facts,
        "format": FORMAT,
        "detail": "",
        "files": [printable(layer.file) for layer in layers],
        "place": {"geopose": geopose_json(pose), "crs": record.crs, "said_by": {"crs": NAME}},
        "decisions": [*facts["decisions"], *modelled.decisions],
        "warnings": [*facts["warnings"], *modelled.warnings],
        "survey": survey_json(record, modelled, layers),
    }


def _photograph(layer: Layer) -> Mapping[str, Any]:
    return {"role": layer.role.value, "flown": layer.flown, **({"simulated": True} if layer.simulated else {})}


def survey_json(record: SurveyRecord, modelled: ModelledSurvey, layers: tuple[Layer, ...]) -> Mapping[str, Any]:
    """Return what the report tells of a survey, as plain values."""
    accuracy = modelled.model.accuracy
    return {
        "gathered": record.gathered.isoformat(),
        "area_m2": modelled.area_m2,
        "points": modelled.count,
        "classes": {str(number): count for number, count in modelled.classes.items()},
        "origin": [float(value) for value in modelled.model.origin],
        "photograph": next((_photograph(each) for each in layers if each.role in PICTURES), None),
        "flown": span(layer.flown for layer in record.of(Role.POINTS)),
        "layers": [
            {
                "role": layer.role.value,
                "name": layer.name,
                "edition": layer.edition,
                "flown": layer.flown,
                "credit": layer.credit,
                "licence": layer.licence,
                "source": layer.source,
                "tiles": len(layer.tiles),
            }
            for layer in layers
        ],
        "changes": vars(modelled.model.changes),
        "raster_m2": round(modelled.raster_m2),
        "interpolated_m2": round(modelled.interpolated_m2),
        "gaps": [{name: str(value) for name, value in vars(gap).items()} for gap in record.gaps],
        "parts": [
            {
                "name": part.name.value,
                "is_measured": is_measured(part.name, modelled),
                "triangles": len(part.faces),
                **({"accuracy": vars(accuracy[part.name])} if part.name in accuracy else {}),
            }
            for part in modelled.model.parts
        ],
    }


def is_measured(part: PartName, modelled: ModelledSurvey) -> bool:
    """Tell whether points lie on a part; all others are supposed."""
    return part in MEASURED and part not in modelled.supposed
