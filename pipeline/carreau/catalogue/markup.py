"""Recognize HTML in texts, which pages show as it is written."""

from __future__ import annotations

import re

from carreau.base.messages import Message, message

_TAGS = (
    "a|abbr|article|audio|b|big|blockquote|br|center|cite|code|del|div|em|figure|font|h[1-6]|hr|i|iframe|img|ins|li|"
    "mark|ol|p|pre|q|s|script|section|small|source|span|strong|style|sub|sup|svg|table|tbody|td|th|tr|u|ul|video"
)
_HTML = re.compile(
    rf"</?(?:{_TAGS})(?:\s[^<>]*)?/?>|<!--|"
    r"&(?:amp|apos|copy|[aeiou](?:acute|circ|grave|uml)|ccedil|deg|[mn]dash|euro|gt|hellip|[lr][ads]?quo|lt|middot|"
    r"nbsp|oelig|quot|shy|thinsp|#\d{2,5}|#x[0-9a-f]{2,5});",
    re.IGNORECASE,
)


def markup(text: str) -> str:
    """Return the first HTML tag, comment or entity of a text; empty where there is none.

    >>> markup("la <b>fosse</b>"), markup("1831&nbsp;m"), markup("a < b & c > d; <la fosse>, R&D;")
    ('<b>', '&nbsp;', '')
    """
    found = _HTML.search(text)
    return found[0] if found else ""


def html_in(text: str) -> tuple[Message, Message] | None:
    """Return what is wrong with a text that contains HTML, and what to do about it; None without any."""
    if not (found := markup(text)):
        return None
    cause = message("visitors would read '%(text)s': HTML is shown as it is written", text=found)
    return cause, message("write plain text: an empty line begins a paragraph, [words](site:…) is a link")
