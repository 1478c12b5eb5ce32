"""File a scan that was sent beside a place, and name it in a state; nothing that is there is overwritten."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.catalogue.fields import MUST
from pipeline.catalogue.state import SCAN, State
from pipeline.catalogue.table_reader import NAME
from pipeline.desk.document_file import document_file
from pipeline.desk.edits import Arrange, Edit, Put
from pipeline.desk.form_values import parsed
from pipeline.desk.history import Editor, History
from pipeline.desk.saving import Saved, save
from pipeline.desk.scan_inbox import FILES, SentScan
from pipeline.desk.writing import writing_in
from pipeline.errors import CarreauError, OptionError, StorageError, cannot_write
from pipeline.i18n.source_texts import rules_of
from pipeline.messages import Message, Number, message

KNOWN = ("date", "evidence", "author", "licence", "credit")
"""Keys of a state that are asked for when a scan is filed."""

MOST_COMMITTED_BYTES, MOST_COMMITTED_FILES = 20_000_000, 100
"""Of a scan whose files are in the commit: a repository keeps them for ever, in every copy of it."""


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
    """Move the files of a scan beside a place, and name them in a state, which is added where it is new.

    state : its id
    known : texts by the keys of `KNOWN`; those that are empty change nothing
    Raises OptionError for a name that is none, RefusedError or ClashError where the place cannot be saved, and
    StorageError. The files are where they were, then.
    """
    file = document_file(root, "site", slug)
    if not NAME.fullmatch(state):
        raise OptionError(message("%(name)s is not a valid name for links; write it as in scan-2026", name=state[:100]))
    if not scan.main:
        raise OptionError(message("there is nothing in it that can be read"))
    data = file.parsed(file.read()).data
    with writing_in(root):
        target = _free(file.path.parent, state)
        try:
            shutil.move(scan.folder / FILES, target)
        except OSError as error:
            raise StorageError(cannot_write(target, error)) from error
    named = target.name if scan.main == "." else f"{target.name}/{scan.main}"
    try:
        files = sorted(each for each in target.rglob("*") if each.is_file())
        size_bytes = sum(each.stat().st_size for each in files)
        is_small = size_bytes <= MOST_COMMITTED_BYTES and len(files) <= MOST_COMMITTED_FILES
        placed = files if is_small else ()
        saved = save(file, _edits(data, state, named, known or {}), data, history, editor, placed)
    except CarreauError:
        shutil.move(target, scan.folder / FILES)
        raise
    folder = target.relative_to(root).as_posix()
    return Filed(saved, folder, _kept(folder, size_bytes, files, is_small and saved.not_recorded is None, history))


def _kept(folder: str, size_bytes: int, files: Sequence[Path], is_committed: bool, history: History) -> Message:
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


def _edits(data: Mapping[str, Any], state: str, named: str, known: Mapping[str, str]) -> list[Edit]:
    rules = dict(rules_of(State))
    told = {key: parsed(rules[key], text) for key in KNOWN if (text := known.get(key, "").strip())}
    rows = data.get("state", [])
    for place, row in enumerate(rows):
        if isinstance(row, dict) and row.get("id") == state:
            if row.get("evidence"):
                told.pop("evidence", None)  # what somebody has judged is not judged by a form
            return [Put(("state", place, key), value) for key, value in {"file": named, **told}.items()]
    empty = {key: parsed(rule, "") for key, rule in rules.items() if rule.need == MUST}
    row = {**empty, "id": state, "kind": SCAN, "file": named, **told}
    kept = {key: value for key, value in row.items() if value is not None}
    return [Arrange(("state",), (*range(len(rows)), kept))]


def _free(folder: Path, name: str) -> Path:
    """Return a folder that is not there yet, named after a state."""
    numbered = (folder / f"{name}-{number}" for number in range(2, 1000))
    return next(each for each in (folder / name, *numbered) if not each.exists())
