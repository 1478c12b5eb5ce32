"""Save edits of a document: onto what is on disk now, or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carreau.base.diagnostics import shown_key
from carreau.base.document import TomlDocument
from carreau.base.errors import CarreauError, StorageError, cannot_write
from carreau.base.files import write_whole
from carreau.base.messages import Message, message
from carreau.catalogue.table_reader import plain_text
from carreau.desk.document_file import DocumentFile, Edit, normal, text_of, writing_in
from carreau.desk.history import Editor, History
from carreau.desk.merge import Clash, rebased
from carreau.desk.toml_edit import edited

_TRIES = 5
"""While a text editor saves at the same time."""


class ClashError(CarreauError):
    """Somebody else has changed the same meanwhile.

    clashes : each with both values
    now : the document as it is on disk
    """

    def __init__(self, clashes: Sequence[Clash], now: Mapping[str, Any]) -> None:
        """Set the clashes; the message names their keys."""
        keys = tuple(shown_key(each.path) for each in clashes)
        super().__init__(message("%(keys)s: changed by somebody else meanwhile; nothing was saved", keys=keys))
        self.clashes, self.now = tuple(clashes), now


@dataclass(frozen=True)
class Saved:
    """What became of a save.

    is_changed : whether anything was written
    is_merged : whether others had changed something else meanwhile
    not_recorded : why there is no commit, None where there is one or nothing was written
    """

    is_changed: bool
    is_merged: bool
    not_recorded: Message | None = None


def save(
    file: DocumentFile, edits: Sequence[Edit], read: Mapping[str, Any], history: History, editor: Editor,
    placed: Sequence[Path] = (), removed: Sequence[Path] = (),
) -> Saved:  # fmt: skip
    """Write edits into a file, and record them as a commit.

    read : the document that the edits refer to, as the editor saw it
    placed : files that the edits name, and that are there already; they are in the same commit
    removed : files that nothing names any more; they are removed once the edits are written
    Raises ClashError where somebody changed the same since, RefusedError where the file would become invalid, and
    OptionError, ScanError or StorageError; nothing is written then.
    """
    with writing_in(file.root):
        for _ in range(_TRIES):
            content = file.read()
            before = file.parsed(content)
            merged, clashes = rebased(edits, read, before.data)
            if clashes:
                raise ClashError(clashes, before.data)
            is_merged = normal(read) != normal(before.data)
            if not merged:
                return Saved(False, is_merged)
            after = _edited(content, merged, file)
            document = file.require_valid(before, after)
            if file.read() == content:  # a text editor does not wait for us
                write_whole(file.path, after)
                for path in removed:
                    _remove(path)
                beside = (*placed, *removed)
                return Saved(True, is_merged, _recorded(file, document, merged, edits, read, history, editor, beside))
    raise StorageError(message("%(file)s: another program keeps changing it; try again", file=file.name))


def _recorded(
    file: DocumentFile, document: TomlDocument, merged: Sequence[Edit], edits: Sequence[Edit],
    read: Mapping[str, Any], history: History, editor: Editor, beside: Sequence[Path],
) -> Message | None:  # fmt: skip
    """Commit a save with the name of the place and the keys that it changed; return why not, None where it was."""
    name = plain_text(str(document.data.get("name", ""))) or file.name
    keys = ", ".join(dict.fromkeys(str(each.path[0]) for each in merged))
    return history.record(
        file.path, lambda other: _replayed(other, edits, read, file), editor, f"{name}: {keys}", beside
    )


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(cannot_write(path, error)) from error


def _edited(content: bytes, edits: Sequence[Edit], file: DocumentFile) -> bytes:
    text, mark = text_of(content)
    return mark + edited(text, edits, file.of).encode()


def _replayed(content: bytes, edits: Sequence[Edit], read: Mapping[str, Any], file: DocumentFile) -> bytes | None:
    """Return another version of the file with the same edits, None where it has not what they refer to."""
    try:
        other = file.parsed(content)
        merged, gone = rebased(edits, read, other.data, is_forced=True)
        if gone:
            return None
        return _edited(content, merged, file) if merged else content
    except (CarreauError, UnicodeDecodeError):
        return None
