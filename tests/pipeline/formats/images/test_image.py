"""Every kind of image that scans carry opens by its header and decodes to 8 bit sRGB."""

from __future__ import annotations

import base64
import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from carreau.base.errors import TextureError
from carreau.base.model import ByteArray
from carreau.formats.images import raster
from carreau.formats.images.image import _MOST_TEXELS_A_BYTE, decode, open_texture

SCAN = Path("mine.obj")

#: `picture(16, 16)` as UASTC with mipmaps, encoded once by `basisu -ktx2 -uastc -mipmap`.
UASTC = base64.b64decode(
    "q0tUWCAyMLsNChoKAAAAAAEAAAAQAAAAEAAAAAAAAAAAAAAAAQAAAAUAAAACAAAAyAAAACwAAAD0AAAAJAAAAAAAAAAAAAAAAAAAAAAAAACsAQ"
    "AAAAAAAJQAAAAAAAAAAAEAAAAAAABjAQAAAAAAAEkAAAAAAAAAQAAAAAAAAABKAQAAAAAAABkAAAAAAAAAEAAAAAAAAAAxAQAAAAAAABkAAAAA"
    "AAAAEAAAAAAAAAAYAQAAAAAAABkAAAAAAAAAEAAAAAAAAAAsAAAAAAAAAAIAKACmAQIAAwMAAAAAAAAAAAAAAAB/AAAAAAAAAAAA/////x8AAA"
    "BLVFh3cml0ZXIAQmFzaXMgVW5pdmVyc2FsIDEuMTUAACi1L/0gEIEAABcS0vO/qPUCAAAAAAAAAAAotS/9IBCBAAB7tB0hg4pugSUiqaqpqqmq"
    "KLUv/SAQgQAAW7aXiOMeWUtadlR2mLrc/ii1L/0gQAECAFukF7hGMCZhX3bd/lV2ETJbpl14/wMm3Fhm3O5UZhAiW6ZXpUbwP2EXMlV2mbrd/l"
    "sklGX/wz/cECJUZpiq3O4otS/9YAAAVQQAxAZbkxaFABRQoREyVHaYutz+e5MWhuA0ULETW5Mbge8rUF4Se5MTgB8LUE4QW5McngCU05IWn+C0"
    "05IWmu+r05IWmR+L0xYeAJSvH+C0rxrvq69bkxMZH4uvBQBULJMWBuB0LJMbAe9rLAAfSywPINBzMQXhZZeN4KYgHOHaFLvALsM2+Vg+TbbH"
)


def picture(height: int = 24, width: int = 40) -> ByteArray:
    """Return a smooth picture with every primary in it, which lossy codecs keep well."""
    v, u = np.mgrid[0:height, 0:width] / [[[height]], [[width]]]
    return np.stack([u * 255, v * 255, (1 - u) * 255], axis=2).astype(np.uint8)


