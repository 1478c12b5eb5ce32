"""A picture of an authored scene becomes smaller, keeps its role, and its alpha where that means something."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from carreau.formats.gltf.scene import SceneImage
from carreau.formats.images.image import decode, ktx_texels, open_texture
from carreau.models.stages.authored_levels import (
    LevelCodec,
    SceneTextureOptions,
    as_it_is,
    as_png,
    choose_codec,
    encode_texture,
)
from tests.pipeline.authored_scenes import picture


def of(data: bytes, *, is_color: bool = True, is_data: bool = False, has_alpha: bool = False) -> SceneImage:
    return SceneImage(open_texture("picture", data, Path("scene.glb")), is_color, is_data, has_alpha)


def options(edge: int, codec: LevelCodec, most_bytes: int = 1 << 20) -> SceneTextureOptions:
    return SceneTextureOptions(edge, edge, codec, most_bytes)


@pytest.mark.parametrize(
    ("codec", "media_type"),
    [("avif", "image/avif"), ("webp", "image/webp"), ("jpeg", "image/jpeg"), ("uastc", "image/ktx2")],
)
@pytest.mark.parametrize("is_color", [True, False])
def test_each_codec_gives_the_picture_back(codec: LevelCodec, media_type: str, is_color: bool) -> None:
    own = of(picture(256, 5), is_color=is_color, is_data=not is_color)
    dressed = encode_texture((own,), 0, options(128, codec))
    assert (dressed.image.media_type, dressed.width, dressed.height) == (media_type, 128, 128)
    data = io.BytesIO(dressed.image.data)
    pixels = ktx_texels(data) if codec == "uastc" else np.asarray(Image.open(data).convert("RGB"))
    small = np.asarray(Image.fromarray(decode(own.texture)).resize((128, 128), Image.Resampling.LANCZOS))
    assert np.abs(pixels.astype(int) - small.astype(int)).mean() < 8  # UASTC, of noise in every colour


def test_ktx2_says_whether_it_holds_colours() -> None:
    """The data format descriptor's transfer function: 2 is sRGB, 1 is linear (Khronos Data Format 1.3)."""
    found = []
    for is_color in (True, False):
        data = encode_texture(
            (of(picture(128, 1), is_color=is_color, is_data=not is_color),), 0, options(128, "uastc")
        ).image.data
        start = int.from_bytes(data[48:52], "little")
        found.append(data[start + 4 + 10])
    assert found == [2, 1]


def test_alpha_is_kept_where_a_material_reads_it() -> None:
    data = picture(128, 3, "RGBA")
    seen, unseen = of(data, has_alpha=True), of(data)
    asked: tuple[tuple[LevelCodec, str], ...] = (("avif", "webp"), ("webp", "webp"), ("jpeg", "png"))
    for codec, kind in asked:
        dressed = encode_texture((seen,), 0, options(128, codec))
        assert dressed.codec == kind
        assert Image.open(io.BytesIO(dressed.image.data)).mode == "RGBA"
    assert encode_texture((unseen,), 0, options(128, "jpeg")).codec == "jpeg"


def test_where_webp_is_not_like_the_picture_enough_jpeg_is() -> None:
    """Noise in every colour has no channel that could be halved."""
    opaque, seen = of(picture(128, 4)), of(picture(128, 3, "RGBA"), has_alpha=True)
    fine = SceneTextureOptions(128, 128, "webp", 1 << 20, enough_db=45.0, may_be_jpeg=True)
    dressed = encode_texture((opaque,), 0, fine)
    assert (dressed.codec, dressed.image.media_type) == ("jpeg", "image/jpeg")
    error = np.asarray(Image.open(io.BytesIO(dressed.image.data)), np.float32) - decode(opaque.texture)
    assert 10 * np.log10(255**2 / np.mean(error**2)) >= 45
    assert encode_texture((opaque,), 0, replace(fine, enough_db=20.0)).codec == "webp"
    assert encode_texture((opaque,), 0, replace(fine, may_be_jpeg=False)).codec == "webp"
    assert encode_texture((seen,), 0, fine).codec == "webp"


def test_a_palette_is_no_avif() -> None:
    small = encode_texture((of(picture(64, 5)),), 0, options(64, "avif"))
    assert (small.codec, small.image.media_type) == ("webp", "image/webp")


def test_the_bytes_of_avif_are_held() -> None:
    own = of(picture(256, 5))
    roomy, tight = (encode_texture((own,), 0, options(256, "avif", most)) for most in (1 << 20, 8_000))
    assert len(tight.image.data) <= 8_000 < len(roomy.image.data)
    assert tight.quality < roomy.quality


def test_a_picture_with_alpha_is_kept_under_what_is_transparent() -> None:
    rows = np.zeros((96, 96, 4), np.uint8)
    rows[..., 0], rows[:48, :, 3] = 200, 255
    stream = io.BytesIO()
    Image.fromarray(rows).save(stream, "PNG")
    dressed = encode_texture((of(stream.getvalue(), has_alpha=True),), 0, options(96, "webp"))
    pixels = np.asarray(Image.open(io.BytesIO(dressed.image.data)))
    assert np.abs(pixels[..., 0].astype(int) - 200).max() < 12


def test_light_is_averaged_and_not_its_code() -> None:
    stream = io.BytesIO()
    checks = np.indices((128, 128)).sum(axis=0) % 2 * 255
    Image.fromarray(checks.astype(np.uint8)).convert("RGB").save(stream, "PNG")
    means = []
    for is_color in (True, False):
        dressed = encode_texture(
            (of(stream.getvalue(), is_color=is_color, is_data=not is_color),), 0, options(80, "jpeg")
        )
        means.append(np.asarray(Image.open(io.BytesIO(dressed.image.data)))[20:60, 20:60].mean())
    assert means[0] == pytest.approx(188, abs=6)
    assert means[1] == pytest.approx(128, abs=6)


def test_a_small_picture_loses_nothing() -> None:
    own = of(picture(32, 2))
    for codec in ("webp", "jpeg", "uastc"):
        dressed = encode_texture((own,), 0, options(32, codec))
        assert (np.asarray(Image.open(io.BytesIO(dressed.image.data)).convert("RGB")) == decode(own.texture)).all()


def test_what_is_both_colours_and_data_is_no_ktx2() -> None:
    assert choose_codec(of(picture(256, 1), is_data=True), "uastc") == "webp"
    assert choose_codec(of(picture(256, 1)), "uastc") == "uastc"


def test_fewer_bytes_are_lower_quality() -> None:
    own = (of(picture(256, 9)),)
    free, tight = (
        encode_texture(own, 0, options(256, "webp")),
        encode_texture(own, 0, options(256, "webp", 5000)),
    )
    assert tight.quality < free.quality
    assert len(tight.image.data) <= 5000


def test_an_archive_keeps_what_any_reader_knows() -> None:
    jpeg, webp = picture(64, 1, kind="JPEG"), picture(64, 1, kind="WEBP")
    assert as_it_is((of(jpeg),), 0).data == jpeg
    own, plain = as_it_is((of(webp),), 0), as_png((of(webp),), 0)
    assert own.media_type == plain.media_type == "image/png"
    with Image.open(io.BytesIO(own.data)) as kept, Image.open(io.BytesIO(plain.data)) as checked:
        assert kept.tobytes() == checked.tobytes()
