"""Write and read translations as XLIFF 2.1 (OASIS standard of 2018, with its size restriction module)."""

from __future__ import annotations

from lxml import etree

from carreau.base.i18n.languages import SOURCE
from carreau.catalogue.i18n.exchange.exchange_file import (
    ACCEPTED,
    FORMER_FRENCH,
    FORMER_WORDS,
    SILENT,
    TO_REVIEW,
    Delivery,
    ExchangeFile,
    ExportUnit,
    ImportUnit,
    claim_of_stale,
)
from carreau.catalogue.i18n.exchange.xliff_elements import (
    XML,
    add,
    as_document,
    children,
    first,
    language_of,
    limit_of,
    one_each,
    refuse_forbidden,
    refuse_other_source,
    words,
)
from carreau.catalogue.i18n.status import MISSING
from carreau.catalogue.i18n.translations import REVIEWED, STALE, UNREVIEWED

NAMESPACE = "urn:oasis:names:tc:xliff:document:2.0"
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
        etree.QName(NAMESPACE, "xliff"),
        nsmap={None: NAMESPACE, "slr": SIZES},
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
    if limit := limit_of(text):
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
    language = language_of(root.get("trgLang"), name)
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
