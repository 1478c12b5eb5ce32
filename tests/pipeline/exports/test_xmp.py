"""The record goes along in the model: names in all languages, evidence, doubts and rights."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from referencing import Registry, Resource

from carreau.base.model import LevelMesh
from carreau.base.tools import node_modules
from carreau.exports.dublin_core import model_packet, state_packet
from carreau.formats.writers.xmp_packet import with_packet
from carreau.models.stages.check import check_packed, check_plain
from carreau.models.stages.pack import GltfPackOptions, pack
from tests.pipeline.exports import made_up
from tests.pipeline.exports.schema_files import schemas
from tests.pipeline.xmp_packets import packet_of


def glb() -> bytes:
    corners, up = np.eye(3, dtype=np.float32), np.full((3, 3), 3**-0.5, np.float32)
    return pack(LevelMesh(corners, up, np.array([[0, 1, 2]], np.int32)), {}, GltfPackOptions(flavour="plain"))


def against(name: str, value: Any) -> None:
    folders = schemas("khr"), schemas("gltf")
    files = [path for folder in folders for path in sorted(folder.glob("*.json"))]
    known: list[tuple[str, Resource[Any]]] = []
    for path in files:
        content = json.loads(path.read_text())
        content["$schema"] = content["$schema"].rstrip("#") + "#"
        known.append((path.name, Resource.from_contents(content)))
    jsonschema.Draft4Validator({"$ref": name}, registry=Registry().with_resources(known)).validate(value)


def test_it_is_what_khronos_asks_for(tmp_path: Path) -> None:
    record = made_up.site(tmp_path)
    told = with_packet(glb(), state_packet(record, record.models[0]))
    document = json.loads(told[20 : 20 + int.from_bytes(told[12:16], "little")])
    against("glTF.KHR_xmp_json_ld.schema.json", document["extensions"]["KHR_xmp_json_ld"])
    against("KHR_xmp_json_ld.schema.json", document["asset"]["extensions"]["KHR_xmp_json_ld"])
    against("glTF.schema.json", document)
    with pytest.raises(jsonschema.ValidationError):
        against("glTF.KHR_xmp_json_ld.schema.json", {"packets": [{"dc:title": "no context"}]})


def test_it_says_languages_evidence_and_doubts(tmp_path: Path) -> None:
    record = made_up.site(tmp_path)
    today, past = (state_packet(record, made) for made in record.models)
    titles = [value for key, value in today["dc:title"].items() if key.startswith("rdf:")]
    assert [each["@language"] for each in titles] == ["fr", "en", "nl", "de", "pl"]
    assert len(today["dc:description"]) == 5, "a type and four summaries: the Polish one is stale"
    assert "Reconstruction: hypothetical" in past["dc:type"]["@set"]
    note = past["skos:editorialNote"]["rdf:_2"]["@value"]
    assert "The sources disagree." in note
    assert "Unreviewed translations: nl, de." in note
    assert today["dcterms:created"] == "2026-05-01"
    assert past["dcterms:temporal"] == "1930~", "about 1930, as EDTF has it"
    assert past["dc:rights"]["rdf:_1"]["@value"] == "Fonds d'essai, Un dessinateur, etalab-2.0 OR CC-BY-SA-4.0"
    assert past["xmpRights:WebStatement"] == "https://spdx.org/licenses/etalab-2.0.html"


def test_it_takes_the_place_of_what_the_build_said(tmp_path: Path) -> None:
    record = made_up.site(tmp_path)
    told = with_packet(
        with_packet(glb(), state_packet(record, record.models[1])), state_packet(record, record.models[0])
    )
    assert packet_of(told) == state_packet(record, record.models[0])
    assert told == with_packet(glb(), state_packet(record, record.models[0]))


def test_models_do_not_change_with_a_caption(tmp_path: Path) -> None:
    record = made_up.site(tmp_path)
    whole, brief = state_packet(record, record.models[0]), model_packet(record, record.models[0])
    assert set(whole) - set(brief) == {"dc:description", "dc:subject"}


@pytest.mark.skipif(
    not (node_modules() / "gltf-validator").is_dir() and os.environ.get("CI") != "true",
    reason="npm modules are not installed: run make setup",
)
def test_the_validator_only_does_not_know_the_extension(tmp_path: Path) -> None:
    record = made_up.site(tmp_path)
    told = with_packet(glb(), state_packet(record, record.models[0]))
    check_plain(told)
    check_packed(told)
