"""Turn what curators write, paragraphs with links between places, into plain text or into HTML."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

from pipeline.exports.record import Texts
from pipeline.i18n.languages import CHAINS
from pipeline.i18n.translations import LocalizedText

_LINK = re.compile(r"\[([^\]]*)\]\(\s*(site|route|media):([^)\s]*)\s*\)")
_CONTROL = dict.fromkeys(set(range(32)) - {9, 10, 13} | {0x7F, 0xFFFE, 0xFFFF})
"""What no XML may hold; it means nothing in a text."""


def paragraphs(text: str) -> list[str]:
    r"""Return the paragraphs of a text, each in one line: how it is wrapped in its file says nothing.

    >>> paragraphs("Une fosse\nde Denain.\n\nFermée.\n")
    ['Une fosse de Denain.', 'Fermée.']
    """
    parts = re.split(r"\n[ \t\r]*\n", text.translate(_CONTROL).replace("\r\n", "\n"))
    return [" ".join(part.split()) for part in parts if part.strip()]


def plain(text: str) -> str:
    """Return a text without its links, an empty line between paragraphs.

    >>> plain("Près de [la fosse Mathilde](site:fosse-mathilde).")
    'Près de la fosse Mathilde.'
    """
    return "\n\n".join(_LINK.sub(r"\1", part) for part in paragraphs(text))


def as_html(text: str, address: Callable[[str, str], str], attributes: str = "") -> str:
    """Return a text as paragraphs of HTML in one line, everything in it escaped.

    address : gives where a link leads, by its kind ("site", "route" or "media") and name; empty for nowhere
    attributes : of each paragraph, as ` lang="fr"`

    >>> as_html("Haut de <10 m & [noir](site:terril)", lambda kind, name: f"/{kind}/{name}")
    '<p>Haut de &lt;10 m &amp; <a href="/site/terril">noir</a></p>'
    """
    return "".join(f"<p{attributes}>{linked(part, address)}</p>" for part in paragraphs(text))


def linked(text: str, address: Callable[[str, str], str]) -> str:
    """Return a paragraph as the inside of an element of HTML, everything in it escaped."""
    made, end = [], 0
    for link in _LINK.finditer(text):
        target, words = address(link[2], link[3]), html.escape(link[1])
        made += [html.escape(text[end : link.start()])]
        made += [f'<a href="{html.escape(target)}">{words}</a>' if target else words]
        end = link.end()
    return "".join([*made, html.escape(text[end:])])


def plain_texts(texts: Texts) -> dict[str, str]:
    """Return what is said in each language, without links."""
    return {code: plain(said.text) for code, said in texts.items()}


def heard(texts: Texts, language: str) -> LocalizedText | None:
    """Return what is said in a language, or in the next of its chain that says it; None where nobody wrote it."""
    return next((texts[code] for code in CHAINS[language] if code in texts), None)


def words(texts: Texts, language: str) -> str:
    """Return the same in plain words, empty where nobody wrote it."""
    said = heard(texts, language)
    return plain(said.text) if said else ""
