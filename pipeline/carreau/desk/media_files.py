"""Add, replace and remove media of a place, route, trail or show: the file and its entry together, or neither."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carreau.base.diagnostics import KeyPath
from carreau.base.errors import OptionError, StorageError, cannot_write
from carreau.base.messages import message
from carreau.catalogue.media import TEXTS, captions_beside
from carreau.catalogue.scaffold import slug_of
from carreau.catalogue.table_reader import plain_text
from carreau.desk.attached import MOST_NAMES, digest_of, free_path, path_beside, placed, put_file, unnamed
from carreau.desk.document_file import Arrange, DocumentFile, Put, writing_in
from carreau.desk.history import Editor, History
from carreau.desk.saving import Saved, save
from carreau.site.media.intake import TakenFile

_LONGEST_NAME = 40
_POINTERS = ("sound", "voice", "figure")
"""Keys with the id of a medium, of steps and chapters, and of the scenes of a show."""


@dataclass(frozen=True)
class NewMedium:
    """A medium that is to be added.

    values : texts by key of the catalogue, without `id`, `kind` and `file`
    captions : a WebVTT file that was sent with it
    """

    taken: TakenFile
    values: Mapping[str, str]
    captions: Path | None = None


def media_of(data: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the media of a document."""
    found = data.get("media")
    return [each if isinstance(each, Mapping) else {} for each in found] if isinstance(found, list) else []


def same_as(file: DocumentFile, data: Mapping[str, Any], taken: Path) -> str:
    """Return the id of a medium whose file has the same bytes, empty where none has."""
    size, digest = taken.stat().st_size, ""
    for medium in media_of(data):
        path = path_beside(file, medium.get("file"))
        if path is not None and path.stat().st_size == size:
            digest = digest or digest_of(taken)
            if digest_of(path) == digest:
                return str(medium.get("id", ""))
    return ""


def add_media(
    file: DocumentFile, new: Sequence[NewMedium], folder: Path, history: History, editor: Editor
) -> tuple[Saved, list[str]]:
    """Add media in one save; return what became of it, and their ids.

    folder : that of what was sent, on the same disk
    Raises OptionError where a file is there already, and what `save` raises; then nothing is added.
    """
    data = file.parsed(file.read()).data
    digests = dict[str, str]()
    for each in new:
        twin = same_as(file, data, each.taken.path) or digests.get(digest_of(each.taken.path), "")
        if twin:
            raise OptionError(message("'%(name)s' is the same file; it is not added twice", name=twin))
        digests[digest_of(each.taken.path)] = each.values.get("title") or each.taken.path.name
    taken_ids = {str(each.get("id", "")) for each in media_of(data)}
    rows, targets = list[dict[str, Any]](), list[tuple[Path, Path]]()
    for each in new:
        name = _free_name(file, each, taken_ids, {target.name for _, target in targets})
        taken_ids.add(name)
        target = file.path.with_name(f"{name}{each.taken.path.suffix}")
        targets.append((each.taken.path, target))
        row = {"id": name, "kind": each.taken.kind, "file": target.name}
        row |= {key: value for key, value in each.values.items() if value}
        if each.captions is not None:
            captions = file.path.with_name(f"{name}.vtt")
            targets.append((each.captions, captions))
            row["captions"] = captions.name
        rows.append(row)
    order = (*range(len(media_of(data))), *rows)
    with placed(file, folder, targets) as paths:
        saved = save(file, [Arrange(("media",), order)], data, history, editor, placed=paths)
    return saved, [row["id"] for row in rows]


def replace_file(
    file: DocumentFile, name: str, seen: str, taken: TakenFile, folder: Path, history: History, editor: Editor
) -> Saved:
    """Replace the file of a medium; its texts stay.

    seen : its file as the editor saw it
    Raises OptionError where it has another kind or was changed meanwhile, and what `save` raises.
    """
    data = file.parsed(file.read()).data
    place, medium = _found(data, name, seen)
    if medium.get("kind") != taken.kind:
        raise OptionError(
            message("'%(name)s' is of the kind %(kind)s; add the file as a medium of its own", name=name,
                    kind=str(medium.get("kind")))
        )  # fmt: skip
    if same_as(file, data, taken.path) == name:
        return Saved(False, False)
    old = path_beside(file, medium.get("file"))
    removed = unnamed(file, data, [str(medium.get("file", ""))], ("media", place))
    if old in removed and old.suffix == taken.path.suffix and old.parent == file.path.parent:
        return _overwritten(file, old, taken.path, data, history, editor)
    target = free_path(file, name, taken.path.suffix)
    with placed(file, folder, [(taken.path, target)], removed) as paths:
        return save(
            file, [Put(("media", place, "file"), target.name)], data, history, editor, placed=paths, removed=removed
        )


