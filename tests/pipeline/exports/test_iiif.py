"""A manifest has the model, what is told on it in every language, and the views of its tours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema.protocols import Validator

from carreau.exports.iiif import iiif
from carreau.exports.record import NothingToExportError, Publication
from tests.pipeline.exports import told, toured
from tests.pipeline.exports.json_schemas import faults, json_schema
from tests.pipeline.exports.schema_files import SCHEMAS, schemas


@pytest.fixture(scope="module")
def draft() -> Validator:
    return json_schema(schemas("iiif-p4"), "main.json")


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(iiif(toured.site(tmp_path_factory.mktemp("iiif"))))
    return found


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every object of a document."""
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from objects(each)
    elif isinstance(value, list):
        for each in value:
            yield from objects(each)


def test_it_is_valid_in_the_draft_that_calls_its_own_example_valid(manifest: dict[str, Any], draft: Validator) -> None:
    assert faults(draft, (SCHEMAS.parent / "examples" / "iiif-p4-manifest.json").read_bytes()) == []
    assert faults(draft, manifest) == []
    wrong = json.loads(json.dumps(manifest))
    wrong["items"][0]["annotations"][0]["items"][0]["body"]["items"][0]["language"] = "fr"
    assert len(faults(draft, wrong)) == 1, "the schema looks into annotations"


def test_each_state_with_a_model_is_a_scene_that_says_how_sure_it_is(manifest: dict[str, Any]) -> None:
    today, then = manifest["items"]
    assert (today["type"], today["label"]["fr"], then["label"]["en"]) == ("Scene", ["Aujourd’hui"], ["en: En 1930"])
    assert then["metadata"][0]["value"]["en"] == ["Reconstruction: hypothetical"]
    assert {"label": {"fr": ["Date montrée"], "en": ["Date shown"]}, "value": {"none": ["1930~"]}} in then["metadata"]
    assert [scene["spatialScale"]["unit"] for scene in manifest["items"]] == ["m", "m"]
    model = today["items"][0]["items"][0]
    assert model["motivation"] == ["painting"]
    assert model["body"]["id"] == "https://carreau.example/models/une/today/phone.glb"
    assert [each["format"] for each in today["rendering"]] == ["model/vnd.usdz+zip"]


def test_rights_are_those_that_iiif_takes_and_credits_name_everybody(manifest: dict[str, Any]) -> None:
    assert "rights" not in manifest, "the states have not the same licence"
    assert [scene["rights"] for scene in manifest["items"]] == [
        "http://creativecommons.org/licenses/by/4.0/",
        "http://creativecommons.org/licenses/by-sa/4.0/",
    ]
    credit = manifest["requiredStatement"]["value"]["none"]
    assert credit == ["Une équipe, CC-BY-4.0", "Fonds d'essai, Un dessinateur, etalab-2.0 OR CC-BY-SA-4.0",
                      "textes : Équipe, CC-BY-4.0"]  # fmt: skip
    assert manifest["provider"][0]["label"] == {"none": ["Une institution"]}
    assert manifest["provider"][0]["homepage"][0]["id"] == "https://institution.example"


def test_as_long_as_nobody_publishes_who_made_the_model_provides_it(tmp_path: Path) -> None:
    record = replace(toured.site(tmp_path), edition=Publication())
    assert json.loads(iiif(record))["provider"][0]["label"] == {"none": ["Fonds d'essai"]}


def test_annotations_are_choices_of_languages_at_their_point(manifest: dict[str, Any]) -> None:
    (page,) = manifest["items"][0]["annotations"]
    pinned, picture = page["items"]
    assert pinned["body"]["type"] == "Choice"
    assert {body["language"][0]: body["value"] for body in pinned["body"]["items"]} == {
        "fr": "La porte\n\nUne porte basse.",
        **{code: f"{code}: La porte\n\n{code}: Une porte basse." for code in ("en", "nl", "de", "pl")},
    }
    assert pinned["target"]["selector"] == [{"type": "PointSelector", "x": 0.0, "y": 1.0, "z": 2.0}]
    assert (picture["motivation"], picture["body"]["type"]) == (["linking"], "Image")
    assert picture["body"]["format"] == "image/jpeg"


def test_a_tour_is_cameras_hidden_until_their_text_is_chosen(manifest: dict[str, Any]) -> None:
    cameras = [each for each in manifest["items"][0]["items"][0]["items"] if each.get("behavior") == ["hidden"]]
    assert [each["body"]["type"] for each in cameras] == ["PerspectiveCamera"] * 2
    assert cameras[0]["body"]["fieldOfView"] == 40
    assert cameras[0]["body"]["lookAt"] == {"type": "PointSelector", "x": 0.0, "y": 6.0, "z": 0.0}
    assert cameras[0]["target"]["selector"][0]["z"] == 30
    (page,) = manifest["annotations"]
    assert page["label"]["fr"] == ["Petit tour"]
    kinds = [each["motivation"][0] for each in page["items"]]
    assert kinds == ["commenting", "activating", "linking", "activating", "commenting"]
    assert page["items"][0]["body"]["items"][0]["value"] == 'Voici <la fosse> & sa voisine, dite "Deux".'
    assert page["items"][2]["body"]["type"] == "Audio"


def test_everything_that_is_named_is_there_once(manifest: dict[str, Any]) -> None:
    made = [each for each in objects(manifest) if each.get("type") in ("Annotation", "AnnotationPage", "Scene")]
    whole = [each["id"] for each in made if len(each) > 2]
    assert len(set(whole)) == len(whole)
    assert {each["id"] for each in made if len(each) == 2} <= set(whole)


def test_doubts_are_shown(manifest: dict[str, Any]) -> None:
    notes = [each["value"]["en"] for each in manifest["metadata"] if each["label"]["en"] == ["Please note"]]
    assert ["Unreviewed translations: nl, de."] in notes
    assert any("to be verified" in note[0] for note in notes)
    assert set(manifest["summary"]) == {"fr", "en", "nl", "de"}, "the Polish summary is stale"


@pytest.mark.parametrize("slug", told.SITES)
def test_a_site_without_a_model_has_none(slug: str) -> None:
    if not told.site(slug).models:
        with pytest.raises(NothingToExportError, match="none of its states has a model yet"):
            iiif(told.site(slug))


def test_the_same_record_gives_the_same_bytes(tmp_path: Path) -> None:
    assert iiif(toured.site(tmp_path / "a")) == iiif(toured.site(tmp_path / "b"))
