"""Write words in plain letters, as people type them on a keyboard of another country."""

from __future__ import annotations

import re
import unicodedata

# Letters that Unicode does not take apart, so that no tokenizer of SQLite folds them.
_LETTERS = str.maketrans(
    {"ł": "l", "œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ĳ": "ij"}
)
_WORD = re.compile(r"[^\W_]+")


def plain(text: str) -> str:
    """Return a text in small plain letters.

    >>> plain("Wałbrzych, Œuvre, Straße, Église, Mine d’Or")
    'walbrzych, oeuvre, strasse, eglise, mine d’or'
    """
    apart = unicodedata.normalize("NFKD", text.lower().translate(_LETTERS))
    return unicodedata.normalize("NFC", "".join(each for each in apart if not unicodedata.combining(each)))


def words(text: str) -> list[str]:
    """Return the words of a text, as the tokenizer cuts them.

    >>> words("La fosse d’Arenberg (n° 3)")
    ['La', 'fosse', 'd', 'Arenberg', 'n', '3']
    """
    return _WORD.findall(unicodedata.normalize("NFC", text))


def unfolded(text: str) -> str:
    """Return the words whose letters the tokenizer does not fold, in plain ones, each once: what `entry.plain` holds.

    >>> unfolded("Wałbrzych, église et Wałbrzych")
    'walbrzych'
    """
    found = {plain(word): None for word in words(text) if word.lower().translate(_LETTERS) != word.lower()}
    return " ".join(found)
