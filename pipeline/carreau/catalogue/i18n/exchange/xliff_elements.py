"""Elements that XLIFF 1.2 and 2.1 have in common."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from carreau.base.errors import FormatError, OptionError
from carreau.base.i18n.languages import SOURCE, TRANSLATED
from carreau.base.messages import joined, message
from carreau.catalogue.i18n.exchange.exchange_file import ExchangeFile, ExportUnit, ImportUnit
from carreau.catalogue.i18n.exchange.xml_reading import forbidden_in_xml

XML = "{http://www.w3.org/XML/1998/namespace}"
_AROUND = {"g", "mrk", "pc"}
_MARKS = {"sm", "em"}
"""Inline markup that translation programs add; our texts have none."""


def refuse_forbidden(exported: ExchangeFile) -> None:
    """Raise OptionError for a text with a character that XML does not allow."""
    for each in exported.texts:
        for text in (each.unit.text, each.unit.target, each.unit.former or "", *(note for _, note in each.notes)):
            if character := forbidden_in_xml(text):
                line = message("line %(line)s", line=each.source.line) if each.source.line else ""
                place = joined([part for part in (each.source.file, line) if part], ", ")
                raise OptionError(
                    message(
                        "%(place)s: %(context)s: XLIFF cannot contain the character %(character)s; "
                        "remove it, or export PO",
                        place=place, context=each.unit.context, character=character,
                    )
                )  # fmt: skip


def add(parent: etree._Element, name: str, text: str | None = None, /, **attributes: str | None) -> etree._Element:
    """Add an element of the parent's namespace, without the attributes that are None; `_` in a name is `-`."""
    element = etree.SubElement(parent, etree.QName(etree.QName(parent).namespace, name))
    for key, value in attributes.items():
        if value is not None:
            element.set(key.replace("_", "-"), value)
    element.text = text
    return element


def as_document(root: etree._Element) -> bytes:
    """Return the bytes of a document."""
    return bytes(etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True))


def children(parent: etree._Element, *names: str) -> Iterator[etree._Element]:
    """Yield the children with a name, in the parent's namespace."""
    space = etree.QName(parent).namespace
    yield from parent.iterchildren(*(etree.QName(space, name) for name in names))


def first(parent: etree._Element, name: str) -> etree._Element | None:
    """Return the first child with a name."""
    return next(children(parent, name), None)


def words(element: etree._Element | None, name: str) -> str:
    """Return the text of an element without the markup of translation programs; raises FormatError for other markup."""
    if element is None:
        return ""
    parts = [element.text or ""]
    for child in element:
        tag = etree.QName(child).localname if isinstance(child.tag, str) else ""
        if tag in _AROUND:
            parts.append(words(child, name))
        elif tag and tag not in _MARKS:
            place = message("line %(line)s", line=child.sourceline or 1)
            cause = message("%(element)s is not in the French text", element=f"<{tag}>")
            raise FormatError(name, place, cause, message("remove it from the translation"))
        parts.append(child.tail or "")
    return "".join(parts)


def language_of(language: str | None, name: str) -> str:
    """Return the code of a language, nl for nl-BE; raises FormatError where the catalogue is not translated into it."""
    code = (language or "").replace("_", "-").partition("-")[0].lower()
    if code in TRANSLATED:
        return code
    cause = (
        message("its language is '%(language)s'", language=language) if language else message("its language is missing")
    )
    raise FormatError(name, "", cause, message("use one of: %(choices)s", choices=TRANSLATED))


def refuse_other_source(language: str | None, name: str) -> None:
    """Raise FormatError for a file whose source language is not French."""
    if (language or SOURCE).partition("-")[0].lower() != SOURCE:
        cause = message("its source language is '%(language)s'", language=language or "")
        raise FormatError(name, "", cause, message("translate from French, as exported"))


def one_each(texts: list[ImportUnit], name: str) -> list[ImportUnit]:
    """Return the texts without duplicates; raises FormatError where two translations of a text differ."""
    by_key = dict[tuple[str, str], ImportUnit]()
    for each in texts:
        before = by_key.setdefault((each.context, each.text), each)
        if (before.target, before.claim) != (each.target, each.claim):
            cause = message("the text of line %(line)s is repeated with another translation", line=before.line)
            raise FormatError(name, message("line %(line)s", line=each.line), cause, message("keep one of them"))
    return list(by_key.values())


def limit_of(text: ExportUnit) -> str | None:
    """Return the length limit of a translation as an attribute, None without one."""
    return str(text.source.limit) if text.source.limit else None
