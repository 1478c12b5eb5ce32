"""Read pages as browsers do, and strictly."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator

from html5rdf import HTMLParser

Element = ElementTree.Element


def read(page: bytes) -> Element:
    """Return the tree of a page; raises html5rdf's ParseError where the page is not as HTML should be."""
    tree: Element = HTMLParser(strict=True, namespaceHTMLElements=False).parse(page, transport_encoding="utf-8")
    return tree


def of(tree: Element, *names: str) -> Iterator[Element]:
    """Yield the elements of some names, in order; those of SVG by their plain names too."""
    return (each for each in tree.iter() if isinstance(each.tag, str) and each.tag.rpartition("}")[2] in names)


def words(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def href(element: Element) -> str:
    return element.get("href") or element.get("{http://www.w3.org/1999/xlink}href") or ""


def addresses(page: bytes) -> list[str]:
    """Return what a page links to or asks for, quickly."""
    found = re.findall(rb'\s(?:href|src|srcset|action|poster)="([^"]*)"', page)
    each = (part.split()[0] for value in found for part in value.decode().replace("&amp;", "&").split(", ") if part)
    return list(each)
