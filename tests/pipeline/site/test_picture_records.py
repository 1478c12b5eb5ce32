"""What a picture says of people and places goes; its pixels, its colours and its orientation stay."""

from __future__ import annotations

import contextlib
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, PngImagePlugin

from carreau.site.media_intake import ORIENTATION, read_orientation, without_record
from tests.pipeline.site.media_files import jpeg, picture

SECRETS = (b"Cammaker", b"2026:05:01", b"Somebody", b"adobe:ns:meta")
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>Somebody</x:xmpmeta>"


def record(orientation: int = 6) -> Image.Exif:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    exif[0x010F], exif[0x0132], exif[0x013B] = "Cammaker", "2026:05:01 12:00:00", "Somebody"
    exif.get_ifd(0x8825)[2] = (50.0, 22.0, 52.3)
    return exif


def encoded(name: str, orientation: int = 6) -> bytes:
    stream = io.BytesIO()
    about: dict[str, object] = {"exif": record(orientation), "icc_profile": PROFILE}
    if name == "PNG":
        words = PngImagePlugin.PngInfo()
        words.add_text("Author", "Somebody")
        words.add_itxt("XML:com.adobe.xmp", XMP.decode())
        about["pnginfo"] = words
    else:
        about["xmp"] = XMP
    picture(64, 48).save(stream, name, **about)
    return stream.getvalue()


def pixels(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(content)))


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP"])
def test_the_record_goes_and_the_picture_stays(name: str) -> None:
    content = encoded(name)
    assert all(secret in content for secret in SECRETS if name != "PNG" or secret != b"adobe:ns:meta")
    plain = without_record(content, f"image/{name.lower()}")
    assert not [secret for secret in SECRETS if secret in plain]
    assert np.array_equal(pixels(plain), pixels(content))
    opened = Image.open(io.BytesIO(plain))
    assert opened.info["icc_profile"] == PROFILE
    assert dict(opened.getexif()) == {ORIENTATION: 6}
    assert without_record(plain, f"image/{name.lower()}") == plain


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP"])
def test_an_upright_picture_has_no_record_at_all(name: str) -> None:
    plain = without_record(encoded(name, 1), f"image/{name.lower()}")
    opened = Image.open(io.BytesIO(plain))
    opened.load()
    assert dict(opened.getexif()) == {}
    assert np.array_equal(pixels(plain), pixels(encoded(name, 1)))


def test_what_stands_behind_a_picture_goes() -> None:
    """Motion photographs have their film there, and iPhones their second picture."""
    assert without_record(jpeg(64, 48) + b"ftypmp42 and a film", "image/jpeg") == without_record(
        jpeg(64, 48), "image/jpeg"
    )


def test_progressive_pictures_have_several_scans() -> None:
    stream = io.BytesIO()
    picture(64, 48).save(stream, "JPEG", progressive=True, comment=b"Somebody", restart_marker_blocks=1)
    plain = without_record(stream.getvalue(), "image/jpeg")
    assert b"Somebody" not in plain
    assert np.array_equal(pixels(plain), pixels(stream.getvalue()))


@pytest.mark.parametrize("exif", [b"", b"Exif\0\0", b"Exif\0\0MM\0*\xff\xff\xff\xff", b"x" * 40])
def test_a_broken_record_has_no_orientation(exif: bytes) -> None:
    assert read_orientation(exif) == 1


@settings(max_examples=60)
@given(st.sampled_from(["JPEG", "PNG", "WEBP"]), st.data())
def test_broken_pictures_are_refused_or_read(name: str, data: st.DataObject) -> None:
    content = bytearray(encoded(name))
    del content[data.draw(st.integers(12, len(content))) :]
    for place in data.draw(st.lists(st.integers(8, len(content) - 1), max_size=4)):
        content[place] = data.draw(st.integers(0, 255))
    plain = b""
    with contextlib.suppress(ValueError):
        plain = without_record(bytes(content), f"image/{name.lower()}")
    assert len(plain) <= len(content) + 100
