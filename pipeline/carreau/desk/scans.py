"""Scans and drawn models that were sent: looked at, built on trial, then filed beside a place and named in a state.

Each scan that was sent has a folder: `scan/` with the files as they came, `inspection.txt`, `look/` with a first
picture, `trial/` with the models and their report. The folder appears whole; what is not finished when a desk is killed
is removed later.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import shutil
import time
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from carreau.base.errors import FREE_SPACE, MissingError, OptionError, StorageError, cannot_write, disk_full
from carreau.base.files import write_whole
from carreau.base.messages import Message, Number, message
from carreau.base.options import UNITS_M, UP_AXES
from carreau.base.unzip import MOST_SCAN_BYTES, MOST_SCAN_FILES, is_safe_path, unpack_zip
from carreau.catalogue.fields import MUST
from carreau.catalogue.i18n.source_texts import list_rules
from carreau.catalogue.media import looks_drawn
from carreau.catalogue.site import MODEL, RECONSTRUCTION, SCAN, State
from carreau.catalogue.table_reader import ENTRY_NAME
from carreau.desk.document_file import Arrange, DocumentFile, Edit, Put, document_file, writing_in
from carreau.desk.form_state import parse
from carreau.desk.history import Editor, History
from carreau.desk.incoming import SentFile, incoming_folder, note_placing
from carreau.desk.saving import Saved, save
from carreau.desk.scan_notes import model_file
from carreau.formats.location.scan_toml import notes_file, own_notes
from carreau.formats.registry import list_suffixes, suffixes
from carreau.models.batch import is_one

KINDS = (SCAN, RECONSTRUCTION, MODEL)
"""What may be sent: measured, drawn from sources, or drawn otherwise."""

FILES, LOOK, TRIAL, INSPECTION = "scan", "look", "trial", "inspection.txt"
_NOTE = "scan.json"
_NAME = re.compile(r"[0-9a-f]{16}")
_KEPT_FREE_BYTES = 500_000_000
_OLD_S = 86_400.0


@dataclass(frozen=True)
class SentScan:
    """A scan in the inbox.

    name : of its folder
    title : as the file was called
    main : what is read, relative to the files; empty where nothing of it can be
    choices : all that could be read instead
    place : slug of the place that it was sent for, empty for none
    kind : one of `KINDS`, which a person may correct
    """

    folder: Path
    title: str
    main: str
    choices: tuple[str, ...]
    place: str = ""
    kind: str = SCAN

    @property
    def is_gltf(self) -> bool:
        """Return whether it is a GLB or glTF, which is built by its kind; other files are built as scans."""
        return self.main.lower().endswith(list_suffixes("gltf"))

    @property
    def is_authored(self) -> bool:
        """Return whether it is built with the parts, materials and animations that somebody drew."""
        return self.is_gltf and self.kind != SCAN

    @property
    def name(self) -> str:
        """Return its name in addresses."""
        return self.folder.name

    @property
    def path(self) -> Path:
        """Return what is read: a file, or a folder of tiles."""
        return self.folder / FILES / self.main

    @property
    def inspection(self) -> str:
        """Return the text of its inspection, empty before it was inspected."""
        try:
            return (self.folder / INSPECTION).read_text("utf-8")
        except OSError:
            return ""

    def report(self, which: str) -> dict[str, Any] | None:
        """Return the report of `LOOK` or `TRIAL`, None before it is there."""
        return report_in(self.folder / which)


class ScanInbox:
    """The scans of a desk."""

    def __init__(self, root: Path) -> None:
        """Set the folder, which is created with the first scan."""
        self._root = root

    def scans(self) -> list[SentScan]:
        """Return all scans, the latest first."""
        try:
            folders = [each for each in self._root.iterdir() if _NAME.fullmatch(each.name)]
            folders.sort(key=lambda each: each.stat().st_mtime_ns, reverse=True)
        except OSError:
            return []
        return [scan for each in folders if (scan := _read(each)) is not None]

    def scan(self, name: str) -> SentScan:
        """Return a scan; raises MissingError where there is none of that name."""
        scan = _read(self._root / name) if _NAME.fullmatch(name) else None
        if scan is None:
            raise MissingError(message("there is no such scan any more"))
        return scan

    def take_in(self, files: Sequence[SentFile], place: str = "") -> SentScan:
        """Keep a scan: one ZIP, which is unpacked, or its files; nothing is kept where one of them is refused.

        files : their names may have the folders that they were in
        place : slug of the place that it is sent for, empty for none
        Raises FormatError, UnsafePathError, OptionError or StorageError.
        """
        partial = self._root / f".{secrets.token_hex(8)}"
        self._sweep()
        try:
            within = partial / FILES
            within.mkdir(parents=True)
            _require_space(self._root, sum(each.size_bytes for each in files))
            if len(files) == 1 and files[0].name.lower().endswith(".zip"):
                free = shutil.disk_usage(self._root).free - _KEPT_FREE_BYTES
                unpack_zip(files[0].path, files[0].name, within, MOST_SCAN_FILES, max(0, min(MOST_SCAN_BYTES, free)))
            else:
                _copy(files, within)
            choices = readable_in(within)
            title = PurePosixPath(files[0].name if len(files) == 1 or not choices else choices[0]).name
            main = choices[0] if choices else ""
            _note(partial, title, main, place, likely_kind(within / main))
            folder = self._root / partial.name.removeprefix(".")
            partial.rename(folder)
        except OSError as error:
            raise StorageError(cannot_write(self._root, error)) from error
        finally:
            shutil.rmtree(partial, ignore_errors=True)
        return self.scan(folder.name)

    def choose(self, scan: SentScan, main: str, kind: str = "") -> SentScan:
        """Read another file of a scan, or as another kind; what was built before is removed.

        kind : one of `KINDS`; empty for the likely one of another file
        """
        if main not in scan.choices or kind not in ("", *KINDS):
            raise MissingError(message("there is no such scan any more"))
        for name in (LOOK, TRIAL):
            shutil.rmtree(scan.folder / name, ignore_errors=True)
        (scan.folder / INSPECTION).unlink(missing_ok=True)
        own = scan.kind if main == scan.main else likely_kind(scan.folder / FILES / main)
        _note(scan.folder, scan.title, main, scan.place, kind or own)
        return self.scan(scan.name)

    def remove(self, scan: SentScan) -> None:
        """Delete a scan with everything that was made from it."""
        gone = self._root / f".{scan.name}"
        try:
            scan.folder.rename(gone)
        except OSError as error:
            raise StorageError(cannot_write(self._root, error)) from error
        shutil.rmtree(gone, ignore_errors=True)

    def _sweep(self) -> None:
        """Remove what a killed desk has not finished a day ago."""
        for each in self._root.glob(".*"):
            with contextlib.suppress(OSError):
                if time.time() - each.stat().st_mtime > _OLD_S:
                    shutil.rmtree(each, ignore_errors=True)


def readable_in(folder: Path) -> tuple[str, ...]:
    """Return what can be read of the files of a scan, the largest first: a folder of tiles, or files."""
    if is_one(folder):
        return (".",)
    inner = [each for each in folder.iterdir() if each.is_dir()]
    if len(inner) == 1 and is_one(inner[0]):
        return (inner[0].name,)
    endings = suffixes()
    files = [each for each in folder.rglob("*") if each.suffix.lower() in endings and each.is_file()]
    files.sort(key=lambda each: (-each.stat().st_size, each.as_posix()))
    return tuple(each.relative_to(folder).as_posix() for each in files)


def likely_kind(path: Path) -> str:
    """Return what a file probably is, one of `KINDS`."""
    return RECONSTRUCTION if path.name.lower().endswith(list_suffixes("gltf")) and looks_drawn(path) else SCAN


def report_in(folder: Path) -> dict[str, Any] | None:
    """Return the report of built models, None before it is there."""
    try:
        report = json.loads((folder / "report.json").read_bytes())
    except (OSError, ValueError):
        return None
    return report if isinstance(report, dict) else None


def _read(folder: Path) -> SentScan | None:
    try:
        note = json.loads((folder / _NOTE).read_bytes())
        place, kind = str(note.get("place", "")), str(note.get("kind", SCAN))
        return SentScan(folder, str(note["title"]), str(note["main"]), readable_in(folder / FILES), place, kind)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _note(folder: Path, title: str, main: str, place: str, kind: str) -> None:
    noted = {"title": title, "main": main, "place": place, "kind": kind}
    write_whole(folder / _NOTE, json.dumps(noted).encode())


def _copy(files: Sequence[SentFile], into: Path) -> None:
    for each in files:
        target, is_hidden = into / each.name, any(step.startswith(".") for step in each.name.split("/"))
        if is_hidden or not is_safe_path(each.name) or target.exists():
            raise OptionError(
                message("%(file)s: two files have that name, or it is none for a file; rename it", file=each.name)
            )
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(each.path, target)


def _require_space(folder: Path, size_bytes: int) -> None:
    if shutil.disk_usage(folder).free < size_bytes + _KEPT_FREE_BYTES:
        raise StorageError(disk_full(None, {folder: FREE_SPACE}))


KNOWN = ("date", "evidence", "author", "licence", "credit", "sources")
"""Keys of a state that the form asks for when a scan is filed."""

MOST_COMMITTED_BYTES, MOST_COMMITTED_FILES = 20_000_000, 100
"""Largest scan whose files go into the commit: a repository keeps them for ever, in each of its copies."""


@dataclass(frozen=True)
class Filed:
    """A scan that was filed.

    folder : of its files, relative to the catalogue
    kept : where its files are, and who keeps them
    """

    saved: Saved
    folder: str
    kept: Message


def file_scan(
    root: Path, scan: SentScan, slug: str, state: str, history: History, editor: Editor,
    known: Mapping[str, str] | None = None,
) -> Filed:  # fmt: skip
    """Put the files of a scan beside a place, and name them in a state, which is added where it is new.

    The scan stays in the inbox. After an interruption it is whole there or filed, and files that no document names go.

    state : its id
    known : texts by the keys of `KNOWN`; those that are empty change nothing
    Raises OptionError for an invalid name, and for a drawn model without sources, RefusedError or ClashError where
    the place cannot be saved, and StorageError; no files are left beside the place then.
    """
    file = document_file(root, "site", slug)
    if not ENTRY_NAME.fullmatch(state):
        raise OptionError(message("%(name)s is not a valid name for links; write it as in scan-2026", name=state[:100]))
    if not scan.main:
        raise OptionError(message("there is nothing in it that can be read"))
    data = file.parse(file.read()).data
    edits_with = partial(_edits, data, state, scan.kind, known or {})
    edits_with("")
    with incoming_folder(root) as own:
        copy = own / FILES
        try:
            files = _link_or_copy(scan.folder / FILES, copy)
        except OSError as error:
            raise StorageError(cannot_write(copy, error)) from error
        size_bytes = sum((copy / each).stat().st_size for each in files)
        is_small = size_bytes <= MOST_COMMITTED_BYTES and len(files) <= MOST_COMMITTED_FILES
        with _place(file, own, copy, state) as target:
            paths = [target / each for each in files]
            named = target.name if scan.main == "." else f"{target.name}/{scan.main}"
            saved = save(file, edits_with(named), data, history, editor, paths if is_small else ())
    folder = target.relative_to(root).as_posix()
    return Filed(
        saved, folder, _describe_folder(folder, size_bytes, paths, is_small and saved.not_recorded is None, history)
    )


@contextmanager
def _place(file: DocumentFile, own: Path, copy: Path, name: str) -> Iterator[Path]:
    """Put a folder beside a document at once, and take it away again where that cannot be saved.

    own : the folder of the copy, whose note tells the next desk what a killed one has placed
    """
    with writing_in(file.root):
        target = _free(file.path.parent, name)
        try:
            note_placing(file.root, own, [target], file.path)
            copy.rename(target)
        except OSError as error:
            raise StorageError(cannot_write(target, error)) from error
    try:
        yield target
    except BaseException:
        shutil.rmtree(target, ignore_errors=True)
        raise


def _link_or_copy(folder: Path, into: Path) -> list[Path]:
    """Link the files of a folder into another one, which takes neither time nor space, or copy them to another disk.

    Return their paths in it.
    """
    files = sorted(each.relative_to(folder) for each in folder.rglob("*") if each.is_file())
    for each in files:
        (into / each).parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(folder / each, into / each)
        except OSError:
            shutil.copyfile(folder / each, into / each)
    return files


def _describe_folder(
    folder: str, size_bytes: int, files: Sequence[Path], is_committed: bool, history: History
) -> Message:
    size = Number(size_bytes / 1e6, ",.1f")
    if history.missing is not None:
        return message("its files are in %(folder)s (%(size)s MB), in no git repository: keep a copy of them elsewhere",
                       folder=folder, size=size)  # fmt: skip
    if any(history.is_ignored(each) for each in files[:1]):
        return message("its files are in %(folder)s (%(size)s MB); git ignores them (.gitignore): keep a copy of them "
                       "elsewhere", folder=folder, size=size)  # fmt: skip
    if is_committed:
        return message("its files are in %(folder)s (%(size)s MB), and in the same commit", folder=folder, size=size)
    return message("its files are in %(folder)s (%(size)s MB), and in no commit: add them with git lfs, or keep a copy "
                   "of them elsewhere", folder=folder, size=size)  # fmt: skip


def _edits(data: Mapping[str, Any], state: str, kind: str, known: Mapping[str, str], named: str) -> list[Edit]:
    """Return the edits that name files in a state; raises OptionError for a drawn model without sources."""
    rules = dict(list_rules(State))
    values = {key: parse(rules[key], text) for key in KNOWN if (text := known.get(key, "").strip())}
    rows = data.get("state", [])
    matching = [(place, row) for place, row in enumerate(rows) if isinstance(row, dict) and row.get("id") == state]
    if kind != SCAN and not values.get("sources") and not any(row.get("sources") for _, row in matching):
        cause = message("the sources are missing")
        cure = message("name the plans, photographs or surveys that it is based on")
        raise OptionError(message("%(cause)s; %(cure)s", cause=cause, cure=cure))
    for place, row in matching:
        if row.get("evidence"):
            values.pop("evidence", None)  # what somebody has judged is not judged by a form
        changed = {"file": named, **values} if row.get("kind") == kind else {"kind": kind, "file": named, **values}
        return [Put(("state", place, key), value) for key, value in changed.items()]
    empty = {key: parse(rule, "") for key, rule in rules.items() if rule.need == MUST}
    row = {**empty, "id": state, "kind": kind, "file": named, **values}
    present = {key: value for key, value in row.items() if value is not None}
    return [Arrange(("state",), (*range(len(rows)), present))]


def _free(folder: Path, name: str) -> Path:
    """Return a folder that is not there yet, named after a state."""
    numbered = (folder / (f"{name}-{number}" if number > 1 else name) for number in range(1, 1000))
    return next(each for each in numbered if not each.exists())


CHOICES: Mapping[str, tuple[str, ...]] = {"up": UP_AXES, "unit": tuple(UNITS_M)}
"""What each key may be."""


def get_notes(scan: Path, is_authored: bool = False) -> dict[str, str]:
    """Return what is noted of a scan by the keys of `CHOICES`, empty for what is not.

    is_authored : whether it is an authored model, which only notes of its own are about
    """
    path = _notes(scan, is_authored)
    try:
        notes = tomllib.loads(path.read_text("utf-8-sig")) if path else {}
    except (OSError, ValueError):
        notes = {}
    return {key: value if (value := notes.get(key)) in choices else "" for key, choices in CHOICES.items()}


def note(scan: Path, chosen: Mapping[str, str], is_authored: bool = False) -> None:
    """Write what was chosen of a scan, and leave the rest of its notes as it is.

    chosen : by the keys of `CHOICES`; empty for what is not known
    Raises OptionError for another word, and for notes that are not valid TOML.
    """
    if any(chosen.get(key, "") not in ("", *choices) for key, choices in CHOICES.items()):
        raise OptionError(message("there is no such scan any more"))
    path, own = _notes(scan, is_authored), own_notes(scan)
    try:
        document = tomlkit.parse(path.read_text("utf-8-sig") if path else "")
    except (OSError, ValueError, TOMLKitError) as error:
        name = path.name if path else own.name
        cure = message("correct it, and send the scan again")
        raise OptionError(message("%(file)s: %(cause)s; %(cure)s", file=name, cause=str(error), cure=cure)) from error
    for key in CHOICES:
        if chosen.get(key):
            document[key] = chosen[key]
        else:
            document.pop(key, None)
    if path or any(chosen.values()):
        write_whole(path or own, tomlkit.dumps(document).encode())


def _notes(scan: Path, is_authored: bool) -> Path | None:
    own = own_notes(scan)
    return notes_file(scan) if not is_authored else own if own.is_file() else None


def keep_models(scan: SentScan, folder: Path, slug: str, state: str) -> None:
    """Keep what was built of a scan for the state that it was filed in; where that fails, the state waits for a build.

    folder : with SITE/STATE/, as `carreau build` has it
    """
    built = next((scan.folder / each for each in (TRIAL, LOOK) if scan.report(each) is not None), None)
    if built is None:
        return
    target = folder / slug / state
    with contextlib.suppress(OSError):
        shutil.rmtree(target, ignore_errors=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(built, target)


def latest_model(folders: Iterable[Path], slug: str, state: str) -> Path | None:
    """Return the model of a state that was built last, None where there is none.

    folders : with SITE/STATE/
    """
    models = [path for folder in folders if (path := model_file(folder, slug, state)) is not None]
    return max(models, key=lambda path: path.stat().st_mtime_ns, default=None)
