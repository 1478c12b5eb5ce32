"""Responses of a bundle, by URL path and language."""

from __future__ import annotations

from pydantic import BaseModel

from carreau.base.schema.bundle import Answer
from carreau.base.schema.parts import File, Link
from carreau.site.bundle.content_store import ContentStore
from carreau.site.publish import static_paths


class Answers:
    """The answers of a bundle, or of a part of it.

    found : by address and language
    links : the same as files of the bundle
    """

    def __init__(self, store: ContentStore) -> None:
        """Begin without any."""
        self.store = store
        self.rows: dict[tuple[str, str], Answer] = {}
        self.links: dict[tuple[str, str], Link] = {}

    def add(self, path: str, language: str, content: bytes, ext: str, media_type: str = "") -> Link:
        """Store a response; returns its file, with the URL that is valid on every host.

        language : of the response; empty where it is the same for all languages
        """
        return self.put(path, language, self.store.add_bytes(content, ext, media_type))

    def put(self, path: str, language: str, file: File) -> Link:
        """Add a response whose file is stored already, under its static name too, which links use on any host."""
        own = static_paths.anywhere(path, language, file.ext)
        fields = file.model_dump(include=set(File.model_fields))
        for address in dict.fromkeys((path, own)):
            static = static_paths.static(path, language, file.ext) if address == own else ""
            self.rows[address, language] = Answer(path=address, lang=language, sha256=file.sha256, static=static)
            self.links[address, language] = Link(url=address, **fields)
        return self.links[own, language]

    def add_document(self, path: str, language: str, document: BaseModel) -> Link:
        """Store a document as JSON."""
        return self.add(path, language, json_of(document), "json")

    def scoped(self) -> Answers:
        """Return empty answers whose files are stored in the same folder."""
        return Answers(self.store.scoped())

    def merge(self, part: Answers) -> None:
        """Add the answers and files of a part."""
        self.store.files |= part.store.files
        self.store.written += part.store.written
        self.rows |= part.rows
        self.links |= part.links

    def content(self, path: str, language: str) -> bytes:
        """Return the body of a response; raises KeyError for an unknown path."""
        return (self.store.folder.parent / self.links[path, language].path).read_bytes()


def link(file: File) -> Link:
    """Return a file of the bundle with its address."""
    return Link(url=f"/{file.path}", **file.model_dump())


def json_of(document: BaseModel) -> bytes:
    """Return a document as JSON, without empty fields."""
    return document.model_dump_json(exclude_none=True).encode()
