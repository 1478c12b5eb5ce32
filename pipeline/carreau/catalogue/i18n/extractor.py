"""Extraction plugin for Babel: `pybabel extract -F locales/content.cfg assets`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from carreau.base.document import read_document
from carreau.base.errors import OptionError
from carreau.catalogue.catalogue import Entry
from carreau.catalogue.i18n.source_texts import texts_of
from carreau.catalogue.map_scene import MapScene
from carreau.catalogue.route import Route
from carreau.catalogue.show import ENDING, Show
from carreau.catalogue.site import Site
from carreau.catalogue.table_reader import read_table
from carreau.catalogue.trail import SCENE_ENDING, SHEET, Trail

_PLACED = "pgettext"
"""Babel's name for a text with a context."""


def extract(
    fileobj: IO[bytes], _keywords: Mapping[str, Any], _comment_tags: Collection[str], **_options: Any
) -> Iterator[tuple[int, str, tuple[str, str], list[str]]]:
    """Yield the texts of a site, a trail, a show, a map that moves or a route for Babel: line, function, arguments,
    comments.

    fileobj : an open file, whose `name` determines the site, trail, show, map or route

    The other arguments are Babel's, and are not needed. Raises OptionError where the file is not TOML.
    """
    path = Path(fileobj.name)
    document = read_document(path, path.as_posix(), fileobj.read())
    if not document.is_read:
        raise OptionError(document.findings[0].message())
    of: type[Any] = {"site.toml": Site, SHEET: Trail}.get(path.name, Route)
    slug = path.stem if of is Route else path.parent.name
    if path.name.endswith(ENDING):
        of, slug = Show, path.parent.name
    elif path.name.endswith(SCENE_ENDING):
        of, slug = MapScene, path.name.removesuffix(SCENE_ENDING)
    for text in texts_of(Entry(slug, read_table(of, document.data, document), document)):
        yield text.line or 1, _PLACED, (text.context, text.text), text.comment.split("\n")
