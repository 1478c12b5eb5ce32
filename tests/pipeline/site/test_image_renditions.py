"""A picture comes out upright, in sRGB, no larger than it was, with its credit and nothing private in it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image, ImageCms

from carreau.base.errors import FormatError
from carreau.site.renditions import (
    ARTIST,
    COPYRIGHT,
    FORMATS,
    NAMESPACES,
    Attribution,
    ImageRendition,
    credit_image,
    encode_picture,
)
from tests.pipeline.site.media_files import jpeg, picture

CREDIT = Attribution(
    "Équipe d’été", "CC-BY-4.0", "https://creativecommons.org/licenses/by/4.0/", "La façade", "Un <mur>"
)
GPS, MAKE, SERIAL = 0x8825, 0x010F, 0xA431


def opened(picture: ImageRendition, media_type: str) -> list[Image.Image]:
    return [Image.open(io.BytesIO(form.content)) for form in picture.forms if form.media_type == media_type]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> ImageRendition:
    """A photograph of 1400 x 700 as a telephone writes it, lying on its side."""
    path = tmp_path_factory.mktemp("photo") / "a.jpg"
    exif = Image.Exif()
    exif[0x0112] = 8
    exif[MAKE] = "Telephone"
    exif.get_ifd(GPS)[1] = "N"
    exif.get_ifd(GPS)[2] = (50.0, 20.0, 0.0)
    exif.get_ifd(0x8769)[SERIAL] = "1234567"
    picture(700, 1400).save(path, exif=exif, comment=b"private")
    return credit_image(encode_picture(path), CREDIT)


def test_widths_never_go_beyond_the_picture(made: ImageRendition) -> None:
    assert (made.width, made.height) == (1400, 700)
    for media_type in FORMATS:
        sizes = [image.size for image in opened(made, media_type)]
        assert sizes == [(320, 160), (640, 320), (1280, 640), (1400, 700)]
        said = [(form.width, form.height) for form in made.forms if form.media_type == media_type]
        assert said == sizes


def test_a_small_picture_stays_small(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(jpeg(200, 100))
    assert {(form.width, form.height) for form in credit_image(encode_picture(tmp_path / "a.jpg"), CREDIT).forms} == {
        (200, 100)
    }


def texts(image: Image.Image, name: str) -> list[tuple[str, str]]:
    """Return language and text of each value of a property of XMP."""
    packet = ElementTree.fromstring(image.info["xmp"])  # noqa: S314 - we wrote it
    namespace, _, own = name.partition(":")
    [found] = packet.iter(f"{{{NAMESPACES[namespace]}}}{own}")
    values = [each for each in found.iter() if not len(each)]
    return [(each.get("{http://www.w3.org/XML/1998/namespace}lang", ""), each.text or "") for each in values]


@pytest.mark.parametrize("media_type", FORMATS)
def test_the_credit_is_read_back_from_every_format(made: ImageRendition, media_type: str) -> None:
    for image in opened(made, media_type):
        exif = image.getexif()
        assert exif[ARTIST].encode("latin-1").decode() == CREDIT.author
        assert exif[COPYRIGHT].encode("latin-1").decode() == "Équipe d’été, CC-BY-4.0"
        assert texts(image, "dc:creator") == [("", CREDIT.author)]
        notice = "Équipe d’été, CC-BY-4.0"
        assert texts(image, "dc:rights") == [("x-default", notice), ("fr", notice)]
        assert texts(image, "xmpRights:UsageTerms")[0] == ("x-default", "CC-BY-4.0")
        assert texts(image, "xmpRights:WebStatement") == [("", CREDIT.licence_url)]
        assert texts(image, "xmpRights:Marked") == [("", "True")]
        assert texts(image, "Iptc4xmpCore:AltTextAccessibility")[1] == ("fr", "Un <mur>")


@pytest.mark.parametrize("media_type", FORMATS)
def test_nothing_private_is_left(made: ImageRendition, media_type: str) -> None:
    for form in made.forms:
        assert b"Telephone" not in form.content
        assert b"1234567" not in form.content
        assert b"private" not in form.content
    for image in opened(made, media_type):
        assert not image.getexif().get_ifd(GPS)
        assert 0x0112 not in image.getexif()


def test_it_stands_upright(made: ImageRendition) -> None:
    """Red grows along x in the file, which EXIF says is turned: it grows upwards afterwards."""
    pixels = np.asarray(opened(made, "image/jpeg")[0].convert("RGB"), float)
    assert pixels[-20:, :, 0].mean() < 60 < 190 < pixels[:20, :, 0].mean()


def test_colours_are_turned_into_srgb(tmp_path: Path) -> None:
    """A picture in CIE Lab, whose profile says so, comes out in the colour it means."""
    lab = ImageCms.profileToProfile(
        Image.new("RGB", (64, 64), (200, 60, 40)), ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"),
        outputMode="LAB",
    )  # fmt: skip
    assert lab is not None
    lab.save(tmp_path / "a.tif")
    [image] = opened(credit_image(encode_picture(tmp_path / "a.tif"), CREDIT), "image/webp")
    assert np.abs(np.asarray(image.convert("RGB"), int) - [200, 60, 40]).max() <= 6
    assert "icc_profile" not in image.info


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16", "F"])
def test_every_kind_of_pixels_comes_out_white_where_it_is_white(tmp_path: Path, mode: str) -> None:
    white: dict[str, Any] = {
        "I;16": 65535,
        "F": 65535.0,
        "CMYK": (0, 0, 0, 0),
        "RGBA": (0, 0, 0, 0),
        "LA": (0, 0),
        "P": 255,
    }
    image = Image.new(mode, (32, 32), white.get(mode, 255 if mode != "1" else 1))
    if mode == "P":
        image.putpalette([255] * 768)
    image.save(tmp_path / "a.tif")
    [made] = opened(credit_image(encode_picture(tmp_path / "a.tif"), CREDIT), "image/jpeg")
    assert np.asarray(made).min() > 250


def test_the_same_picture_is_the_same_bytes(tmp_path: Path, made: ImageRendition) -> None:
    (tmp_path / "a.jpg").write_bytes(jpeg())
    assert credit_image(encode_picture(tmp_path / "a.jpg"), CREDIT) == credit_image(
        encode_picture(tmp_path / "a.jpg"), CREDIT
    )
    assert made.placeholder.startswith("data:image/webp;base64,")
    assert len(made.placeholder) < 600


def test_a_picture_that_cannot_be_decoded_is_told(tmp_path: Path) -> None:
    content = bytearray(jpeg())
    content[600:-2] = bytes(len(content) - 602)
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(40) + b"IEND\xaeB`\x82")
    with pytest.raises(FormatError, match=r"a\.png: its header is corrupt or truncated"):
        credit_image(encode_picture(tmp_path / "a.png"), CREDIT)
    picture(64, 64).save(tmp_path / "b.png")
    whole = (tmp_path / "b.png").read_bytes()
    (tmp_path / "b.png").write_bytes(whole[:200] + bytes(60) + whole[260:])
    with pytest.raises(FormatError, match=r"b\.png: its image data is corrupt"):
        credit_image(encode_picture(tmp_path / "b.png"), CREDIT)
