"""Files of phones and cameras become what the catalogue takes, or are refused with a cure."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from carreau.base.errors import FormatError
from carreau.base.tools import node_modules
from carreau.catalogue.media import open_picture, probe_image
from carreau.catalogue.video import probe_sound
from carreau.site.media_intake import take
from carreau.site.renditions import Attribution, encode_picture
from carreau.site.sounds import make_sound
from tests.conftest import need
from tests.pipeline.catalogue.test_probe import bomb
from tests.pipeline.site.media_files import (
    box,
    film,
    flac,
    jpeg,
    mp3,
    mp4,
    opus,
    pdf,
    picture,
    sound_frames,
    tone,
    webm,
)

HEIC = Path(__file__).with_name("small.heic")
"""29 x 100 pixels, from the tests of pi-heif (BSD), which encodes none itself."""
CREDIT = Attribution("Équipe", "CC0-1.0")


def sent(folder: Path, content: bytes) -> Path:
    path = folder / "1"
    path.write_bytes(content)
    return path


@pytest.fixture
def _encoder() -> None:
    need((node_modules() / "mediabunny").is_dir(), "the sound encoder is not installed: make setup")


@pytest.mark.parametrize(
    ("content", "kind", "suffix"),
    [
        (jpeg(64, 48), "image", ".jpg"),
        (opus(), "sound", ".ogg"),
        (mp3(), "sound", ".mp3"),
        (mp4(), "video", ".mp4"),
        (webm(), "video", ".webm"),
        (pdf(packed=b"<</Type /Page>>"), "document", ".pdf"),
    ],
)  # fmt: skip
def test_what_the_catalogue_takes_is_taken_whatever_its_name(
    tmp_path: Path, content: bytes, kind: str, suffix: str
) -> None:
    taken = take(sent(tmp_path, content), "x.dat")
    assert (taken.kind, taken.path.suffix, taken.path.parent) == (kind, suffix, tmp_path)


def test_position_and_camera_are_taken_out_unless_wanted(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Cammaker"
    stream = io.BytesIO()
    picture(64, 48).save(stream, "JPEG", exif=exif)
    taken = take(sent(tmp_path, stream.getvalue()), "a.jpg")
    assert b"Cammaker" not in taken.path.read_bytes()
    assert (taken.look.width, taken.look.height) == (48, 64)
    assert b"Cammaker" in take(sent(tmp_path, stream.getvalue()), "a.jpg", keeps_record=True).path.read_bytes()


@pytest.mark.parametrize("name", ["TIFF", "AVIF"])
def test_a_record_that_is_no_block_goes_by_encoding_again(tmp_path: Path, name: str) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Cammaker"
    stream = io.BytesIO()
    picture(64, 48).save(stream, name, exif=exif)
    taken = take(sent(tmp_path, stream.getvalue()), "a")
    assert taken.path.suffix == {"TIFF": ".tif", "AVIF": ".jpg"}[name]
    assert b"Cammaker" not in taken.path.read_bytes()
    assert (taken.look.width, taken.look.height) == (48, 64)


def test_a_photograph_of_an_iphone(tmp_path: Path) -> None:
    taken = take(sent(tmp_path, HEIC.read_bytes()), "IMG_1.HEIC")
    with HEIC.open("rb") as file:
        size = open_picture(file).size
    assert (taken.kind, taken.path.suffix) == ("image", ".jpg")
    assert (taken.look.width, taken.look.height) == size
    again = tmp_path / "again"
    again.mkdir()
    assert take(sent(again, HEIC.read_bytes()), "x").path.read_bytes() == taken.path.read_bytes()


def test_a_heic_in_the_folder_of_a_place_is_published(tmp_path: Path) -> None:
    path = tmp_path / "a.heic"
    path.write_bytes(HEIC.read_bytes())
    look = probe_image(path)
    made = encode_picture(path)
    assert look.media_type == "image/heic"
    assert (made.width, made.height) == (look.width, look.height)
    path.write_bytes(HEIC.read_bytes()[: HEIC.stat().st_size // 2])
    with pytest.raises(FormatError, match="corrupt or truncated"):
        encode_picture(path)


@pytest.mark.usefixtures("_encoder")
def test_a_film_of_an_iphone_is_copied_into_an_mp4_without_its_place(tmp_path: Path) -> None:
    taken = take(sent(tmp_path, film()), "IMG_2.MOV")
    assert (taken.kind, taken.path.suffix, taken.look.codecs) == ("video", ".mp4", ("avc1",))
    assert (taken.look.width, taken.look.height) == (640, 480)
    assert taken.look.duration_s == pytest.approx(1.0, abs=0.11)
    assert b"+50.3812" not in taken.path.read_bytes()
    first = taken.path.read_bytes()
    assert take(sent(tmp_path, film()), "IMG_2.MOV").path.read_bytes() == first
    mp4 = take(sent(tmp_path, film(b"isom")), "a.mp4")
    assert b"+50.3812" not in mp4.path.read_bytes()


@pytest.mark.usefixtures("_encoder")
def test_a_film_with_its_sound_keeps_every_packet_of_it(tmp_path: Path) -> None:
    aac = make_sound(flac(tmp_path / "a.flac", tone(1.0)), CREDIT).forms[1].content
    packets = sound_frames(aac)
    assert len(packets) > 20
    taken = take(sent(tmp_path, film(sound=aac)), "IMG_3.MOV")
    assert (taken.kind, taken.path.suffix, taken.look.codecs) == ("video", ".mp4", ("avc1", "mp4a"))
    assert taken.look.duration_s == pytest.approx(1.0, abs=0.11)
    content = taken.path.read_bytes()
    assert all(each in content for each in packets)
    assert content.count(b"\x65\x88\x84\x00\x10\xff") == 10
    assert b"+50.3812" not in content


@pytest.mark.usefixtures("_encoder")
def test_a_voice_memo_is_taken_and_published_as_it_is(tmp_path: Path) -> None:
    aac = make_sound(flac(tmp_path / "a.flac", tone(1.0)), CREDIT).forms[1].content
    taken = take(sent(tmp_path, aac), "Rue de Denain.m4a")
    assert (taken.kind, taken.path.suffix) == ("sound", ".m4a")
    assert b"CC0-1.0" not in taken.path.read_bytes()
    assert probe_sound(taken.path).media_type == "audio/mp4"
    by_hand = tmp_path / "by-hand.m4a"  # put into the folder of a place without the desk
    by_hand.write_bytes(aac + box(b"udta", box(b"\xa9xyz", b"\x00\x12\x15\xc7+50.3812+003.4/")))
    for path in (taken.path, by_hand):
        [form] = make_sound(path, CREDIT).forms
        assert (form.media_type, form.codec) == ("audio/mp4", "mp4a.40.2")
        assert b"CC0-1.0" in form.content
        assert b"+50.3812" not in form.content


@pytest.mark.parametrize(
    ("content", "cause", "cure"),
    [
        (film(codec=b"hvc1"), "not every phone plays its codec hvc1", "Most Compatible"),
        (mp4(b"alac", 0, 0), "not every phone plays its codec alac", "WAV, FLAC or MP3"),
        (webm(doctype=b"matroska"), "phones do not play video/matroska", "export it as MP4"),
        (film()[:200], "corrupt or truncated", "again"),
        (bomb(60_000, 60_000), "60,000 x 60,000 pixels", "reduce it"),
        (jpeg()[:-2000], "truncated", "again"),
        (b"MZ\x90 a program", "not a known image", "export it as JPEG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "not a known image", "export it as JPEG"),
        (pdf(b"/OpenAction <</S /JavaScript /JS (x)>>"), "active content", "PDF/A"),
        (b"", "it is empty", "copy it again"),
    ],
)
def test_what_cannot_be_taken_is_refused_by_its_own_name(tmp_path: Path, content: bytes, cause: str, cure: str) -> None:
    with pytest.raises(FormatError) as caught:
        take(sent(tmp_path, content), "Mon fichier.xyz")
    assert caught.value.file == "Mon fichier.xyz"
    assert cause in caught.value.cause
    assert cure in caught.value.cure
