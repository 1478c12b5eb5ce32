"""Nothing is overwritten, fetched, read elsewhere or half written, and what is refused is refused in one line."""

from __future__ import annotations

import errno
import json
import socket
from pathlib import Path
from typing import Any

import pytest

from carreau.base.document import LARGEST_BYTES
from carreau.base.languages import LANGUAGES, content_file
from carreau.catalogue.i18n.po import Unit, read_book
from carreau.command.cli import main
from carreau.exports.importing import move_in
from carreau.exports.importing.move_in import source_file, with_units
from tests.pipeline.exports.importing.sources import CORNERS, box, catalogue, imported, listing, points_of
from tests.pipeline.exports.importing.voyager_scenes import document, scene


def failed(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    """Return the one line that the command fails with."""
    capsys.readouterr()
    assert main(["import", *map(str, arguments)]) == 2
    out, line = capsys.readouterr()
    assert out == ""
    assert line.count("\n") == 1
    return line


def with_uri(uri: str) -> dict[str, Any]:
    """Return a scene with one file of its model."""
    of = document()
    of["models"][0]["derivatives"] = [
        {"usage": "Web3D", "quality": "High", "assets": [{"uri": uri, "type": "Model"}]}
    ]  # fmt: skip
    return of


def test_a_name_that_is_taken_is_refused_with_a_cure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, assets = scene(tmp_path / "scene"), catalogue(tmp_path)
    before = listing(assets)
    assert "choose another name with --slug" in failed(capsys, source, "--assets", assets, "--slug", "une")
    assert "not a valid name" in failed(capsys, source, "--assets", assets, "--slug", "../une")
    (assets / "sites" / "file").write_text("x")
    assert "already exists" in failed(capsys, source, "--assets", assets, "--slug", "file")
    (assets / "sites" / "file").unlink()
    assert listing(assets) == before
    assert [path.name for path in assets.glob(".*")] == []


def test_the_same_scene_gives_the_same_bytes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = scene(tmp_path / "scene")
    found = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        imported(source, catalogue(tmp_path / name), capsys)
        found.append(listing(tmp_path / name))
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("uri", "says"),
    [
        ("../secret.glb", "leads out of the folder"),
        ("models/../../secret.glb", "leads out of the folder"),
        ("%2e%2e/secret.glb", "leads out of the folder"),
        ("..\\secret.glb", "leads out of the folder"),
        ("/etc/passwd.glb", "leads out of the folder"),
        ("file:///etc/passwd.glb", "no file beside the source"),
        ("C:/secret.glb", "no file beside the source"),
        ("data:model/gltf-binary;base64,Z2xURg==#.glb", "no GLB or glTF"),
        ("data:.glb", "no file beside the source"),
        ("https://a.example/models/other.glb", "nothing is fetched"),
        ("//a.example/other.glb", "nothing is fetched"),
        ("https://a.example/%2e%2e%2fsecret.glb", "nothing is fetched"),
        ("link.glb", "symbolic link"),
        ("linked/secret.glb", "symbolic link"),
        ("models.glb", "there is no file"),
        ("a\0b.glb", "there is no file"),
        ("x" * 5000 + ".glb", "there is no file"),
        ("models/box.obj", "no GLB or glTF"),
        ("models/text.glb", "cannot be parsed"),
        ("models/cut.glb", "truncated"),
    ],
)
def test_only_files_beside_the_source_are_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, uri: str, says: str
) -> None:
    path = scene(tmp_path / "scene", with_uri(uri))
    box().write(tmp_path / "secret.glb")
    (path.parent / "link.glb").symlink_to(tmp_path / "secret.glb")
    (path.parent / "linked").symlink_to(tmp_path)
    (path.parent / "models" / "text.glb").write_bytes(b"hello")
    (path.parent / "models" / "cut.glb").write_bytes(box().glb()[:300])
    monkeypatch.setattr(socket, "socket", lambda *_: pytest.fail("the network was used"))
    moved = imported(path, catalogue(tmp_path), capsys)
    assert moved.site["state"][0]["file"] == ""
    assert says in " ".join(each["why"] for each in moved.result["lost"] if each["item"].startswith("model"))
    assert not list(moved.folder.rglob("*.gl*"))


def test_a_saved_copy_of_a_file_on_the_network_is_taken_and_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = scene(tmp_path / "scene", with_uri("https://a.example/deep/saved.glb?x=1"))
    box().write(path.parent / "saved.glb")
    moved = imported(path, catalogue(tmp_path), capsys)
    assert "https://a.example/deep/saved.glb?x=1 was not fetched" in moved.kept["model 'Boîte'"]


