"""Files for translators: the data of all, and XLIFF 2.1 (OASIS standard of 2018) and 1.2 (of 2008)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lxml import etree

from carreau.base.errors import FormatError, OptionError
from carreau.base.languages import SOURCE, TRANSLATED
from carreau.base.messages import join_messages, message
from carreau.catalogue.i18n.check_translations import MISSING, REVIEWED, STALE, UNREVIEWED, find_standing
from carreau.catalogue.i18n.po import Unit
from carreau.catalogue.i18n.source_texts import SourceText

ACCEPTED, TO_REVIEW, STILL_STALE, SILENT = "accepted", "to review", "still stale", "silent"
"""Claims of a file about a translation: done; needs review; of a former French text; none, in files of programs that do
not change states."""

FORMER_FRENCH, FORMER_WORDS = "former-french", "former-translation"
"""Notes of a stale translation: the French that was translated, and its translation as exported."""


def text_id(key: tuple[str, str]) -> str:
    """Return the id of a text in XLIFF."""
    return "t" + hashlib.sha256("\x04".join(key).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class ExportUnit:
    """A text for a translator, with its present translation."""

    source: SourceText
    unit: Unit

    @property
    def standing(self) -> str:
        """Return the standing of its translation, or `MISSING`."""
        return find_standing(self.unit) if self.unit.target else MISSING

    @property
    def id(self) -> str:
        """Return its id in XLIFF, which depends on its context and its French alone."""
        return text_id(self.unit.key)

    @property
    def notes(self) -> list[tuple[str, str]]:
        """Return the notes for the translator, each with its subject."""
        notes = [("context", self.unit.context), ("comment", self.source.comment)]
        if self.unit.is_stale:
            notes += [(FORMER_FRENCH, self.unit.former or ""), (FORMER_WORDS, self.unit.target)]
        notes += [("translator", note) for note in self.unit.notes]
        return [(about, note) for about, note in notes if note]


@dataclass(frozen=True)
class ExchangeFile:
    """The exported texts of a language, in the order of the catalogue."""

    language: str
    header: Unit
    texts: tuple[ExportUnit, ...]

    def by_file(self) -> dict[str, list[ExportUnit]]:
        """Return the texts by their file of the catalogue."""
        texts = dict[str, list[ExportUnit]]()
        for each in self.texts:
            texts.setdefault(each.source.file, []).append(each)
        return texts


@dataclass(frozen=True)
class ImportUnit:
    """An imported translation.

    context : its place; text : the French that was translated
    claim : `ACCEPTED`, `TO_REVIEW`, `STILL_STALE` or `SILENT`
    line : in the file it came in
    former : the French that was translated before, where it still is that translation
    """

    context: str
    text: str
    target: str
    claim: str
    line: int
    former: str | None = None


def claim_of_stale(target: str, words: str | None, french: str | None) -> tuple[str, str | None]:
    """Return the claim of a translation whose state is still that of a stale one, and the French it is of.

    words, french : as they went out, None where a program dropped them
    """
    if words is None or not french:
        return TO_REVIEW, None
    # A translation that did not change since the export is still that of the former French.
    return (STILL_STALE, french) if target == words else (SILENT, None)


@dataclass(frozen=True)
class Delivery:
    """The translations of one imported file.

    name : of the file, for messages
    """

    name: str
    language: str
    texts: Sequence[ImportUnit]


LARGEST_BYTES = 50_000_000
"""Size limit; one language of the 53 sites has about 1 MB."""

# In UTF-8 as in UTF-16. A text that speaks of it has "&lt;" there.
_DOCTYPE = re.compile(rb"<\0?!\0?D\0?O\0?C\0?T\0?Y\0?P\0?E")
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def read_xml(content: bytes, name: str) -> etree._Element:
    """Return the root of a document; raises FormatError.

    name : of the file, for messages
    """
    if len(content) > LARGEST_BYTES:
        cause = message("the file is over %(limit)s MB", limit=LARGEST_BYTES // 10**6)
        raise FormatError(name, "", cause, message("export one site at a time"))
    if _DOCTYPE.search(content):
        raise _doctype(name)
    # With `huge_tree` off, libxml2 refuses deep nesting and entity expansion by itself.
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        text = re.sub(r", line \d+, column \d+.*$", "", " ".join(str(error).split()))
        cause = message("invalid XML: %(error)s", error=text[:100])
        cure = message("export it again from the translation program")
        raise FormatError(name, message("line %(line)s", line=line), cause, cure) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise _doctype(name)
    return root


def forbidden_in_xml(text: str) -> str | None:
    r"""Return the first character that XML does not allow, such as "U+0007"; None where there is none.

    >>> forbidden_in_xml("a\u0007"), forbidden_in_xml("a\n")
    ('U+0007', None)
    """
    match = _FORBIDDEN.search(text)
    return f"U+{ord(match[0]):04X}" if match else None


def _doctype(name: str) -> FormatError:
    cause = message("it declares a document type, which may refer to other files")
    return FormatError(name, "", cause, message("remove the declaration; XLIFF does not need it"))


NAMESPACE_2 = "urn:oasis:names:tc:xliff:document:2.0"
SIZES = "urn:oasis:names:tc:xliff:sizerestriction:2.0"
STATES: dict[str, tuple[str, str | None]] = {
    MISSING: ("initial", None),
    UNREVIEWED: ("initial", "carreau:unreviewed"),
    STALE: ("initial", "carreau:stale"),
    REVIEWED: ("reviewed", None),
}
"""Segment state and sub-state by standing. An unreviewed machine translation is "initial", as programs would take
"translated" for the work of a person."""

_DONE = {"translated", "reviewed", "final"}


def write_xliff21(exported: ExchangeFile) -> bytes:
    """Return a document with a `<file>` for each file of the catalogue; raises OptionError for invalid characters."""
    refuse_forbidden(exported)
    root = etree.Element(
        etree.QName(NAMESPACE_2, "xliff"),
        nsmap={None: NAMESPACE_2, "slr": SIZES},
        version="2.1",
        srcLang=SOURCE,
        trgLang=exported.language,
    )
    for number, (file, texts) in enumerate(exported.by_file().items(), 1):
        element = add(root, "file", id=f"f{number}", original=file)
        # Lengths are counted in characters, as people count them.
        etree.SubElement(element, etree.QName(SIZES, "profiles"), generalProfile="xliff:codepoints")
        for each in texts:
            _add_text(element, each)
    return as_document(root)


def _add_text(file: etree._Element, text: ExportUnit) -> None:
    unit = text.unit
    element = add(file, "unit", id=text.id, name=unit.context)
    element.set(f"{XML}space", "preserve")
    if limit := format_limit(text):
        element.set(etree.QName(SIZES, "sizeRestriction"), limit)
    notes = add(element, "notes")
    for about, note in text.notes:
        add(notes, "note", note, category=about)
    state, sub_state = STATES[text.standing]
    segment = add(element, "segment", state=state, subState=sub_state)
    add(segment, "source", unit.text)
    if unit.target:
        add(segment, "target", unit.target)


def read_xliff21(root: etree._Element, name: str) -> Delivery:
    """Return the translations of a document, with the segments of a text joined; raises FormatError.

    name : of the file, for messages
    """
    language = parse_language(root.get("trgLang"), name)
    refuse_other_source(root.get("srcLang"), name)
    units = root.iterdescendants(etree.QName(etree.QName(root).namespace, "unit"))
    return Delivery(name, language, one_each([_import_unit(unit, name) for unit in units], name))


def _import_unit(unit: etree._Element, name: str) -> ImportUnit:
    parts = list(children(unit, "segment", "ignorable"))
    segments = [part for part in parts if etree.QName(part).localname == "segment"]
    source = "".join(words(first(part, "source"), name) for part in parts)
    is_whole = all(first(part, "target") is not None for part in segments)
    target = "".join(_target(part, name) for part in parts) if is_whole else ""
    context = unit.get("name") or unit.get("id") or ""
    claim, notes, former = _claim(segments), _notes(unit, name), None
    if claim == SILENT and any(segment.get("subState") == STATES[STALE][1] for segment in segments):
        claim, former = claim_of_stale(target, notes.get(FORMER_WORDS), notes.get(FORMER_FRENCH))
    return ImportUnit(context, source, target, claim, unit.sourceline or 1, former)


def _notes(unit: etree._Element, name: str) -> dict[str, str]:
    notes = first(unit, "notes")
    elements = () if notes is None else children(notes, "note")
    return {each.get("category", ""): words(each, name) for each in elements}


def _target(part: etree._Element, name: str) -> str:
    """Return the translation of a part; an ignorable between segments without a target keeps its source."""
    target = first(part, "target")
    return words(first(part, "source") if target is None else target, name)


def _claim(segments: list[etree._Element]) -> str:
    if segments and all(segment.get("state") in _DONE for segment in segments):
        return ACCEPTED
    is_unreviewed = any(segment.get("subState") == STATES[UNREVIEWED][1] for segment in segments)
    return TO_REVIEW if is_unreviewed or any(segment.get("state") in _DONE for segment in segments) else SILENT


NAMESPACE_12 = "urn:oasis:names:tc:xliff:document:1.2"
STATES_12 = {
    MISSING: "needs-translation",
    UNREVIEWED: "needs-review-translation",
    STALE: "needs-review-translation",
    REVIEWED: "final",
}
"""Target state by standing, of the standard's list 2.2.3; a stale one has the qualifier "x-stale" too."""

