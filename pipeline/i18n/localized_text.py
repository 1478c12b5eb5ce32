"""Say what a text is: its words, their language, and how far they may be trusted."""

from __future__ import annotations

from dataclasses import dataclass

SOURCE_TEXT, REVIEWED, UNREVIEWED, STALE = "source", "reviewed", "unreviewed", "stale"
"""As a curator wrote it; accepted by a person; by a machine, or read by nobody yet; of what French no longer says."""


@dataclass(frozen=True)
class LocalizedText:
    """A text in one language.

    language : code of the language it is in, which may be another than was wanted
    standing : `SOURCE_TEXT`, `REVIEWED`, `UNREVIEWED` or `STALE`
    """

    text: str
    language: str
    standing: str
