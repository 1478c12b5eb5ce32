"""Extraction plugin for Babel: `pybabel extract -F locales/content.cfg assets`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from pipeline.catalogue.catalogue import Entry
from pipeline.catalogue.document import read_document
from pipeline.catalogue.route import Route
from pipeline.catalogue.show import ENDING, Show
from pipeline.catalogue.site import Site
from pipeline.catalogue.table_reader import read_table
from pipeline.catalogue.trail import SHEET, Trail
from pipeline.errors import OptionError
from pipeline.i18n.source_texts import texts_of

_PLACED = "pgettext"
"""Babel's name for a text with a context."""


def extract(
    fileobj: IO[bytes], _keywords: Mapping[str, Any], _comment_tags: Collection[str], **_options: Any
) -> Iterator[tuple[int, str, tuple[str, str], list[str]]]:
    """Yield the texts of a site, trail, show or route for Babel: line, function, arguments, comments.

    fileobj : an open file, whose `name` determines the site, trail, show or route

    The other arguments are Babel's, and are not needed. Raises OptionError where the file is not TOML.
    """
    path = Path(fileobj.name)
    document = read_document(path, path.as_posix(), fileobj.read())
    if not document.is_read:
        raise OptionError(document.findings[0].message())
    of: type[Any] = Show if path.name.endswith(ENDING) else {"site.toml": Site, SHEET: Trail}.get(path.name, Route)
    table = read_table(of, document.data, document)
    for text in texts_of(Entry(path.stem if of is Route else path.parent.name, table, document)):
        yield text.line or 1, _PLACED, (text.context, text.text), text.comment.split("\n")
