"""Add, replace and remove the files that forms name, checked before anything is kept."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from carreau.base.document import open_document
from carreau.base.errors import FormatError, KeyPath, OptionError, StorageError, cannot_write
from carreau.base.messages import message
from carreau.catalogue.catalogue import make_slug
from carreau.catalogue.media import SOUND, TEXTS, VIDEO, captions_beside
from carreau.catalogue.route import Origin, RouteLine, line_bytes
from carreau.catalogue.table_reader import plain_text
from carreau.catalogue.video import overlap_in, read_captions
from carreau.desk.document_file import Arrange, DocumentFile, Edit, Put, value_at, writing_in
from carreau.desk.history import Editor, History
from carreau.desk.incoming import SentFile, note_placing
from carreau.desk.saving import Saved, save
from carreau.formats.geodata import OutlineError, read_outlines, read_path
from carreau.site.media_intake import TakenFile

LARGEST_BYTES = 5_000_000
"""A whole day with a point every two seconds has about 4 MB as GPX; the longest outline of the 53 has 2 kB."""

GPX, GEOJSON, VTT = ".gpx", ".geojson", ".vtt"
_FRANCE = (-5.3, 41.2, 9.7, 51.2)
"""West, south, east and north of its European part, in degrees."""
_BEGINNING = 1000
_ENTITIES = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)


@dataclass(frozen=True)
class Attachment:
    """A file that a key of a form names.

    accepts : suffixes and media types for the browser
    stem : of its name; empty for the slug
    taken : checks a file that was sent, and returns it with its suffix; raises FormatError
    """

    accepts: str
    stem: str
    taken: Callable[[SentFile], Path]


def taken_line(sent: SentFile) -> Path:
    """Return the line of a route, GPX or GeoJSON by its content; raises FormatError.

    Of GPX only the points are kept, as GeoJSON: its times and devices tell of the person who walked there.
    """
    is_gpx = _beginning(sent).startswith(b"<")
    if is_gpx and _ENTITIES.search(sent.path.read_bytes()):
        cause = message("it declares a document type or entities")
        raise FormatError(sent.name, "", cause, message("export the track again as plain GPX"))
    path = _add_suffix(sent, GPX if is_gpx else GEOJSON)
    try:
        points = read_path(path)
    except OutlineError as error:
        raise FormatError(sent.name, "", error.cause, error.cure) from error
    _require_in_france(sent, points)
    if is_gpx:
        path = path.replace(path.with_suffix(GEOJSON))
        path.write_bytes(line_bytes(RouteLine(points, None, Origin(engine=sent.name))))
    return path


def taken_outline(sent: SentFile) -> Path:
    """Return the outline of a place, GeoJSON with polygons; raises FormatError."""
    path = _add_suffix(sent, GEOJSON)
    try:
        outlines = read_outlines(path)
    except OutlineError as error:
        raise FormatError(sent.name, "", error.cause, error.cure) from error
    rings = [ring for outline in outlines for rings in outline.polygons for ring in rings]
    if not rings or any(len(ring) < 4 or ring[0] != ring[-1] for ring in rings):
        cause = message("its polygons are not closed rings of three or more corners")
        raise FormatError(sent.name, "", cause, message("export the outline alone, as polygons"))
    _require_in_france(sent, (point for ring in rings for point in ring))
    return path


def taken_captions(sent: SentFile, kind: str) -> Path:
    """Return captions of a sound or film, WebVTT; raises FormatError, which names the line of the first mistake.

    kind : of the medium; of a sound, pages show one cue at a time
    """
    if kind not in (SOUND, VIDEO):
        raise OptionError(message("only a sound or a film has captions"))
    path = _add_suffix(sent, VTT)
    try:
        cues = read_captions(path)
    except FormatError as error:
        raise FormatError(sent.name, error.place, error.cause, error.cure) from error
    over = overlap_in(cues) if kind == SOUND else None
    if over is not None:
        cause = message("the cue begins before the one on line %(line)s ends", line=over[0].line)
        cure = message("of a sound one cue is shown at a time: end the one before earlier, or join both")
        raise FormatError(sent.name, message("line %(line)s", line=over[1].line), cause, cure)
    return path


def _beginning(sent: SentFile) -> bytes:
    with sent.path.open("rb") as file:
        return file.read(_BEGINNING).removeprefix(b"\xef\xbb\xbf").lstrip()


def _add_suffix(sent: SentFile, suffix: str) -> Path:
    """Give a file the suffix of its format."""
    path = sent.path.with_name(f"{sent.path.name}-taken{suffix}")
    sent.path.replace(path)
    return path


def _require_in_france(sent: SentFile, points: Iterable[tuple[float, float]]) -> None:
    """Raise FormatError for a point outside France; the usual reason is that latitude comes first."""
    west, south, east, north = _FRANCE
    for lon, lat in points:
        if west <= lon <= east and south <= lat <= north:
            continue
        place = f"{lon:.5f}, {lat:.5f}"
        if west <= lat <= east and south <= lon <= north:
            cause = message("its points have the latitude first: %(point)s", point=place)
            cure = message("export it again in WGS 84 (EPSG:4326), longitude first")
        else:
            cause = message("%(point)s is not in France", point=place)
            cure = message("choose the file of this place, or export it again in WGS 84 (EPSG:4326)")
        raise FormatError(sent.name, "", cause, cure)


ATTACHED: Mapping[str, Mapping[str, Attachment]] = MappingProxyType(
    {
        "site": {"outline": Attachment(".geojson,.json,application/geo+json", "outline", taken_outline)},
        "route": {"path": Attachment(".gpx,.geojson,.json,application/gpx+xml,application/geo+json", "", taken_line)},
    }
)
"""By kind of document and key."""


@dataclass(frozen=True)
class NewFile:
    """A file that a key of a document is to name.

    key : of the document as it is now
    stem : of its name; it gets a number where that is taken
    taken : the file, with its suffix
    folder : of what was sent, where it lies
    """

    key: KeyPath
    stem: str
    taken: Path
    folder: Path


def attached_file(file: DocumentFile, key: str, sent: SentFile | None, folder: Path) -> NewFile:
    """Return the file that a key of a form is to name; raises OptionError where none was chosen, or it is not one.

    sent : None where none was chosen
    """
    if sent is None:
        raise OptionError(message("choose a file"))
    attached = ATTACHED[file.kind][key]
    return NewFile((key,), attached.stem or file.slug, attached.taken(sent), folder)


MOST_NAMES = 1000
"""How many names are tried until one is free."""

_PIECE_BYTES = 1 << 20


def put_file(
    file: DocumentFile, edits: Sequence[Edit], read: Mapping[str, Any], history: History, editor: Editor, new: NewFile
) -> Saved:
    """Save edits with a file that a key names from then on; the one before goes, if nothing else names it.

    Raises what `save` raises; then nothing is put there.
    """
    data, key = file.parse(file.read()).data, new.key
    named = value_at(data, key)
    old = path_beside(file, named)
    if old is not None and digest_file(old) == digest_file(new.taken):
        return save(file, edits, read, history, editor)
    target = free_path(file, new.stem, new.taken.suffix)
    removed = list_unnamed(file, data, [named] if old is not None else [], key)
    others = [each for each in edits if not (isinstance(each, Put) and each.path == key)]
    with place_files(file, new.folder, [(new.taken, target)], removed) as paths:
        return save(file, [*others, Put(key, target.name)], read, history, editor, placed=paths, removed=removed)


def path_beside(file: DocumentFile, name: object) -> Path | None:
    """Return the file of a name, None if no such file lies beside the document."""
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


def list_unnamed(file: DocumentFile, data: Mapping[str, Any], names: Sequence[str], key: KeyPath) -> list[Path]:
    """Return the files of names that nothing but a key of the document names, in it and in those beside it.

    Routes lie in one folder, and a show lies beside its trail.
    """
    beside = [open_document(path, path.name) for path in file.path.parent.glob("*.toml") if path != file.path]
    if not all(each.is_read for each in beside):
        return []  # what a file that cannot be read names is not known
    others = {file.path.name, *_texts(data, key), *(text for each in beside for text in _texts(each.data, None))}
    paths = (path_beside(file, name) for name in names if name not in others)
    return [path for path in paths if path is not None]


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
def place_files(
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


def digest_file(path: Path) -> str:
    """Return the SHA-256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            digest.update(piece)
    return digest.hexdigest()


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


