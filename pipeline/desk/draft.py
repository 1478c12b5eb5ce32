"""What a place, route or trail would be with the values of a form that are not saved yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.catalogue.catalogue import Entry
from pipeline.catalogue.diagnostics import Diagnostic
from pipeline.catalogue.site import Site
from pipeline.catalogue.trail import Trail
from pipeline.desk.document_file import DocumentFile, text_of
from pipeline.desk.form_state import FormState
from pipeline.desk.merge import rebased
from pipeline.desk.place_check import Surroundings, checked_site
from pipeline.desk.route_check import checked_route
from pipeline.desk.toml_edit import edited
from pipeline.desk.trail_check import checked_trail


def checked_draft(
    file: DocumentFile, state: FormState, read: Mapping[str, Any], around: Surroundings
) -> list[Diagnostic]:
    """Return the diagnostics of a place or route as it would be saved; see `drafted`."""
    return checked(file, _content(file, state, read), around)


def drafted(file: DocumentFile, state: FormState, read: Mapping[str, Any], around: Surroundings) -> Entry[Site]:
    """Return a place as it would be saved, with its diagnostics; nothing is written.

    read : the document that the form was filled from
    Raises RefusedError, ScanError or OptionError where the file cannot be read or edited.
    """
    return checked_site(file.path, file.name, _content(file, state, read), around)


def drafted_trail(file: DocumentFile, state: FormState, read: Mapping[str, Any], around: Surroundings) -> Entry[Trail]:
    """Return a trail as it would be saved, with its diagnostics; parameters and exceptions are those of `drafted`."""
    return checked_trail(file.root, file.name, _content(file, state, read), around)


def checked(file: DocumentFile, content: bytes, around: Surroundings) -> list[Diagnostic]:
    """Return the diagnostics of a place, route or trail with the content of a file."""
    if file.of is Site:
        return checked_site(file.path, file.name, content, around).document.findings
    if file.of is Trail:
        return checked_trail(file.root, file.name, content, around).document.findings
    return checked_route(file.root, file.name, content, around).document.findings


def _content(file: DocumentFile, state: FormState, read: Mapping[str, Any]) -> bytes:
    """Return the content of a file as it would be saved."""
    content = file.read()
    document = file.parsed(content)
    edits, _ = rebased(state.edits(read, file.of), read, document.data, is_forced=True)
    text, mark = text_of(content)
    return mark + edited(text, edits, file.of).encode()
