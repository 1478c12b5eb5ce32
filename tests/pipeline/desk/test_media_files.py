"""A medium and its entry are saved together, in one commit, or neither is."""

from __future__ import annotations

import io
import json
import multiprocessing
import multiprocessing.synchronize
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from carreau.base.errors import OptionError, StorageError
from carreau.base.messages import message
from carreau.catalogue.check_catalogue import check_folder
from carreau.desk import incoming, media_files
from carreau.desk.document_file import DocumentFile, Put, document_file
from carreau.desk.history import History
from carreau.desk.incoming import FOLDER, incoming_folder
from carreau.desk.media_files import NewMedium, add_media, list_media, pointers_at, remove_medium, replace_file
from carreau.desk.saving import save
from carreau.site.media_intake import take
from tests.pipeline.catalogue.catalogues import written
from tests.pipeline.desk.places import ANNE, BERT, data_of
from tests.pipeline.desk.test_history import git, status
from tests.pipeline.site.media_files import jpeg, opus, picture

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
TEXTS = {"title": "Le puits", "alt": "Un puits de brique.", "credit": "Anne", "licence": "CC-BY-4.0"}


@pytest.fixture
def file(tmp_path: Path) -> DocumentFile:
    """A place in a repository with one commit, in which another file is staged."""
    root = written(tmp_path / "assets")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "first")
    (tmp_path / "other.txt").write_text("hers")
    git(tmp_path, "add", "other.txt")
    return document_file(root, "site", "une")


@pytest.fixture
def folder(file: DocumentFile) -> Iterator[Path]:
    with incoming_folder(file.root) as folder:
        yield folder


def new(folder: Path, content: bytes, values: dict[str, str] | None = None, name: str = "1") -> NewMedium:
    (folder / name).write_bytes(content)
    return NewMedium(take(folder / name, name), TEXTS if values is None else values)


def listing(file: DocumentFile) -> list[str]:
    return sorted(path.name for path in file.path.parent.iterdir())


def medium(file: DocumentFile, name: str) -> dict[str, Any]:
    return next(dict(each) for each in list_media(data_of(file)) if each["id"] == name)


def test_file_and_entry_are_one_commit(file: DocumentFile, folder: Path) -> None:
    before, text = listing(file), file.path.read_text("utf-8")
    saved, names = add_media(file, [new(folder, jpeg(700, 500))], folder, History(file.root), ANNE)
    assert (saved.is_changed, saved.not_recorded, names) == (True, None, ["le-puits"])
    assert listing(file) == sorted([*before, "le-puits.jpg"])
    assert medium(file, "le-puits") == {"id": "le-puits", "kind": "image", "file": "le-puits.jpg", **TEXTS}
    assert file.path.read_text("utf-8").startswith(text)
    assert check_folder(file.root).exit_code == 0
    assert status(file) == ["A  other.txt"]
    assert git(file.root.parent, "show", "--name-only", "--format=%an").split() == [
        "Anne", "assets/sites/une/le-puits.jpg", "assets/sites/une/site.toml",
    ]  # fmt: skip


def test_the_same_file_twice_is_noticed(file: DocumentFile, folder: Path) -> None:
    history, data = History(file.root), data_of(file)
    with pytest.raises(OptionError, match="'facade' is the same file"):
        add_media(file, [new(folder, (file.path.with_name("facade.jpg")).read_bytes())], folder, history, ANNE)
    two = [new(folder, jpeg(64, 48)), new(folder, jpeg(64, 48), TEXTS | {"title": "Autre"}, "2")]
    with pytest.raises(OptionError, match="'Le puits' is the same file"):
        add_media(file, two, folder, history, ANNE)
    assert data_of(file) == data
    assert "le-puits.jpg" not in listing(file)


