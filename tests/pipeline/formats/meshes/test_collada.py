"""COLLADA as trimesh and others write it, and documents that should not be believed."""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh
from PIL import Image

from carreau.base.errors import FormatError, ScanError, TextureError, UnsafePathError
from carreau.formats.registry import references
from carreau.models.stages.read import read

SOURCES = """
<source id="places"><float_array id="pa" count="12">0 0 0 2 0 0 2 1 0 0 1 0</float_array><technique_common>
<accessor source="#pa" count="4" stride="3"><param name="X" type="float"/><param name="Y" type="float"/>
<param name="Z" type="float"/></accessor></technique_common></source>
<source id="ups"><float_array id="na" count="3">0 0 1</float_array><technique_common>
<accessor source="#na" count="1" stride="3"><param name="X" type="float"/><param name="Y" type="float"/>
<param name="Z" type="float"/></accessor></technique_common></source>
<source id="pairs"><float_array id="ta" count="8">0 0 1 0 1 1 0 1</float_array><technique_common>
<accessor source="#ta" count="4" stride="2"><param name="S" type="float"/><param name="T" type="float"/>
</accessor></technique_common></source>
<source id="tints"><float_array id="ca" count="12">1 0 0 0 1 0 0 0 1 0.5 0.5 0.5</float_array><technique_common>
<accessor source="#ca" count="4" stride="3"><param name="R" type="float"/><param name="G" type="float"/>
<param name="B" type="float"/></accessor></technique_common></source>
<vertices id="v"><input semantic="POSITION" source="#places"/></vertices>"""
INPUTS = """<input semantic="VERTEX" source="#v" offset="0"/><input semantic="NORMAL" source="#ups" offset="1"/>
<input semantic="TEXCOORD" source="#pairs" offset="2" set="0"/>{more}"""
QUAD = f"""<polylist count="1" material="m">{INPUTS}<vcount>4</vcount><p>0 0 0 1 0 1 2 0 2 3 0 3</p></polylist>"""
EFFECT = """<effect id="e"><profile_COMMON><newparam sid="s"><surface type="2D"><init_from>i</init_from></surface>
</newparam><newparam sid="p"><sampler2D><source>s</source></sampler2D></newparam><technique sid="c"><lambert>
<diffuse>{diffuse}</diffuse></lambert></technique></profile_COMMON></effect>"""
TEXTURED = '<texture texture="p" texcoord="UV"/>'
COLORED = "<color>0.5 1 0 1</color>"


def document(
    image: str = "wall.png", diffuse: str = TEXTURED, asset: str = "", prolog: str = "", primitive: str = QUAD,
    nodes: str = "", library: str = "", matrix: str = "",
) -> str:  # fmt: skip
    instance = """<instance_geometry url="#g"><bind_material><technique_common>
<instance_material symbol="m" target="#mat"/></technique_common></bind_material></instance_geometry>"""
    transform = f"<matrix>{matrix}</matrix>" if matrix else ""
    return f"""<?xml version="1.0" encoding="utf-8"?>{prolog}
<COLLADA xmlns="http://www.collada.org/2005/11/COLLADASchema" version="1.4.1"><asset>{asset}</asset>
<library_images><image id="i"><init_from>{image}</init_from></image></library_images>
<library_effects>{EFFECT.format(diffuse=diffuse)}</library_effects>
<library_materials><material id="mat" name="mat"><instance_effect url="#e"/></material></library_materials>
<library_geometries><geometry id="g"><mesh>{SOURCES}{primitive.replace("{more}", "")}</mesh></geometry>
</library_geometries>
<library_nodes>{library}</library_nodes>
<library_visual_scenes><visual_scene id="s"><node id="n">{transform}{instance}</node>{nodes}</visual_scene>
</library_visual_scenes><scene><instance_visual_scene url="#s"/></scene></COLLADA>"""


Write = Callable[..., Path]


@pytest.fixture
def written(tmp_path: Path) -> Write:
    Image.new("RGB", (4, 2), (200, 100, 50)).save(tmp_path / "wall.png")

    def write(text: str | None = None, **options: str) -> Path:
        path = tmp_path / "scan.dae"
        path.write_text(document(**options) if text is None else text, encoding="utf-8")
        return path

    return write


