"""Write the line of a route beside its file, and name it there, without touching anything else in it."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from carreau.base.atomic_write import write_all
from carreau.base.diagnostics import KeyPath
from carreau.base.errors import OptionError
from carreau.base.messages import message
from carreau.base.toml_lines import key_lines
from carreau.catalogue.catalogue import Entry
from carreau.catalogue.route import Route
from carreau.catalogue.route_line import RouteLine, line_bytes

OF_LINE = "tracé"
"""What a `[[rights]]` table is of that belongs to the line."""
_VALUE = re.compile(
    r"""^(?P<key>\s*[\w"'.-]+\s*=\s*)(?P<value>"(?:[^"\\]|\\.)*"|'[^']*'|[^\s#"'\[{]+)(?P<rest>\s*(?:\#.*)?)$""",
    re.VERBOSE,
)
_HEADER = re.compile(r"\s*\[")


def write_line(entry: Entry[Route], line: RouteLine, path_measure: str, is_new_way: bool) -> Path:
    """Write a line as GeoJSON beside the file of its route, both or neither, and return where.

    is_new_way : whether it leads elsewhere than the one before, so that nobody has walked it
    Raises OptionError where the file of the route cannot be changed by a program, StorageError where the disk refuses.
    """
    sheet = entry.document.path
    path = sheet.with_name(f"{entry.slug}.geojson")
    values: dict[str, Any] = {"path": path.name, "path_measure": path_measure}
    if is_new_way and entry.of.walked is not None:
        values["walked"] = False
    rights = {"of": OF_LINE, "credit": line.origin.credit, "licence": line.origin.licence, "url": line.origin.source}
    before = sheet.read_bytes()
    has_rights = bool(line.origin.credit) or any(each.of == OF_LINE for each in entry.of.rights)
    text = changed(before.decode("utf-8-sig"), sheet, values, rights if has_rights else {})
    mark = "\ufeff" if before.startswith(b"\xef\xbb\xbf") else ""
    write_all({path: line_bytes(line), sheet: (mark + text).encode()})
    return path


def changed(text: str, sheet: Path, values: Mapping[str, Any], rights: Mapping[str, str]) -> str:
    """Return the text of a file with other values of some keys, and with a `[[rights]]` table.

    values : by key at the top of the file; one that is missing is added after the one before it, or before the tables
    rights : values of the table whose `of` is theirs; empty for none
    Raises OptionError where that would change anything else.
    """
    data = tomllib.loads(text)
    new = text.replace("\r\n", "\n")
    for key, value in values.items():
        new = _with(new, (key,), value) if key in data else _added(new, key, value)
    wanted = {**data, **values}
    if rights:
        wanted, new = _with_rights(data, wanted, new, rights)
    if tomllib.loads(new) != wanted:
        raise OptionError(
            message(
                '%(file)s: its keys stand in a way that a program cannot change; write path = "%(path)s" yourself',
                file=str(sheet),
                path=str(values.get("path", "")),
            )
        )
    return new.replace("\n", "\r\n") if "\r\n" in text else new


def _with(text: str, key: KeyPath, value: Any) -> str:
    """Return a text with another value of a key, which keeps its line and its comment."""
    lines = text.split("\n")
    at = key_lines(text).get(key)
    line = _VALUE.match(lines[at - 1]) if at else None
    if at and line:
        lines[at - 1] = f"{line['key']}{_toml(value)}{line['rest']}"
    return "\n".join(lines)


def _added(text: str, key: str, value: Any) -> str:
    """Return a text with a further key, at the end of what stands before the first table."""
    lines, places = text.split("\n"), key_lines(text)
    first = min((places[path] for path in places if _HEADER.match(lines[places[path] - 1])), default=len(lines) + 1)
    end = first - 1
    while end and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
        end -= 1
    return "\n".join([*lines[:end], f"{key} = {_toml(value)}", *lines[end:]])


def _with_rights(
    data: dict[str, Any], wanted: dict[str, Any], text: str, rights: Mapping[str, str]
) -> tuple[dict[str, Any], str]:
    """Return the values and the text with a table of rights, renewed or added at the end."""
    tables = [dict(each) for each in data.get("rights", [])]
    place = next((place for place, each in enumerate(tables) if each.get("of") == rights["of"]), None)
    if place is None:
        block = "\n".join(["[[rights]]", *(f"{key} = {_toml(value)}" for key, value in rights.items())])
        return {**wanted, "rights": [*tables, dict(rights)]}, f"{text.rstrip()}\n\n{block}\n"
    for key in rights:
        if key in tables[place]:
            text = _with(text, ("rights", place, key), rights[key])
            tables[place][key] = rights[key]
    return {**wanted, "rights": tables}, text


def _toml(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else json.dumps(value, ensure_ascii=False)
