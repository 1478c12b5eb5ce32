"""The files beside a document that it names: put there and taken away in the save that names them, or no longer."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from carreau.base.diagnostics import KeyPath
from carreau.base.document import open_document
from carreau.base.errors import StorageError, cannot_write
from carreau.desk.document_file import DocumentFile
from carreau.desk.edits import Edit, Put, value_at
from carreau.desk.history import Editor, History
from carreau.desk.incoming import note_placing
from carreau.desk.saving import Saved, save

MOST_NAMES = 1000
"""How many names are tried until one is free."""

_PIECE_BYTES = 1 << 20


def put_file(
    file: DocumentFile, edits: Sequence[Edit], read: Mapping[str, Any], history: History, editor: Editor, *,
    key: KeyPath, stem: str, taken: Path, folder: Path,
) -> Saved:  # fmt: skip
    """Save edits with a file that a key names from then on; the one before goes, if nothing else names it.

    key : of the document as it is now
    stem : of its name; it gets a number where that is taken
    taken : the file, with its suffix, in the folder of what was sent
    Raises what `save` raises; then nothing is put there.
    """
    data = file.parsed(file.read()).data
    named = value_at(data, key)
    old = path_beside(file, named)
    if old is not None and digest_of(old) == digest_of(taken):
        return save(file, edits, read, history, editor)
    target = free_path(file, stem, taken.suffix)
    removed = unnamed(file, data, [named] if old is not None else [], key)
    others = [each for each in edits if not (isinstance(each, Put) and each.path == key)]
    with placed(file, folder, [(taken, target)], removed) as paths:
        return save(file, [*others, Put(key, target.name)], read, history, editor, placed=paths, removed=removed)


def path_beside(file: DocumentFile, name: object) -> Path | None:
    """Return the file of a name, None where it is none beside the document."""
    folder = file.path.parent
    try:
        path = folder / str(name or "")
        is_there = bool(name) and path.is_file() and path.resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError):
        return None
    return path if is_there else None


def free_path(file: DocumentFile, stem: str, suffix: str) -> Path:
    """Return a path beside a document where no file is yet."""
    names = (stem if number == 1 else f"{stem}-{number}" for number in range(1, MOST_NAMES))
    paths = (file.path.with_name(f"{each}{suffix}") for each in names)
    return next(path for path in paths if not path.exists())


def unnamed(file: DocumentFile, data: Mapping[str, Any], names: Sequence[str], key: KeyPath) -> list[Path]:
    """Return the files of names that nothing but a key of the document names, in it and in those beside it.

    Routes lie in one folder, and a show lies beside its trail.
    """
    beside = [open_document(path, path.name) for path in file.path.parent.glob("*.toml") if path != file.path]
    if not all(each.is_read for each in beside):
        return []  # what a file that cannot be read names is not known
    others = {file.path.name, *_texts(data, key), *(text for each in beside for text in _texts(each.data, None))}
    found = (path_beside(file, name) for name in names if name not in others)
    return [path for path in found if path is not None]


def _texts(value: Any, but: KeyPath | None, path: KeyPath = ()) -> Iterator[str]:
    """Yield the texts of a document, but those below a key."""
    if path == but:
        return
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for step, each in value.items() if isinstance(value, Mapping) else enumerate(value):
            yield from _texts(each, but, (*path, step))


@contextmanager
def placed(
    file: DocumentFile, folder: Path, targets: Sequence[tuple[Path, Path]], removed: Sequence[Path] = ()
) -> Iterator[list[Path]]:
    """Put files beside the document, and take them away again where it cannot be saved."""
    paths = list[Path]()
    try:
        note_placing(file.root, folder, [*(target for _, target in targets), *removed], file.path)
        for source, target in targets:
            _put(source, target)
            paths.append(target)
            target.chmod(0o644)
        yield paths
    except BaseException as error:
        for path in paths:
            path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise StorageError(cannot_write(file.path.parent, error)) from error
        raise


def _put(source: Path, target: Path) -> None:
    """Put a file where none is; renaming would overwrite."""
    try:
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError:  # a disk without hard links
        with source.open("rb") as content, target.open("xb") as copy:
            shutil.copyfileobj(content, copy)


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            found.update(piece)
    return found.hexdigest()
