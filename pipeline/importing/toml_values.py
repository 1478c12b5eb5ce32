"""Values of TOML as a curator writes them: short texts on a line, long ones in wrapped paragraphs."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Sequence

from pipeline.catalogue.table_reader import FARTHEST
from pipeline.importing.texts import clean

_WIDTH, _SHORT = 120, 90


def text_value(text: str) -> str:
    r"""Return a text that is clean as TOML, from which the catalogue reads the same text.

    >>> text_value('The "door"')
    '"The \\"door\\""'
    """
    if len(text) <= _SHORT and "\n" not in text:
        return json.dumps(text, ensure_ascii=False)
    escaped = text.replace("\\", "\\\\").replace('"""', '""\\"')
    paragraphs = (
        textwrap.fill(part, _WIDTH, break_long_words=False, break_on_hyphens=False) for part in escaped.split("\n\n")
    )
    return '"""\n' + "\n\n".join(paragraphs) + '\n"""'


def line_value(text: str) -> str:
    """Return a text as TOML on one line, however long it is, and whatever is in it."""
    return json.dumps(clean(text).replace("\n\n", " "), ensure_ascii=False)


def list_value(texts: Iterable[str]) -> str:
    """Return a list of texts as TOML."""
    return "[" + ", ".join(map(line_value, texts)) + "]"


def number_value(value: float) -> str:
    """Return a number as TOML, with six decimals at most.

    >>> number_value(3.0), number_value(0.25)
    ('3', '0.25')
    """
    return f"{value:.6f}".rstrip("0").rstrip(".")


def point_value(point: Sequence[float] | None) -> str:
    """Return a point or direction as TOML; empty for none, and for one farther than the catalogue goes."""
    if point is None or not all(abs(part) <= FARTHEST for part in point):
        return "[]"
    return "[" + ", ".join(number_value(part) for part in point) + "]"
