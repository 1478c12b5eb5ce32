"""A save is written whole onto what is on disk, or refused with the reason."""

from __future__ import annotations

import multiprocessing
import multiprocessing.synchronize
import signal
import tomllib
from pathlib import Path
from typing import Any

import pytest

from carreau.base.errors import OptionError, StorageError
from carreau.desk.document_file import (
    Arrange,
    DocumentFile,
    Put,
    RefusedError,
    document_file,
    pack_data,
    unpack_data,
    writing_in,
)
from carreau.desk.history import History
from carreau.desk.saving import ClashError, save
from carreau.desk.toml_edit import edit_text
from tests.pipeline.desk.places import ANNE, BERT, SITES, copied, data_of


@pytest.fixture
def file(tmp_path: Path) -> DocumentFile:
    return copied(tmp_path, "cite-d-arenberg")


def test_two_fields_of_two_people_are_both_there(file: DocumentFile) -> None:
    read, history = data_of(file), History(file.root)
    save(file, [Put(("visit", "access"), "Libre.")], read, history, ANNE)
    saved = save(file, [Put(("visit", "safety"), "Aucun danger.")], read, history, BERT)
    assert saved.is_merged
    assert data_of(file)["visit"]["access"] == "Libre."
    assert data_of(file)["visit"]["safety"] == "Aucun danger."


def test_one_field_of_two_people_is_not_overwritten(file: DocumentFile) -> None:
    read, history = data_of(file), History(file.root)
    file.path.write_text(file.path.read_text("utf-8").replace('access = ""', 'access = "À la main."'), "utf-8")
    content = file.read()
    with pytest.raises(ClashError) as error:
        save(file, [Put(("visit", "access"), "Libre."), Put(("name",), "Autre")], read, history, ANNE)
    assert [(each.mine, each.theirs) for each in error.value.clashes] == [("Libre.", "À la main.")]
    assert file.read() == content


@pytest.mark.parametrize("times", [1, 99])
def test_a_text_editor_that_saves_at_the_same_moment_is_not_overwritten(
    file: DocumentFile, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    left = [times]

    def meanwhile(*given: Any) -> str:
        if left[0]:
            left[0] -= 1
            text = file.path.read_text("utf-8")
            file.path.write_text(f"{text}# {left[0]}\n", "utf-8")
        return edit_text(*given)

    monkeypatch.setattr("carreau.desk.saving.edit_text", meanwhile)
    if times == 1:
        save(file, [Put(("visit", "access"), "Libre.")], data_of(file), History(file.root), ANNE)
        assert data_of(file)["visit"]["access"] == "Libre."
    else:
        with pytest.raises(StorageError, match="keeps changing"):
            save(file, [Put(("visit", "access"), "Libre.")], data_of(file), History(file.root), ANNE)
    assert f"# {times - 1}\n" in file.path.read_text("utf-8")


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (Put(("position", "lon"), 399), "399 is out of range; write a number in degrees from -180 to 180"),
        (Put(("kind",), "foss"), "'foss' is not a value of this key; write fosse"),
        (Put(("kind",), None), "the key is missing"),
        (Put(("period",), "1950/1900"), "it ends before it starts"),
        (Put(("colour",), "rouge"), "the key is unknown"),
        (Arrange(("fact",), ({"name": "x", "label": "y", "value": True},)), "neither text nor a number"),
    ],
)
def test_a_save_that_would_make_the_file_invalid_is_refused(file: DocumentFile, edit: Put | Arrange, says: str) -> None:
    content = file.read()
    with pytest.raises(RefusedError, match=says):
        save(file, [edit], data_of(file), History(file.root), ANNE)
    assert file.read() == content


def test_an_error_that_is_there_does_not_keep_from_mending_another(file: DocumentFile) -> None:
    text = file.path.read_text("utf-8").replace('kind = "cite"', 'kind = "citee"').replace("lon = 3", "lon = 993")
    file.path.write_text(text, "utf-8")
    save(file, [Put(("kind",), "cite")], data_of(file), History(file.root), ANNE)
    assert data_of(file)["kind"] == "cite"


def test_a_file_that_is_no_toml_is_told(file: DocumentFile) -> None:
    read = data_of(file)
    file.path.write_text("name = “a”\n", "utf-8")
    with pytest.raises(RefusedError):
        save(file, [Put(("name",), "b")], read, History(file.root), ANNE)


@pytest.mark.parametrize("slug", ["../cite-d-arenberg", "/etc/passwd", "", "x", "..", "cite-d-arenberg/../x"])
def test_only_files_of_the_catalogue_are_opened(file: DocumentFile, slug: str) -> None:
    with pytest.raises(OptionError):
        document_file(file.root, "site", slug)


def test_a_link_out_of_the_folder_is_not_followed(file: DocumentFile, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "site.toml").write_text("", "utf-8")
    root = tmp_path / "inside"
    (root / "sites").mkdir(parents=True)
    (root / "sites" / "link").symlink_to(tmp_path / "outside")
    with pytest.raises(OptionError):
        document_file(root, "site", "link")


@pytest.mark.parametrize("slug", SITES[:5])
def test_a_form_brings_back_what_it_was_filled_from(slug: str, tmp_path: Path) -> None:
    file = copied(tmp_path, slug)
    assert save(file, [], unpack_data(pack_data(data_of(file))), History(tmp_path), ANNE).is_merged is False


@pytest.mark.parametrize("word", ["", "x", "AAAA", pack_data({"a": 1})[:-6]])
def test_a_broken_form_is_told(word: str) -> None:
    with pytest.raises(OptionError, match="open the page again"):
        unpack_data(word)


def test_a_form_cannot_swell(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OptionError, match="open the page again"):
        unpack_data(pack_data({"a": "a" * 5_000_000}))


def test_only_one_writes_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("carreau.desk.document_file.LONGEST_WAIT_S", 0.05)
    with writing_in(tmp_path), pytest.raises(StorageError, match="another desk"), writing_in(tmp_path):
        pass


def _save_for_ever(root: Path, begun: multiprocessing.synchronize.Event) -> None:
    file, history = document_file(root, "site", "cite-d-arenberg"), History(root)
    for number in range(100_000):
        save(file, [Put(("company",), f"{number} " * 200), Put(("name",), str(number))], data_of(file), history, ANNE)
        begun.set()


@pytest.mark.parametrize("times", range(4))
def test_killed_at_any_instant_the_file_is_whole(file: DocumentFile, times: int) -> None:
    begun = multiprocessing.Event()
    process = multiprocessing.get_context("fork").Process(target=_save_for_ever, args=(file.root, begun))
    process.start()
    assert begun.wait(30)
    for _ in range(times):
        begun.clear()
        assert begun.wait(30)
    process.kill()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    data = tomllib.loads(file.path.read_text("utf-8"))
    assert set(data["company"].split()) == {data["name"]}
    save(file, [Put(("name",), "after")], data_of(file), History(file.root), ANNE)
    assert data_of(file)["name"] == "after"