def put_captions(
    file: DocumentFile, name: str, seen: str, captions: Path, folder: Path, history: History, editor: Editor
) -> Saved:
    """Give a sound or film captions, or others; raises OptionError as `replace_file` does, and what `save` raises.

    captions : a WebVTT file that was checked
    """
    data = file.parsed(file.read()).data
    place, _ = _found(data, name, seen)
    return put_file(
        file, [], data, history, editor, key=("media", place, "captions"), stem=name, taken=captions, folder=folder
    )


def remove_medium(file: DocumentFile, name: str, seen: str, folder: Path, history: History, editor: Editor) -> Saved:
    """Remove a medium with its files, as far as nothing else names them; raises what `save` raises."""
    data = file.parsed(file.read()).data
    place, medium = _found(data, name, seen)
    names = [str(medium.get(key, "")) for key in ("file", "captions")]
    transcript = str(medium.get("transcript", ""))
    names += [transcript] if transcript.endswith(TEXTS) and "\n" not in transcript else []
    removed = unnamed(file, data, names, ("media", place))
    captions = str(medium.get("captions", ""))
    if path_beside(file, captions) in removed:
        removed += [file.path.parent / each for each in captions_beside(file.path.parent, captions).values()]
    order = tuple(each for each in range(len(media_of(data))) if each != place)
    with placed(file, folder, [], removed):
        return save(file, [Arrange(("media",), order)], data, history, editor, removed=removed)


def pointers_at(data: Any, name: str) -> list[KeyPath]:
    """Return what points at a medium: annotations, steps, chapters and scenes that show or play it, links in texts."""
    link = re.compile(rf"\]\(\s*media:{re.escape(name)}\s*\)")
    return list(_pointers(data, name, link, ()))


def _pointers(value: Any, name: str, link: re.Pattern[str], path: KeyPath) -> Iterator[KeyPath]:
    if isinstance(value, Mapping):
        for key, each in value.items():
            is_listed = key == "media" and isinstance(each, list) and name in each
            if is_listed or (key in _POINTERS and each == name):
                yield (*path, key)
            else:
                yield from _pointers(each, name, link, (*path, key))
    elif isinstance(value, list):
        for place, each in enumerate(value):
            yield from _pointers(each, name, link, (*path, place))
    elif isinstance(value, str) and link.search(value):
        yield path


def _found(data: Mapping[str, Any], name: str, seen: str) -> tuple[int, Mapping[str, Any]]:
    """Return the place of a medium and the medium; raises OptionError where it is not as it was seen."""
    for place, medium in enumerate(media_of(data)):
        if medium.get("id") == name and str(medium.get("file", "")) == seen:
            return place, medium
    raise OptionError(message("'%(name)s' was changed by somebody else meanwhile; open the page again", name=name))


def _free_name(file: DocumentFile, new: NewMedium, ids: set[str], files: set[str]) -> str:
    """Return an id from the title or the alternative text, which no medium and no file has yet."""
    words = plain_text(new.values.get("title") or new.values.get("alt") or new.taken.kind)
    try:
        stem = slug_of(words)
    except OptionError:  # neither letters nor digits
        stem = new.taken.kind
    if len(stem) > _LONGEST_NAME:
        stem = stem[:_LONGEST_NAME].rpartition("-")[0] or stem[:_LONGEST_NAME]
    present = {path.stem for path in file.path.parent.iterdir()} | {Path(each).stem for each in files}
    names = (stem if number == 1 else f"{stem}-{number}" for number in range(1, MOST_NAMES))
    return next(name for name in names if name not in ids and name not in present)


def _overwritten(
    file: DocumentFile, old: Path, new: Path, data: Mapping[str, Any], history: History, editor: Editor
) -> Saved:
    """Put a file where another was: the entry stays as it is, and names it."""
    content = new.read_bytes()
    with writing_in(file.root):
        try:
            new.chmod(0o644)
            new.replace(old)
        except OSError as error:
            raise StorageError(cannot_write(old, error)) from error
        subject = f"{plain_text(str(data.get('name', ''))) or file.name}: {old.name}"
        return Saved(True, False, history.record(old, lambda _: content, editor, subject))
