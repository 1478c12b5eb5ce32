"""Bring `*/LC_MESSAGES/messages.po` up to the messages in the sources: `make messages`.

New messages come in without a translation, messages that are gone are removed, and nothing else is touched. The files
hold no dates, so that the same sources give the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

from carreau.base import languages

PROJECT = Path(__file__).parents[1]
SOURCES = ("assets/demonstration", "pipeline")
KEYWORDS = {"message": None, "plural_message": (1, 2)}
LANGUAGES = tuple(code for code in languages.LANGUAGES if code != languages.ENGLISH)
HEADER = """\
# Errors, warnings and results of the pipeline; `make messages` collects them from the sources.
# Copyright: the Carreau project, EUPL-1.2.
#"""


def extracted() -> Catalog:
    """Return every message of the sources, in the order of files and lines."""
    catalog = Catalog()
    for file, line, msgid, comments in _found():
        catalog.add(msgid, locations=[(file, line)], auto_comments=comments)
    return catalog


def _found() -> Iterator[tuple[str, int, str | tuple[str, ...], list[str]]]:
    for path in sorted(path for folder in SOURCES for path in (PROJECT / folder).rglob("*.py")):
        file = path.relative_to(PROJECT).as_posix()
        for line, msgid, comments, _ in extract_from_file("python", path, KEYWORDS, ["Translators:"]):
            yield file, line, msgid, comments


def path_of(language: str) -> Path:
    """Return the file of a language."""
    return PROJECT / "locales" / language / "LC_MESSAGES" / "messages.po"


def updated(messages: Catalog, old: Catalog, language: str) -> Catalog:
    """Return the messages with the translations there are; a fuzzy one stays fuzzy."""
    new = Catalog(language, header_comment=HEADER, project="Carreau", version="0.1.0", charset="utf-8", fuzzy=False)
    for entry in messages:
        if not entry.id:
            continue
        known = old.get(entry.id)
        string = known.string if known is not None and known.pluralizable == entry.pluralizable else None
        files = sorted({(file, 0) for file, _ in entry.locations})
        new.add(
            entry.id,
            string,
            locations=files,
            flags=entry.flags | (known.flags & {"fuzzy"} if known is not None and string else set()),
            auto_comments=entry.auto_comments,
        )
    return new


def read(language: str) -> Catalog:
    """Return the file of a language, empty where there is none."""
    path = path_of(language)
    if not path.is_file():
        return Catalog(language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def as_bytes(catalog: Catalog) -> bytes:
    """Return a PO file without dates."""
    stream = io.BytesIO()
    write_po(stream, catalog, width=118, include_lineno=False, ignore_obsolete=True)
    dated = (b'"POT-Creation-Date', b'"PO-Revision-Date', b'"Last-Translator', b'"Report-Msgid', b'"Generated-By')
    return b"".join(line for line in stream.getvalue().splitlines(keepends=True) if not line.startswith(dated))


def _is_translated(entry: Message) -> bool:
    strings = [entry.string] if isinstance(entry.string, str) else list(entry.string or ())
    return bool(strings) and all(strings)


def main() -> None:
    """Update every language, and print how many translations are missing."""
    messages = extracted()
    for language in LANGUAGES:
        catalog = updated(messages, read(language), language)
        path_of(language).write_bytes(as_bytes(catalog))
        missing = [entry for entry in catalog if entry.id and not _is_translated(entry)]
        print(f"{language}: {len(catalog)} messages, {len(missing)} without a translation")


if __name__ == "__main__":
    main()
