"""What a scan is said to be is what it was made to be."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pipeline.model import Material, Mesh, Scan, ScanFacts, Texture, TextureSlot
from pipeline.stages import inspect as stage
from pipeline.stages.inspect import Inspection, describe


def scan_of(mesh: Mesh, **facts: object) -> Scan:
    return Scan("a scan", mesh, ScanFacts(**{"format": "OBJ", **facts}), (Path("a.obj"),))  # type: ignore[arg-type]


def inspect(scan: Scan) -> Inspection:
    found = stage.inspect(scan)
    assert isinstance(found, Inspection)
    return found


def actions(found: Inspection) -> dict[str, int]:
    return {finding.what: finding.count for finding in found.findings}


def test_a_clean_scan_has_no_defects(bumpy_sheet: Mesh) -> None:
    texture = Texture("bark.jpg", b"12345", 64, 32)
    mesh = replace(bumpy_sheet, materials=(Material("bark", base=TextureSlot(texture)),))
    found = inspect(scan_of(mesh, detail="text", parts=("trunk",)))
    assert (found.triangles, found.vertices, found.parts) == (800, 441, ("trunk",))
    assert actions(found) == {"boundary edges (holes and borders)": 80}
    assert found.size == pytest.approx((1, np.ptp(mesh.positions[:, 1]), 1))
    (facts,) = found.textures
    assert (facts.name, facts.uses, facts.width, facts.height, facts.size_bytes) == ("bark.jpg", ("base",), 64, 32, 5)
    assert (found.layout.charts, found.layout.covered, found.layout.overlap) == (1, 1.0, 0.0)


def test_every_defect_is_counted(tetrahedron: Mesh) -> None:
    positions = np.concatenate([tetrahedron.positions, tetrahedron.positions[:1], [[np.nan, 0, 0], [8, 8, 8]]])
    extra = [[0, 4, 1], [0, 2, 1], [1, 2, 5], [2, 1, 3], [1, 2, 3]]
    faces = np.concatenate([tetrahedron.faces, extra]).astype(np.int32)
    found = inspect(scan_of(Mesh(positions.astype(np.float32), faces))).defects
    assert (found.unused, found.non_finite) == (1, 1)
    assert (found.positions, found.places) == (6, 4)
    assert (found.degenerate, found.collapsed) == (1, 1)
    assert (found.duplicate, found.opposite) == (2, 1)
    assert (found.boundary, found.non_manifold, found.pieces) == (0, 0, 1)
    assert found.non_manifold_as_read > 0


def test_each_texture_is_listed_once_with_its_uses(bumpy_sheet: Mesh) -> None:
    shared = TextureSlot(Texture("ao.png", b"1", 8, 8))
    materials = (Material("a", base=shared, occlusion=shared), Material("b", occlusion=shared), Material("c"))
    found = inspect(scan_of(replace(bumpy_sheet, materials=materials)))
    (facts,) = found.textures
    assert (facts.uses, facts.materials) == (("base", "occlusion"), 2)
    assert found.materials == ("a", "b", "c")


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
    found = inspect(scan_of(replace(bumpy_sheet, texcoords=(texcoords,), materials=materials)))
    assert (found.layout.without, found.layout.outside) == (5, 7)
    assert actions(found)["triangles without UV coordinates"] == 5


def test_what_is_stated_is_told_from_what_is_guessed(tetrahedron: Mesh) -> None:
    stated = inspect(scan_of(tetrahedron, format="GLB", up="y", unit_m=1.0))
    assert (stated.unit, stated.unit_stated, stated.up_stated) == ("m", True, True)
    guessed = inspect(scan_of(tetrahedron))
    assert (guessed.unit, guessed.unit_stated, guessed.up, guessed.up_stated) == ("m", False, "y", False)


def test_missing_textures_are_named(tetrahedron: Mesh) -> None:
    warnings = ("the texture 'a.png' is missing", "something else")
    found = inspect(scan_of(tetrahedron, warnings=warnings))
    assert found.missing_textures == warnings[:1]
    assert found.warnings == warnings


def test_it_reads_as_text_and_as_json(bumpy_sheet: Mesh) -> None:
    materials = tuple(Material(f"m{k}", base=TextureSlot(Texture(f"t{k}.png", b"1", 8, 8))) for k in range(40))
    mesh = replace(
        bumpy_sheet,
        materials=materials,
        origin=np.array([7e5, 7e6, 0]),
        face_materials=np.arange(800, dtype=np.int32) % 40,
    )
    found = inspect(scan_of(mesh, copyright="CC0", warnings=("look here",)))
    assert json.loads(json.dumps(found.as_json(), allow_nan=False))["defects"]["boundary"] == 80
    text = describe(found)
    for part in ("a scan", "800", "textures: 40 in all", "origin", "CC0", "look here", "eastings"):
        assert part in text


def test_nothing_is_nothing_to_worry_about() -> None:
    found = inspect(scan_of(Mesh(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int32))))
    json.dumps(found.as_json(), allow_nan=False)
    assert found.triangles == 0
    assert describe(found)
