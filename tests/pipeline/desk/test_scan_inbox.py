"""A scan that was sent is kept whole or not at all, and filed without overwriting anything."""

from __future__ import annotations

import os
import time
import tomllib
import zipfile
from pathlib import Path

import pytest

from carreau.base.errors import ERROR, OptionError, UnsafePathError
from carreau.catalogue.check_catalogue import check_folder
from carreau.desk.history import History
from carreau.desk.incoming import SentFile
from carreau.desk.scans import FILES, LOOK, ScanInbox, SentScan, file_scan, get_notes, note
from tests.pipeline.authored_scenes import pit_head
from tests.pipeline.bare_places import remove_reconstructions
from tests.pipeline.desk.places import ANNE, copied
from tests.pipeline.desk.test_history import git
from tests.pipeline.formats.conftest import GltfMaker

OBJ = b"mtllib a.mtl\nv 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n"


def sent(folder: Path, name: str, content: bytes) -> SentFile:
    path = folder / f"{len(list(folder.iterdir()))}.upload"
    path.write_bytes(content)
    return SentFile(name, path, len(content))


def zipped(folder: Path, **files: bytes) -> SentFile:
    path = folder / "sent.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return SentFile("scan.zip", path, path.stat().st_size)


def still(is_named: bool = False) -> GltfMaker:
    """Two triangles that do not move, in parts with names or without."""
    maker = GltfMaker()
    for name in ("toit", "mur"):
        node = maker.triangle()
        maker.json["nodes"][node] |= {"name": name} if is_named else {}
    return maker


@pytest.fixture
def inbox(tmp_path: Path) -> ScanInbox:
    return ScanInbox(tmp_path / "inbox")


@pytest.fixture
def scan(inbox: ScanInbox, tmp_path: Path) -> SentScan:
    small = {"fosse/a.obj": OBJ, "fosse/a.mtl": b"newmtl x\n", "fosse/far/b.obj": OBJ + b"# longer\n"}
    return inbox.take_in([zipped(tmp_path, **small)])


def left(inbox: ScanInbox) -> list[str]:
    return sorted(each.name for each in inbox._root.iterdir()) if inbox._root.exists() else []


def test_a_zip_is_unpacked_and_its_largest_scan_read(inbox: ScanInbox, scan: SentScan) -> None:
    assert (scan.title, scan.main, scan.choices) == (
        "scan.zip", "fosse/far/b.obj", ("fosse/far/b.obj", "fosse/a.obj"),
    )  # fmt: skip
    (scan.folder / LOOK).mkdir()
    chosen = inbox.choose(scan, "fosse/a.obj")
    assert (chosen.main, (chosen.folder / LOOK).exists(), inbox.scans()) == ("fosse/a.obj", False, [chosen])
    with pytest.raises(OptionError, match="no such scan"):
        inbox.choose(scan, "../../etc/passwd")
    inbox.remove(chosen)
    assert left(inbox) == []


def test_files_together_are_one_scan(inbox: ScanInbox, tmp_path: Path) -> None:
    scan = inbox.take_in([sent(tmp_path, "far/a.obj", OBJ), sent(tmp_path, "far/a.mtl", b"newmtl x\n")])
    assert (scan.title, scan.main, scan.path.read_bytes()) == ("a.obj", "far/a.obj", OBJ)
    assert sorted(each.name for each in (scan.folder / FILES / "far").iterdir()) == ["a.mtl", "a.obj"]


@pytest.mark.parametrize("name", ["../a.obj", "/etc/a.obj", "a\\b.obj"])
def test_a_zip_that_leads_elsewhere_leaves_nothing(inbox: ScanInbox, tmp_path: Path, name: str) -> None:
    with pytest.raises(UnsafePathError):
        inbox.take_in([zipped(tmp_path, **{name: OBJ})])
    assert left(inbox) == []


def test_names_that_are_none_are_refused_and_leave_nothing(inbox: ScanInbox, tmp_path: Path) -> None:
    for names in (
        ("..",),
        (".a.obj",),
        ("a.obj", "a.obj"),
        ("a:b.obj",),
        ("a/../../b.obj",),
        ("/etc/a.obj",),
    ):
        with pytest.raises(OptionError, match="rename it"):
            inbox.take_in([sent(tmp_path, name, OBJ) for name in names])
    assert left(inbox) == []
    for word in ("..", "0" * 15, "/etc"):
        with pytest.raises(OptionError, match="no such scan"):
            inbox.scan(word)


def test_what_a_killed_desk_left_is_swept_a_day_later(inbox: ScanInbox, tmp_path: Path) -> None:
    for name, age_s in (("old", 2 * 86_400), ("young", 60)):
        folder = inbox._root / f".{name}"
        folder.mkdir(parents=True)
        os.utime(folder, (time.time() - age_s,) * 2)
    scan = inbox.take_in([sent(tmp_path, "a.obj", OBJ)])
    assert left(inbox) == [".young", scan.name]


def test_what_is_known_is_noted_beside_the_scan(scan: SentScan, tmp_path: Path) -> None:
    path = scan.path.with_name("b.scan.toml")
    note(scan.path, {"up": "", "unit": ""})
    assert not path.exists()
    note(scan.path, {"up": "-z", "unit": "mm", "csrf": "x"})
    assert (get_notes(scan.path), path.read_text("utf-8")) == ({"up": "-z", "unit": "mm"}, 'up = "-z"\nunit = "mm"\n')
    path.write_text('# The mill.\nepsg = 2154  # Lambert-93\nup = "y"\n', "utf-8")
    note(scan.path, {"up": "", "unit": "cm"})
    assert path.read_text("utf-8") == '# The mill.\nepsg = 2154  # Lambert-93\nunit = "cm"\n'
    with pytest.raises(OptionError):
        note(scan.path, {"up": "w"})
    path.write_text("up = y", "utf-8")
    with pytest.raises(OptionError, match=r"b\.scan\.toml"):
        note(scan.path, {"up": "y"})


