"""What `carreau survey --territory` has gathered: heights and a picture of the whole territory, and whose they are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from carreau.air.airborne.survey_data import Orthophoto
from carreau.air.airborne_files.survey_picture import read_picture
from carreau.air.airborne_files.survey_record import NAME, RENEW, Role, SurveyRecord, is_survey, read
from carreau.air.airborne_files.survey_terrain import read_heights
from carreau.air.relief.terrain_net import Heights
from carreau.base.errors import FormatError
from carreau.base.messages import message
from carreau.site.territory.table_sources import LAMBERT_93

FOLDER = "territory"
"""Below the assets."""
_LICENCES = {"etalab-2.0": "Licence Ouverte 2.0"}


@dataclass(frozen=True, eq=False)
class ReliefSurvey:
    """What a relief is made of.

    photo : None if none was gathered
    """

    heights: Heights
    photo: Orthophoto | None


def is_gathered(assets: Path) -> bool:
    """Return whether the territory was gathered."""
    return is_survey(assets / FOLDER)


def territory_record(assets: Path) -> SurveyRecord:
    """Return the record of what was gathered of the territory.

    Raises FormatError for a damaged record, one of another system than Lambert-93, and one without terrain.
    """
    folder = assets / FOLDER
    record = read(folder / NAME)
    if record.epsg != LAMBERT_93:
        cause = message("the territory is not in Lambert-93 (EPSG:2154) but in EPSG:%(epsg)s", epsg=record.epsg)
        raise FormatError(folder / NAME, "", cause, message("gather it with `carreau survey --territory`"))
    if not record.of(Role.TERRAIN):
        raise FormatError(folder / NAME, "", message("it has no layer of terrain"), RENEW)
    return record


def read_survey(assets: Path, record: SurveyRecord) -> ReliefSurvey:
    """Return what was gathered; raises ScanError or TextureError for files that are not those on record."""
    folder = assets / FOLDER
    values, grid = read_heights(folder, record)
    half = grid.pixel_m / 2
    heights = Heights(grid.west + half, grid.north - half, grid.pixel_m, values)
    return ReliefSurvey(heights, read_picture(folder, record, Role.ORTHOPHOTO))


def credit_of(record: SurveyRecord) -> str:
    """Return whom terrain and picture belong to."""
    layers = [*record.of(Role.TERRAIN), *record.of(Role.ORTHOPHOTO)]
    return " ; ".join(dict.fromkeys(layer.credit for layer in layers if layer.credit))


def licence_of(record: SurveyRecord) -> str:
    """Return the licences of terrain and picture, by their names."""
    layers = [*record.of(Role.TERRAIN), *record.of(Role.ORTHOPHOTO)]
    names = (_LICENCES.get(layer.licence, layer.licence) for layer in layers)
    return " ; ".join(dict.fromkeys(filter(None, names)))


def year_of(record: SurveyRecord) -> str:
    """Return the year in which the heights were measured, or else of whose state they are: when they were gathered."""
    years = [layer.flown.split("/")[-1][:4] for layer in record.of(Role.TERRAIN) if layer.flown]
    return max(years, default=str(record.gathered.year))