def list_media(data: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the media of a document."""
    media = data.get("media")
    return [each if isinstance(each, Mapping) else {} for each in media] if isinstance(media, list) else []


def same_as(file: DocumentFile, data: Mapping[str, Any], taken: Path) -> str:
    """Return the id of a medium whose file has the same bytes, empty where none has."""
    size, digest = taken.stat().st_size, ""
    for medium in list_media(data):
        path = path_beside(file, medium.get("file"))
        if path is not None and path.stat().st_size == size:
            digest = digest or digest_file(taken)
            if digest_file(path) == digest:
                return str(medium.get("id", ""))
    return ""


def add_media(
    file: DocumentFile, new: Sequence[NewMedium], folder: Path, history: History, editor: Editor
) -> tuple[Saved, list[str]]:
    """Add media in one save; return what became of it, and their ids.

    folder : that of what was sent, on the same disk
    Raises OptionError where a file is there already, and what `save` raises; then nothing is added.
    """
    data = file.parse(file.read()).data
    digests = dict[str, str]()
    for each in new:
        twin = same_as(file, data, each.taken.path) or digests.get(digest_file(each.taken.path), "")
        if twin:
            raise OptionError(message("'%(name)s' is the same file; it is not added twice", name=twin))
        digests[digest_file(each.taken.path)] = each.values.get("title") or each.taken.path.name
    taken_ids = {str(each.get("id", "")) for each in list_media(data)}
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
    order = (*range(len(list_media(data))), *rows)
    with place_files(file, folder, targets) as paths:
        saved = save(file, [Arrange(("media",), order)], data, history, editor, placed=paths)
    return saved, [row["id"] for row in rows]


def replace_file(
    file: DocumentFile, name: str, seen: str, taken: TakenFile, folder: Path, history: History, editor: Editor
) -> Saved:
    """Replace the file of a medium; its texts stay.

    seen : its file as the editor saw it
    Raises OptionError where it has another kind or was changed meanwhile, and what `save` raises.
    """
    data = file.parse(file.read()).data
    place, medium = _find(data, name, seen)
    if medium.get("kind") != taken.kind:
        raise OptionError(
            message("'%(name)s' is of the kind %(kind)s; add the file as a medium of its own", name=name,
                    kind=str(medium.get("kind")))
        )  # fmt: skip
    if same_as(file, data, taken.path) == name:
        return Saved(False, False)
    old = path_beside(file, medium.get("file"))
    removed = list_unnamed(file, data, [str(medium.get("file", ""))], ("media", place))
    if old in removed and old.suffix == taken.path.suffix and old.parent == file.path.parent:
        return _overwrite(file, old, taken.path, data, history, editor)
    target = free_path(file, name, taken.path.suffix)
    with place_files(file, folder, [(taken.path, target)], removed) as paths:
        return save(
            file, [Put(("media", place, "file"), target.name)], data, history, editor, placed=paths, removed=removed
        )


def put_captions(
    file: DocumentFile, name: str, seen: str, captions: Path, folder: Path, history: History, editor: Editor
) -> Saved:
    """Give a sound or film captions, or others; raises OptionError as `replace_file` does, and what `save` raises.

    captions : a WebVTT file that was checked
    """
    data = file.parse(file.read()).data
    place, _ = _find(data, name, seen)
    new = NewFile(("media", place, "captions"), name, captions, folder)
    return put_file(file, [], data, history, editor, new)


def remove_medium(file: DocumentFile, name: str, seen: str, folder: Path, history: History, editor: Editor) -> Saved:
    """Remove a medium with its files, as far as nothing else names them; raises what `save` raises."""
    data = file.parse(file.read()).data
    place, medium = _find(data, name, seen)
    names = [str(medium.get(key, "")) for key in ("file", "captions")]
    transcript = str(medium.get("transcript", ""))
    names += [transcript] if transcript.endswith(TEXTS) and "\n" not in transcript else []
    removed = list_unnamed(file, data, names, ("media", place))
    captions = str(medium.get("captions", ""))
    if path_beside(file, captions) in removed:
        removed += [file.path.parent / each for each in captions_beside(file.path.parent, captions).values()]
    order = tuple(each for each in range(len(list_media(data))) if each != place)
    with place_files(file, folder, [], removed):
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


def _find(data: Mapping[str, Any], name: str, seen: str) -> tuple[int, Mapping[str, Any]]:
    """Return the place of a medium and the medium; raises OptionError where it has changed since it was shown."""
    for place, medium in enumerate(list_media(data)):
        if medium.get("id") == name and str(medium.get("file", "")) == seen:
            return place, medium
    raise OptionError(message("'%(name)s' was changed by somebody else meanwhile; open the page again", name=name))


def _free_name(file: DocumentFile, new: NewMedium, ids: set[str], files: set[str]) -> str:
    """Return an id from the title or the alternative text, which no medium and no file has yet."""
    words = plain_text(new.values.get("title") or new.values.get("alt") or new.taken.kind)
    try:
        stem = make_slug(words)
    except OptionError:  # neither letters nor digits
        stem = new.taken.kind
    if len(stem) > _LONGEST_NAME:
        stem = stem[:_LONGEST_NAME].rpartition("-")[0] or stem[:_LONGEST_NAME]
    present = {path.stem for path in file.path.parent.iterdir()} | {Path(each).stem for each in files}
    names = (stem if number == 1 else f"{stem}-{number}" for number in range(1, MOST_NAMES))
    return next(name for name in names if name not in ids and name not in present)


def _overwrite(
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
