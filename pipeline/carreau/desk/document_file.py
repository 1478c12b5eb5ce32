"""A file of the catalogue as the desk reads it, and whether a change of it is valid."""

from __future__ import annotations

import base64
import binascii
import copy
import json
import os
import re
import time
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

from carreau.base.document import LARGEST_BYTES, TomlDocument, read_document
from carreau.base.errors import (
    ERROR,
    CarreauError,
    Diagnostic,
    KeyPath,
    MissingError,
    OptionError,
    ScanError,
    StorageError,
    cannot_read,
)
from carreau.base.files import alone_in
from carreau.base.messages import message
from carreau.catalogue.catalogue import SHEETS, SITES, TRAILS
from carreau.catalogue.route import Route
from carreau.catalogue.show import ENDING, MapScene, Show
from carreau.catalogue.site import Site
from carreau.catalogue.table_reader import ENTRY_NAME, LONGEST_NAME, plain_text, read_table
from carreau.catalogue.trail import SCENE_ENDING, SHEET, Trail

_BOM = b"\xef\xbb\xbf"

Content = Site | Route | Trail | Show | MapScene
"""What a file of the catalogue holds."""


class RefusedError(CarreauError):
    """A change would make a file invalid.

    findings : what its reader says
    """

    exit_code = 2

    def __init__(self, findings: Sequence[Diagnostic]) -> None:
        """Set the findings of the reader; the message is that of the first."""
        super().__init__(findings[0].message())
        self.findings = tuple(findings)


