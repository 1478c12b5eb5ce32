"""What a place, route, trail, show or map would be with the values of a form that are not saved yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from carreau.base.diagnostics import Diagnostic
from carreau.catalogue.catalogue import Entry
from carreau.desk.beside_check import checked_map, checked_show
from carreau.desk.document_file import DocumentFile, text_of
from carreau.desk.form_state import FormState
from carreau.desk.merge import rebased
from carreau.desk.place_check import Surroundings, checked_site
from carreau.desk.route_check import checked_route
from carreau.desk.toml_edit import edited
from carreau.desk.trail_check import checked_trail

_CHECKS = {"route": checked_route, "trail": checked_trail, "show": checked_show, "scene": checked_map}
"""By kind; that of a place wants its path."""


def checked_draft(
    file: DocumentFile, state: FormState, read: Mapping[str, Any], around: Surroundings
) -> list[Diagnostic]:
    """Return the diagnostics of a document as it would be saved; see `drafted`."""
    return checked(file, _content(file, state, read), around)


def drafted(file: DocumentFile, state: FormState, read: Mapping[str, Any], around: Surroundings) -> Entry[Any]:
    """Return a document as it would be saved, with its diagnostics; nothing is written.

    read : the document that the form was filled from
    Raises RefusedError, ScanError or OptionError where the file cannot be read or edited.
    """
    return entry_of(file, _content(file, state, read), around)


def checked(file: DocumentFile, content: bytes, around: Surroundings) -> list[Diagnostic]:
    """Return the diagnostics of a document with the content of a file."""
    return entry_of(file, content, around).document.findings


def entry_of(file: DocumentFile, content: bytes, around: Surroundings) -> Entry[Any]:
    """Return what a file holds with the content that is given, with the diagnostics of its readers and checks."""
    if file.kind == "site":
        return checked_site(file.path, file.name, content, around)
    check: Any = _CHECKS[file.kind]
    entry: Entry[Any] = check(file.root, file.name, content, around)
    return entry


def _content(file: DocumentFile, state: FormState, read: Mapping[str, Any]) -> bytes:
    """Return the content of a file as it would be saved."""
    content = file.read()
    document = file.parsed(content)
    edits, _ = rebased(state.edits(read, file.of), read, document.data, is_forced=True)
    text, mark = text_of(content)
    return mark + edited(text, edits, file.of).encode()
