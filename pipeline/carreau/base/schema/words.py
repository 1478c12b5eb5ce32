"""Say how a document carries words: each with the language it is in, and how far it can be trusted."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from carreau.base.schema.frozen_model import FrozenModel

Standing = Literal["source", "reviewed", "unreviewed", "stale"]


class Text(FrozenModel):
    """Words of curators or translators.

    lang : BCP 47 tag of the text, which may not be the one that was asked for
    standing : written in this language; translated and accepted; translated and not yet accepted; or translated from
        an earlier wording
    """

    text: str
    lang: str
    standing: Standing


class Term(FrozenModel):
    """A word of a closed list.

    code : for programs
    text : in the language of the document
    """

    code: str
    text: str


class Day(FrozenModel):
    """A date or a period.

    edtf : ISO 8601-2 (EDTF level 1), as "1831", "1924~" or "1831/1862"
    text : in the language of the document
    """

    edtf: str = Field(examples=["1831/1862"])
    text: str
