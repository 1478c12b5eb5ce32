"""The first sentence of a text, in any of the languages of the pages."""

from __future__ import annotations

import re

_END = re.compile(r"""[.!?…]["”»’)\]]*(?=\s+(?:["“«„‘(\[]\s?)*[A-ZÀ-ÖØ-ÞŁŚŻŹĆĄĘŃ0-9])""")
_WHITE = re.compile(r"[^\S\u00a0\u202f]+")
"""Space where a line may break."""
_SHORT = re.compile(
    r"(?:^|[\s(«“„])(?:[A-Za-zÀ-ÿ]|n[o°]|nos|St|Ste|Mme|Mlle|MM|Cie|env|ca|c|vol|fig|art|av|bd|Dr|Mr|Mrs|No|nr|Nr|"
    r"bzw|usw|Str|resp|ul|św|tzw|ok|im|al|bijv|ongev)\.$"
)
"""What a full stop ends that is no sentence: an initial, or an abbreviation."""


def first_sentence(text: str) -> str:
    r"""Return the first sentence of a text, on one line; the whole first paragraph where no other one follows.

    >>> first_sentence("La fosse de la Cie. des mines, par J. Dupont. Elle ferme en 1989.")
    'La fosse de la Cie. des mines, par J. Dupont.'
    >>> first_sentence("Une tour\u00a0: la plus haute. Elle penche.")
    'Une tour\xa0: la plus haute.'
    """
    paragraph = _WHITE.sub(" ", re.split(r"\n\s*\n", text.strip(), maxsplit=1)[0])
    for end in _END.finditer(paragraph):
        if not _SHORT.search(paragraph[: end.start() + 1]):
            return paragraph[: end.end()]
    return paragraph
