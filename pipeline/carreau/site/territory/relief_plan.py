"""What is made of the gathered terrain as a relief: its parts, its file, its pictures and its note."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import shapely

from carreau.air.airborne_files.survey_record import NAME
from carreau.air.relief.relief import relief, relief_ground
from carreau.base.errors import ScanError
from carreau.base.messages import message
from carreau.site.territory.relief_picture import LONGEST_PX, as_png, canvas_over, ground_picture, map_ground
from carreau.site.territory.relief_survey import FOLDER, credit_of, licence_of, read_survey, territory_record, year_of
from carreau.site.territory.table_glb import table_glb
from carreau.site.territory.table_note import CREDIT, LICENCE
from carreau.site.territory.table_plan import MeasuredModel, TablePlan, table_plan
from carreau.site.territory.table_sources import TableSources

EXAGGERATION = 2.0
"""Of heights: a spoil tip reads from above, and is still one from near by."""
GROUND_FILE = "ground.webp"


@dataclass(frozen=True, eq=False)
class ReliefPlan:
    """A relief: the model as GLB, and what is made of it besides its levels."""

    content: bytes
    plan: TablePlan


def relief_plan(sources: TableSources, assets: Path) -> ReliefPlan:
    """Return the relief of the territory from what was gathered of it, below the assets.

    Raises ScanError for what cannot be read, and if no height lies within the communes; TextureError for a damaged
    photograph.
    """
    record = territory_record(assets)
    survey = read_survey(assets, record)
    scale = replace(sources.scale, exaggeration=EXAGGERATION)
    sources = replace(sources, scale=scale)
    ground = relief_ground(sources.plates, survey.heights)
    if ground is None:
        cause = message("no height lies within the communes")
        raise ScanError(
            assets / FOLDER / NAME, "", cause, message("gather it with `carreau survey --territory --refresh`")
        )
    west, south, east, north = shapely.total_bounds([plate.outline for plate in sources.plates]).tolist()
    bounds = (west, south, east, north)
    model = relief(ground, sources.plates, sources.places, sources.routes, scale, bounds)
    picture = as_png(ground_picture(sources.plates, survey, canvas_over(bounds, LONGEST_PX)))
    under, degrees, (width, height) = map_ground(sources.plates, survey, bounds)
    note = {
        "year": year_of(record),
        "credit": credit_of(record),
        "licence": licence_of(record),
        "share": round(ground.share, 4),
        "has_photo": survey.photo is not None,
        "tolerance_m": ground.tolerance_m,
        "picture": GROUND_FILE,
        "bounds": [round(each, 7) for each in degrees],
        "width": width,
        "height": height,
    }
    rights = f"{CREDIT} – {LICENCE} ; {credit_of(record)} – {licence_of(record)}"
    content = table_glb(model.parts, rights, picture)
    return ReliefPlan(
        content, table_plan(sources, model.parts, MeasuredModel(model.heights_m, {GROUND_FILE: under}, note))
    )
