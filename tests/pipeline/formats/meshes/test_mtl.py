"""MTL libraries, as programs write them, turned into materials."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from carreau.base.errors import TextureError, UnsafePathError
from carreau.base.model import AlphaMode, Material, Wrap
from carreau.formats.images.image import decode_opacity
from carreau.formats.meshes.mtl import MapLine, MtlMaterials, parse_map, read_all

Reader = Callable[..., MtlMaterials]


def image(path: Path, mode: str = "RGB") -> None:
    path.parent.mkdir(exist_ok=True)
    Image.new(mode, (4, 2)).save(path)


@pytest.fixture
def looks(tmp_path: Path) -> Reader:
    """Return a function that reads a text as the library of scan.obj."""

    def read_text(text: str, *names: str) -> MtlMaterials:
        (tmp_path / "scan.mtl").write_text(text, "utf-8")
        return read_all(tmp_path / "scan.obj", ("scan.mtl",), names or ("m",))

    return read_text


def only(found: MtlMaterials) -> Material:
    (material,) = found.materials
    return material


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("wall.png", MapLine("wall.png")),
        ("brick wall 2.png", MapLine("brick wall 2.png")),
        ('"brick wall.png"', MapLine("brick wall.png")),
        ("-bm 1 -o 0 0 0 brick wall.png", MapLine("brick wall.png")),
        ("-clamp on wall.png", MapLine("wall.png", Wrap.CLAMP)),
        ("-CLAMP ON wall.png", MapLine("wall.png", Wrap.CLAMP)),
        ("-s 2 2 wall.png", MapLine("wall.png", moves=True)),
        ("-s 1 1 1 -t 0 0 0 wall.png", MapLine("wall.png")),
        ("-mm 0 1 -imfchan r -type sphere a.png", MapLine("a.png")),
        ("wall.png -bm 1.0", MapLine("wall.png")),
        ("wall.png -clamp on", MapLine("wall.png", Wrap.CLAMP)),
        ("-odd.png", MapLine("-odd.png")),
        ("C:\\scans\\my wall.png", MapLine("C:\\scans\\my wall.png")),
        ("", MapLine("")),
        ("-bm", MapLine("")),
    ],
)
def test_options(text: str, expected: MapLine) -> None:
    assert parse_map(text) == expected


def test_color_alone_is_srgb(looks: Reader) -> None:
    material = only(looks("newmtl m\nKd 1 0.5 0\n"))
    assert np.allclose(material.base_color, (1, 0.2140411, 0))
    assert material.base is None


@pytest.mark.parametrize("line", ["Kd spectral lamp.rfl", "Kd", "Kd 1 2", "Kd a b c"])
def test_colors_that_are_none_stay_white(looks: Reader, line: str) -> None:
    assert only(looks(f"newmtl m\n{line}\n")).base_color == (1, 1, 1)


def test_a_texture_takes_the_place_of_the_color(looks: Reader, tmp_path: Path) -> None:
    image(tmp_path / "wall.jpg")
    found = looks("newmtl m\nKd 0.2 0.2 0.2\nmap_Kd -clamp on wall.jpg\n")
    material = only(found)
    assert material.base_color == (1, 1, 1)
    assert material.base is not None
    assert material.base.wrap_u == material.base.wrap_v == Wrap.CLAMP
    assert (material.base.texture.width, material.base.texture.height) == (4, 2)
    assert found.files == (tmp_path / "scan.mtl", tmp_path / "wall.jpg")
    assert found.warnings == ()


@pytest.mark.parametrize(
    "reference", ["C:\\Users\\me\\Wall.JPG", "textures\\wall.jpg", "/home/me/wall.jpg", "../out/wall.jpg"]
)
def test_paths_of_other_machines(looks: Reader, tmp_path: Path, reference: str) -> None:
    image(tmp_path / "wall.jpg")
    try:
        assert only(looks(f"newmtl m\nmap_Kd {reference}\n")).base is not None
    except UnsafePathError:
        assert reference.startswith(("/", "..")), "only what leaves the folder may be refused"


def test_network_paths_are_refused(looks: Reader) -> None:
    with pytest.raises(UnsafePathError):
        looks("newmtl m\nmap_Kd http://example.org/wall.jpg\n")


def test_a_missing_texture_is_a_warning_and_leaves_the_color(looks: Reader) -> None:
    found = looks("newmtl m\nKd 1 0 0\nmap_Kd gone.jpg\n")
    assert only(found).base is None
    assert only(found).base_color == (1, 0, 0)
    assert found.warnings == ("the texture 'gone.jpg' of the material 'm' is missing",)


@pytest.mark.parametrize("key", ["norm", "map_Kn", "map_Bump", "bump", "MAP_BUMP -bm 1"])
def test_normal_maps(looks: Reader, tmp_path: Path, key: str) -> None:
    image(tmp_path / "n.png")
    found = looks(f"newmtl m\n{key} n.png\n")
    assert only(found).normal is not None
    assert only(found).base is None
    assert found.warnings == ()


@pytest.mark.parametrize("name", ["n.png", "n.jpg"])
def test_height_maps_are_left_out(looks: Reader, tmp_path: Path, name: str) -> None:
    image(tmp_path / name, "L")
    found = looks(f"newmtl m\nmap_Bump {name}\n")
    assert only(found).normal is None
    assert "height map" in found.warnings[0]


def test_norm_goes_before_bump(looks: Reader, tmp_path: Path) -> None:
    image(tmp_path / "n.png")
    image(tmp_path / "h.png", "L")
    found = looks("newmtl m\nnorm n.png\nmap_Bump h.png\n")
    normal = only(found).normal
    assert normal is not None
    assert normal.texture.name == "n.png"
    assert found.warnings == ()


@pytest.mark.parametrize(
    ("lines", "base", "occlusion"),
    [
        ("map_Kd c.png\nmap_Ka c.png", "c.png", None),
        ("map_Kd c.png\nmap_Ka wall_AO.png", "c.png", "wall_AO.png"),
        ("map_Kd c.png\nmap_AO c2.png", "c.png", "c2.png"),
        ("map_Kd c.png\nmap_Ka c2.png", "c.png", None),
        ("map_Ka c.png", "c.png", None),
        ("map_Ka wall_AO.png", None, "wall_AO.png"),
    ],
)
def test_ambient_maps(looks: Reader, tmp_path: Path, lines: str, base: str | None, occlusion: str | None) -> None:
    for name in ("c.png", "c2.png", "wall_AO.png"):
        image(tmp_path / name)
    material = only(looks(f"newmtl m\n{lines}\n"))
    assert (material.base and material.base.texture.name) == base
    assert (material.occlusion and material.occlusion.texture.name) == occlusion


def test_one_image_in_many_materials_is_one_texture(looks: Reader, tmp_path: Path) -> None:
    image(tmp_path / "c.png")
    a, b = looks("newmtl a\nmap_Kd c.png\nnewmtl b\nmap_Kd C.PNG\n", "a", "b").materials
    assert a.base is not None
    assert b.base is not None
    assert a.base.texture is b.base.texture


def test_only_materials_in_use_are_opened(looks: Reader, tmp_path: Path) -> None:
    (tmp_path / "bad.png").write_text("no image")
    assert looks("newmtl unused\nmap_Kd bad.png\nnewmtl m\n").warnings == ()


def test_unknown_materials_are_white_with_a_warning(looks: Reader) -> None:
    found = looks("newmtl m\nKd 1 0 0\n", "", "other")
    assert [material.base_color for material in found.materials] == [(1, 1, 1), (1, 1, 1)]
    assert found.warnings == ("the material 'other' is not defined; its faces are white",)


def test_the_only_material_serves_an_obj_that_uses_none(looks: Reader) -> None:
    assert only(looks("newmtl m\nKd 1 0 0\n", "")).base_color == (1, 0, 0)


def test_the_library_beside_is_found_when_the_named_one_is_missing(tmp_path: Path) -> None:
    (tmp_path / "scan.mtl").write_text("newmtl m\nKd 1 0 0\n")
    found = read_all(tmp_path / "scan.obj", ("lost.mtl",), ("m",))
    assert only(found).base_color == (1, 0, 0)
    assert len(found.warnings) == 2
    (tmp_path / "scan.mtl").unlink()
    found = read_all(tmp_path / "scan.obj", ("lost.mtl",), ("m",))
    assert found.warnings == ("the material library 'lost.mtl' is missing",)
    assert read_all(tmp_path / "scan.obj", (), ("m",)).warnings == (
        "faces use materials, but no material library is named",
    )
    assert read_all(tmp_path / "scan.obj", (), ("",)).warnings == ()


def test_textures_lie_beside_their_library(tmp_path: Path) -> None:
    image(tmp_path / "lib" / "deep.png")
    (tmp_path / "lib" / "a.mtl").write_text("newmtl m\nmap_Kd deep.png\n")
    assert only(read_all(tmp_path / "scan.obj", ("lib\\a.mtl",), ("m",))).base is not None


def test_junk_lines_are_passed_over(looks: Reader) -> None:
    assert only(looks("Kd 1 0 0\nmap_Kd x.png\n\0\0\nnewmtl m\nKs 1 1 1\n\nd 0.5\nmap_Kd\n")).base is None


def test_maps_of_metal_roughness_and_emission_are_read(looks: Reader, tmp_path: Path) -> None:
    for name in ("color.png", "rough.png", "metal.png", "glow.png"):
        image(tmp_path / name)
    bronze = only(
        looks(
            "newmtl m\nmap_Kd color.png\nPr 0.2\nPm 0\nmap_Pr rough.png\nmap_Pm metal.png\nKe 0 0 0\nmap_Ke glow.png\n"
        )
    )
    assert bronze.metallic_map is not None
    assert bronze.roughness_map is not None
    assert bronze.emissive is not None
    assert [slot.texture.name for slot in (bronze.metallic_map, bronze.roughness_map, bronze.emissive)] == [
        "metal.png", "rough.png", "glow.png"
    ]  # fmt: skip
    assert (bronze.metallic, bronze.roughness, bronze.emissive_color) == (1.0, 1.0, (1.0, 1.0, 1.0))


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("Pr 0.5", (0.0, 1.0)),
        ("Pm 0.0\nPr 0.5", (0.0, 1.0)),
        ("Pm 1.0\nPr 0.3", (1.0, 0.3)),
        ("Pm 1", (1.0, 1.0)),
        ("Ns 250\nKs 0.5 0.5 0.5\nillum 2", (0.0, 1.0)),
        ("Pm shiny", (0.0, 1.0)),
        ("map_Pm missing.png\nPm 1", (0.0, 1.0)),
    ],
)
def test_metal_without_a_map_is_what_somebody_meant(looks: Reader, lines: str, expected: tuple[float, float]) -> None:
    material = only(looks(f"newmtl m\n{lines}\n"))
    assert (material.metallic, material.roughness) == expected


def test_emission_without_a_map_is_a_colour_in_srgb(looks: Reader) -> None:
    assert only(looks("newmtl m\nKe 1 0 0\n")).emissive_color == (1.0, 0.0, 0.0)
    assert only(looks("newmtl m\nKe 0.5 0 0\n")).emissive_color[0] == pytest.approx(0.214, abs=1e-3)


def test_a_colour_that_is_emitted_again_is_no_emission(looks: Reader, tmp_path: Path) -> None:
    image(tmp_path / "color.png")
    material = only(looks("newmtl m\nmap_Kd color.png\nmap_Ke color.png\nmap_Ks color.png\n"))
    assert (material.emissive, material.emissive_color) == (None, (0.0, 0.0, 0.0))


def test_shine_that_is_left_out_is_named(looks: Reader) -> None:
    found = looks("newmtl m\nPc 0.3\nPs 0\naniso 0.5\nmap_Ks gloss.png\n")
    assert [str(warning) for warning in found.warnings] == [
        "left out of the material 'm': Pc, aniso, 'gloss.png' (models contain colour, relief, occlusion, metal, "
        "roughness and emission)"
    ]
    assert not looks("newmtl m\nKs 1 1 1\nNs 250\nPc 0\n").warnings


def cut(path: Path, mode: str = "RGBA") -> None:
    """Write a picture whose left half is solid and whose right half is a hole."""
    picture = Image.new(mode, (4, 2))
    picture.paste((90, 60, 30, 255)[: len(picture.getbands())] if mode != "L" else 255, (0, 0, 2, 2))
    picture.save(path)


@pytest.mark.parametrize(("name", "mode"), [("color.png", "RGBA"), ("mask.png", "L"), ("mask.png", "RGBA")])
def test_a_map_of_opacity_is_read_from_its_alpha_or_its_grey(
    looks: Reader, tmp_path: Path, name: str, mode: str
) -> None:
    image(tmp_path / "color.png")
    cut(tmp_path / name, mode)
    found = looks(f"newmtl m\nmap_Kd color.png\nd 0\nmap_d {name}\n")
    material = only(found)
    assert (material.alpha_mode, material.opacity) == (AlphaMode.BLEND, 1.0)
    assert material.opacity_map is not None
    assert decode_opacity(material.opacity_map.texture).tolist() == [[255, 255, 0, 0]] * 2
    assert not found.warnings


def test_the_colours_without_alpha_are_no_map_of_opacity(looks: Reader, tmp_path: Path) -> None:
    image(tmp_path / "color.png")
    material = only(looks("newmtl m\nmap_Kd color.png\nmap_d color.png\n"))
    assert (material.alpha_mode, material.opacity_map) == (AlphaMode.OPAQUE, None)


@pytest.mark.parametrize(
    ("lines", "opacity"),
    [
        ("d 0.4", 0.4),
        ("d -halo 0.4", 0.4),
        ("Tr 0.6", 0.4),
        ("d 0.4\nTr 1", 0.4),
        ("d 1\nTr 1", None),
        ("d 1.0", None),
        ("d 7", None),
        ("Tr -3", None),
        ("d foggy", None),
        ("d nan", None),
        ("d", None),
    ],
)
def test_opacity_without_a_map_is_a_number_from_0_to_1(looks: Reader, lines: str, opacity: float | None) -> None:
    found = looks(f"newmtl m\n{lines}\n")
    assert only(found).alpha_mode == (AlphaMode.OPAQUE if opacity is None else AlphaMode.BLEND)
    assert only(found).opacity == pytest.approx(opacity or 1.0)
    assert not found.warnings


@pytest.mark.parametrize("line", ["d 0", "d -2", "Tr 1", "Tr 9"])
def test_what_nobody_would_see_is_shown_and_told(looks: Reader, line: str) -> None:
    found = looks(f"newmtl m\n{line}\n")
    assert only(found).alpha_mode == AlphaMode.OPAQUE
    assert [str(each) for each in found.warnings] == [
        "the material 'm' is fully transparent, which programs write by mistake; it is shown as opaque"
    ]


def test_a_map_of_opacity_outside_the_folder_is_refused(looks: Reader, tmp_path: Path) -> None:
    with pytest.raises(UnsafePathError):
        looks("newmtl m\nmap_d ../../secret.png\n")


def test_a_map_of_opacity_that_claims_a_huge_size_is_refused(looks: Reader, tmp_path: Path) -> None:
    """The header says 60,000 by 60,000; nothing else is there to be decoded."""
    image(tmp_path / "mask.png", "L")
    header = b"IHDR" + struct.pack(">2I5B", 60_000, 60_000, 8, 0, 0, 0, 0)
    stream = bytearray((tmp_path / "mask.png").read_bytes())
    stream[12:33] = header + struct.pack(">I", zlib.crc32(header))
    (tmp_path / "mask.png").write_bytes(stream)
    with pytest.raises(TextureError, match=r"mask\.png"):
        looks("newmtl m\nmap_d mask.png\n")
