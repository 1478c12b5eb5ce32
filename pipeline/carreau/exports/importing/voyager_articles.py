"""Articles of a Voyager scene: HTML files, one for each language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from carreau.base.errors import cannot_read
from carreau.base.messages import message
from carreau.base.text_encoding import decode_text
from carreau.exports.importing.local_files import NotTakenError, shortened
from carreau.exports.importing.markup import LARGEST_BYTES, Converted, converted, plain_markup, tell_markup
from carreau.exports.importing.media_shelf import MediaShelf
from carreau.exports.importing.record import Outcomes, Texts
from carreau.exports.importing.source_json import members, string
from carreau.exports.importing.texts import clean, language_of

DEFAULT_LANGUAGE = "en"
"""Of the texts of older scenes, which name none: Voyager takes them for English (`DEFAULT_LANGUAGE`, common.ts)."""


def told(node: Mapping[str, Any], several: str, single: str) -> Texts:
    """Return a text of a Voyager object by language, from its map of languages or its older single string."""
    by_code = {language_of(code): plain_markup(string(text)) for code, text in members(node.get(several)).items()}
    texts = {code: text for code, text in by_code.items() if text}
    alone = plain_markup(string(node.get(single)))
    return texts or ({DEFAULT_LANGUAGE: alone} if alone else {})


class Articles:
    """The articles of a scene by id; each is read when something first refers to it."""

    def __init__(self, shelf: MediaShelf, outcomes: Outcomes) -> None:
        """Start without any."""
        self._shelf, self._outcomes = shelf, outcomes
        self._entries: dict[str, Mapping[str, Any]] = {}
        self._read: dict[str, dict[str, Converted]] = {}

    def add(self, entries: list[dict[str, Any]]) -> None:
        """Add the articles of a meta; one without an id cannot be referred to, and has its number for one."""
        for entry in entries:
            self._entries.setdefault(string(entry.get("id")) or f"#{len(self._entries) + 1}", entry)

    def names(self) -> list[str]:
        """Return the ids."""
        return list(self._entries)

    def unread(self) -> list[str]:
        """Return the ids of articles that nothing has referred to."""
        return [name for name in self._entries if name not in self._read]

    def titles(self, name: str) -> Texts:
        """Return the title of an article."""
        return told(self._entries.get(name, {}), "titles", "title")

    def texts(self, name: str, titles: Texts) -> Texts:
        """Return the text of an article as paragraphs, without a heading that repeats a title."""
        found = self._converted(name)
        own = self.titles(name)
        texts = {code: each.below(titles.get(code) or own.get(code, "")) for code, each in found.items()}
        return {code: text for code, text in texts.items() if text}

    def media(self, name: str) -> tuple[str, ...]:
        """Take the pictures of an article, and return their names."""
        pictures = dict[str, dict[str, str]]()
        for code, each in self._converted(name).items():
            for picture in each.pictures:
                alts = pictures.setdefault(picture.reference, {})
                alts |= {code: picture.alt} if picture.alt else {}
        names = (self._shelf.take(reference, alts=alts) for reference, alts in pictures.items())
        return tuple(dict.fromkeys(each for each in names if each))

    def _converted(self, name: str) -> dict[str, Converted]:
        if name in self._read or name not in self._entries:
            return self._read.get(name, {})
        entry = self._entries[name]
        uris = {language_of(code): string(uri) for code, uri in members(entry.get("uris")).items() if string(uri)}
        if not uris and string(entry.get("uri")):
            uris = {DEFAULT_LANGUAGE: string(entry.get("uri"))}
        found = dict[str, Converted]()
        self._read[name] = found
        for code, uri in uris.items():
            item = message("article '%(name)s'", name=shortened(uri))
            try:
                found[code] = self._open(uri)
            except NotTakenError as error:
                self._outcomes.lose(item, error.reason)
                continue
            tell_markup(item, found[code], self._outcomes)
        return found

    def _open(self, uri: str) -> Converted:
        path = self._shelf.folder.find(uri).path
        try:
            with path.open("rb") as file:
                content = file.read(LARGEST_BYTES + 1)
        except OSError as error:
            raise NotTakenError(cannot_read(error)) from error
        if len(content) > LARGEST_BYTES:
            raise NotTakenError(message("the file is over %(limit)s MB", limit=LARGEST_BYTES // 10**6))
        text = decode_text(content)
        return Converted(clean(text)) if path.suffix.lower() in (".txt", ".md") else converted(text)