@pytest.mark.parametrize("form", ["separate", "embedded"])
def test_a_gltf_comes_with_its_files(tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str) -> None:
    path = scene(tmp_path / "scene", with_uri("models/box.gltf"))
    box().write(path.parent / "models" / "box.gltf", form)
    moved = imported(path, catalogue(tmp_path), capsys)
    assert moved.site["state"][0]["file"] == "boite/boite.gltf"
    assert len(points_of(moved.folder / "boite" / "boite.gltf")) == len(CORNERS)


def test_a_gltf_that_refers_to_files_elsewhere_is_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = scene(tmp_path / "scene", with_uri("models/box.gltf"))
    model = path.parent / "models" / "box.gltf"
    box().write(model, "separate")
    model.write_text(model.read_text().replace("box%20data.bin", "../../secret.bin"))
    (tmp_path / "secret.bin").write_bytes(b"x" * 1000)
    moved = imported(path, catalogue(tmp_path), capsys)
    assert moved.site["state"][0]["file"] == ""
    assert not list(moved.folder.rglob("*.bin"))


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.json", b"{", "cannot be parsed"),
        ("a.json", b'{"a": NaN}', "cannot be parsed"),
        ("a.json", b'{"a":' * 200_000, "nested too deeply"),
        ("a.json", b"{}", "none of the formats"),
        ("a.json", b'{"asset": {"version": "2.0"}, "scenes": []}', "none of the formats"),
        ("a.html", b"<html><p>hello", "none of the formats"),
        ("a.zip", b"PK\x03\x04rest", "unpack it"),
        ("a.json", b"", "none of the formats"),
        ("a.json", b"{" + b" " * 10_000_001, "over 10 MB"),
    ],
)
def test_what_is_no_scene_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: bytes, says: str
) -> None:
    assets, path = catalogue(tmp_path), tmp_path / name
    path.write_bytes(content)
    before = listing(tmp_path)
    assert says in failed(capsys, path, "--assets", assets)
    assert listing(tmp_path) == before


def test_a_file_that_is_not_there_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "cannot be read" in failed(capsys, tmp_path / "nothing.json", "--assets", catalogue(tmp_path))


