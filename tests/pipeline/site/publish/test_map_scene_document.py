"""The document of a map has what other sources say, and where they have something else."""

from __future__ import annotations

from pathlib import Path

from carreau.catalogue.catalogue import read_catalogue
from carreau.catalogue.i18n.check_translations import Translations
from carreau.exports.record import site_record
from carreau.site.publish.map_documents import scenes
from carreau.site.publish.shared_fields import Localizer
from tests.pipeline.catalogue.test_check_scenes import SCENE, placed


def test_another_place_is_the_middle_of_its_commune_and_a_point_is_itself(tmp_path: Path) -> None:
    point = 'position = { lon = 3.41, lat = 50.36, basis = "un plan" }'
    for name, scene in (("commune", SCENE), ("point", SCENE.replace('insee = "59002"', point))):
        catalogue = read_catalogue(placed(tmp_path / name, scene))
        record = site_record(catalogue.sites["une"], catalogue, Translations(tmp_path))
        (document,) = scenes(record, "sites", Localizer("fr"), {})
        (other,) = document.events[0].others
        assert (other.text.text, other.time, other.feature) == ("vers 8 heures", "1712-07-24T08:00", "troupe")
        commune = catalogue.communes["59002"]
        middle = (commune.outline.middle,), commune.name
        assert (other.points, other.around) == (middle if name == "commune" else (((3.41, 50.36),), ""))
        assert document.events[1].others == ()
