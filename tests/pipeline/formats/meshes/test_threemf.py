"""3MF as trimesh and slicers write it, and archives that should not be unpacked."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh

from carreau.base.errors import FormatError, UnsafePathError
from carreau.formats.meshes import threemf
from carreau.models.stages.read import read

MODEL = "3D/3dmodel.model"
NAMESPACE = 'xmlns="http://schemas.microsoft.com/3dmanufacturing/core/2015/02"'
VERTICES = '<vertex x="0" y="0" z="0"/><vertex x="1" y="0" z="0"/><vertex x="0" y="1" z="0"/>'
TRIANGLES = '<triangle v1="0" v2="1" v3="2"/>'
MESH = f"<mesh><vertices>{VERTICES}</vertices><triangles>{TRIANGLES}</triangles></mesh>"
OBJECT = f'<object id="1" type="model">{MESH}</object>'
ITEM = '<item objectid="1"/>'


def model(objects: str = OBJECT, items: str = ITEM, unit: str = "", prolog: str = "", resources: str = "") -> bytes:
    body = f"<resources>{resources}{objects}</resources><build>{items}</build>"
    return f'<?xml version="1.0"?>{prolog}<model {unit} {NAMESPACE}>{body}</model>'.encode()


def packed(entries: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return stream.getvalue()


def written(folder: Path, content: bytes | None = None, **entries: bytes) -> Path:
    path = folder / "scan.3mf"
    path.write_bytes(packed({MODEL: model() if content is None else content, **entries}))
    return path


def test_what_trimesh_writes(tmp_path: Path) -> None:
    scene: Any = trimesh.Scene()
    box = trimesh.creation.box((1, 2, 3))
    scene.add_geometry(box, transform=[[1, 0, 0, 10], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
    scene.add_geometry(trimesh.creation.icosphere(1), transform=np.diag([1, -1, 1, 1]))
    scene.export(tmp_path / "scan.3mf")
    scan = read(tmp_path / "scan.3mf")
    assert (scan.facts.format, scan.facts.up, scan.facts.unit_m) == ("3MF", "z", 0.001)
    mesh: Any = trimesh.Trimesh(scan.mesh.positions + scan.mesh.origin, scan.mesh.faces)
    assert mesh.is_watertight
    assert mesh.volume == pytest.approx(6 + trimesh.creation.icosphere(1).volume, rel=1e-5)
    assert np.allclose(mesh.bounds, [[-1, -1, -1.5], [10.5, 1, 1.5]], atol=1e-4)


@pytest.mark.parametrize(("unit", "metres"), [("", 1e-3), ('unit="inch"', 0.0254), ('unit="Meter"', 1.0)])
def test_units(tmp_path: Path, unit: str, metres: float) -> None:
    assert read(written(tmp_path, model(unit=unit))).facts.unit_m == metres


def test_an_unknown_unit_is_a_warning(tmp_path: Path) -> None:
    facts = read(written(tmp_path, model(unit='unit="cubit"'))).facts
    assert (facts.unit_m, facts.warnings) == (None, ("'cubit' is an unknown unit",))


def test_colors_that_are_left_out_are_a_warning(tmp_path: Path) -> None:
    group = '<basematerials id="9"><base name="red" displaycolor="#FF0000"/></basematerials>'
    facts = read(written(tmp_path, model(resources=group))).facts
    assert facts.warnings == ("colours and textures are left out: only geometry is read from 3MF",)


def test_components_are_placed(tmp_path: Path) -> None:
    component = '<component objectid="1" transform="1 0 0 0 1 0 0 0 1 5 0 0"/>'
    objects = f'{OBJECT}<object id="2"><components>{component}{component}</components></object>'
    mesh = read(written(tmp_path, model(objects, '<item objectid="2" transform="1 0 0 0 1 0 0 0 1 0 0 7"/>'))).mesh
    assert len(mesh.faces) == 2
    assert (mesh.positions + mesh.origin)[0].tolist() == [5, 0, 7]


def test_it_is_recognized_by_its_content_and_by_its_name(tmp_path: Path) -> None:
    plain = tmp_path / "scan.zip"
    plain.write_bytes(packed({MODEL: model()}))
    assert read(plain).facts.format == "3MF"
    late = tmp_path / "late.3mf"
    late.write_bytes(packed({"thumbnail.png": np.random.default_rng(1).bytes(100_000), MODEL: model()}))
    assert read(late).facts.format == "3MF"
    other = tmp_path / "other.zip"
    other.write_bytes(packed({"scan.obj": b"v 0 0 0"}))
    with pytest.raises(FormatError, match="an archive"):
        read(other)


def components(name: int, held: int, count: int = 2) -> str:
    return f'<object id="{name}"><components>{f"<component objectid={held!r}/>" * count}</components></object>'.replace(
        f"={held}/", f'="{held}"/'
    )


LAUGHS = OBJECT + "".join(components(number, number - 1, 10) for number in range(2, 12))
DEEP = OBJECT + "".join(components(number, number - 1, 1) for number in range(2, 60))
ENTITIES = '<!DOCTYPE model [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]>'
EXTERNAL = '<!DOCTYPE model SYSTEM "file:///etc/passwd">'


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (model(LAUGHS, '<item objectid="11"/>'), "triangles in the file: 1, repeated: 10,000,000,000"),
        (model(DEEP, '<item objectid="59"/>'), "more than 32 levels deep"),
        (model(OBJECT + components(2, 3) + components(3, 2), '<item objectid="2"/>'), "object 3: it contains itself"),
        (model(prolog=ENTITIES), "3D/3dmodel.model: it has a document type declaration"),
        (model(prolog=EXTERNAL), "it has a document type declaration"),
        (model().replace(b'x="1"', b'x="one"'), "it cannot be read \\(trimesh"),
        (model().replace(b'x="1" ', b""), "it cannot be read \\(trimesh"),
        (model().replace(b'v3="2"', b'v3="3"'), "mesh 1: vertex index 4 is out of range \\(vertices: 3\\)"),
        (model().replace(b'v3="2"', b'v3="-1"'), "mesh 1: vertex index -1 is out of range"),
        (model(items='<item objectid="1" transform="1 0 0"/>'), "it cannot be read \\(trimesh"),
        (model(items='<item objectid="1" transform="nan 0 0 0 1 0 0 0 1 0 0 0"/>'), "the transform is not finite"),
        (model(items=""), "its build has no triangles"),
        (model(items='<item objectid="7"/>'), "its build has no triangles"),
        (model(OBJECT.replace(TRIANGLES, "")), "its build has no triangles"),
        (model(OBJECT + OBJECT), "3D/3dmodel.model, line 1: two objects have the id 1"),
        (model(OBJECT.replace('id="1"', "")), "an object has no id"),
        (model()[:-60], "line 1: the XML is not well formed"),
        (b"", "the XML is not well formed"),
        (b"\xff\xfe<model/>", "the XML is not well formed"),
    ],
)
def test_invalid_models(tmp_path: Path, content: bytes, words: str) -> None:
    with pytest.raises(FormatError, match=words):
        read(written(tmp_path, content))


@pytest.mark.parametrize("name", ["../evil.txt", "/etc/evil", "a/..\\..\\b"])
def test_an_entry_outside_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnsafePathError, match="leads out of the archive"):
        read(written(tmp_path, **{name: b"x"}))


def test_a_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unpacked(*_: object) -> None:
        raise AssertionError("unpacked")

    path = written(tmp_path, zeros=b"\0" * 40_000_000)
    monkeypatch.setattr(zipfile.ZipFile, "read", unpacked)
    with pytest.raises(FormatError, match=r"to 40,000,[0-9]+ bytes \(files: 2\)"):
        read(path)


def test_a_bomb_beside_bytes_that_do_not_pack_is_not_unpacked(tmp_path: Path) -> None:
    """The archive as a whole has a ratio of 40, one of its members of 1,000."""
    with pytest.raises(FormatError, match=r"entry 'zeros': it unpacks to over 200 times its size"):
        read(written(tmp_path, noise=os.urandom(1_000_000), zeros=bytes(40_000_000)))


def test_too_many_entries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threemf, "MOST_ENTRIES", 3)
    with pytest.raises(FormatError, match="files: 4"):
        read(written(tmp_path, a=b"", b=b"", c=b""))


def test_sizes_that_lie(tmp_path: Path) -> None:
    """The directory claims fewer bytes than there are."""
    data = bytearray(packed({MODEL: model()}))
    at = data.rfind(b"PK\x01\x02") + 24
    data[at : at + 4] = (50).to_bytes(4, "little")
    (tmp_path / "scan.3mf").write_bytes(data)
    with pytest.raises(FormatError, match=r"3D/3dmodel\.model: it cannot be unpacked"):
        read(tmp_path / "scan.3mf")


@pytest.mark.parametrize("length", [30, 200, -30])
def test_a_cut_archive(tmp_path: Path, length: int) -> None:
    (tmp_path / "scan.3mf").write_bytes(packed({MODEL: model()})[:length])
    with pytest.raises(FormatError, match="not a ZIP archive"):
        read(tmp_path / "scan.3mf")
