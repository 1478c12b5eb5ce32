"""Texts on their way to a translator and back, a person by `carreau texts`, or a service that drafts.

The program of a service is started without a shell. On its standard input it gets

    {"source": "fr", "target": "nl", "texts": [
        {"id": "t0123…", "text": "…", "context": "site.une.summary", "limit": 240, "terms": {"fosse": "mijn / put"}}]}

and on its standard output it writes `{"texts": [{"id": "t0123…", "text": "…"}]}`, in UTF-8, within the time limit.
Texts that it leaves out are left untranslated.
"""

from __future__ import annotations

import codecs
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO

from lxml import etree

from carreau.base.errors import ERROR, FormatError, OptionError, ServiceError
from carreau.base.files import write_all, write_whole
from carreau.base.languages import TRANSLATED, content_file
from carreau.base.messages import Message, Number, join_messages, message, plural_message
from carreau.catalogue.catalogue import Catalogue
from carreau.catalogue.i18n import translator_files
from carreau.catalogue.i18n.check_translations import REVIEWED, STALE, UNREVIEWED, find_standing, no_such_entry
from carreau.catalogue.i18n.fidelity import Fault, faults, find_faults
from carreau.catalogue.i18n.po import FUZZY, Book, Unit, parse_book, read_limited, with_flag, write_book
from carreau.catalogue.i18n.source_texts import list_texts, merged_books, texts_in
from carreau.catalogue.i18n.translator_files import (
    ACCEPTED,
    LARGEST_BYTES,
    SILENT,
    STILL_STALE,
    TO_REVIEW,
    Delivery,
    ExchangeFile,
    ExportUnit,
    ImportUnit,
    parse_language,
    read_xliff12,
    read_xliff21,
    read_xml,
)

PO, XLIFF12, XLIFF21 = "po", "xliff12", "xliff21"
FORMATS = (PO, XLIFF12, XLIFF21)


@dataclass(frozen=True)
class TextsExportResult:
    """The result of an export: how many texts there are, and how many need work."""

    out: Path
    text_count: int
    open_count: int

    def lines(self) -> list[Message]:
        """Return both counts."""
        return [
            plural_message(
                "%(count)s text in %(file)s, %(open)s to translate or review",
                "%(count)s texts in %(file)s, %(open)s to translate or review",
                self.text_count, file=str(self.out), open=self.open_count,
            )
        ]  # fmt: skip


def export_texts(
    catalogue: Catalogue, locales: Path, language: str, out: Path, slug: str = "", file_format: str = PO
) -> TextsExportResult:
    """Write the texts of a language to a file.

    slug : of a site or route; empty for all
    file_format : one of `FORMATS`

    Raises OptionError for invalid options, and the errors of reading translations.
    """
    exported = exchange_file(catalogue, locales, language, slug)
    write_whole(out, _writer(file_format)(exported))
    open_count = sum(not each.unit.target or each.unit.is_fuzzy for each in exported.texts)
    return TextsExportResult(out, len(exported.texts), open_count)


def exchange_file(catalogue: Catalogue, locales: Path, language: str, slug: str = "") -> ExchangeFile:
    """Return the texts of a language as an extraction would give them; raises as `export_texts` does."""
    if language not in TRANSLATED:
        raise OptionError(
            message("--lang %(language)s: use one of: %(choices)s", language=language, choices=TRANSLATED)
        )
    entries = [entry for entry in catalogue.entries() if slug in ("", entry.slug)]
    if not entries:
        raise no_such_entry(slug, [entry.slug for entry in catalogue.entries()])
    book = merged_books(catalogue, locales)[language].book
    units = {unit.key: unit for unit in book.units}
    texts = texts_in(catalogue) if not slug else (each for entry in entries for each in list_texts(entry))
    return ExchangeFile(
        language, book.header, tuple(ExportUnit(each, units[each.context, each.text]) for each in texts)
    )


def format_for(out: Path) -> str:
    """Return the format for the suffix of a file.

    >>> format_for(Path("nl.xlf")), format_for(Path("nl.po"))
    ('xliff12', 'po')
    """
    return XLIFF12 if out.suffix.lower() in (".xlf", ".xliff") else PO


def _writer(file_format: str) -> Callable[[ExchangeFile], bytes]:
    from carreau.catalogue.i18n.translator_files import write_xliff12, write_xliff21

    writers: Mapping[str, Callable[[ExchangeFile], bytes]] = {
        PO: _write_po, XLIFF12: write_xliff12, XLIFF21: write_xliff21
    }  # fmt: skip
    if file_format not in writers:
        raise OptionError(message("--format %(format)s: use one of: %(choices)s", format=file_format, choices=FORMATS))
    return writers[file_format]


def _write_po(exported: ExchangeFile) -> bytes:
    return write_book(Book(exported.header, tuple(each.unit for each in exported.texts)))


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
        return [*self.remarks, join_messages([*counts, refused] if self.counts[REFUSED] else counts, ", ")]


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
        all_faults = faults(each.former or each.text, each.target, self._language)
        if errors := [fault for fault in all_faults if fault.level == ERROR]:
            self._remark(each, name, _describe_fault(errors[0], message("the translation was skipped")))
            return REFUSED
        if key in self._units:
            before = self._units[key]
            after = self._units[key] = self._doubt(before, each, name)
            return SAME if after == before else find_standing(after)
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

    def _doubt(self, before: Unit, each: ImportUnit, name: str) -> Unit:
        """Return a text with its imported translation, unreviewed where a person has to confirm its numbers."""
        after = _after(before, each)
        doubts = [] if after.is_fuzzy else find_faults(after, self._language)
        if doubts:
            self._remark(each, name, _describe_fault(doubts[0], message("the translation is unreviewed")))
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
    if not is_new or (find_standing(before) == REVIEWED and before.target):
        return before
    if each.claim == STILL_STALE and before.target and not before.is_stale:
        return before
    return with_flag(replace(accepted, former=each.former), FUZZY)


