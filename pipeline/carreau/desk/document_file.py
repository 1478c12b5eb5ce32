"""A file of the catalogue as the desk reads it, and whether a change of it is valid."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from carreau.base.diagnostics import ERROR, Diagnostic
from carreau.base.document import LARGEST_BYTES, TomlDocument, read_document
from carreau.base.errors import CarreauError, MissingError, ScanError, cannot_read
from carreau.base.messages import message
from carreau.catalogue.map_scene import MapScene
from carreau.catalogue.route import Route
from carreau.catalogue.show import ENDING, Show
from carreau.catalogue.site import Site
from carreau.catalogue.table_reader import LONGEST_NAME, NAME, read_table
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
        """Set what the reader says; the message is that of the first."""
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

    def parsed(self, content: bytes) -> TomlDocument:
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
        document = self.parsed(after)
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
    """Return what makes an error the same as one of another version, in which rows have other numbers."""
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
    if not NAME.fullmatch(slug):
        raise MissingError(message("%(file)s does not exist", file=slug[:LONGEST_NAME]))
    for path in (path for pattern in patterns for path in sorted(root.glob(pattern.format(slug)))):
        if path.is_file() and path.resolve().is_relative_to(root.resolve()):
            return DocumentFile(root, path.relative_to(root).as_posix(), kind, slug, of)
    raise MissingError(message("%(file)s does not exist", file=patterns[0].format(slug)))


def text_of(content: bytes) -> tuple[str, bytes]:
    """Return the text of a file, and the mark before it that some editors write."""
    mark = _BOM if content.startswith(_BOM) else b""
    return content[len(mark) :].decode("utf-8"), mark
