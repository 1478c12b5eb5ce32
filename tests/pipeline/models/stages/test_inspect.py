"""What a scan is said to be is what it was made to be."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from carreau.base.model import Material, Mesh, Scan, ScanFacts, Texture, TextureSlot
from carreau.formats.images.image import open_texture
from carreau.models.stages import inspect as stage
from carreau.models.stages.inspect import Inspection, describe


def scan_of(mesh: Mesh, **facts: object) -> Scan:
    return Scan("a scan", mesh, ScanFacts(**{"format": "OBJ", **facts}), (Path("a.obj"),))  # type: ignore[arg-type]


def inspect(scan: Scan) -> Inspection:
    inspection = stage.inspect(scan)
    assert isinstance(inspection, Inspection)
    return inspection


def actions(found: Inspection) -> dict[str, int]:
    return {finding.what: finding.count for finding in found.findings}


def test_a_clean_scan_has_no_defects(bumpy_sheet: Mesh) -> None:
    texture = Texture("bark.jpg", b"12345", 64, 32)
    mesh = replace(bumpy_sheet, materials=(Material("bark", base=TextureSlot(texture)),))
    inspection = inspect(scan_of(mesh, detail="text", parts=("trunk",)))
    assert (inspection.triangles, inspection.vertices, inspection.parts) == (800, 441, ("trunk",))
    assert actions(inspection) == {"boundary edges (holes and borders)": 80}
    assert inspection.size == pytest.approx((1, np.ptp(mesh.positions[:, 1]), 1))
    (facts,) = inspection.textures
    assert (facts.name, facts.uses, facts.width, facts.height, facts.size_bytes) == ("bark.jpg", ("base",), 64, 32, 5)
    assert (inspection.layout.charts, inspection.layout.covered, inspection.layout.overlap) == (1, 1.0, 0.0)


def test_every_defect_is_counted(tetrahedron: Mesh) -> None:
    positions = np.concatenate([tetrahedron.positions, tetrahedron.positions[:1], [[np.nan, 0, 0], [8, 8, 8]]])
    extra = [[0, 4, 1], [0, 2, 1], [1, 2, 5], [2, 1, 3], [1, 2, 3]]
    faces = np.concatenate([tetrahedron.faces, extra]).astype(np.int32)
    inspection = inspect(scan_of(Mesh(positions.astype(np.float32), faces))).defects
    assert (inspection.unused, inspection.non_finite) == (1, 1)
    assert (inspection.positions, inspection.places) == (6, 4)
    assert (inspection.degenerate, inspection.collapsed) == (1, 1)
    assert (inspection.duplicate, inspection.opposite) == (2, 1)
    assert (inspection.boundary, inspection.non_manifold, inspection.pieces) == (0, 0, 1)
    assert inspection.non_manifold_as_read > 0


def test_each_texture_is_listed_once_with_its_uses(bumpy_sheet: Mesh) -> None:
    shared = TextureSlot(Texture("ao.png", b"1", 8, 8))
    materials = (Material("a", base=shared, occlusion=shared), Material("b", occlusion=shared), Material("c"))
    inspection = inspect(scan_of(replace(bumpy_sheet, materials=materials)))
    (facts,) = inspection.textures
    assert (facts.uses, facts.materials) == (("base", "occlusion"), 2)
    assert inspection.materials == ("a", "b", "c")


def test_textures_lie_each_in_its_own_square(bumpy_sheet: Mesh) -> None:
    halves = (np.arange(800) % 2).astype(np.int32)
    texcoords = bumpy_sheet.texcoords[0].copy()
    texcoords[halves == 1] = texcoords[halves == 0]
    one, other = (TextureSlot(Texture(name, b"1", 8, 8)) for name in ("one", "other"))
    mesh = replace(bumpy_sheet, texcoords=(texcoords,), face_materials=halves)
    apart = inspect(scan_of(replace(mesh, materials=(Material(base=one), Material(base=other)))))
    assert apart.layout.overlap == 0.0
    together = inspect(scan_of(replace(mesh, materials=(Material(base=one), Material(base=one)))))
    assert together.layout.overlap == 1.0
    assert actions(together)["percent of the covered texels that overlap"] == 100


def test_faces_without_or_outside_their_texture_are_counted(bumpy_sheet: Mesh) -> None:
    texcoords = bumpy_sheet.texcoords[0].copy()
    texcoords[:5] = np.nan
    texcoords[5:12] += 3
    materials = (Material(base=TextureSlot(Texture("t", b"1", 8, 8))),)
    inspection = inspect(scan_of(replace(bumpy_sheet, texcoords=(texcoords,), materials=materials)))
    assert (inspection.layout.without, inspection.layout.outside) == (5, 7)
    assert actions(inspection)["triangles without UV coordinates"] == 5


def test_what_is_stated_is_told_from_what_is_guessed(tetrahedron: Mesh) -> None:
    stated = inspect(scan_of(tetrahedron, format="GLB", up="y", unit_m=1.0))
    assert (stated.unit, stated.unit_stated, stated.up_stated) == ("m", True, True)
    guessed = inspect(scan_of(tetrahedron))
    assert (guessed.unit, guessed.unit_stated, guessed.up, guessed.up_stated) == ("m", False, "y", False)


def test_missing_textures_are_named(tetrahedron: Mesh) -> None:
    warnings = ("the texture 'a.png' is missing", "something else")
    inspection = inspect(scan_of(tetrahedron, warnings=warnings))
    assert inspection.missing_textures == warnings[:1]
    assert inspection.warnings[:2] == warnings


def test_it_reads_as_text_and_as_json(bumpy_sheet: Mesh) -> None:
    materials = tuple(Material(f"m{k}", base=TextureSlot(Texture(f"t{k}.png", b"1", 8, 8))) for k in range(40))
    mesh = replace(
        bumpy_sheet,
        materials=materials,
        origin=np.array([7e5, 7e6, 0]),
        face_materials=np.arange(800, dtype=np.int32) % 40,
    )
    inspection = inspect(scan_of(mesh, copyright="CC0", warnings=("look here",)))
    assert json.loads(json.dumps(inspection.as_json(), allow_nan=False))["defects"]["boundary"] == 80
    text = describe(inspection)
    for part in ("a scan", "800", "textures: 40 in all", "origin", "CC0", "look here", "eastings"):
        assert part in text


def test_nothing_is_nothing_to_worry_about() -> None:
    inspection = inspect(scan_of(Mesh(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int32))))
    json.dumps(inspection.as_json(), allow_nan=False)
    assert inspection.triangles == 0
    assert describe(inspection)


def test_a_truncated_texture_is_told_with_file_and_cure(bumpy_sheet: Mesh, tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    path = tmp_path / "bark.jpg"
    Image.fromarray(noise).save(path)
    whole = open_texture("bark.jpg", path, tmp_path / "a.obj")
    scan = scan_of(replace(bumpy_sheet, materials=(Material("bark", base=TextureSlot(whole)),)))
    assert not any("bark.jpg" in warning for warning in inspect(scan).warnings)
    path.write_bytes(path.read_bytes()[:2000])
    (warning,) = (text for text in inspect(scan).warnings if "bark.jpg" in text)
    assert "cannot be decoded" in warning
    assert "save it again as PNG or JPEG" in warning
    assert warning in describe(inspect(scan))


def test_maps_of_metal_and_roughness_are_listed(bumpy_sheet: Mesh) -> None:
    both, glow = (TextureSlot(Texture(name, b"1", 8, 8)) for name in ("metal.png", "glow.png"))
    material = Material("tin", metallic_map=both, roughness_map=both, emissive=glow)
    metal, emission = inspect(scan_of(replace(bumpy_sheet, materials=(material,)))).textures
    assert (metal.name, metal.uses) == ("metal.png", ("metallic", "roughness"))
    assert (emission.name, emission.uses) == ("glow.png", ("emissive",))


def test_an_object_in_millimetres_that_would_become_a_tower_is_asked_about(bumpy_sheet: Mesh) -> None:
    sides = np.ptp(bumpy_sheet.positions, axis=0)
    object_of_73 = replace(bumpy_sheet, positions=bumpy_sheet.positions * np.float32(73 / sides.max()))
    (warning,) = (text for text in inspect(scan_of(object_of_73)).warnings if "unit" in text)
    assert "so it becomes 73 m long; build it with --unit mm if it is 73 mm long" in warning
