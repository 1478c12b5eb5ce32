"""A reference finds its file however it is spelt, and never a file outside the scan's folder."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carreau.base.errors import FormatError, UnsafePathError
from carreau.formats.gltf.gltf_document import resolve_uri
from carreau.formats.safe_paths import beside


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    folder = tmp_path / "scan"
    (folder / "textures").mkdir(parents=True)
    (folder / "Photos 8K").mkdir()
    for name in ("wall.jpg", "textures/roof.png", "Photos 8K/été.tif", "100%25.png", "Brick Wall.PNG"):
        (folder / name).write_bytes(b"x")
    (tmp_path / "secret.png").write_bytes(b"s")
    (folder / "mine.obj").write_text("")
    return folder / "mine.obj"


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("wall.jpg", "wall.jpg"),
        ("./wall.jpg", "wall.jpg"),
        ("sub/../wall.jpg", "wall.jpg"),
        ("WALL.JPG", "wall.jpg"),
        (' "wall.jpg" ', "wall.jpg"),
        (r"C:\Users\Zoé\scan\wall.jpg", "wall.jpg"),
        (r"\\nas\scans\Brick Wall.png", "Brick Wall.PNG"),
        ("Brick%20Wall.PNG", "Brick Wall.PNG"),
        ("/home/someone/wall.jpg", "wall.jpg"),
        ("../textures/roof.png", "textures/roof.png"),
        ("roof.png", "textures/roof.png"),
        (r"D:\work\Photos 8K\été.tif", "Photos 8K/été.tif"),
        ("photos%208k/%C3%A9t%C3%A9.tif", "Photos 8K/été.tif"),
        ("100%25.png", "100%25.png"),
        ("100%2525.png", "100%25.png"),
    ],
)
def test_a_file_is_found_however_it_is_spelt(scan: Path, reference: str, expected: str) -> None:
    assert beside(scan, reference) == scan.parent / expected


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_composed_and_decomposed_names_are_the_same(scan: Path, form: str) -> None:
    assert beside(scan, unicodedata.normalize(form, "Photos 8K/été.tif")) == scan.parent / "Photos 8K/été.tif"  # type: ignore[arg-type]


def test_names_read_in_the_wrong_encoding_are_found(scan: Path) -> None:
    assert beside(scan, "Photos 8K/" + "été.tif".encode().decode("latin-1")) == scan.parent / "Photos 8K/été.tif"


def test_a_latin1_name_on_the_disk_is_found(scan: Path) -> None:
    raw = os.fsencode(scan.parent) + b"/mus\xe9e.png"
    try:
        Path(os.fsdecode(raw)).write_bytes(b"x")
    except OSError:
        pytest.skip("this disk takes UTF-8 names alone")
    assert beside(scan, "musée.png") == Path(os.fsdecode(raw))


NEAR = (
    "mur nord_1.jpg",
    "mur_nord_1.jpg",
    "mur-nord-1.jpg",
    "Mur%20Nord 1.JPG",
    "mur  nord+1.jpg",
    "mur\u00a0nord–1.jpg",
)


@pytest.mark.parametrize("name", NEAR)
@pytest.mark.parametrize("reference", [*NEAR, "C:\\scans\\mur nord 1.jpg", "mur_nord%201.jpg"])
def test_a_space_may_be_an_underscore_or_a_hyphen(tmp_path: Path, name: str, reference: str) -> None:
    (tmp_path / name).write_bytes(b"x")
    assert beside(tmp_path / "a.obj", reference) == tmp_path / name
    (tmp_path / "textures").mkdir()
    (tmp_path / name).rename(tmp_path / "textures" / name)
    assert beside(tmp_path / "a.obj", reference) == tmp_path / "textures" / name


def test_a_folder_with_other_separators_is_entered(tmp_path: Path) -> None:
    (tmp_path / "tex 4k").mkdir()
    (tmp_path / "tex 4k" / "a_b.png").write_bytes(b"x")
    assert beside(tmp_path / "a.obj", "tex_4k/a b.png") == tmp_path / "tex 4k" / "a_b.png"


def test_a_nearer_name_anywhere_wins(tmp_path: Path) -> None:
    (tmp_path / "textures").mkdir()
    for name in ("a_b.png", "a-b.png", "textures/A B.png"):
        (tmp_path / name).write_bytes(name.encode())
    assert beside(tmp_path / "a.obj", "a b.png") == tmp_path / "textures/A B.png"
    assert beside(tmp_path / "a.obj", "a-b.png") == tmp_path / "a-b.png"


@pytest.mark.parametrize(("first", "second"), [("a_b.png", "a-b.png"), ("A b.png", "a B.png")])
def test_two_equally_near_names_are_refused_unless_they_are_one_image(tmp_path: Path, first: str, second: str) -> None:
    (tmp_path / first).write_bytes(b"x")
    (tmp_path / second).write_bytes(b"y")
    with pytest.raises(FormatError, match=r"reference 'a b\.png': several files have a similar name") as caught:
        beside(tmp_path / "mine.obj", "a b.png")
    assert first in str(caught.value)
    assert second in str(caught.value)
    (tmp_path / second).write_bytes(b"x")
    assert beside(tmp_path / "mine.obj", "a b.png") in (tmp_path / first, tmp_path / second)


def test_a_near_name_of_the_scan_is_no_guess(tmp_path: Path) -> None:
    (tmp_path / "a_1.mtl").write_bytes(b"")
    (tmp_path / "a-1.mtl").write_bytes(b"x")
    assert beside(tmp_path / "a 1.obj", "a 1.mtl", near=False) is None


@pytest.mark.parametrize(
    "reference", ["gone.jpg", "", ".", "textures", "a\0b.png", "x" * 5000, r"C:\gone.jpg", "mine.obj/x"]
)
def test_a_missing_file_is_none(scan: Path, reference: str) -> None:
    assert beside(scan, reference) is None


@pytest.mark.parametrize(
    "reference",
    [
        "http://example.org/wall.jpg",
        "HTTPS://example.org/wall.jpg",
        "file:///etc/passwd",
        "file:wall.jpg",
        "../secret.png",
        "..\\secret.png",
        "textures/../../secret.png",
        "..%2Fsecret.png",
        "%2e%2e/secret.png",
        "/etc/passwd",
        "//example.org/gone.png",
    ],
)
def test_a_path_out_of_the_folder_is_refused(scan: Path, reference: str) -> None:
    with pytest.raises(UnsafePathError, match=r"mine\.obj, reference"):
        beside(scan, reference)


def test_a_link_out_of_the_folder_is_refused(scan: Path) -> None:
    (scan.parent / "link.png").symlink_to(scan.parent.parent / "secret.png")
    (scan.parent / "out").symlink_to(scan.parent.parent)
    for reference in ("link.png", "out/secret.png"):
        with pytest.raises(UnsafePathError, match="link"):
            beside(scan, reference)


def test_a_linked_scan_finds_its_textures_at_home(scan: Path, tmp_path: Path) -> None:
    alias = tmp_path / "elsewhere" / "alias.obj"
    alias.parent.mkdir()
    alias.symlink_to(scan)
    path = beside(alias, "wall.jpg")
    assert path is not None
    assert path.resolve() == (scan.parent / "wall.jpg").resolve()


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(reference=st.text(max_size=40) | st.text(alphabet="./\\%2eF:secretpng", max_size=30))
def test_no_reference_ever_leaves_the_folder(scan: Path, reference: str) -> None:
    try:
        path = beside(scan, reference)
    except UnsafePathError:
        return
    assert path is None or path.resolve().is_relative_to(scan.parent.resolve())


def test_data_uris_carry_their_bytes(scan: Path) -> None:
    assert resolve_uri(scan, "data:application/octet-stream;base64,AQID", "buffer 0") == b"\1\2\3"
    assert resolve_uri(scan, "data:text/plain,a%20b", "buffer 0") == b"a b"
    assert resolve_uri(scan, "wall.jpg", "image 0") == scan.parent / "wall.jpg"


@pytest.mark.parametrize("uri", ["data:", "data:;base64,A", "data:;base64,é"])
def test_broken_data_uris_are_refused(scan: Path, uri: str) -> None:
    with pytest.raises(FormatError, match="buffer 0"):
        resolve_uri(scan, uri, "buffer 0")