def _describe_fault(fault: Fault, outcome: Message) -> Message:
    return message("%(cause)s; %(cure)s; %(outcome)s", cause=fault.cause, cure=fault.cure, outcome=outcome)


def _key(context: str, text: str) -> tuple[str, str]:
    """Return the key of a text without its spacing, which programs may have changed."""
    return context, " ".join(text.split())


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
        if namespace == translator_files.NAMESPACE_12:
            return read_xliff12(root, name)
        if namespace == translator_files.NAMESPACE_2:
            return read_xliff21(root, name)
    cause = message(
        "it starts with %(element)s and is not XLIFF 1.2, 2.0 or 2.1", element=f"<{etree.QName(root).localname}>"
    )
    cure = message("export it from the translation program as XLIFF 1.2, XLIFF 2.1 or PO")
    raise FormatError(name, message("line %(line)s", line=1), cause, cure)


def _read_po(book: Book, name: str) -> Delivery:
    match = _LANGUAGE.search(book.header.target)
    language = parse_language(match[1] if match else None, name)
    return Delivery(name, language, [_import_unit(unit) for unit in book.units])


def _import_unit(unit: Unit) -> ImportUnit:
    claim = STILL_STALE if unit.is_stale else TO_REVIEW if unit.is_fuzzy else ACCEPTED
    former = unit.former if unit.is_stale else None
    return ImportUnit(unit.context, unit.text, unit.target, claim, unit.line, former)


LONGEST_S = 120.0
LARGEST_ANSWER_BYTES = 4_000_000
MOST_TEXTS = 100
"""Of one request."""

_PAUSE_S = 0.05
_NOTE = "machine translation"
_NO_ANSWER = message("its answer is not the JSON that the documentation describes")


def machine_note() -> str:
    """Return the note that marks a translation as a draft of a machine."""
    return _NOTE


def is_machine_note(note: str) -> bool:
    """Return whether a note marks a draft of a machine."""
    return note == _NOTE


@dataclass(frozen=True)
class ToTranslate:
    """A text for the service.

    limit : in characters, None where there is no limit
    terms : words of the glossary with their wanted translations
    """

    id: str
    text: str
    context: str
    limit: int | None
    terms: Mapping[str, str]


@dataclass(frozen=True)
class TranslationService:
    """A program with its arguments."""

    command: tuple[str, ...]
    longest_s: float = LONGEST_S

    def drafts(self, texts: Sequence[ToTranslate], source: str, target: str) -> dict[str, str]:
        """Return translations by id; raises ServiceError where the program fails, or answers something else."""
        wanted = {each.id for each in texts}
        plain = {"source": source, "target": target, "texts": [vars(each) for each in texts]}
        content = self._ask(json.dumps(plain, ensure_ascii=False).encode())
        try:
            answer = json.loads(content)["texts"]
            by_id = {each["id"]: each["text"] for each in answer if each["id"] in wanted}
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise self._failure(_NO_ANSWER) from error
        if not all(isinstance(each, str) for each in by_id.values()):
            raise self._failure(_NO_ANSWER)
        return {name: text.strip() for name, text in by_id.items() if text.strip()}

    def _ask(self, content: bytes) -> bytes:
        """Run the program, and end all that it has started; files take what it writes, not our memory."""
        with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as log:
            given.write(content)
            given.seek(0)
            try:
                process = subprocess.Popen(self.command, stdin=given, stdout=out, stderr=log, start_new_session=True)
            except OSError as error:
                raise self._failure(message("%(text)s", text=str(error.strerror or error))) from error
            try:
                self._watch(process, out, log)
            finally:
                _end(process)
            if process.returncode:
                lines = _read_start(log, 2000).decode("utf-8", "replace").strip().splitlines()
                ended = message("it ended with status %(status)s", status=process.returncode)
                raise self._failure(message("%(text)s", text=lines[-1][:200]) if lines else ended)
            return _read_start(out, LARGEST_ANSWER_BYTES)

    def _watch(self, process: subprocess.Popen[bytes], *outputs: IO[bytes]) -> None:
        """Wait until the program ends; raises ServiceError where it takes too long, or writes too much."""
        ended = time.monotonic() + self.longest_s
        while True:
            with suppress(subprocess.TimeoutExpired):
                process.wait(_PAUSE_S)
            if any(os.fstat(each.fileno()).st_size > LARGEST_ANSWER_BYTES for each in outputs):
                raise self._failure(message("it wrote more than %(limit)s MB", limit=LARGEST_ANSWER_BYTES // 10**6))
            if process.returncode is not None:
                return
            if time.monotonic() > ended:
                raise self._failure(message("it took longer than %(limit)s s", limit=Number(self.longest_s, "g")))

    def _failure(self, answer: Message) -> ServiceError:
        return ServiceError(Path(self.command[0]).name, answer, message("nothing was translated; try again"))


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _read_start(file: IO[bytes], most: int) -> bytes:
    file.seek(0)
    return file.read(most)


def translation_service(command: str) -> TranslationService:
    """Return the service of a command line; raises OptionError where it is empty or its quotation marks are open."""
    try:
        parts = tuple(shlex.split(command))
    except ValueError:
        parts = ()
    if not parts:
        raise OptionError(message("--translator %(command)s: write a program and its arguments", command=command))
    return TranslationService(parts)
