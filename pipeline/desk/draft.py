"""What a place or route would be with the values of a form that are not saved yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.catalogue.diagnostics import Diagnostic
from pipeline.catalogue.site import Site
from pipeline.desk.document_file import DocumentFile, text_of
from pipeline.desk.form_state import FormState
from pipeline.desk.merge import rebased
from pipeline.desk.place_check import Surroundings, checked_site
from pipeline.desk.route_check import checked_route
from pipeline.desk.toml_edit import edited


def checked_draft(
    file: DocumentFile, state: FormState, read: Mapping[str, Any], around: Surroundings
) -> list[Diagnostic]:
    """Return the diagnostics of a place or route as it would be saved; nothing is written.

    read : the document that the form was filled from
    Raises RefusedError, ScanError or OptionError where the file cannot be read or edited.
    """
    content = file.read()
    document = file.parsed(content)
    edits, _ = rebased(state.edits(read, file.of), read, document.data, is_forced=True)
    text, mark = text_of(content)
    after = mark + edited(text, edits, file.of).encode()
    return checked(file, after, around)


def checked(file: DocumentFile, content: bytes, around: Surroundings) -> list[Diagnostic]:
    """Return the diagnostics of a place or route with the content of a file."""
    if file.of is Site:
        return checked_site(file.path, file.name, content, around).document.findings
    return checked_route(file.root, file.name, content, around).document.findings
