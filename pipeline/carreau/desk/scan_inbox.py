"""Scans and drawn models that were sent: looked at, built on trial, and then filed beside a place or thrown away.

Each has a folder: `scan/` with the files as they came, `inspection.txt`, `look/` with a first picture, `trial/` with
the models and their report. The folder appears whole; what is not finished when a desk is killed is removed later.
"""

from __future__ import annotations

import contextlib
import json
import re
import secrets
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from carreau.base.errors import FREE_SPACE, MissingError, OptionError, StorageError, cannot_write, disk_full
from carreau.base.files import write_whole
from carreau.base.messages import message
from carreau.catalogue.probe.model_nodes import looks_drawn
from carreau.catalogue.state import MODEL, RECONSTRUCTION, SCAN
from carreau.desk.incoming import SentFile, is_safe_path, unpack_zip
from carreau.formats.registry import suffixes, suffixes_of
from carreau.models.scan_folder import is_one

MOST_FILES, MOST_BYTES = 20_000, 60_000_000_000
"""Of an unpacked scan."""

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
        return self.main.lower().endswith(suffixes_of("gltf"))

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
        """Return what was told about it, empty before that."""
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
        return [found for each in folders if (found := _read(each)) is not None]

    def scan(self, name: str) -> SentScan:
        """Return a scan; raises MissingError where there is none of that name."""
        found = _read(self._root / name) if _NAME.fullmatch(name) else None
        if found is None:
            raise MissingError(message("there is no such scan any more"))
        return found

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
                unpack_zip(files[0].path, files[0].name, within, MOST_FILES, max(0, min(MOST_BYTES, free)))
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
        """Throw a scan away, with all that was made of it."""
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
    return RECONSTRUCTION if path.name.lower().endswith(suffixes_of("gltf")) and looks_drawn(path) else SCAN


def report_in(folder: Path) -> dict[str, Any] | None:
    """Return the report of built models, None before it is there."""
    try:
        found = json.loads((folder / "report.json").read_bytes())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


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
