"""A GLB tells what it shows and whose it is, and shows what it showed."""

from __future__ import annotations

import json
import struct
from typing import Any

import pygltflib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carreau.formats.writers.glb import GlbWriter
from carreau.formats.writers.xmp_packet import EXTENSION, named_packet, with_packet
from tests.pipeline.xmp_packets import packet_of

SAID = named_packet(
    "Fosse Mathilde", "relevé 2026", "CC-BY-4.0", "Équipe", "https://creativecommons.org/licenses/by/4.0/"
)


def glb() -> bytes:
    writer = GlbWriter()
    writer.view(b"\x01\x02\x03\x04\x05")
    writer.model.asset = pygltflib.Asset(generator="Carreau", copyright="Équipe")
    return writer.to_bytes()


def document(data: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(data[20 : 20 + struct.unpack_from("<I", data, 12)[0]])
    return found


def binary(data: bytes) -> bytes:
    return data[20 + struct.unpack_from("<I", data, 12)[0] :]


def test_only_the_json_changes_and_chunks_stay_aligned() -> None:
    told = with_packet(glb(), SAID)
    assert binary(told) == binary(glb())
    assert struct.unpack_from("<I", told, 8)[0] == len(told)
    assert struct.unpack_from("<I", told, 12)[0] % 4 == 0
    before, after = document(glb()), document(told)
    assert after["extensionsUsed"] == [EXTENSION], "and it is not required: readers may pass over it"
    assert "extensionsRequired" not in after
    assert after["asset"].pop("extensions") == {EXTENSION: {"packet": 0}}
    assert {key: value for key, value in after.items() if not key.startswith("extensions")} == before


def test_an_independent_reader_still_opens_it() -> None:
    found = pygltflib.GLTF2.load_from_bytes(with_packet(glb(), SAID))
    assert found.binary_blob()[:5] == b"\x01\x02\x03\x04\x05"
    assert found.extensions[EXTENSION]["packets"][0]["dc:title"]["rdf:_1"]["@value"] == "Fosse Mathilde"


def test_a_packet_names_the_namespaces_that_it_uses() -> None:
    assert set(SAID["@context"]) == {"dc", "rdf", "xmpRights"}
    assert SAID["xmpRights:WebStatement"] == "https://creativecommons.org/licenses/by/4.0/"
    assert SAID["dc:rights"]["rdf:_1"] == {"@language": "x-default", "@value": "Équipe, CC-BY-4.0"}


def test_where_nothing_is_known_nothing_is_said() -> None:
    assert named_packet("", "", "", "") == {}
    assert with_packet(glb(), {}) == glb()


def test_a_second_packet_takes_the_place_of_the_first() -> None:
    other = named_packet("Autre", "", "", "")
    twice = with_packet(with_packet(glb(), SAID), other)
    assert packet_of(twice) == other
    assert len(document(twice)["extensions"][EXTENSION]["packets"]) == 1
    assert twice == with_packet(glb(), other)


def test_packets_of_other_parts_stay() -> None:
    writer = GlbWriter()
    writer.model.extensions = {EXTENSION: {"packets": [{"@context": {}, "dc:title": "of a mesh"}]}}
    told = document(with_packet(writer.to_bytes(), SAID))
    assert told["asset"]["extensions"][EXTENSION]["packet"] == 1
    assert told["extensions"][EXTENSION]["packets"][0]["dc:title"] == "of a mesh"


@given(st.text(min_size=1).filter(lambda text: not any("\ud800" <= letter <= "\udfff" for letter in text)))
def test_any_name_comes_back(name: str) -> None:
    told = with_packet(glb(), named_packet(name, "", "", ""))
    assert packet_of(told)["dc:title"]["rdf:_1"]["@value"] == name
    assert len(told) % 4 == 0


@pytest.mark.parametrize("times", [1, 2])
def test_the_same_arguments_give_the_same_bytes(times: int) -> None:
    assert with_packet(glb(), SAID) == with_packet(glb(), dict(SAID))
