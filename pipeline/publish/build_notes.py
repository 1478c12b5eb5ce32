"""Remember what was said of each site and route, so that only what changed is said again.

It lies beside the manifest and nobody serves it. It may be removed at any time: everything is said again then, and the
same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import ValidationError as SchemaError

from pipeline.bundle.content_store import ContentStore
from pipeline.catalogue.writing import write_whole
from pipeline.publish.answers import Answers
from pipeline.schema.files import File
from pipeline.schema.frozen_model import FrozenModel

FOLDER = ".said"


class Note(FrozenModel):
    """What was said of something.

    key : digest of everything that it depends on
    files : that were put into the store
    answers : addresses, languages and files
    more : texts by name, for whoever said it
    """

    key: str
    files: tuple[File, ...] = ()
    answers: tuple[tuple[str, str, File], ...] = ()
    more: Mapping[str, str] = {}


class BuildNotes:
    """The notes of a bundle."""

    def __init__(self, bundle: Path) -> None:
        """Open them; nothing is made before something is kept."""
        self._folder = bundle / FOLDER
        self._named = set[str]()

    def recall(self, name: str, key: str, answers: Answers) -> Mapping[str, str] | None:
        """Answer again as before, and return what else was kept.

        None, and nothing answered, where anything that it depends on changed, or one of its files is gone.
        """
        self._named.add(name)
        try:
            note = Note.model_validate_json((self._folder / name).read_bytes())
        except (OSError, SchemaError):
            return None
        files = (*note.files, *(file for _, _, file in note.answers))
        if note.key != key or not all(answers.store.has(file) for file in files):
            return None
        for file in note.files:
            answers.store.files[file.path] = file
        for path, language, file in note.answers:
            answers.store.files[file.path] = file
            answers.put(path, language, file)
        return note.more

    def keep(self, name: str, key: str, part: Answers, more: Mapping[str, str]) -> None:
        """Remember what was just said, as a part of its own.

        Raises StorageError where the disk does not take it.
        """
        self._named.add(name)
        answers = tuple((path, language, _file(link)) for (path, language), link in part.links.items())
        note = Note(key=key, files=tuple(part.store.files.values()), answers=answers, more=more)
        write_whole(self._folder / name, note.model_dump_json().encode())

    def forget_others(self) -> None:
        """Remove the notes of what nobody asked for since it was opened."""
        for path in self._folder.glob("*"):
            if path.name not in self._named:
                path.unlink(missing_ok=True)


def _file(link: File) -> File:
    return File(**link.model_dump(include=set(File.model_fields)))


def scoped(store: ContentStore) -> Answers:
    """Return answers of their own, whose files go into the same folder."""
    return Answers(store.scoped())


def merge(part: Answers, answers: Answers) -> None:
    """Add a part to the whole."""
    answers.store.files |= part.store.files
    answers.store.written += part.store.written
    answers.found |= part.found
    answers.links |= part.links


def key_of(*values: object) -> str:
    """Return a digest of values that say all they are by their `repr`."""
    return hashlib.sha256("\n".join(map(repr, values)).encode()).hexdigest()


def stamps(paths: Iterable[Path]) -> list[tuple[str, int, int]]:
    """Return names, sizes and times of files, in order; of those that are there."""
    return sorted((str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in paths if path.is_file())
