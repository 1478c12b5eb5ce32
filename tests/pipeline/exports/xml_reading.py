"""Hold XML against schemas as they are published, without the network."""

from __future__ import annotations

from pathlib import Path

from lxml import etree


def schema(path: Path) -> etree.XMLSchema:
    """Return an XML schema with what it includes beside it."""
    return etree.XMLSchema(etree.parse(path, etree.XMLParser(no_network=True)))


def tree(document: bytes) -> etree._Element:
    """Return a document's root."""
    return etree.fromstring(document, etree.XMLParser(no_network=True, resolve_entities=False))


def faults(of: etree.XMLSchema, document: bytes) -> list[str]:
    """Return what a schema does not allow."""
    of.validate(tree(document))
    return [f"{each.line}: {each.message}" for each in of.error_log]