def test_a_textured_quad(written: Write) -> None:
    scan = read(written())
    mesh = scan.mesh
    [material] = mesh.materials
    assert material.base is not None
    assert (material.base.texture.width, material.base_color) == (4, (1.0, 1.0, 1.0))
    assert [path.name for path in scan.files] == ["scan.dae", "wall.png"]
    corners = mesh.positions[mesh.faces]
    areas = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, 2] / 2
    assert areas.tolist() == [1, 1]
    assert mesh.normals is not None
    assert np.unique(mesh.normals.reshape(-1, 3), axis=0).tolist() == [[0, 0, 1]]
    [pairs] = mesh.texcoords
    assert np.allclose(pairs, np.stack([corners[..., 0] / 2, 1 - corners[..., 1]], axis=2))
    assert (scan.facts.up, scan.facts.unit_m, scan.facts.warnings) == ("y", 1.0, ())


@pytest.mark.parametrize(
    ("asset", "up", "unit_m"),
    [
        ("<up_axis>Z_UP</up_axis>", "z", 1.0),
        ('<unit name="inch" meter="0.0254"/><up_axis> X_UP </up_axis>', "x", 0.0254),
        ('<unit meter="0.01"/>', "y", 0.01),
        ('<unit meter="0"/>', "y", None),
        ('<unit meter="far"/>', "y", None),
        ('<unit meter="inf"/>', "y", None),
    ],
)
def test_unit_and_up(written: Write, asset: str, up: str, unit_m: float | None) -> None:
    facts = read(written(asset=asset)).facts
    assert (facts.up, facts.unit_m) == (up, unit_m)
    assert bool(facts.warnings) == (unit_m is None)


def test_a_plain_color_is_srgb(written: Write) -> None:
    [material] = read(written(diffuse=COLORED)).mesh.materials
    assert material.base is None
    assert material.base_color == pytest.approx((0.2140, 1, 0), abs=2e-3)


def test_vertex_colors(written: Write) -> None:
    primitive = QUAD.replace("{more}", '<input semantic="COLOR" source="#tints" offset="2" set="0"/>')
    mesh = read(written(primitive=primitive)).mesh
    assert mesh.colors is not None
    at = {tuple(place): color for place, color in zip(mesh.positions.tolist(), mesh.colors.tolist(), strict=True)}
    assert at[2, 1, 0] == [0, 0, 255]
    assert at[0, 1, 0] == [128, 128, 128]


def test_a_mirrored_instance_faces_outwards(written: Write) -> None:
    mesh = read(written(matrix="-1 0 0 5 0 1 0 0 0 0 1 0 0 0 0 1")).mesh
    corners = mesh.positions[mesh.faces] + mesh.origin
    assert (np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, 2] > 0).all()
    assert (corners[..., 0].min(), corners[..., 0].max()) == (3, 5)


def test_what_trimesh_writes(tmp_path: Path) -> None:
    ball: Any = trimesh.creation.icosphere(2)
    ball.export(tmp_path / "scan.dae")
    scan = read(tmp_path / "scan.dae")
    assert np.allclose(scan.mesh.positions[scan.mesh.faces], ball.triangles, atol=1e-6)
    assert scan.mesh.normals is not None


LARGE = "577123 5190456.125 0 577125 5190456.125 0 577125 5190457.0625 0 577123 5190457.0625 0"


def test_large_coordinates_keep_their_precision(written: Write) -> None:
    """pycollada reads float32: 5,190,456.125 would become 5,190,456."""
    scan = read(written(document().replace("0 0 0 2 0 0 2 1 0 0 1 0", LARGE)))
    assert scan.facts.warnings == ()
    places = scan.mesh.positions + scan.mesh.origin
    assert np.unique(places[:, 1].round(6)).tolist() == [5190456.125, 5190457.0625]


def test_large_transforms_are_a_warning(written: Write) -> None:
    [warning] = read(written(document(matrix="1 0 0 577123 0 1 0 5190456 0 0 1 0 0 0 0 1"))).facts.warnings
    assert warning.startswith("the transforms are read as float32: coordinates far from zero are off by up to")


