"""Write and read translations as XLIFF 1.2 (OASIS standard of 2008, strict schema)."""

from __future__ import annotations

from lxml import etree

from carreau.base.i18n.languages import SOURCE
from carreau.catalogue.i18n.exchange.exchange_file import (
    ACCEPTED,
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

NAMESPACE = "urn:oasis:names:tc:xliff:document:1.2"
STATES = {
    MISSING: "needs-translation",
    UNREVIEWED: "needs-review-translation",
    STALE: "needs-review-translation",
    REVIEWED: "final",
}
"""Target state by standing, of the standard's list 2.2.3; a stale one has the qualifier "x-stale" too."""

_DONE = {"translated", "signed-off", "final"}
_STALE = "x-stale"


def write_xliff12(exported: ExchangeFile) -> bytes:
    """Return a document with a `<file>` for each file of the catalogue; raises OptionError for invalid characters."""
    refuse_forbidden(exported)
    root = etree.Element(etree.QName(NAMESPACE, "xliff"), nsmap={None: NAMESPACE}, version="1.2")
    for file, texts in exported.by_file().items():
        file_element = add(
            root, "file", original=file, source_language=SOURCE, target_language=exported.language, datatype="plaintext"
        )
        body = add(file_element, "body")
        for each in texts:
            _add_text(body, each, exported.language)
    return as_document(root)


def _add_text(body: etree._Element, text: ExportUnit, language: str) -> None:
    unit, limit = text.unit, limit_of(text)
    element = add(
        body, "trans-unit", id=text.id, resname=unit.context, maxwidth=limit, size_unit="char" if limit else None,
        approved="yes" if text.standing == REVIEWED else "no",
    )  # fmt: skip
    element.set(f"{XML}space", "preserve")
    add(element, "source", unit.text).set(f"{XML}lang", SOURCE)
    is_stale = text.standing == STALE
    target = add(
        element, "target", unit.target or None,
        state=STATES[text.standing], state_qualifier=_STALE if is_stale else None,
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
    languages = {language_of(each.get("target-language"), name) for each in files} or {language_of(None, name)}
    for each in files:
        refuse_other_source(each.get("source-language"), name)
    language = sorted(languages)[0] if len(languages) == 1 else language_of(" and ".join(sorted(languages)), name)
    texts = [
        _import_unit(unit, name)
        for each in files
        for unit in each.iterdescendants(etree.QName(etree.QName(root).namespace, "trans-unit"))
    ]
    return Delivery(name, language, one_each(texts, name))


def _import_unit(unit: etree._Element, name: str) -> ImportUnit:
    target = first(unit, "target")
    claim, former = SILENT if target is None else _claim(unit, target), None
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


def _claim(unit: etree._Element, target: etree._Element) -> str:
    state = target.get("state") or ""
    if state in _DONE or unit.get("approved") == "yes":
        return ACCEPTED
    # Programs that do not change states keep these two; only the words show whether the text was translated.
    if not state or state in ("new", STATES[MISSING]) or target.get("state-qualifier") == _STALE:
        return SILENT
    return TO_REVIEW
