"""Pseudo-localisation: longer, accented texts in brackets, to find layouts that break."""

from __future__ import annotations

import gettext
import re

_ACCENTS = str.maketrans(
    "aAbBcCdDeEfFgGhHiIjJkKlLmMnNoOpPrRsStTuUvVwWyYzZ",
    "åÅƀƁçÇđĐéÉƒƑĝĜĥĤîÎĵĴķĶļĻɱṀñÑöÖþÞŕŔšŠţŢûÛṽṼŵŴýÝžŽ",
)
_UNCHANGED = re.compile(
    r"%\(\w+\)[sd]|%%"  # values of messages
    r"|\{\w*\}"  # and of sentences
    r"|<[^<>]+>|&#?\w+;"  # markup
    r"|\]\([^)\s]*\)"  # where a link leads: [text](site:slug)
    r"|https?://\S+"
)
_FILLING = "one two three four five six seven eight nine ten ".translate(_ACCENTS)
LONGER = 0.35
"""Added length; German and Polish sentences are up to that much longer than English ones."""


def pseudo(text: str) -> str:
    """Return a text with accents, a third longer and in brackets; values, markup and links do not change.

    >>> pseudo("%(number)s sites")
    '[%(number)s šîţéš ö]'
    """
    if not text.strip():
        return text
    pieces, end, letters = [], 0, 0
    for match in [*_UNCHANGED.finditer(text), None]:
        between = text[end : match.start() if match else len(text)]
        letters += len(between)
        pieces += [between.translate(_ACCENTS), match[0] if match else ""]
        end = match.end() if match else end
    more = max(1, round(letters * LONGER))
    filling = (_FILLING * (more // len(_FILLING) + 1))[: more - 1].strip()
    return f"[{''.join(pieces)}{' ' + filling if filling else ''}]"


class PseudoTranslations(gettext.NullTranslations):
    """Translations that return every message pseudo-localised."""

    def gettext(self, message: str) -> str:
        """Return a message."""
        return pseudo(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Return a message with plural forms."""
        return pseudo(msgid1 if n == 1 else msgid2)

    def pgettext(self, context: str, message: str) -> str:  # noqa: ARG002
        """Return a message of a context."""
        return pseudo(message)

    def npgettext(self, context: str, msgid1: str, msgid2: str, n: int) -> str:  # noqa: ARG002
        """Return a message of a context with plural forms."""
        return pseudo(msgid1 if n == 1 else msgid2)
