"""The story of a place in short parts, with its pictures beside them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from carreau.base.schema.medium import Medium
from carreau.base.schema.words import Text
from carreau.exports.records.serializers import paragraphs
from carreau.site.pages.page_texts import PageTexts

_TO_MEDIUM = re.compile(r"\]\(media:([^)\s]+)\)")
_PARAGRAPH_ENDS = re.compile(r"(?<=</p>)(?=<p)")


@dataclass(frozen=True)
class Part:
    """A paragraph and the pictures that come after it."""

    text: Markup
    pictures: tuple[Medium, ...] = ()


def story(description: Text | None, pictures: Sequence[Medium], texts: PageTexts) -> list[Part]:
    """Return the parts of a story with every picture once.

    A picture follows the first paragraph that has a link to it. The others are dealt out in their order, one to each
    paragraph that has none; what is left follows the last. Without a story there is one part, without words.
    """
    if description is None:
        return [Part(Markup(""), tuple(pictures))] if pictures else []
    shown = _PARAGRAPH_ENDS.split(str(texts.paragraphs(description)))
    after: list[list[Medium]] = [[] for _ in shown]
    left = list(pictures)
    for number, words in enumerate(paragraphs(description.text)):
        named = set(_TO_MEDIUM.findall(words))
        after[number] += [each for each in left if each.id in named]
        left = [each for each in left if each.id not in named]
    for beside in after:
        if left and not beside:
            beside.append(left.pop(0))
    after[-1] += left
    return [
        Part(Markup(words), tuple(beside))  # noqa: S704 - PageTexts escaped it
        for words, beside in zip(shown, after, strict=True)
    ]
