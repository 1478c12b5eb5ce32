"""KTX2 from the Basis Universal encoder holds the picture, its mipmaps and its colour space; a .basis file is named."""

from __future__ import annotations

import io
import stat
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from carreau.base import tools
from carreau.base.errors import FormatError, StorageError, TextureError, ToolError
from carreau.base.model import ByteArray
from carreau.formats.gltf import gltf
from carreau.formats.images import image
from carreau.formats.images.image import Codec, encode_basis, ktx_texels
from carreau.formats.registry import sniff
from tests.pipeline.formats.conftest import GltfMaker

KTX2 = b"\xabKTX 20\xbb\r\n\x1a\n"


def waves(width: int = 64, height: int = 32) -> ByteArray:
    y, x = np.mgrid[0:height, 0:width] / 9
    return np.asarray(np.stack([128 + 90 * np.sin(x), 128 + 90 * np.cos(y), 128 + 60 * np.sin(x + y)], -1), np.uint8)


def number(data: bytes, offset: int) -> int:
    return int.from_bytes(data[offset : offset + 4], "little")


def transfer(data: bytes) -> int:
    """Return the transfer function of the data format descriptor: 1 linear, 2 sRGB (Khronos Data Format 1.3)."""
    return data[number(data, 48) + 4 + 8 + 2]


@pytest.mark.parametrize(("codec", "most"), [(Codec.UASTC, 4), (Codec.ETC1S, 12)])
def test_the_picture_comes_back(codec: Codec, most: float, encoder: Path) -> None:
    data = encode_basis(waves(), codec)
    assert data.startswith(KTX2)
    back = ktx_texels(io.BytesIO(data))
    assert back.shape == (32, 64, 3)
    assert np.abs(back.astype(float) - waves()).mean() < most


def test_it_has_all_its_mipmaps_and_its_size(encoder: Path) -> None:
    data = encode_basis(waves(), Codec.UASTC)
    assert (number(data, 20), number(data, 24), number(data, 40)) == (64, 32, 7)


def test_colours_are_srgb_and_maps_linear(encoder: Path) -> None:
    assert transfer(encode_basis(waves(), Codec.UASTC)) == 2
    assert transfer(encode_basis(waves(), Codec.UASTC, is_linear=True)) == 1


def test_a_grey_map_has_three_equal_channels(encoder: Path) -> None:
    back = ktx_texels(io.BytesIO(encode_basis(np.full((8, 8), 90, np.uint8), Codec.UASTC, is_linear=True)))
    assert np.abs(back.astype(int) - 90).max() <= 2


@pytest.mark.parametrize("codec", list(Codec))
def test_the_same_bytes_twice(codec: Codec, encoder: Path) -> None:
    assert encode_basis(waves(), codec) == encode_basis(waves(), codec)


def program(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("echo one; echo no room >&2; exit 3", "basisu failed: no room"),
        ("exit 3", "basisu failed without a message"),
        ("exit 0", "wrote no texture"),
    ],
)
def test_an_encoder_that_fails_is_said(text: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image, "basis_encoder", lambda: program(tmp_path / "basisu", text))
    with pytest.raises(ToolError, match=said):
        encode_basis(waves(), Codec.UASTC)


def test_a_full_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image, "basis_encoder", lambda: program(tmp_path / "basisu", "echo cannot write; exit 1"))
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=image.FULL_BYTES - 1))
    with pytest.raises(StorageError, match="the disk is full"):
        encode_basis(waves(), Codec.UASTC)


def test_an_encoder_that_cannot_run_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "basisu").write_text("no program")
    monkeypatch.setattr(image, "basis_encoder", lambda: tmp_path / "basisu")
    with pytest.raises(ToolError, match="basisu could not be run: "):
        encode_basis(waves(), Codec.UASTC)


def test_a_machine_without_an_encoder_is_said(encoder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "pdp11")
    monkeypatch.setattr("sys.platform", "plan9")
    assert tools.node_module("basisu").is_dir()
    with pytest.raises(ToolError, match="no Basis Universal encoder for plan9 on pdp11"):
        encode_basis(waves(), Codec.UASTC)


@pytest.mark.parametrize("name", ["wall.basis", "wall.png"])
def test_a_basis_file_is_named_with_its_cure(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"sB\x13\x00\x4d\x00" + bytes(71))
    maker = GltfMaker()
    texture = maker.add("textures", {"source": maker.add("images", {"uri": name})})
    look = {"pbrMetallicRoughness": {"baseColorTexture": {"index": texture}}}
    maker.triangle(material=maker.add("materials", look))
    with pytest.raises(
        TextureError, match=r"a \.basis file, and only KTX2 is read; pack it as KTX2, or unpack"
    ) as caught:
        gltf.read(maker.write(tmp_path / "a.glb"))
    assert caught.value.exit_code == 2
    with pytest.raises(FormatError, match="it is an image, not a mesh" if name == "wall.basis" else "unknown"):
        sniff(tmp_path / name)
