"""A variant of the materials of a glTF is chosen by its name, and the others are told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from carreau.base.errors import OptionError
from carreau.formats.gltf import scene_reader
from carreau.formats.gltf.scene import VARIANTS
from carreau.models.stages.inspect import Inspection, inspect
from carreau.models.stages.read import read
from tests.pipeline.authored_scenes import SceneMaker


@pytest.fixture
def lamp(tmp_path: Path) -> Path:
    """Return a lamp whose glass is red, or green by day, and whose handle is always black."""
    maker: Any = SceneMaker()
    for name, color in (("red", [1, 0, 0, 1]), ("green", [0, 1, 0, 1]), ("black", [0, 0, 0, 1])):
        maker.add("materials", {"name": name, "pbrMetallicRoughness": {"baseColorFactor": color}})
    maker.json["extensionsUsed"] = [VARIANTS]
    maker.json["extensions"] = {VARIANTS: {"variants": [{"name": "night"}, {"name": "day"}]}}
    mappings = [{"material": 0, "variants": [0]}, {"material": 1, "variants": [1]}]
    maker.triangle(material=0, extensions={VARIANTS: {"mappings": mappings}})
    maker.triangle(material=2)
    return Path(maker.write(tmp_path / "lamp.glb"))


@pytest.mark.parametrize(
    ("variant", "names", "others"),
    [
        ("", ["red", "black"], "'night', 'day'"),
        ("night", ["red", "black"], "'day'"),
        ("day", ["green", "black"], "'night'"),
    ],
)
def test_a_scan_has_the_materials_of_its_variant(lamp: Path, variant: str, names: list[str], others: str) -> None:
    scan = read(lamp, variant)
    assert {scan.mesh.materials[number].name for number in scan.mesh.face_materials} == set(names)
    left_out = f"variants of the materials are left out, and --variant chooses one of them: {others}"
    assert left_out in scan.facts.warnings


def test_inspect_lists_the_variants(lamp: Path) -> None:
    inspection = inspect(read(lamp))
    assert isinstance(inspection, Inspection)
    assert inspection.variants == ("night", "day")
    assert "  variants: 2: night, day" in inspection.lines()


def test_an_authored_model_keeps_all_variants_and_shows_one(lamp: Path) -> None:
    scene = scene_reader.read(lamp, "day")
    document = scene.document()
    first = document["meshes"][0]["primitives"][0]
    assert document["materials"][first["material"]]["name"] == "green"
    assert len(first["extensions"][VARIANTS]["mappings"]) == 2
    assert any(text.endswith("--variant chooses one: 'night'") for text in scene.warnings)


def test_an_unknown_variant_is_refused_with_those_there_are(lamp: Path, tmp_path: Path) -> None:
    for reader in (read, scene_reader.read):
        with pytest.raises(OptionError, match=r"'lamp\.glb' has no variant 'dusk'; give one of: night, day") as caught:
            reader(lamp, "dusk")
        assert caught.value.exit_code == 2
    other = tmp_path / "a.obj"
    other.write_bytes(b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    with pytest.raises(OptionError, match=r"'a\.obj' has no variants"):
        read(other, "day")