_DONE_12 = {"translated", "signed-off", "final"}
_STALE = "x-stale"


def write_xliff12(exported: ExchangeFile) -> bytes:
    """Return a document with a `<file>` for each file of the catalogue; raises OptionError for invalid characters."""
    refuse_forbidden(exported)
    root = etree.Element(etree.QName(NAMESPACE_12, "xliff"), nsmap={None: NAMESPACE_12}, version="1.2")
    for file, texts in exported.by_file().items():
        file_element = add(
            root, "file", original=file, source_language=SOURCE, target_language=exported.language, datatype="plaintext"
        )
        body = add(file_element, "body")
        for each in texts:
            _add_text_12(body, each, exported.language)
    return as_document(root)


def _add_text_12(body: etree._Element, text: ExportUnit, language: str) -> None:
    unit, limit = text.unit, format_limit(text)
    element = add(
        body, "trans-unit", id=text.id, resname=unit.context, maxwidth=limit, size_unit="char" if limit else None,
        approved="yes" if text.standing == REVIEWED else "no",
    )  # fmt: skip
    element.set(f"{XML}space", "preserve")
    add(element, "source", unit.text).set(f"{XML}lang", SOURCE)
    is_stale = text.standing == STALE
    target = add(
        element, "target", unit.target or None,
        state=STATES_12[text.standing], state_qualifier=_STALE if is_stale else None,
    )  # fmt: skip
    target.set(f"{XML}lang", language)
    if is_stale:
        former = add(element, "alt-trans", alttranstype="previous-version")
        add(former, "source", unit.former).set(f"{XML}lang", SOURCE)
        add(former, "target", unit.target).set(f"{XML}lang", language)
    for about, note in text.notes:
        add(element, "note", f"{about}: {note}", **{"from": "carreau"})


