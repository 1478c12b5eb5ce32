"""File a scan that was sent beside a place, and name it in a state; nothing that is there is overwritten."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
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
from pipeline.messages import message


def file_scan(root: Path, scan: SentScan, slug: str, state: str, history: History, editor: Editor) -> Saved:
    """Move the files of a scan beside a place, and name them in a state, which is added where it is new.

    state : its id
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
        return save(file, [_edit(data, state, named)], data, history, editor)
    except CarreauError:
        shutil.move(target, scan.folder / FILES)
        raise


def _edit(data: Mapping[str, Any], state: str, named: str) -> Edit:
    rows = data.get("state", [])
    for place, row in enumerate(rows):
        if isinstance(row, dict) and row.get("id") == state:
            return Put(("state", place, "file"), named)
    empty = {key: parsed(rule, "") for key, rule in rules_of(State) if rule.need == MUST}
    row = {**empty, "id": state, "kind": SCAN, "file": named}
    return Arrange(("state",), (*range(len(rows)), {key: value for key, value in row.items() if value is not None}))


def _free(folder: Path, name: str) -> Path:
    """Return a folder that is not there yet, named after a state."""
    numbered = (folder / f"{name}-{number}" for number in range(2, 1000))
    return next(each for each in (folder / name, *numbered) if not each.exists())
