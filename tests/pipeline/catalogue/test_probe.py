"""A file that is not what it says, or that nobody could show, is told with its cure; before anything is made of it."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carreau.base.errors import FormatError
from carreau.catalogue.media import probe_document, probe_image
from carreau.catalogue.video import probe_sound, probe_video
from tests.pipeline.site.media_files import flac, jpeg, mp4, opus, pdf, picture, tone, webm

LOOKS = {".jpg": probe_image, ".flac": probe_sound, ".mp4": probe_video, ".pdf": probe_document}


def put(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_a_picture_tells_its_size_as_it_is_shown(tmp_path: Path) -> None:
    exif = picture().getexif()
    exif[0x0112] = 6  # turned by a quarter
    picture().save(tmp_path / "a.jpg", exif=exif)
    look = probe_image(tmp_path / "a.jpg")
    assert (look.media_type, look.width, look.height) == ("image/jpeg", 600, 800)


@pytest.mark.parametrize("name", ["a.avif", "a.png", "a.tif", "a.webp"])
def test_every_kind_of_picture_is_known(tmp_path: Path, name: str) -> None:
    picture(64, 48).save(tmp_path / name)
    look = probe_image(tmp_path / name)
    assert (look.width, look.height) == (64, 48)


def bomb(width: int, height: int) -> bytes:
    """A PNG of some bytes that claims to be huge."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(b"")), (b"IEND", b""))
    parts = (
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize(
    ("name", "content", "cause", "cure"),
    [
        ("a.jpg", b"", "it is empty", "again"),
        ("a.jpg", b"no picture at all", "not a known image", "export it again"),
        ("a.png", jpeg(), "its content is image/jpeg", "rename it to end in .jpg"),
        ("a.jpg", jpeg()[:-2000], "it is truncated", "copy it again"),
        ("a.jpg", jpeg()[:20] + b"\xff\xd9", "its header is corrupt or truncated", "export it again"),
        ("a.png", bomb(60_000, 60_000), "its header declares 60,000 x 60,000 pixels", "reduce it"),
        ("a.png", bomb(13_000, 13_000), "13,000 x 13,000 pixels", "reduce it"),
    ],
)  # fmt: skip
def test_a_picture_that_is_none_is_told(tmp_path: Path, name: str, content: bytes, cause: str, cure: str) -> None:
    with pytest.raises(FormatError) as caught:
        probe_image(put(tmp_path, name, content))
    assert cause in caught.value.cause
    assert cure in caught.value.cure
    assert name in str(caught.value)


def test_a_sound_tells_how_long_it_is(tmp_path: Path) -> None:
    assert probe_sound(flac(tmp_path / "a.flac", tone(2.5))).duration_s == 2.5
    assert probe_sound(put(tmp_path, "a.opus", opus())).media_type == "audio/ogg"


def test_a_sound_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    flac(tmp_path / "many.flac", np.stack([tone()] * 6, axis=1))
    with pytest.raises(FormatError, match="it has 6 channels; mix it down"):
        probe_sound(tmp_path / "many.flac")
    flac(tmp_path / "long.flac", np.zeros(8000 * 1801, np.float32), 8000)
    with pytest.raises(FormatError, match=r"it lasts 30\.0 minutes, more than 30"):
        probe_sound(tmp_path / "long.flac")
    with pytest.raises(FormatError, match=r"audio/ogg, which its ending.*\.ogg"):
        probe_sound(put(tmp_path, "a.mp3", opus()))
    with pytest.raises(FormatError, match="its header is corrupt or truncated"):
        probe_sound(put(tmp_path, "a.flac", b"fLaC and nothing behind"))


def test_a_film_tells_size_duration_and_codecs(tmp_path: Path) -> None:
    look = probe_video(put(tmp_path, "a.mp4", mp4()))
    assert (look.width, look.height, look.duration_s, look.codecs) == (1280, 720, 10.0, ("avc1",))
    look = probe_video(put(tmp_path, "a.webm", webm()))
    assert (look.width, look.height, look.duration_s, look.codecs) == (640, 360, 2.5, ("V_VP9",))


@pytest.mark.parametrize(
    ("name", "content", "cause"),
    [
        ("a.mp4", mp4(b"hvc1"), "not every phone plays its codec hvc1"),
        ("a.webm", webm(b"V_MPEG4/ISO/AVC"), "not every phone plays its codec V_MPEG4/ISO/AVC"),
        ("a.mp4", mp4(brand=b"qt  "), "phones do not play video/quicktime"),
        ("a.webm", webm(doctype=b"matroska"), "phones do not play video/matroska"),
        ("a.webm", mp4(), "its content is video/mp4"),
        ("a.mp4", mp4()[:400], "truncated"),
        ("a.mp4", mp4(b"mp4a", 0, 0), "it has no video track"),
        ("a.webm", webm()[:60], "truncated"),
    ],
)
def test_a_film_that_phones_do_not_play_is_told(tmp_path: Path, name: str, content: bytes, cause: str) -> None:
    with pytest.raises(FormatError, match=r"export it|rename it") as caught:
        probe_video(put(tmp_path, name, content))
    assert cause in caught.value.cause


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (pdf()[:-8], "it is truncated"),
        (pdf(b"/OpenAction <</S /JavaScript /JS (x)>>"), "JavaScript"),
        (pdf(b"/OpenAction <</S /J#61vaScript>>"), "JavaScript"),
        (pdf(b"/Names [[<</S /Launch>>]]"), "Launch"),
        (pdf(packed=b"<</Names <</EmbeddedFiles 3 0 R>> /EF <</F /EmbeddedFile>>>>"), "EmbeddedFile"),
        (pdf(b"/Encrypt 4 0 R"), "it is encrypted"),
        (pdf().replace(b"startxref", b"start xref").replace(b" obj", b" object"), "its header is corrupt or truncated"),
    ],
)
def test_a_pdf_that_does_more_than_show_pages_is_told(tmp_path: Path, content: bytes, cause: str) -> None:
    assert probe_document(put(tmp_path, "b.pdf", pdf(packed=b"<</Type /Page>>"))).media_type == "application/pdf"
    with pytest.raises(FormatError) as caught:
        probe_document(put(tmp_path, "a.pdf", content))
    assert cause in caught.value.cause


def test_what_only_looks_like_active_content_is_none(tmp_path: Path) -> None:
    """The bytes of a picture may be anything, and so may words."""
    for inside in (b"/Lang (/JS)", b"/X <</Length 9>>\nstream\n/JS /XFA \nendstream"):
        assert probe_document(put(tmp_path, "a.pdf", pdf(inside))).media_type == "application/pdf"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from([jpeg(64, 48), opus(), mp4(), webm(), pdf()]), st.data())
def test_broken_bytes_are_told_and_never_crash(tmp_path: Path, content: bytes, data: st.DataObject) -> None:
    broken = bytearray(content[: data.draw(st.integers(0, len(content)))])
    for place in data.draw(st.lists(st.integers(0, max(len(broken) - 1, 0)), max_size=8)):
        if broken:
            broken[place] = data.draw(st.integers(0, 255))
    told: list[FormatError] = []
    for ending, look in LOOKS.items():
        try:
            look(put(tmp_path, f"a{ending}", bytes(broken)))
        except FormatError as error:
            told.append(error)
    assert all(error.cause and error.cure for error in told)