def read_xliff12(root: etree._Element, name: str) -> Delivery:
    """Return the translations of a document; raises FormatError.

    name : of the file, for messages
    """
    files = list(children(root, "file"))
    languages = {parse_language(each.get("target-language"), name) for each in files} or {parse_language(None, name)}
    for each in files:
        refuse_other_source(each.get("source-language"), name)
    language = sorted(languages)[0] if len(languages) == 1 else parse_language(" and ".join(sorted(languages)), name)
    texts = [
        _import_unit_12(unit, name)
        for each in files
        for unit in each.iterdescendants(etree.QName(etree.QName(root).namespace, "trans-unit"))
    ]
    return Delivery(name, language, one_each(texts, name))


def _import_unit_12(unit: etree._Element, name: str) -> ImportUnit:
    target = first(unit, "target")
    claim, former = SILENT if target is None else _claim_12(unit, target), None
    context = unit.get("resname") or unit.get("id") or ""
    target_text, line = words(target, name), unit.sourceline or 1
    if target is not None and claim == SILENT and target.get("state-qualifier") == _STALE:
        claim, former = claim_of_stale(target_text, *_former(unit, name))
    return ImportUnit(context, words(first(unit, "source"), name), target_text, claim, line, former)


def _former(unit: etree._Element, name: str) -> tuple[str | None, str | None]:
    """Return the translation and the French that were exported as the previous version."""
    for each in children(unit, "alt-trans"):
        if each.get("alttranstype") == "previous-version":
            return words(first(each, "target"), name), words(first(each, "source"), name)
    return None, None


def _claim_12(unit: etree._Element, target: etree._Element) -> str:
    state = target.get("state") or ""
    if state in _DONE_12 or unit.get("approved") == "yes":
        return ACCEPTED
    # Programs that do not change states keep these two; only the words show whether the text was translated.
    if not state or state in ("new", STATES_12[MISSING]) or target.get("state-qualifier") == _STALE:
        return SILENT
    return TO_REVIEW


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
                place = join_messages([part for part in (each.source.file, line) if part], ", ")
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


def parse_language(language: str | None, name: str) -> str:
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


def format_limit(text: ExportUnit) -> str | None:
    """Return the length limit of a translation as an attribute, None without one."""
    return str(text.source.limit) if text.source.limit else None