def encoded(pixels: np.ndarray, kind: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    mode = options.pop("mode", None)
    image = Image.fromarray(pixels)
    (image.convert(mode) if mode else image).save(stream, kind, **options)
    return stream.getvalue()


def read(data: bytes, name: str = "wall") -> ByteArray:
    texture = open_texture(name, data, SCAN)
    texels = decode(texture)
    assert texels.shape == (texture.height, texture.width, 3)
    assert texels.dtype == np.uint8
    return texels


@pytest.mark.parametrize(
    ("kind", "options", "tolerance"),
    [
        ("PNG", {}, 0),
        ("PNG", {"mode": "RGBA"}, 0),
        ("BMP", {}, 0),
        ("TIFF", {"compression": "tiff_lzw"}, 0),
        ("TIFF", {"compression": "tiff_adobe_deflate"}, 0),
        ("TIFF", {}, 0),
        ("WEBP", {"lossless": True}, 0),
        ("WEBP", {"quality": 95}, 24),
        ("JPEG", {"quality": 98, "subsampling": 0}, 12),
        ("JPEG", {"quality": 98, "progressive": True}, 48),
        ("JPEG", {"quality": 98, "mode": "CMYK"}, 16),
        ("TGA", {}, 0),
        ("PNG", {"mode": "P"}, 60),
    ],
)
def test_everyday_kinds_keep_their_colours(kind: str, options: dict[str, Any], tolerance: int) -> None:
    texels = read(encoded(picture(), kind, **options), f"wall.{kind.lower()}")
    assert np.abs(texels.astype(int) - picture()).max() <= tolerance


@pytest.mark.parametrize("mode", ["L", "LA", "1"])
def test_grey_becomes_three_equal_channels(mode: str) -> None:
    texels = read(encoded(picture(), "PNG", mode=mode))
    assert (texels == texels[:, :, :1]).all()


def test_palette_with_transparency_keeps_its_colours() -> None:
    image = Image.fromarray(picture()).quantize(8)
    stream = io.BytesIO()
    image.save(stream, "PNG", transparency=b"\0\x80\xff")
    assert (read(stream.getvalue()) == np.asarray(image.convert("RGB"))).all()


def test_sixteen_bit_grey_is_scaled() -> None:
    gray = np.linspace(0, 65535, 256).reshape(16, 16).astype(np.uint16)
    texels = decode(open_texture("x", encoded(gray, "PNG"), SCAN))[:, :, 0]
    assert np.abs(texels.astype(int) - np.arange(256).reshape(16, 16)).max() <= 1


def test_sixteen_bit_colour_png_is_scaled() -> None:
    rows = (picture().astype(np.uint16) * 257).astype(">u2")
    raw = b"".join(b"\0" + row.tobytes() for row in rows)
    header = struct.pack(">IIBBBBB", rows.shape[1], rows.shape[0], 16, 2, 0, 0, 0)
    assert (read(png(header, zlib.compress(raw))) == picture()).all()


@pytest.mark.parametrize("dtype", ["uint16", "float32", "float16", "uint32", "uint8"])
@pytest.mark.parametrize("planar", [False, True])
def test_deep_tiffs_are_scaled(dtype: str, planar: bool) -> None:
    scale = 1 / 255 if dtype.startswith("float") else np.iinfo(dtype).max // 255
    deep = (picture().astype(np.float64) * scale).astype(dtype)
    stream = io.BytesIO()
    pixels = np.moveaxis(deep, -1, 0) if planar else deep
    tifffile.imwrite(
        stream, pixels, photometric="rgb", planarconfig="separate" if planar else "contig", compression="zlib"
    )
    assert np.abs(read(stream.getvalue()).astype(int) - picture()).max() <= 1


def test_a_float_tiff_is_clamped() -> None:
    stream = io.BytesIO()
    tifffile.imwrite(stream, np.array([[-1.0, 0.5, 7.0, np.nan]], np.float32))
    assert read(stream.getvalue())[0, :, 0].tolist() == [0, 128, 255, 0]


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
@pytest.mark.parametrize("channels", ["RGB", "RGBA", "Y"])
def test_exr_goes_from_linear_to_srgb(dtype: type, channels: str, tmp_path: Path) -> None:
    srgb = picture().astype(np.float64) / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    planes: dict[str, Any] = {
        name: np.ascontiguousarray(linear[:, :, "RGB".find(name)].astype(dtype)) for name in channels
    }
    OpenEXR.File({"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}, planes).write(
        str(tmp_path / "a.exr")
    )
    texels = read((tmp_path / "a.exr").read_bytes())
    expected = picture() if channels != "Y" else picture()[:, :, [2, 2, 2]]
    assert np.abs(texels.astype(int) - expected).max() <= 1
    assert (decode(open_texture("a.exr", tmp_path / "a.exr", SCAN)) == texels).all()


def test_exr_light_above_one_and_below_nought_is_clamped(tmp_path: Path) -> None:
    plane = np.array([[-2.0, 0.0, 1.0, 60000.0, np.inf, np.nan]], np.float32)
    OpenEXR.File({"type": OpenEXR.scanlineimage}, dict.fromkeys("RGB", plane)).write(str(tmp_path / "a.exr"))
    assert read((tmp_path / "a.exr").read_bytes())[0, :, 0].tolist() == [0, 0, 255, 255, 255, 0]


def test_ktx2_of_basis_universal_decodes() -> None:
    assert np.abs(read(UASTC).astype(int) - picture(16, 16)).max() <= 2


@pytest.mark.parametrize("length", [60, 90, 300, 560])
def test_a_cut_ktx2_is_a_texture_error(length: int) -> None:
    with pytest.raises(TextureError, match="wall"):
        decode(open_texture("wall", UASTC[:length], SCAN))


def test_an_honest_16384_texture_opens(tmp_path: Path) -> None:
    header = struct.pack(">IIBBBBB", 16384, 16384, 8, 2, 0, 0, 0)
    texture = open_texture("big.png", png(header, b""), SCAN)
    assert (texture.width, texture.height) == (16384, 16384)


def test_pillows_own_limit_does_not_bind(monkeypatch: pytest.MonkeyPatch) -> None:
    data = encoded(picture(), "PNG")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    monkeypatch.setattr(raster, "_STRIP_TEXELS", 40)
    with pytest.raises(Image.DecompressionBombError):
        Image.open(io.BytesIO(data))
    assert (read(data) == picture()).all()


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        (b"", "empty"),
        (b"not an image at all, but a text of some length", "unknown image format"),
        (b"\x89PNG\r\n\x1a\n", "header"),
        (b"\x76\x2f\x31\x01rubbish", "EXR header"),
        (b"\xabKTX 20\xbb\r\n\x1a\n", "KTX2 header"),
        (b"II*\0\x08\0\0\0", "TIFF header"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "header"),
    ],
)
def test_what_is_no_image_says_so(data: bytes, cause: str) -> None:
    with pytest.raises(TextureError, match=rf"mine\.obj, texture 'wall': .*{cause}"):
        open_texture("wall", data, SCAN)