def test_the_key_of_the_cache_covers_textures(written: Write) -> None:
    assert references(written(image="tex&amp;tures/wall%20a.png"))[0] == "tex&tures/wall%20a.png"


def test_a_missing_texture_is_a_warning(written: Write) -> None:
    scan = read(written(image="gone.png"))
    assert scan.facts.warnings == ("the texture 'gone.png' is missing",)
    assert scan.mesh.materials[0].base is None


LAMP = """<newparam sid="ls"><surface type="2D"><init_from>l</init_from></surface></newparam>
<newparam sid="lamp"><sampler2D><source>ls</source></sampler2D></newparam>"""


def glowing(emission: str, diffuse: str = TEXTURED, parameters: str = LAMP, image: str = "lamp.png") -> str:
    """Return a document whose material emits light."""
    text = document(diffuse=diffuse)
    text = text.replace("<technique sid", f"{parameters}<technique sid")
    text = text.replace("<lambert>", f"<lambert><emission>{emission}</emission>")
    return text.replace("</library_images>", f'<image id="l"><init_from>{image}</init_from></image></library_images>')


@pytest.mark.parametrize(("texture", "parameters"), [("lamp", LAMP), ("l", "")], ids=["by sampler", "by image"])
@pytest.mark.parametrize("diffuse", [TEXTURED, COLORED], ids=["textured", "coloured"])
def test_an_emission_map_is_kept(written: Write, tmp_path: Path, texture: str, parameters: str, diffuse: str) -> None:
    Image.new("RGB", (2, 2), (255, 180, 60)).save(tmp_path / "lamp.png")
    scan = read(written(glowing(f'<texture texture="{texture}" texcoord="UV"/>', diffuse, parameters)))
    [material] = scan.mesh.materials
    assert (material.base is not None) == (diffuse == TEXTURED)
    assert material.emissive is not None
    assert material.emissive.texture.name == "lamp.png"
    assert material.emissive_color == (1.0, 1.0, 1.0)
    assert tmp_path / "lamp.png" in scan.files
    assert scan.facts.warnings == ()


def test_an_emitted_colour_is_kept(written: Write) -> None:
    [material] = read(written(glowing("<color>1 0.5 0 1</color>"))).mesh.materials
    assert material.emissive_color == pytest.approx((1.0, 0.216, 0.0), abs=0.001)
    assert material.emissive is None


def test_a_map_that_lights_the_colours_again_is_left_out(written: Write) -> None:
    scan = read(written(glowing('<texture texture="p" texcoord="UV"/>')))
    [material] = scan.mesh.materials
    assert (material.emissive, material.emissive_color) == (None, (0.0, 0.0, 0.0))
    assert "emits its own colours" in scan.facts.warnings[0]


@pytest.mark.parametrize("diffuse", ["<color>0 0 0 1</color>", "<color>1 1 1 1</color>"])
def test_an_emission_map_alone_is_the_colour_of_a_shadeless_scan(written: Write, diffuse: str) -> None:
    [material] = read(written(glowing('<texture texture="p" texcoord="UV"/>', diffuse))).mesh.materials
    assert material.base is not None
    assert (material.emissive, material.emissive_color) == (None, (0.0, 0.0, 0.0))


def test_a_missing_emission_map_lights_nothing(written: Write) -> None:
    scan = read(written(glowing('<texture texture="lamp" texcoord="UV"/>')))
    [material] = scan.mesh.materials
    assert (material.emissive, material.emissive_color) == (None, (0.0, 0.0, 0.0))
    assert scan.facts.warnings == ("the texture 'lamp.png' is missing",)


@pytest.mark.parametrize(
    "image", ["../outside.png", "/etc/passwd", "http://example.org/a.png", "file:///etc/passwd", "..%2Foutside.png"]
)
def test_a_texture_elsewhere_is_refused(written: Write, tmp_path: Path, image: str) -> None:
    Image.new("RGB", (1, 1)).save(tmp_path.parent / "outside.png")
    with pytest.raises(UnsafePathError):
        read(written(image=image))


