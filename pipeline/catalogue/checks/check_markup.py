"""Find HTML in the texts of sites and routes."""

from __future__ import annotations

from typing import Any

from pipeline.catalogue.checks.visitor_texts import visitor_texts
from pipeline.catalogue.document import TomlDocument
from pipeline.catalogue.markup import html_in


def check_markup(document: TomlDocument, table: Any) -> None:
    """Report HTML in the texts of a site or route."""
    if "<" not in document.text and "&" not in document.text:
        return
    for key, text in visitor_texts(table):
        if found := html_in(text):
            document.error("markup", key, *found)
