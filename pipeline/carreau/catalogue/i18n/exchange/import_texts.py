"""Import translations: `carreau texts import`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from carreau.base.atomic_write import write_all
from carreau.base.diagnostics import ERROR
from carreau.base.i18n.languages import content_file
from carreau.base.messages import Message, joined, message, plural_message
from carreau.catalogue.catalogue import Catalogue
from carreau.catalogue.i18n.exchange.exchange_file import ACCEPTED, SILENT, STILL_STALE, Delivery, ImportUnit
from carreau.catalogue.i18n.extraction import merged_books
from carreau.catalogue.i18n.fidelity import Fault, faults, faults_of
from carreau.catalogue.i18n.po import FUZZY, Book, Unit, with_flag, write_book
from carreau.catalogue.i18n.translations import REVIEWED, STALE, UNREVIEWED, standing_of

UNKNOWN, SAME, REFUSED = "unknown", "unchanged", "refused"


@dataclass
class ImportResult:
    """The result of an import.

    counts : translations by outcome
    remarks : on translations that were not applied as they are, with file and line
    """

    counts: Counter[str] = field(default_factory=Counter)
    remarks: list[Message] = field(default_factory=list)

    def lines(self) -> list[Message]:
        """Return the remarks and the counts."""
        counts = (
            plural_message("%(count)s accepted", "%(count)s accepted", self.counts[REVIEWED]),
            plural_message("%(count)s unreviewed", "%(count)s unreviewed", self.counts[UNREVIEWED]),
            plural_message("%(count)s stale", "%(count)s stale", self.counts[STALE]),
            plural_message("%(count)s unknown", "%(count)s unknown", self.counts[UNKNOWN]),
            plural_message("%(count)s unchanged", "%(count)s unchanged", self.counts[SAME]),
        )
        refused = plural_message("%(count)s refused", "%(count)s refused", self.counts[REFUSED])
        return [*self.remarks, joined([*counts, refused] if self.counts[REFUSED] else counts, ", ")]


def import_texts(catalogue: Catalogue, locales: Path, deliveries: Sequence[Delivery]) -> ImportResult:
    """Import translations into the updated files of their languages; all of them, or none.

    Texts that are not in a file do not change. A translation of former French is stale, and never replaces one of the
    current French. An unreviewed translation never replaces a reviewed one. One that loses a placeholder or a link, or
    hides characters, is skipped; one whose numbers differ is unreviewed until a person confirms them.
    Raises the errors of reading the catalogue and the translations, and StorageError.
    """
    result, books = (
        ImportResult(),
        {language: merged.book for language, merged in merged_books(catalogue, locales).items()},
    )
    for delivery in deliveries:
        books[delivery.language] = _BookEditor(books[delivery.language], result).apply(delivery)
    paths = {language: content_file(locales, language) for language in {each.language for each in deliveries}}
    contents = {paths[language]: write_book(books[language]) for language in sorted(paths)}
    write_all(
        {path: content for path, content in contents.items() if not path.is_file() or path.read_bytes() != content}
    )
    return result


class _BookEditor:
    """Applies translations to the file of one language."""

    def __init__(self, book: Book, result: ImportResult) -> None:
        self._book, self._result, self._language = book, result, ""
        self._units = {_key(unit.context, unit.text): unit for unit in book.units}
        self._obsolete = {unit.key: unit for unit in book.obsolete}
        self._places = dict[str, list[tuple[str, str]]]()
        for key in self._units:
            self._places.setdefault(key[0], []).append(key)

    def apply(self, delivery: Delivery) -> Book:
        self._language = delivery.language
        for each in delivery.texts:
            if each.target:
                self._result.counts[self._apply_one(each, delivery.name)] += 1
        return replace(self._book, units=tuple(self._units.values()), obsolete=tuple(self._obsolete.values()))

    def _apply_one(self, each: ImportUnit, name: str) -> str:
        key = _key(each.context, each.text)
        if key in self._units and self._units[key].target == each.target and not self._units[key].is_fuzzy:
            return SAME
        found = faults(each.former or each.text, each.target, self._language)
        if errors := [fault for fault in found if fault.level == ERROR]:
            self._remark(each, name, _told(errors[0], message("the translation was skipped")))
            return REFUSED
        if key in self._units:
            before = self._units[key]
            after = self._units[key] = self._doubted(before, each, name)
            return SAME if after == before else standing_of(after)
        place = self._places.get(each.context, [])
        if not place:
            self._remark(each, name, message("this text is not in the catalogue; the translation was skipped"))
            return UNKNOWN
        self._keep_obsolete(each)
        if len(place) > 1:
            remark = message("this text is no longer in its list; the translation was kept as obsolete")
            self._remark(each, name, remark)
            return STALE
        before = self._units[place[0]]
        if before.target and not before.is_stale:
            remark = message("the French has changed and is translated already; this translation was kept as obsolete")
            self._remark(each, name, remark)
        else:
            self._units[place[0]] = with_flag(replace(before, target=each.target, former=each.text), FUZZY)
            self._remark(each, name, message("the French has changed; the translation is stale"))
        return STALE

    def _doubted(self, before: Unit, each: ImportUnit, name: str) -> Unit:
        """Return a text with its imported translation, unreviewed where a person has to confirm its numbers."""
        after = _after(before, each)
        doubts = [] if after.is_fuzzy else faults_of(after, self._language)
        if doubts:
            self._remark(each, name, _told(doubts[0], message("the translation is unreviewed")))
        return with_flag(after, FUZZY) if doubts else after

    def _keep_obsolete(self, each: ImportUnit) -> None:
        """Keep the translation of a former French text as obsolete; it is restored if the French returns."""
        before = self._obsolete.get((each.context, each.text), Unit(each.context, each.text))
        if not before.target or each.claim == ACCEPTED:
            self._obsolete[before.key] = with_flag(
                replace(before, target=each.target, former=None), FUZZY, each.claim != ACCEPTED
            )

    def _remark(self, each: ImportUnit, name: str, remark: Message) -> None:
        self._result.remarks.append(
            message(
                "%(file)s, line %(line)s: %(context)s: %(remark)s",
                file=name, line=each.line, context=each.context, remark=remark,
            )
        )  # fmt: skip


def _after(before: Unit, each: ImportUnit) -> Unit:
    """Return a text with its imported translation applied."""
    is_new = each.target != before.target
    accepted = with_flag(replace(before, target=each.target, former=None), FUZZY, False)
    if each.claim == ACCEPTED or (each.claim == SILENT and is_new):
        return accepted
    if not is_new or (standing_of(before) == REVIEWED and before.target):
        return before
    if each.claim == STILL_STALE and before.target and not before.is_stale:
        return before
    return with_flag(replace(accepted, former=each.former), FUZZY)


def _told(fault: Fault, outcome: Message) -> Message:
    return message("%(cause)s; %(cure)s; %(outcome)s", cause=fault.cause, cure=fault.cure, outcome=outcome)


def _key(context: str, text: str) -> tuple[str, str]:
    """Return the key of a text without its spacing, which programs may have changed."""
    return context, " ".join(text.split())
