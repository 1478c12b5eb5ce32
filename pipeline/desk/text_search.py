"""Find words in texts, whatever their accents, apostrophes and capitals."""

from __future__ import annotations

import unicodedata


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
