"""Keep what a browser sends in a folder of its own, on the disk of the catalogue, until it is filed or refused."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from carreau.base.errors import (
    FREE_SPACE,
    StorageError,
    cannot_write,
    disk_full,
)
from carreau.base.files import alone_in
from carreau.base.messages import message

FOLDER = ".carreau-desk"
"""In the folder of the catalogue; hidden, and ignored by git."""

_KEPT_FREE_BYTES = 200_000_000
"""Of a disk that many files are sent to: the system needs some."""

_LONGEST_NAME = 200
_NOTE = "placing.json"
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
"""Characters that cannot be seen, or that turn the text around them."""

_IMPORTS, _OLD_S = ".import-*", 86_400.0
"""Folders in which a place is imported, see `exports.importing.move_in`; one that is a day old was left by a kill."""

_YOUNG_S = 60.0 if os.name == "posix" else 86_400.0
"""A folder that is younger is not swept: it may not be locked yet. Windows cannot lock one at all."""


@dataclass(frozen=True)
class SentFile:
    """A file that a browser sent.

    name : as the browser calls it, for people to read; it is never part of a path
    path : where its bytes are, until the request is answered
    """

    name: str
    path: Path
    size_bytes: int


@contextmanager
def incoming_folder(root: Path, size_bytes: int = 0) -> Iterator[Path]:
    """Yield an empty folder on the disk of the catalogue; it is removed at the end, with all that is in it.

    What a killed desk left is removed by the next one that asks.

    size_bytes : that will be written there
    Raises StorageError where it cannot be made, or where the disk has not that much space.
    """
    top = root / FOLDER
    taken = message("%(folder)s: another desk is saving; try again", folder=str(top))
    with ExitStack() as stack:
        try:
            top.mkdir(exist_ok=True)
            (top / ".gitignore").write_text("*\n", "utf-8")
            sweep(root)
            if shutil.disk_usage(top).free < size_bytes + _KEPT_FREE_BYTES:
                raise StorageError(disk_full(None, {top: FREE_SPACE}))
            own = Path(tempfile.mkdtemp(dir=top))
            stack.callback(lambda: shutil.rmtree(own, ignore_errors=True))
            stack.enter_context(alone_in(own, taken))
        except OSError as error:
            raise StorageError(cannot_write(top, error)) from error
        yield own


def sweep(root: Path) -> None:
    """Remove what killed desks have left in the folder of a catalogue; raises OSError where that cannot be read."""
    top = root / FOLDER
    for folder in top.iterdir() if top.is_dir() else ():
        if not folder.is_dir() or folder.is_symlink():
            continue
        try:
            if time.time() - folder.stat().st_mtime < _YOUNG_S:
                continue
            with alone_in(folder, message("%(folder)s: another desk is saving; try again", folder=str(folder))):
                _take_back(root, folder)
                shutil.rmtree(folder, ignore_errors=True)
        except (OSError, StorageError):
            continue  # it is in use, or has gone
    for folder in root.glob(_IMPORTS):
        if time.time() - folder.stat().st_mtime > _OLD_S:
            shutil.rmtree(folder, ignore_errors=True)


def note_placing(root: Path, folder: Path, paths: Sequence[Path], named_in: Path) -> None:
    """Note which files or folders are about to be put into the catalogue, or taken out, and which file names them.

    A desk that is killed in between leaves a file that nothing names; the next one takes it back.

    folder : that of what was sent
    """
    noted = {
        "files": [path.relative_to(root).as_posix() for path in paths],
        "named_in": named_in.relative_to(root).as_posix(),
    }
    (folder / _NOTE).write_text(json.dumps(noted), "utf-8")


def _take_back(root: Path, folder: Path) -> None:
    """Remove the files and folders that a killed desk has put into the catalogue, where nothing names them."""
    try:
        noted = json.loads((folder / _NOTE).read_text("utf-8"))
        text = (root / noted["named_in"]).read_text("utf-8")
        paths = [root / each for each in noted["files"]]
    except (OSError, ValueError, KeyError, TypeError):
        return
    for path in paths:
        if _is_named(path, text) or not path.resolve().is_relative_to(root.resolve()):
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _is_named(path: Path, text: str) -> bool:
    """Return whether a document names a file, or a folder as a file or with a file in it: states have such ids, too."""
    if not path.is_dir():
        return path.name in text
    return re.search(rf"""\bfile["']?\s*=\s*["']{re.escape(path.name)}["'/]""", text) is not None


def shown_name(name: str) -> str:
    r"""Return the name of a file for people: without folders, and without characters that cannot be seen.

    >>> shown_name("C:\\photos\\puits.jpg"), shown_name("../../site.toml"), shown_name("a\u202egpj.exe")
    ('puits.jpg', 'site.toml', 'agpj.exe')
    """
    last = re.split(r"[/\\]", name)[-1]
    return _UNSEEN.sub("", last).strip()[:_LONGEST_NAME]