def test_a_broken_texture_is_named(written: Write, tmp_path: Path) -> None:
    (tmp_path / "bad.png").write_bytes(b"no image")
    with pytest.raises(TextureError, match=r"bad\.png"):
        read(written(image="bad.png"))


def test_embedded_data_is_refused(written: Write) -> None:
    with pytest.raises(ScanError):
        read(written(image="data:image/png;base64," + base64.b64encode(b"x").decode()))


def laughs(levels: int, circle: bool = False) -> str:
    nodes = ['<node id="l0"><instance_geometry url="#g"/></node>']
    for level in range(1, levels):
        instances = f'<instance_node url="#l{level - 1}"/>' * 10
        nodes.append(f'<node id="l{level}">{instances}</node>')
    return "".join(nodes) + ('<node id="c"><instance_node url="#c"/></node>' if circle else "")


DEEP = "<node>" * 1500 + "</node>" * 1500
ENTITIES = '<!DOCTYPE COLLADA [<!ENTITY a "1 1 1 1"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
EXTERNAL = '<!DOCTYPE COLLADA [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"prolog": ENTITIES}, "it has a document type declaration"),
        ({"prolog": EXTERNAL}, "it has a document type declaration"),
        ({"library": laughs(10), "nodes": '<node><instance_node url="#l9"/></node>'}, "instances: [0-9,]{13},"),
        (
            {"library": laughs(1, circle=True), "nodes": '<node><instance_node url="#c"/></node>'},
            "a node contains itself",
        ),
        ({"nodes": DEEP}, "nested too deeply|not well formed"),
        ({"primitive": QUAD.replace("2 0 2", "9 0 2")}, "it cannot be read \\(trimesh"),
        ({"primitive": QUAD.replace("2 0 2", "-1 0 2")}, "line [0-9]+: an index is negative"),
        ({"primitive": QUAD.replace("2 0 2", "two 0 2")}, "it cannot be read \\(trimesh"),
        ({"primitive": QUAD.replace("<vcount>4", "<vcount>2000000000")}, "corners: 2,000,000,000"),
        ({"primitive": QUAD.replace("<vcount>4", "<vcount>four")}, "vcount contains a value that is not an integer"),
        ({"primitive": QUAD.replace('offset="2"', 'offset="900000000"')}, "it cannot be read \\(trimesh"),
        ({"primitive": ""}, "no faces"),
        (
            {"primitive": QUAD.replace("0 0 0 1 0 1 2 0 2 3 0 3", "").replace("<vcount>4", "<vcount>")},
            "no faces|cannot",
        ),
        ({"matrix": "1 0 0"}, "it cannot be read \\(trimesh"),
        ({"matrix": "nan 0 0 0 0 1 0 0 0 0 1 0 0 0 0 1"}, "not finite|non-finite|cannot be read"),
    ],
)
def test_invalid_documents(written: Write, options: dict[str, str], words: str) -> None:
    with pytest.raises(FormatError, match=words):
        read(written(**options))


@pytest.mark.parametrize("number", ["nan", "INF", "-inf", "1e999"])
def test_numbers_that_are_not_finite(written: Write, number: str) -> None:
    path = written(document().replace("0 0 0 2 0 0", f"0 0 0 {number} 0 0"))
    if number == "1e999":  # infinite once it is read: `clean` drops it
        assert not np.isfinite(read(path).mesh.positions).all()
        return
    with pytest.raises(FormatError, match="contains a non-finite number"):
        read(path)


def test_a_document_that_is_cut_short(written: Write) -> None:
    with pytest.raises(FormatError, match=r"line [0-9]+: the XML is not well formed"):
        read(written(document()[:-200]))


def test_a_document_with_an_archive_behind_it(written: Write) -> None:
    stream = io.BytesIO(document().encode())
    stream.seek(0, io.SEEK_END)
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr("other.dae", document())
    path = written("")
    path.write_bytes(stream.getvalue())
    with pytest.raises(FormatError, match="it is an archive"):
        read(path)


def test_skins_that_are_left_out_are_a_warning(written: Write) -> None:
    facts = read(written(nodes='<node><instance_controller url="#none"/></node>')).facts
    assert "skinned meshes are left out" in facts.warnings