@pytest.mark.parametrize("title", ["Le puits", "", "井", "Facade", "é" * 200])
def test_names_are_free(file: DocumentFile, folder: Path, title: str) -> None:
    file.path.with_name("le-puits.png").write_bytes(b"of somebody")
    two = [
        new(folder, jpeg(64, 48), TEXTS | {"title": title}),
        new(folder, jpeg(48, 64), TEXTS | {"title": title}, "2"),
    ]
    _, names = add_media(file, two, folder, History(file.root), ANNE)
    assert len(set(names)) == 2
    assert "facade" not in names
    assert file.path.with_name("le-puits.png").read_bytes() == b"of somebody"
    assert check_folder(file.root).exit_code == 0


def test_where_it_cannot_be_saved_no_file_stays(
    file: DocumentFile, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, text = listing(file), file.path.read_bytes()

    def full(*_: object, **__: object) -> None:
        raise StorageError(message("saved"))

    monkeypatch.setattr(media_files, "save", full)
    with pytest.raises(StorageError):
        add_media(file, [new(folder, jpeg(64, 48))], folder, History(file.root), ANNE)
    assert (listing(file), file.path.read_bytes()) == (before, text)


def test_a_kill_in_between_leaves_nothing_that_lasts(file: DocumentFile) -> None:
    """The process ends between the file and its entry: the next desk takes the file back, and only that."""
    top = file.root / FOLDER
    old = time.time() - 3600
    for name, entry in (("killed", "orphan.jpg"), ("done", "facade.jpg")):
        killed = top / name
        killed.mkdir(parents=True)
        note = {"files": [f"sites/une/{entry}"], "named_in": "sites/une/site.toml"}
        (killed / "placing.json").write_text(json.dumps(note))
        os.utime(killed, (old, old))
    outside = top / "evil"
    outside.mkdir()
    (outside / "placing.json").write_text(json.dumps({"files": ["../x"], "named_in": "sites/une/site.toml"}))
    os.utime(outside, (old, old))
    (file.root.parent / "x").write_bytes(b"x")
    file.path.with_name("orphan.jpg").write_bytes(jpeg(64, 48))
    with incoming_folder(file.root):
        pass
    assert "orphan.jpg" not in listing(file)
    assert "facade.jpg" in listing(file)
    assert (file.root.parent / "x").exists()
    assert [path.name for path in top.iterdir()] == [".gitignore"]


def test_a_file_is_replaced_and_its_texts_stay(file: DocumentFile, folder: Path) -> None:
    history, before = History(file.root), medium(file, "facade")
    same = new(folder, jpeg(900, 700)).taken
    assert replace_file(file, "facade", "facade.jpg", same, folder, history, BERT).is_changed
    assert medium(file, "facade") == before
    assert file.path.with_name("facade.jpg").read_bytes() == jpeg(900, 700)
    assert git(file.root.parent, "show", "--name-only", "--format=%an").split() == [
        "Bert", "assets/sites/une/facade.jpg",
    ]  # fmt: skip
    assert status(file) == ["A  other.txt"]
    again = new(folder, jpeg(900, 700)).taken
    assert not replace_file(file, "facade", "facade.jpg", again, folder, history, BERT).is_changed


def test_a_file_of_another_format_takes_its_place(file: DocumentFile, folder: Path) -> None:
    stream = io.BytesIO()
    picture(64, 48).save(stream, "PNG")
    replace_file(file, "facade", "facade.jpg", new(folder, stream.getvalue()).taken, folder, History(file.root), BERT)
    assert medium(file, "facade")["file"] == "facade.png"
    assert "facade.jpg" not in listing(file)
    assert status(file) == ["A  other.txt"]
    assert check_folder(file.root).exit_code == 0


def test_another_kind_or_a_change_meanwhile_is_refused(file: DocumentFile, folder: Path) -> None:
    history, before = History(file.root), listing(file)
    with pytest.raises(OptionError, match="kind image"):
        replace_file(file, "facade", "facade.jpg", new(folder, opus()).taken, folder, history, BERT)
    for name, seen in (("facade", "old.jpg"), ("nothing", "facade.jpg")):
        with pytest.raises(OptionError, match="changed by somebody else"):
            replace_file(file, name, seen, new(folder, jpeg(64, 48)).taken, folder, history, BERT)
        with pytest.raises(OptionError, match="changed by somebody else"):
            remove_medium(file, name, seen, folder, history, BERT)
    assert listing(file) == before


def test_a_medium_goes_with_its_files_and_what_points_at_it_is_known(file: DocumentFile, folder: Path) -> None:
    history = History(file.root)
    assert pointers_at(data_of(file), "facade") == [("annotation", 0, "media")]
    assert pointers_at(data_of(file), "voice") == [("tour", 0, "step", 0, "sound")]
    save(file, [Put(("description",), "Voir [là](media:facade).")], data_of(file), history, ANNE)
    assert ("description",) in pointers_at(data_of(file), "facade")
    assert pointers_at(data_of(file), "fac") == []
    remove_medium(file, "facade", "facade.jpg", folder, history, BERT)
    assert [each["id"] for each in list_media(data_of(file))] == ["voice"]
    assert "facade.jpg" not in listing(file)
    assert status(file) == ["A  other.txt"]
    assert "D\tassets/sites/une/facade.jpg" in git(file.root.parent, "show", "--name-status", "--format=")


def test_captions_in_other_languages_go_with_their_medium(file: DocumentFile, folder: Path) -> None:
    history = History(file.root)
    for name in ("voice.vtt", "voice.en.vtt", "voices.en.vtt"):
        file.path.with_name(name).write_text("WEBVTT\n")
    git(file.root.parent, "add", "assets/sites/une")
    save(file, [Put(("media", 1, "captions"), "voice.vtt")], data_of(file), history, ANNE)
    remove_medium(file, "voice", str(medium(file, "voice")["file"]), folder, history, BERT)
    assert [name for name in listing(file) if name.endswith(".vtt")] == ["voices.en.vtt"]


def test_a_file_that_another_entry_names_stays(file: DocumentFile, folder: Path) -> None:
    history = History(file.root)
    save(file, [Put(("outline",), "facade.jpg")], data_of(file), history, ANNE)
    remove_medium(file, "facade", "facade.jpg", folder, history, BERT)
    assert "facade.jpg" in listing(file)


def test_a_folder_without_a_repository_works_too(file: DocumentFile, folder: Path) -> None:
    shutil.rmtree(file.root.parent / ".git")
    saved, _ = add_media(file, [new(folder, jpeg(64, 48))], folder, History(file.root), ANNE)
    assert saved.is_changed
    assert saved.not_recorded is not None


def _add_for_ever(root: Path, begun: multiprocessing.synchronize.Event) -> None:
    file, history = document_file(root, "site", "une"), History(root)
    for number in range(1000):
        with incoming_folder(root) as folder:
            add_media(file, [new(folder, jpeg(32 + number, 32))], folder, history, ANNE)
        begun.set()


@pytest.mark.parametrize("wait_s", [0.0, 0.004, 0.011])
def test_killed_at_any_instant_every_file_has_its_entry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wait_s: float
) -> None:
    root = written(tmp_path / "assets")
    file = document_file(root, "site", "une")
    begun = multiprocessing.Event()
    process = multiprocessing.get_context("fork").Process(target=_add_for_ever, args=(root, begun))
    process.start()
    assert begun.wait(60)
    time.sleep(wait_s)
    process.kill()
    process.join()
    monkeypatch.setattr(incoming, "_YOUNG_S", -1.0)
    incoming.sweep(root)
    assert [path.name for path in (root / FOLDER).iterdir()] == [".gitignore"]
    pictures = {each["file"] for each in list_media(data_of(file)) if each["kind"] == "image"}
    assert {path.name for path in file.path.parent.glob("*.jpg")} == pictures
    assert len(pictures) > 1
