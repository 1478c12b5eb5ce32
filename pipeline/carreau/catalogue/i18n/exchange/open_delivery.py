"""Open a file from a translator, in any of the supported formats."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from lxml import etree

from carreau.base.errors import FormatError
from carreau.base.messages import message
from carreau.catalogue.i18n.exchange import xliff12, xliff21
from carreau.catalogue.i18n.exchange.exchange_file import ACCEPTED, STILL_STALE, TO_REVIEW, Delivery, ImportUnit
from carreau.catalogue.i18n.exchange.xliff12 import read_xliff12
from carreau.catalogue.i18n.exchange.xliff21 import read_xliff21
from carreau.catalogue.i18n.exchange.xliff_elements import language_of
from carreau.catalogue.i18n.exchange.xml_reading import LARGEST_BYTES, read_xml
from carreau.catalogue.i18n.po import Book, Unit, parse_book, read_limited

_LANGUAGE = re.compile(r"^Language:\s*(\S+)", re.MULTILINE)
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def open_delivery(path: Path) -> Delivery:
    """Read a PO or XLIFF file, whose format is detected from its content; raises ScanError."""
    return read_delivery(read_limited(path, LARGEST_BYTES), str(path))


def read_delivery(content: bytes, name: str) -> Delivery:
    """Parse the bytes of a file; raises FormatError."""
    is_xml = content.startswith(_WIDE) or content.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"<")
    return _read_xliff(read_xml(content, name), name) if is_xml else _read_po(parse_book(content, name), name)


def _read_xliff(root: etree._Element, name: str) -> Delivery:
    namespace = etree.QName(root).namespace
    if etree.QName(root).localname == "xliff":
        if namespace == xliff12.NAMESPACE:
            return read_xliff12(root, name)
        if namespace == xliff21.NAMESPACE:
            return read_xliff21(root, name)
    cause = message(
        "it starts with %(element)s and is not XLIFF 1.2, 2.0 or 2.1", element=f"<{etree.QName(root).localname}>"
    )
    cure = message("export it from the translation program as XLIFF 1.2, XLIFF 2.1 or PO")
    raise FormatError(name, message("line %(line)s", line=1), cause, cure)


def _read_po(book: Book, name: str) -> Delivery:
    match = _LANGUAGE.search(book.header.target)
    language = language_of(match[1] if match else None, name)
    return Delivery(name, language, [_import_unit(unit) for unit in book.units])


def _import_unit(unit: Unit) -> ImportUnit:
    claim = STILL_STALE if unit.is_stale else TO_REVIEW if unit.is_fuzzy else ACCEPTED
    former = unit.former if unit.is_stale else None
    return ImportUnit(unit.context, unit.text, unit.target, claim, unit.line, former)