def test_a_scan_is_filed_beside_a_place_and_named_in_a_state(inbox: ScanInbox, scan: SentScan, tmp_path: Path) -> None:
    root = tmp_path / "assets"
    place = copied(root, "fosse-mathilde")
    remove_reconstructions(root)
    (place.path.parent / "scan-2026").mkdir()
    for bad in ("..", "Scan 2026", ""):
        with pytest.raises(OptionError, match="not a valid name"):
            file_scan(root, scan, "fosse-mathilde", bad, History(root), ANNE)
    with pytest.raises(OptionError, match="does not exist"):
        file_scan(root, scan, "../fosse-mathilde", "scan-2026", History(root), ANNE)
    assert scan.path.is_file()
    file_scan(root, scan, "fosse-mathilde", "scan-2026", History(root), ANNE)
    [state] = tomllib.loads(place.path.read_text("utf-8"))["state"]
    assert state == {"id": "scan-2026", "kind": "scan", "evidence": "", "file": "scan-2026-2/fosse/far/b.obj"}
    assert (place.path.parent / state["file"]).is_file()
    again = inbox.take_in([sent(tmp_path, "c.obj", OBJ)])
    file_scan(root, again, "fosse-mathilde", "scan-2026", History(root), ANNE)
    [state] = tomllib.loads(place.path.read_text("utf-8"))["state"]
    assert state["file"] == "scan-2026-3/c.obj"


@pytest.mark.parametrize(
    ("maker", "kind"), [(pit_head(4, 0), "reconstruction"), (still(is_named=True), "reconstruction"), (still(), "scan")]
)
def test_what_moves_or_has_parts_with_names_was_probably_drawn(
    inbox: ScanInbox, tmp_path: Path, maker: GltfMaker, kind: str
) -> None:
    scan = inbox.take_in([sent(tmp_path, "a.glb", maker.glb()), sent(tmp_path, "b.obj", OBJ)])
    assert (scan.kind, scan.is_authored) == (kind, kind != "scan")
    assert inbox.choose(scan, "b.obj").kind == "scan"
    told = inbox.choose(scan, "b.obj", "model")
    assert (told.kind, told.is_authored) == ("model", False)
    with pytest.raises(OptionError):
        inbox.choose(scan, "a.glb", "survey")


def test_a_drawn_model_is_filed_with_what_it_is_based_on(inbox: ScanInbox, tmp_path: Path) -> None:
    root = tmp_path / "assets"
    place = copied(root, "fosse-mathilde")
    remove_reconstructions(root)
    scan = inbox.take_in([sent(tmp_path, "a.glb", pit_head(4, 0).glb())])
    before = sorted(place.path.parent.iterdir())
    with pytest.raises(OptionError, match="the sources are missing; name the plans"):
        file_scan(root, scan, "fosse-mathilde", "1900", History(root), ANNE, {"evidence": "deduced"})
    assert sorted(place.path.parent.iterdir()) == before
    known = {"evidence": "deduced", "sources": "Plan de 1899\nCarte postale", "date": "1900~", "author": "Anne"}
    known["licence"] = "CC-BY-4.0"
    file_scan(root, scan, "fosse-mathilde", "1900", History(root), ANNE, known)
    [state] = tomllib.loads(place.path.read_text("utf-8"))["state"]
    known["sources"] = ["Plan de 1899", "Carte postale"]  # type: ignore[assignment]
    assert state == {"id": "1900", "kind": "reconstruction", "file": "1900/a.glb", **known}
    found = check_folder(root).findings
    assert [each for each in found if each.level == ERROR and each.key.startswith("state")] == []


def test_small_scans_are_committed_and_of_others_it_is_told_where_they_are(inbox: ScanInbox, tmp_path: Path) -> None:
    root = tmp_path / "assets"
    place = copied(root, "fosse-mathilde")
    remove_reconstructions(root)
    (root / ".gitignore").write_text("*.ply\n", "utf-8")
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "first"]):
        git(root, *command)
    history, known = (
        History(root),
        {"date": "2026-05", "author": "Anne", "licence": "CC-BY-4.0", "evidence": "attested"},
    )

    def filed(name: str, state: str, **of: str) -> str:
        scan = inbox.take_in([sent(tmp_path, name, OBJ)])
        return str(file_scan(root, scan, "fosse-mathilde", state, history, ANNE, of).kept)

    assert filed("a.obj", "one", **known).endswith("and in the same commit")
    assert "sites/fosse-mathilde/one/a.obj" in git(root, "ls-files")
    assert git(root, "status", "--porcelain") == ""
    [state] = tomllib.loads(place.path.read_text("utf-8"))["state"]
    assert state == {"id": "one", "kind": "scan", "file": "one/a.obj", **known}
    assert "git ignores them" in filed("b.ply", "two")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("carreau.desk.scans.MOST_COMMITTED_BYTES", 1)
        assert "git lfs" in filed("c.obj", "one", evidence="deduced", author="Bert")
    assert "c.obj" not in git(root, "ls-files")
    first = tomllib.loads(place.path.read_text("utf-8"))["state"][0]
    assert (first["file"], first["author"], first["evidence"]) == ("one-2/c.obj", "Bert", "attested")