@pytest.mark.parametrize(("width", "height", "cause"), [(100_000, 100_000, "bomb"), (2**31 - 1, 2**31 - 1, "bomb")])
def test_a_bomb_is_refused_by_its_header(width: int, height: int, cause: str) -> None:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    with pytest.raises(TextureError, match=cause):
        open_texture("wall", png(header, b""), SCAN)
    ktx = b"\xabKTX 20\xbb\r\n\x1a\n" + struct.pack("<9I", 0, 1, width, height, 0, 0, 1, 1, 1)
    with pytest.raises(TextureError, match=cause):
        open_texture("wall", ktx, SCAN)


def test_a_claim_that_no_coder_could_keep_is_refused_before_its_pixels_are_allocated() -> None:
    """Of 2.8 kB, 1.9 GB of pixels: a BMP of 24 rows that says 16,777,240."""
    data = bytearray(encoded(picture(), "BMP"))
    struct.pack_into("<i", data, 22, 16_777_240)
    with pytest.raises(TextureError, match=r"40×16777240 pixels do not fit in 2,\d+ bytes"):
        read(bytes(data))


@pytest.mark.parametrize("options", [{}, {"mode": "1"}])
def test_a_large_white_png_is_far_from_that_limit(options: dict[str, Any]) -> None:
    white = np.full((2048, 2048, 3), 255, np.uint8)
    assert 2048 * 2048 / len(encoded(white, "PNG", optimize=True, **options)) < _MOST_TEXELS_A_BYTE / 2


def test_an_image_without_texels_is_refused() -> None:
    ktx = b"\xabKTX 20\xbb\r\n\x1a\n" + struct.pack("<9I", 0, 1, 0, 4, 0, 0, 1, 1, 1)
    with pytest.raises(TextureError, match="no pixels"):
        open_texture("wall", ktx, SCAN)


def test_a_missing_file_is_a_texture_error(tmp_path: Path) -> None:
    with pytest.raises(TextureError, match="cannot be read"):
        open_texture("gone.png", tmp_path / "gone.png", SCAN)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "BMP"])
def test_cut_data_is_a_texture_error(kind: str) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (64, 64, 3), np.uint8)
    data = encoded(noise, kind)
    with pytest.raises(TextureError, match="wall"):
        decode(open_texture("wall", data[: len(data) // 2], SCAN))


def test_a_cut_exr_is_a_texture_error(tmp_path: Path) -> None:
    plane = np.random.default_rng(1).random((64, 64), np.float32)
    OpenEXR.File({"type": OpenEXR.scanlineimage}, dict.fromkeys("RGB", plane)).write(str(tmp_path / "a.exr"))
    with pytest.raises(TextureError, match="wall"):
        decode(open_texture("wall", (tmp_path / "a.exr").read_bytes()[:9000], SCAN))


@settings(max_examples=150)
@given(data=st.data())
def test_damaged_images_never_escape_as_other_errors(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(["PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF", "TGA"]))
    damaged = bytearray(encoded(picture(8, 9), kind))
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    try:
        texture = open_texture(f"wall.{kind.lower()}", bytes(damaged), SCAN)
        if texture.width * texture.height < 1 << 20:
            decode(texture)
    except TextureError:
        pass


def png(header: bytes, data: bytes) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
