"""The sites or trails of a folder, each read when it is asked for, for what names few of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Generic, TypeVar

from carreau.base.document import open_document
from carreau.catalogue.catalogue import SHEETS, Entry
from carreau.catalogue.site import Site
from carreau.catalogue.table_reader import read_table
from carreau.catalogue.trail import Trail

T = TypeVar("T", Site, Trail)


class LazyEntries(Mapping[str, Entry[T]], Generic[T]):
    """Entries by slug; which ones there are is read once.

    kind : `SITES` or `TRAILS`
    of : class of what is read
    """

    def __init__(self, root: Path, kind: str, of: type[T]) -> None:
        """List the folder."""
        self._root, self._kind = root, kind
        self._of: type[T] = of
        self._slugs = sorted(path.parent.name for path in (root / kind).glob(f"*/{SHEETS[kind]}"))
        self._read: dict[str, Entry[T]] = {}

    def __getitem__(self, slug: str) -> Entry[T]:
        """Return an entry; one that cannot be read is empty."""
        if slug not in self:
            raise KeyError(slug)
        if slug not in self._read:
            name = f"{self._kind}/{slug}/{SHEETS[self._kind]}"
            document = open_document(self._root / name, name)
            value = read_table(self._of, document.data, document) if document.is_read else self._of()
            self._read[slug] = Entry(slug, value, document)
        return self._read[slug]

    def __contains__(self, slug: object) -> bool:
        """Return whether there is such an entry, without reading it."""
        return slug in self._slugs

    def __iter__(self) -> Iterator[str]:
        """Yield the slugs in order."""
        return iter(self._slugs)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._slugs)