def test_the_folder_of_a_scene_is_enough(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = scene(tmp_path / "scene")
    assert source_file(path.parent) == path
    (path.parent / "index.html").write_text("<model-viewer>")
    assert "name the file to import" in failed(capsys, path.parent, "--assets", catalogue(tmp_path))


def test_a_scene_without_a_name_needs_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    of = document()
    of["metas"], of["nodes"][2]["name"] = [], "Model"
    path, assets = scene(tmp_path / "scene", of), catalogue(tmp_path)
    assert "name the place with --slug" in failed(capsys, path, "--assets", assets)
    assert imported(path, assets, capsys, slug="mine").site["name"] == ""


def test_more_text_than_a_curators_file_may_have_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    of = document()
    of["metas"][0]["collection"] |= {f"note{number}": "mot " * 1000 for number in range(LARGEST_BYTES // 3900)}
    assets = catalogue(tmp_path)
    before = listing(assets)
    assert "divide the scene" in failed(capsys, scene(tmp_path / "scene", of), "--assets", assets)
    assert listing(assets) == before
    assert not list(assets.glob(".*"))


@pytest.mark.parametrize("where", ["write_all", "copy_files", "written_site", "rename"])
def test_whatever_fails_leaves_everything_as_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    source, assets = scene(tmp_path / "scene"), catalogue(tmp_path)
    imported(source, assets, capsys, slug="zuvor")
    before = listing(tmp_path)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    if where == "rename":
        monkeypatch.setattr(Path, "rename", full)
    else:
        monkeypatch.setattr(move_in, where, full)
    assert main(["import", str(source), "--assets", str(assets)]) == 1
    monkeypatch.undo()
    assert listing(tmp_path) == before
    assert not list(assets.glob(".*"))
    assert capsys.readouterr().err.count("\n") == 1


def test_translations_of_other_places_stay_as_they_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, assets = scene(tmp_path / "scene"), catalogue(tmp_path)
    main(["texts", "extract", "--assets", str(assets)])
    file = content_file(tmp_path / "locales", "en")
    before = read_book(file).units
    imported(source, assets, capsys)
    after = read_book(file).units
    assert [unit for unit in after if not unit.context.startswith("site.une-scene.")] == list(
        _without_line(before, after)
    )
    capsys.readouterr()
    once = file.read_bytes()
    main(["texts", "extract", "--assets", str(assets)])
    assert file.read_bytes() == once  # everything is where an extraction puts it


def _without_line(before: tuple[Unit, ...], after: tuple[Unit, ...]) -> list[Unit]:
    lines = {unit.key: unit.line for unit in after}
    return [Unit(**{**vars(unit), "line": lines[unit.key]}) for unit in before]


def test_a_translation_that_is_there_stays() -> None:
    from carreau.catalogue.i18n.po import Book

    kept = Unit("site.b.name", "B", "reviewed")
    book = Book(Unit("", ""), (Unit("site.a.name", "A", "a"), kept, Unit("route.a.name", "R")))
    found = with_units(book, (Unit("site.b.name", "B", "other"), Unit("site.b.summary", "S", "s")))
    assert [unit.context for unit in found.units] == ["site.a.name", "site.b.name", "site.b.summary", "route.a.name"]
    assert found.units[1] == kept


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_result_is_told_in_the_readers_language(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], language: str
) -> None:
    source, assets = scene(tmp_path / "scene"), catalogue(tmp_path)
    capsys.readouterr()
    assert main(["--lang", language, "import", str(source), "--assets", str(assets)]) == 0
    lines = capsys.readouterr().out.splitlines()
    words = {"fr": "gardé ", "en": "kept ", "nl": "behouden ", "de": "behalten ", "pl": "zachowano "}
    assert lines[0].startswith(words[language])
    assert str(assets / "sites" / "la-boite" / "site.toml") in lines[-1]
    assert len(lines) > 15


def test_texts_cannot_become_markup_links_or_toml(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    of = document()
    evil = 'A "quote" \\ """ end\n[state]\nx = 1 [b](site:nowhere) \u202egnp <script>alert(1)</script>&lt;b&gt;\ud800'
    collection = of["metas"][0]["collection"]
    collection["titles"], collection["intros"] = {"FR": "La boîte"}, {"FR": evil}
    of["models"][0]["annotations"][0]["titles"] = {"FR": evil}
    of["models"][0]["annotations"][0]["leads"] = {"FR": evil * 20}
    moved = imported(scene(tmp_path / "scene", of), catalogue(tmp_path), capsys)
    text = json.dumps(moved.site, ensure_ascii=False)
    assert "<script" not in text
    assert "](site:" not in text
    assert "\u202e" not in text
    assert "\ud800" not in text
    assert {each["topic"] for each in moved.errors} & {"unreadable", "unknown key", "dead link", "wrong value"} == set()
    assert moved.site["summary"].startswith('A "quote" \\ """ end')


def test_texts_that_look_like_the_template_are_texts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    of = document()
    lines = (
        'summary = ""',
        'name = ""',
        f"questions = [ ]{'x' * 118}",
        'of = "textes"',
        "# lon = 3.4  #",
        'basis = ""',
    )
    paragraphs = "".join(f"<p>{line}</p>" for line in lines)
    of["asset"]["copyright"] = f'{"x" * 115} name = "" {"x" * 110} summary = ""'
    source = scene(tmp_path / "scene", of)
    (source.parent / "articles" / "story-FR.html").write_text(paragraphs)
    moved = imported(source, catalogue(tmp_path), capsys)
    assert moved.site["description"].split("\n\n")[0] == 'summary = ""'
    assert (moved.site["name"], moved.site["summary"]) == ("La boîte", "Une boîte.")


def test_long_texts_are_fitted_and_nothing_of_them_is_lost(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    of = document()
    long = " ".join(f"Phrase numéro {number} de la boîte." for number in range(20))
    of["metas"][0]["collection"] |= {"titles": {"FR": long}, "intros": {"FR": long, "EN": long}}
    of["models"][0]["annotations"][0]["titles"] = {"FR": long}
    moved = imported(scene(tmp_path / "scene", of), catalogue(tmp_path), capsys)
    assert len(moved.site["name"]) <= 80
    assert moved.site["name"].endswith("…")
    summary = " ".join(moved.site["summary"].split())
    assert len(summary) <= 240
    assert summary.endswith("boîte.")
    told = " ".join(moved.site["description"].split())
    assert long in told
    assert long.removeprefix(summary).strip() in told
    assert long in " ".join(moved.site["annotation"][0]["text"].split())
    assert [each for each in moved.errors if each["topic"] == "too long"] == []