@dataclass(frozen=True)
class DocumentFile:
    """The file of a site, route, trail, show or map that moves.

    kind : a key of `KINDS`
    slug : its name in addresses; of a show that of its trail or site
    of : class of its content
    """

    root: Path
    name: str
    kind: str
    slug: str
    of: type[Content]

    @property
    def path(self) -> Path:
        """Return where it is."""
        return self.root / self.name

    def read(self) -> bytes:
        """Return its bytes; raises ScanError where it cannot be read, or is too large."""
        try:
            content = self.path.read_bytes()
        except OSError as error:
            raise ScanError(self.path, "", cannot_read(error), message("check its name and its permissions")) from error
        if len(content) > LARGEST_BYTES:
            cause = message("the file is over %(limit)s MB", limit=LARGEST_BYTES // 10**6)
            raise ScanError(self.path, "", cause, message("move long texts to documents of their own"))
        return content

    def parse(self, content: bytes) -> TomlDocument:
        """Return the document of its bytes; raises RefusedError where they are not valid TOML."""
        document = read_document(self.path, self.name, content)
        if not document.is_read:
            raise RefusedError(document.findings)
        return document

    def require_valid(self, before: TomlDocument, after: bytes) -> TomlDocument:
        """Return the document after a change; raises RefusedError for errors that were not there before."""
        if len(after) > LARGEST_BYTES:
            cause = message("the file is over %(limit)s MB", limit=LARGEST_BYTES // 10**6)
            raise ScanError(self.path, "", cause, message("move long texts to documents of their own"))
        document = self.parse(after)
        known = Counter(_kind(each) for each in self._errors(before))
        fresh = []
        for each in self._errors(document):
            known[_kind(each)] -= 1
            if known[_kind(each)] < 0:
                fresh.append(each)
        if fresh:
            raise RefusedError(fresh)
        return document

    def _errors(self, document: TomlDocument) -> list[Diagnostic]:
        own = TomlDocument(document.path, document.name, document.text, document.data, document.is_read)
        read_table(self.of, document.data, own)
        return [each for each in own.findings if each.level == ERROR]


def _kind(error: Diagnostic) -> tuple[Any, ...]:
    """Return what identifies an error across versions, in which rows may have other numbers."""
    return error.topic, error.cause, error.cure, re.sub(r" \d+", "", error.key)


KINDS: Mapping[str, tuple[type[Content], tuple[str, ...]]] = MappingProxyType(
    {
        "site": (Site, ("sites/{}/site.toml",)),
        "route": (Route, ("routes/{}.toml",)),
        "trail": (Trail, (f"trails/{{}}/{SHEET}",)),
        "show": (Show, (f"trails/{{}}/*{ENDING}", f"sites/{{}}/*{ENDING}")),
        "scene": (MapScene, (f"sites/*/{{}}{SCENE_ENDING}", f"trails/*/{{}}{SCENE_ENDING}")),
    }
)
"""Class by kind, and where its file is looked for; a scene is a map that moves."""


def document_file(root: Path, kind: str, slug: str) -> DocumentFile:
    """Return the file of a site, route, trail, show or map; raises MissingError where it is none of the folder's.

    kind : a key of `KINDS`
    """
    of, patterns = KINDS[kind]
    if not ENTRY_NAME.fullmatch(slug):
        raise MissingError(message("%(file)s does not exist", file=slug[:LONGEST_NAME]))
    for path in (path for pattern in patterns for path in sorted(root.glob(pattern.format(slug)))):
        if path.is_file() and path.resolve().is_relative_to(root.resolve()):
            return DocumentFile(root, path.relative_to(root).as_posix(), kind, slug, of)
    raise MissingError(message("%(file)s does not exist", file=patterns[0].format(slug)))


def decode_text(content: bytes) -> tuple[str, bytes]:
    """Return the text of a file, and the mark before it that some editors write."""
    mark = _BOM if content.startswith(_BOM) else b""
    return content[len(mark) :].decode("utf-8"), mark


@dataclass(frozen=True)
class Put:
    """A value is put at a path; None removes it."""

    path: KeyPath
    value: Any


@dataclass(frozen=True)
class Arrange:
    """The rows of an array of tables get an order: some may be left out, and new ones added.

    path : of the array
    order : the number of a row that is there, or a new row
    """

    path: KeyPath
    order: tuple[int | Mapping[str, Any], ...]


Edit = Put | Arrange


def value_at(data: Any, path: KeyPath) -> Any:
    """Return the value at a path, None where there is none.

    >>> value_at({"state": [{"id": "today"}]}, ("state", 0, "id")), value_at({}, ("state", 0))
    ('today', None)
    """
    for step in path:
        if isinstance(step, int):
            is_there = isinstance(data, list) and step < len(data)
        else:
            is_there = isinstance(data, dict) and step in data
        if not is_there:
            return None
        data = data[step]
    return data


def normal(value: Any) -> Any:
    r"""Return a value as the catalogue reads it: without line wrapping, and dates as text.

    >>> normal({"text": "\na\nb\n", "when": [date(1831, 7, 15)]})
    {'text': 'a b', 'when': ['1831-07-15']}
    """
    if isinstance(value, str):
        return plain_text(value)
    if isinstance(value, Mapping):
        return {key: normal(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [normal(each) for each in value]
    return value.isoformat() if isinstance(value, date) else value


def apply_edits(data: Mapping[str, Any], edits: Sequence[Edit]) -> dict[str, Any]:
    """Return a copy of the data with the edits made; the paths of all edits refer to the data before them."""
    after = copy.deepcopy(dict(data))
    for edit in in_order(edits):
        if isinstance(edit, Put):
            _put(after, edit.path, edit.value)
        else:
            rows = value_at(after, edit.path) or []
            _put(after, edit.path, [rows[each] if isinstance(each, int) else dict(each) for each in edit.order] or None)
    return after


def in_order(edits: Sequence[Edit]) -> list[Edit]:
    """Return edits so that none moves what another refers to: values first, then arrays from the inside out."""
    arranged = [each for each in edits if isinstance(each, Arrange)]
    puts = [each for each in edits if isinstance(each, Put)]
    return [*puts, *sorted(arranged, key=lambda each: -len(each.path))]


def _put(data: Any, path: KeyPath, value: Any) -> None:
    for step in path[:-1]:
        if isinstance(step, str) and isinstance(data, dict) and step not in data:
            if value is None:
                return
            data[step] = {}
        data = data[step]
    if value is not None:
        data[path[-1]] = value
    else:
        data.pop(path[-1], None)


_LARGEST_BYTES = 4_000_000


def pack_data(data: Mapping[str, Any]) -> str:
    """Return a document as a word for a form."""
    plain = json.dumps(normal(data), ensure_ascii=False, sort_keys=True)
    return base64.urlsafe_b64encode(zlib.compress(plain.encode())).decode("ascii")


def unpack_data(word: str) -> dict[str, Any]:
    """Return the document that a form brings back; raises OptionError where it is none."""
    try:
        inflater = zlib.decompressobj()
        plain = inflater.decompress(base64.b64decode(word, altchars=b"-_", validate=True), _LARGEST_BYTES)
        if not inflater.eof:
            raise ValueError("it is too long, or cut off")
        data = json.loads(plain)
    except (binascii.Error, zlib.error, ValueError, RecursionError) as error:
        raise OptionError(message("the form is incomplete; open the page again")) from error
    if not isinstance(data, dict):
        raise OptionError(message("the form is incomplete; open the page again"))
    return data


LONGEST_WAIT_S = 10.0
_PAUSE_S = 0.01


@contextmanager
def writing_in(root: Path) -> Iterator[None]:
    """Wait until no other desk writes in the folder, and keep others out; raises StorageError after ten seconds."""
    taken = message("%(folder)s: another desk is saving; try again", folder=str(root))
    until = time.monotonic() + LONGEST_WAIT_S
    with ExitStack() as stack:
        while True:
            try:
                stack.enter_context(alone_in(root, taken))
                break
            except StorageError:
                if time.monotonic() > until:
                    raise
                time.sleep(_PAUSE_S)
        yield


_ROUTES = "routes"
_ROUTE_ENDING = ".toml"


@dataclass(frozen=True)
class Listed:
    """A file.

    digest : of the names, times and sizes of all files in its folder
    """

    file: DocumentFile
    digest: int


@dataclass(frozen=True)
class _Folder:
    """A folder with the names of its files."""

    path: str
    names: tuple[str, ...]
    digest: int


def list_documents(root: Path) -> list[Listed]:
    """Return sites, routes, trails, shows and maps, in the order of the catalogue."""
    sites, trails = (list(_folders(root, kind)) for kind in (SITES, TRAILS))
    routes = _folder(root, _ROUTES)
    documents = [_list_document(root, "site", _last(each), f"{each.path}/{SHEETS[SITES]}", each) for each in sites]
    for name in routes.names if routes else ():
        if routes and name.endswith(_ROUTE_ENDING):
            documents.append(
                _list_document(root, "route", name.removesuffix(_ROUTE_ENDING), f"{_ROUTES}/{name}", routes)
            )
    documents += [_list_document(root, "trail", _last(each), f"{each.path}/{SHEETS[TRAILS]}", each) for each in trails]
    shows, scenes = dict[str, Listed](), dict[str, Listed]()
    for each in (each for folder in (*sites, *trails) for each in _list_show(root, folder)):
        if each.file.kind == "show":
            shows[each.file.slug] = each
        else:
            scenes.setdefault(each.file.slug, each)
    return [*documents, *shows.values(), *scenes.values()]


def played_beside(file: DocumentFile) -> list[DocumentFile]:
    """Return the show and the maps that lie in the folder of a site or trail."""
    folder = _folder(file.root, file.name.rpartition("/")[0])
    return [each.file for each in _list_show(file.root, folder)] if folder else []


def _list_show(root: Path, folder: _Folder) -> Iterator[Listed]:
    """Yield the show of a folder, the first if there are several, and its maps."""
    shows = [name for name in folder.names if name.endswith(ENDING)]
    if shows:
        yield _list_document(root, "show", _last(folder), f"{folder.path}/{shows[0]}", folder)
    for name in (name for name in folder.names if name.endswith(SCENE_ENDING)):
        yield _list_document(root, "scene", name.removesuffix(SCENE_ENDING), f"{folder.path}/{name}", folder)


def _list_document(root: Path, kind: str, slug: str, name: str, folder: _Folder) -> Listed:
    return Listed(DocumentFile(root, name, kind, slug, KINDS[kind][0]), folder.digest)


def _last(folder: _Folder) -> str:
    return folder.path.rpartition("/")[2]


def _folders(root: Path, kind: str) -> Iterator[_Folder]:
    """Yield the folders in `sites` or `trails` that have a sheet, in order."""
    try:
        names = sorted(each.name for each in os.scandir(root / kind) if each.is_dir())
    except OSError:
        return
    for name in names:
        folder = _folder(root, f"{kind}/{name}")
        if folder is not None and SHEETS[kind] in folder.names:
            yield folder


def _folder(root: Path, path: str) -> _Folder | None:
    """Return a folder, None where it cannot be read, or went meanwhile."""
    try:
        stats = [(each.name, each.stat()) for each in sorted(os.scandir(root / path), key=lambda each: each.name)]
    except OSError:
        return None
    words = "\0".join(f"{name} {stat.st_mtime_ns} {stat.st_size} {stat.st_ino}" for name, stat in stats)
    digest = zlib.crc32(words.encode("utf-8", "surrogatepass"))
    return _Folder(path, tuple(name for name, _ in stats), digest)
