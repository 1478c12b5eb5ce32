"""Save edits of a document onto what is on disk now, brought together where they can be, or not at all."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carreau.base.document import TomlDocument
from carreau.base.errors import CarreauError, KeyPath, StorageError, cannot_write, shown_key
from carreau.base.files import write_whole
from carreau.base.messages import Message, message
from carreau.catalogue.table_reader import plain_text
from carreau.desk.document_file import Arrange, DocumentFile, Edit, Put, decode_text, normal, value_at, writing_in
from carreau.desk.history import Editor, History
from carreau.desk.toml_edit import edit_text

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
            before = file.parse(content)
            # A three-way merge of what the editor read, what is on disk now, and the edits. It starts anew where the
            # file changes again before it is written.
            merged, clashes = rebase(edits, read, before.data)
            if clashes:
                raise ClashError(clashes, before.data)
            is_merged = normal(read) != normal(before.data)
            if not merged:
                return Saved(False, is_merged)
            after = _edit(content, merged, file)
            document = file.require_valid(before, after)
            if file.read() == content:  # a text editor does not wait for us
                write_whole(file.path, after)
                for path in removed:
                    _remove(path)
                title = _title(file, document, merged)
                beside = (*placed, *removed)
                return Saved(True, is_merged, _record(file, title, edits, read, history, editor, beside))
    raise StorageError(message("%(file)s: another program keeps changing it; try again", file=file.name))


def _title(file: DocumentFile, document: TomlDocument, merged: Sequence[Edit]) -> str:
    """Return the title of a commit: the name of the place, and the keys that change."""
    name = plain_text(str(document.data.get("name", ""))) or file.name
    return f"{name}: {', '.join(dict.fromkeys(str(each.path[0]) for each in merged))}"


def _record(
    file: DocumentFile, title: str, edits: Sequence[Edit], read: Mapping[str, Any], history: History, editor: Editor,
    beside: Sequence[Path],
) -> Message | None:  # fmt: skip
    """Commit a save; return why not, None where it was."""
    return history.record(file.path, lambda other: _replay(other, edits, read, file), editor, title, beside)


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(cannot_write(path, error)) from error


def _edit(content: bytes, edits: Sequence[Edit], file: DocumentFile) -> bytes:
    text, mark = decode_text(content)
    return mark + edit_text(text, edits, file.of).encode()


def _replay(content: bytes, edits: Sequence[Edit], read: Mapping[str, Any], file: DocumentFile) -> bytes | None:
    """Return another version of the file with the same edits, None where it has not what they refer to."""
    try:
        other = file.parse(content)
        merged, gone = rebase(edits, read, other.data, is_forced=True)
        if gone:
            return None
        return _edit(content, merged, file) if merged else content
    except (CarreauError, UnicodeDecodeError):
        return None


@dataclass(frozen=True)
class Clash:
    """What two people changed, each without having seen the other's change.

    path : in the version that was read
    now : the same in the version of now, None where its row is gone
    read : the value both began with
    mine, theirs : what each made of it; None for what was removed
    Of an array of tables the values are its rows.
    """

    path: KeyPath
    now: KeyPath | None
    read: Any
    mine: Any
    theirs: Any


def rebase(
    edits: Sequence[Edit], read: Mapping[str, Any], now: Mapping[str, Any], is_forced: bool = False
) -> tuple[list[Edit], list[Clash]]:
    """Return the edits for the version of now, and where they clash with what was changed since.

    read : the document that the edits refer to
    is_forced : whether an edit replaces what was changed; it clashes only where its row is gone
    An edit that is there already is left out.
    """
    merge = _Merge(normal(read), normal(now), is_forced)
    removed = [
        (*each.path, row)
        for each in edits
        if isinstance(each, Arrange)
        for row in range(len(value_at(merge.read, each.path) or ()))
        if row not in each.order
    ]
    for edit in edits:
        if any(edit.path[: len(row)] == row for row in removed):
            continue
        if isinstance(edit, Put):
            merge.put(edit)
        else:
            merge.arrange(edit)
    return merge.edits, merge.clashes


class _Merge:
    def __init__(self, read: dict[str, Any], now: dict[str, Any], is_forced: bool) -> None:
        self.read, self.now, self._is_forced = read, now, is_forced
        self.edits: list[Edit] = []
        self.clashes: list[Clash] = []
        self._matches: dict[KeyPath, list[int | None]] = {}

    def put(self, edit: Put) -> None:
        path = self._path_now(edit.path)
        before, mine = value_at(self.read, edit.path), normal(edit.value)
        if path is None:
            self.clashes.append(Clash(edit.path, None, before, mine, None))
            return
        theirs = value_at(self.now, path)
        if theirs == mine:
            return
        if theirs != before and not self._is_forced:
            self.clashes.append(Clash(edit.path, path, before, mine, theirs))
        else:
            self.edits.append(Put(path, edit.value))

    def arrange(self, edit: Arrange) -> None:
        path = self._path_now(edit.path)
        before: list[Any] = value_at(self.read, edit.path) or []
        mine = [before[each] if isinstance(each, int) else normal(each) for each in edit.order]
        if path is None:
            self.clashes.append(Clash(edit.path, None, before, mine, None))
            return
        theirs: list[Any] = value_at(self.now, path) or []
        places = self._match(edit.path, path)
        remaining = [each for each in edit.order if isinstance(each, int)]
        is_moved = remaining != sorted(remaining)
        surviving = [place for place in places if place is not None]
        is_moved_there = surviving != sorted(surviving)
        removed_changed = any(
            place is not None and theirs[place] != before[row]
            for row, place in enumerate(places)
            if row not in remaining
        )
        mine_now = [places[each] for each in remaining if places[each] is not None]
        is_other_order = is_moved and is_moved_there and mine_now != sorted(mine_now, key=lambda each: each or 0)
        if (removed_changed or is_other_order) and not self._is_forced:
            self.clashes.append(Clash(edit.path, path, before, mine, theirs))
            return
        came = [each for place, each in enumerate(theirs) if place not in places]
        wanted = [each for each in edit.order if isinstance(each, int) or normal(each) not in came]  # sent twice
        order = _order(wanted, places, len(theirs), is_moved)
        if order != list(range(len(theirs))):
            self.edits.append(Arrange(path, tuple(order)))

    def _path_now(self, path: KeyPath) -> KeyPath | None:
        """Return a path in the version of now, None where a row on it is gone."""
        current: KeyPath = ()
        for place, step in enumerate(path):
            if isinstance(step, int):
                row = self._match(path[:place], current)[step]
                if row is None:
                    return None
                current += (row,)
            else:
                current += (step,)
        return current

    def _match(self, path: KeyPath, now: KeyPath) -> list[int | None]:
        if path not in self._matches:
            self._matches[path] = match_rows(_rows(value_at(self.read, path)), _rows(value_at(self.now, now)))
        return self._matches[path]


def _rows(value: Any) -> list[Mapping[str, Any]]:
    return [each if isinstance(each, Mapping) else {"": each} for each in value] if isinstance(value, list) else []


def _order(
    mine: Sequence[int | Mapping[str, Any]], places: Sequence[int | None], count: int, is_moved: bool
) -> list[int | Mapping[str, Any]]:
    """Return the order of rows that has both what was done here and what was done there.

    mine : the order here, of rows that were read and new ones
    places : of the rows that were read among those of now
    count : of the rows of now
    is_moved : whether rows changed their order here
    """
    remaining = [place for each in mine if isinstance(each, int) and (place := places[each]) is not None]
    order: list[int | Mapping[str, Any]] = [*(remaining if is_moved else sorted(remaining))]
    for place in range(count):
        if place not in places:  # it is new there
            before = next((each for each in range(place - 1, -1, -1) if each in order), None)
            order.insert(order.index(before) + 1 if before is not None else 0, place)
    last: int | Mapping[str, Any] | None = None
    for each in mine:
        if isinstance(each, int):
            last = places[each] if places[each] is not None else last
        else:
            order.insert(_place(order, last) + 1, each)
            last = each
    return order


def _place(order: Sequence[int | Mapping[str, Any]], row: int | Mapping[str, Any] | None) -> int:
    """Return the place of a row, -1 for none."""
    return next(
        (place for place, each in enumerate(order) if each is row or (isinstance(row, int) and each == row)), -1
    )


Row = Mapping[str, Any]

_NAMES = ("id", "name", "title", "site", "of")
"""Keys that tell rows apart, the surest first."""

_ALIKE = 0.5
"""Share of equal values from which two rows without a name are taken for one that was changed."""


def match_rows(old: Sequence[Row], new: Sequence[Row]) -> list[int | None]:
    """Return the place of each row in the new version, None where it is gone.

    Rows are the same if they are equal, else if they have the same name and no other has it, else if most of their
    values are equal and no other row is as like, or if both are the only ones without a partner between the same
    neighbours and have something in common. An edit of a row that is not found clashes, instead of going astray.

    >>> match_rows([{"id": "a"}, {"id": "b"}], [{"id": "b", "x": 1}, {"id": "c"}, {"id": "a"}])
    [2, 0]
    """
    pairs: dict[int, int] = {}
    _match_equal(old, new, pairs)
    for name in _NAMES:
        _match_named(old, new, pairs, name)
    _match_alike(old, new, pairs)
    _match_between(old, new, pairs)
    return [pairs.get(place) for place in range(len(old))]


def _free(count: int, taken: set[int]) -> list[int]:
    return [place for place in range(count) if place not in taken]


def _match_equal(old: Sequence[Row], new: Sequence[Row], pairs: dict[int, int]) -> None:
    places: dict[str, list[int]] = {}
    for place, row in enumerate(new):
        places.setdefault(_key(row), []).append(place)
    for place, row in enumerate(old):
        if same := places.get(_key(row)):
            pairs[place] = same.pop(0)


def _key(row: Row) -> str:
    return json.dumps(row, sort_keys=True, default=str)


def _match_named(old: Sequence[Row], new: Sequence[Row], pairs: dict[int, int], name: str) -> None:
    before, after = _free(len(old), set(pairs)), _free(len(new), set(pairs.values()))
    counts = Counter(str(old[place].get(name, "")) for place in before)
    places: dict[str, list[int]] = {}
    for place in after:
        places.setdefault(str(new[place].get(name, "")), []).append(place)
    for place in before:
        own = str(old[place].get(name, ""))
        if own and counts[own] == 1 and len(same := places.get(own, [])) == 1:
            pairs[place] = same[0]


def _match_alike(old: Sequence[Row], new: Sequence[Row], pairs: dict[int, int]) -> None:
    """Match rows that are more like each other than like any other row; where two are as like, neither is taken."""
    before, after = _free(len(old), set(pairs)), _free(len(new), set(pairs.values()))
    scores = {(one, other): _alike(old[one], new[other]) for one in before for other in after}
    for (one, other), score in scores.items():
        rivals = [each for pair, each in scores.items() if (pair[0] == one) != (pair[1] == other)]
        if score >= _ALIKE and all(each < score for each in rivals):
            pairs[one] = other


def _alike(one: Row, other: Row) -> float:
    keys = {*one, *other}
    return sum(one.get(key) == other.get(key) for key in keys) / len(keys) if keys else 1.0


def _match_between(old: Sequence[Row], new: Sequence[Row], pairs: dict[int, int]) -> None:
    ends = {-1: -1, len(old): len(new), **pairs}
    for place in _free(len(old), set(pairs)):
        before, after = ends.get(place - 1), ends.get(place + 1)
        if before is not None and after == before + 2 and _alike(old[place], new[before + 1]) > 0:
            pairs[place] = before + 1
