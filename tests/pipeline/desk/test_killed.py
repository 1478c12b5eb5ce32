"""A desk that is killed at any line leaves everything whole: filed scans, translations, imported places and sheets."""

from __future__ import annotations

import os
import shutil
import time
import tomllib
from pathlib import Path

import pytest

from carreau.base import files
from carreau.base.languages import content_file
from carreau.catalogue.i18n.po import read_book
from carreau.desk import incoming, saving, saving_texts, scans
from carreau.desk import spreadsheet_files as saving_sheets
from carreau.desk.history import History
from carreau.desk.incoming import FOLDER, SentFile
from carreau.desk.saving_texts import Translation, save_text
from carreau.desk.scans import ScanInbox, file_scan
from carreau.desk.spreadsheet import sheet_from
from carreau.desk.spreadsheet_files import list_sheets, prepare
from carreau.desk.spreadsheet_plan import plan_changes
from carreau.exports.importing import move_in
from carreau.exports.importing.move_in import import_place
from tests.pipeline.catalogue.catalogues import written
from tests.pipeline.catalogue.i18n.translated import MISSING, translated
from tests.pipeline.desk.killing import killed_at_each_line
from tests.pipeline.desk.places import ANNE
from tests.pipeline.exports.importing.voyager_scenes import scene

OBJ = b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n"


def test_a_scan_is_filed_or_still_in_the_inbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its state has the name of the folder, so that the name is in the file before the scan is."""
    root, inbox = written(tmp_path / "assets"), ScanInbox(tmp_path / "inbox")
    path = tmp_path / "sent"
    path.write_bytes(OBJ)
    scan = inbox.take_in([SentFile(name, path, len(OBJ)) for name in ("fosse/a.obj", "fosse/b.obj")])
    place = root / "sites" / "une"
    before, text = sorted(place.iterdir()), (place / "site.toml").read_text("utf-8")
    monkeypatch.setattr(incoming, "_YOUNG_S", -1.0)
    filed = 0

    def run() -> None:
        file_scan(root, scan, "une", "today", History(root), ANNE)

    for _ in killed_at_each_line(run, tmp_path, scans, incoming):
        assert inbox.scan(scan.name).path.read_bytes() == OBJ
        incoming.sweep(root)
        assert not (root / FOLDER).is_dir() or [each.name for each in (root / FOLDER).iterdir()] in ([], [".gitignore"])
        state = tomllib.loads((place / "site.toml").read_text("utf-8"))["state"][0]
        added = [each for each in place.iterdir() if each not in before and not each.name.startswith(".")]
        if state["file"] == "scan.ply":
            assert added == []
            continue
        filed += 1
        assert [each.name for each in added] == ["today"]
        assert sorted(each.read_bytes() for each in added[0].rglob("*.obj")) == [OBJ, OBJ]
        assert (place / state["file"]).is_file()
        shutil.rmtree(added[0])
        (place / "site.toml").write_text(text, "utf-8")
    assert filed
    assert (place / "today" / "fosse" / "a.obj").is_file()
    assert inbox.scan(scan.name).path.read_bytes() == OBJ


def test_a_translation_is_the_old_one_or_the_new_one(tmp_path: Path) -> None:
    root = translated(tmp_path)[0].root
    locales = root.parent / "locales"
    path, seen = content_file(locales, "nl"), set[str]()
    old = path.read_bytes()

    def units() -> dict[tuple[str, str], str]:
        return {unit.key: unit.target for unit in read_book(path).units}

    before = units()

    def run() -> None:
        translation = Translation("nl", *MISSING, "Alles.", is_accepted=True)
        save_text(root, locales, translation, lambda: (), History(root), ANNE)

    for _ in killed_at_each_line(run, tmp_path, saving_texts, files):
        now = units()
        seen.add(now[MISSING[:2]])
        assert {**now, MISSING[:2]: ""} == before
        path.write_bytes(old)
    assert seen == {"", "Alles."}
    assert units()[MISSING[:2]] == "Alles."


def test_an_imported_place_is_whole_or_not_there(tmp_path: Path) -> None:
    root = translated(tmp_path)[0].root
    locales, source = root.parent / "locales", scene(tmp_path / "scene")
    whole = import_place(source, root, locales, "boite").file.parent
    names = sorted(each.relative_to(whole).as_posix() for each in whole.rglob("*"))
    text, filed = (whole / "site.toml").read_bytes(), 0
    shutil.rmtree(whole)

    def run() -> None:
        import_place(source, root, locales, "boite")

    for _ in killed_at_each_line(run, tmp_path, move_in, files):
        assert read_book(content_file(locales, "nl")).units
        if whole.exists():
            filed += 1
            assert sorted(each.relative_to(whole).as_posix() for each in whole.rglob("*")) == names
            assert (whole / "site.toml").read_bytes() == text
            shutil.rmtree(whole)
    assert filed
    assert (whole / "site.toml").read_bytes() == text
    left = [each for each in root.iterdir() if each.name.startswith(".import-")]
    assert left
    incoming.sweep(root)
    assert all(each.is_dir() for each in left)
    for each in left:
        os.utime(each, (time.time() - 2 * 86_400,) * 2)
    incoming.sweep(root)
    assert not any(each.exists() for each in left)


def test_a_sheet_is_in_each_place_or_not_and_the_rest_comes_with_the_next_import(tmp_path: Path) -> None:
    root = written(tmp_path / "assets")
    rows = list_sheets(root)["visit"]
    at = rows[0].index("access")
    sheet = sheet_from(
        "visit", "visit", [rows[0], *([*row[:at], "Sur rendez-vous.", *row[at + 1 :]] for row in rows[1:])]
    )
    places = [root / "sites" / slug / "site.toml" for slug in ("deux", "une")]
    old, seen = [each.read_bytes() for each in places], set[int]()

    def accesses() -> list[str]:
        return [tomllib.loads(each.read_text("utf-8"))["visit"]["access"] for each in places]

    def run() -> None:
        saving_sheets.save_places(root, prepare(plan_changes(root, [sheet])), History(root), ANNE)

    for _ in killed_at_each_line(run, tmp_path, saving_sheets, saving):
        now = accesses()
        assert set(now) <= {"Libre.", "Sur rendez-vous."}
        if now.count("Libre.") == 1 and 1 not in seen:
            run()
            assert "Libre." not in accesses()
        seen.add(now.count("Libre."))
        for path, content in zip(places, old, strict=True):
            path.write_bytes(content)
    assert seen == {0, 1, 2}
    assert accesses() == ["Sur rendez-vous."] * 2
