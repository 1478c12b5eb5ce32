"""Find words in texts, whatever their accents, apostrophes and capitals, and the texts beside one in a list."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Protocol, TypeVar


class Listed(Protocol):
    """A text of a list."""

    @property
    def id(self) -> str:
        """Return what it is known by."""


T = TypeVar("T", bound=Listed)


def plain(text: str) -> str:
    """Return a text in small letters without accents, for comparisons.

    >>> plain("L’Œuvre d’Été")
    "l'œuvre d'ete"
    """
    letters = unicodedata.normalize("NFKD", text.replace("’", "'"))
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).lower()


def is_found(words: str, *texts: str) -> bool:
    """Return whether all words are in some of the texts.

    >>> is_found("CITE arenberg", "Cité d’Arenberg"), is_found("fosse", "Cité")
    (True, False)
    """
    within = plain("\n".join(texts))
    return all(word in within for word in plain(words).split())


def near(listed: Sequence[T], one: T) -> tuple[T | None, T | None]:
    """Return the texts before and after one in a list, which goes round; None where there is no other."""
    at = next((place for place, each in enumerate(listed) if each.id == one.id), None)
    if not listed or (at is not None and len(listed) == 1):
        return None, None
    return listed[-1 if at is None else at - 1], listed[0 if at is None else (at + 1) % len(listed)]
