"""Write XML that is the same for the same record, each text with its language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree import ElementTree as ET

from pipeline.exports.markup import plain
from pipeline.exports.record import Texts

XML = "http://www.w3.org/XML/1998/namespace"

NAMESPACES: Mapping[str, str] = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "ebucore": "http://www.ebu.ch/metadata/ontologies/ebucore/ebucore#",
    "edm": "http://www.europeana.eu/schemas/edm/",
    "gml": "http://www.opengis.net/gml",
    "lido": "http://www.lido-schema.org",
    "oai_dc": "http://www.openarchives.org/OAI/2.0/oai_dc/",
    "ore": "http://www.openarchives.org/ore/terms/",
    "owl": "http://www.w3.org/2002/07/owl#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "schema": "https://schema.org/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "svcs": "http://rdfs.org/sioc/services#",
    "wgs84_pos": "http://www.w3.org/2003/01/geo/wgs84_pos#",
    "xml": XML,
}

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no way to write (2.2, Characters)."""


def begin(name: str, **attributes: str) -> ET.Element:
    """Return an element on its own, its name and attributes written as `dc:title` and `rdf__about`."""
    given = {_full(key.replace("__", ":")): _FORBIDDEN.sub("", value) for key, value in attributes.items()}
    return ET.Element(_full(name), given)


def add(parent: ET.Element, name: str, text: str = "", lang: str = "", **attributes: str) -> ET.Element:
    """Return an element that was put at the end of another; its text is without links."""
    made = begin(name, **attributes)
    if text:
        made.text = _FORBIDDEN.sub("", plain(text))
    if lang:
        made.set(_full("xml:lang"), lang)
    parent.append(made)
    return made


def add_texts(parent: ET.Element, name: str, texts: Texts | Mapping[str, str]) -> None:
    """Add an element for each language that something is said in."""
    for code, said in texts.items():
        add(parent, name, said if isinstance(said, str) else said.text, code)


def xml_bytes(root: ET.Element) -> bytes:
    """Return a document as UTF-8, its elements indented and its namespaces in the order of their prefixes."""
    for prefix, address in NAMESPACES.items():
        ET.register_namespace(prefix, address)
    ET.indent(root)
    made = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{made}\n'.encode()


def _full(name: str) -> str:
    prefix, _, local = name.rpartition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}" if prefix else local
