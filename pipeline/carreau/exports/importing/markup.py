"""Turn HTML into the markup of the catalogue, which is paragraphs; no tag of it is ever kept.

libxml2 parses it within its own limits of depth and size, without network access or entities of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lxml import etree

from carreau.base.messages import Message, message
from carreau.exports.importing.local_files import shortened
from carreau.exports.importing.record import Outcomes
from carreau.exports.importing.texts import clean

LARGEST_BYTES = 2_000_000
"""Limit of a page or article."""

_BLOCKS = frozenset((
    "address", "article", "aside", "blockquote", "body", "br", "dd", "details", "div", "dl", "dt", "fieldset",
    "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "legend",
    "li", "main", "nav", "ol", "p", "pre", "section", "summary", "table", "tbody", "tfoot", "thead", "tr", "ul",
))  # fmt: skip
_NOT_TEXT = frozenset(("head", "noscript", "script", "style", "template", "title"))
_OTHER_MEDIA = frozenset(("audio", "canvas", "embed", "form", "iframe", "math", "object", "svg", "video"))
_LOOKS_LIKE_HTML = re.compile(r"</?[a-zA-Z][^<>]*>|&(?:[a-zA-Z]{2,31}|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});")
_HAS_PARAGRAPHS = re.compile(r"<(?:p|br|div|li|h[1-6]|table|blockquote|section)\b", re.IGNORECASE)
_SPACE = re.compile(r"[ \t\r\n\f]+")
_BREAK = "\n\n"


@dataclass(frozen=True)
class Picture:
    """A picture in HTML: its reference and its alternative text."""

    reference: str
    alt: str


@dataclass(frozen=True)
class Converted:
    """What HTML holds.

    heading : of the first h1 or h2, if it is the first text of all
    text : paragraphs, with the heading
    links : addresses, with their words in the text
    left_out : names of elements that are neither text nor a picture
    """

    text: str = ""
    heading: str = ""
    links: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()
    left_out: tuple[str, ...] = ()

    def below(self, title: str) -> str:
        """Return the text without its heading where that says the same as a title."""
        if self.heading and self.heading.casefold() == clean(title).casefold():
            return self.text.removeprefix(self.heading).lstrip("\n")
        return self.text


def parse_html(content: bytes, encoding: str | None = None) -> Any:
    """Return the root element of HTML, None where there is none; whatever the bytes are, nothing is raised.

    encoding : None for UTF-8 where the bytes are that, and otherwise what the document declares
    """
    if encoding is None:
        encoding = "utf-8" if is_utf8(content) else None
    parser = etree.HTMLParser(
        recover=True, no_network=True, remove_comments=True, remove_pis=True, huge_tree=False, encoding=encoding
    )
    try:
        return etree.fromstring(content[:LARGEST_BYTES], parser)
    except (etree.XMLSyntaxError, ValueError):  # there is no element in it
        return None


def is_utf8(content: bytes) -> bool:
    """Return whether bytes are UTF-8: without a declaration, libxml2 would take them for Latin-1."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def plain_markup(text: str) -> str:
    r"""Return a text that may be HTML as paragraphs.

    >>> plain_markup("<b>Iron</b> &amp; brick<br>1 < 2"), plain_markup("1 < 2 & 3")
    ('Iron & brick\n\n1 < 2', '1 < 2 & 3')
    """
    if not _LOOKS_LIKE_HTML.search(text):
        return clean(text)
    if _HAS_PARAGRAPHS.search(text):
        return converted(text).text
    return clean(_BREAK.join(converted(part).text for part in re.split(r"\n[ \t]*\n", text)))


def converted(html: str) -> Converted:
    """Return what a piece of HTML holds."""
    root = parse_html(html.encode("utf-8", "replace"), "utf-8")
    return Converted() if root is None else converted_element(root)


def converted_element(root: Any, without: frozenset[str] = frozenset()) -> Converted:
    """Return what an element holds.

    without : names of further elements to leave out in silence
    """
    pieces = list[str]()
    links, pictures, left_out = dict[str, None](), list[Picture](), dict[str, None]()
    heading, heading_at = "", 0
    for event, element in _walk(root, _NOT_TEXT | _OTHER_MEDIA | without):
        name = element.tag
        if event == "skip":
            if name in _OTHER_MEDIA and name not in without:
                left_out[name] = None
        elif event == "start":
            if name in _BLOCKS:
                pieces.append(_BREAK)
            if name in ("td", "th") and element.getprevious() is not None:
                pieces.append(" – ")
            if name == "li":
                pieces.append("– ")
            if name in ("h1", "h2"):
                heading_at = len(pieces)
            if name == "a" and element.get("href", "").strip().lower().startswith(("http:", "https:")):
                links[element.get("href").strip()] = None
            if name == "img" and element.get("src", "").strip():
                pictures.append(Picture(element.get("src").strip(), clean(element.get("alt", ""))))
            pieces.append(_SPACE.sub(" ", element.text or ""))
        elif name in ("h1", "h2") and not heading and not clean("".join(pieces[:heading_at])):
            heading = " ".join(clean("".join(pieces[heading_at:])).split())
        if event != "start":
            tail = "" if element is root else _SPACE.sub(" ", element.tail or "")
            pieces += [_BREAK if name in _BLOCKS else "", tail]
    text = clean(_BREAK.join(line for line in "".join(pieces).split(_BREAK) if line.strip(" –")))
    return Converted(text, heading, tuple(links), tuple(pictures), tuple(left_out))


def _walk(root: Any, skipped: frozenset[str]) -> Iterator[tuple[str, Any]]:
    """Yield start and end of each element in document order, and `skip` for those whose content is left out.

    There is no recursion, however deep the tree is.
    """
    stack: list[tuple[Any, bool]] = [(root, False)]
    while stack:
        element, is_done = stack.pop()
        if is_done:
            yield "end", element
        elif not isinstance(element.tag, str) or element.tag in skipped:
            yield "skip", element
        else:
            yield "start", element
            stack.append((element, True))
            stack += [(child, False) for child in reversed(element)]


def tell_markup(item: Message, found: Converted, outcomes: Outcomes) -> None:
    """Say what of HTML the catalogue has no markup for."""
    for link in found.links:
        what = message(
            "the link to %(address)s: texts link only to places, routes and media; its words are kept",
            address=shortened(link),
        )
        outcomes.lose(item, what)
    if found.left_out:
        outcomes.lose(item, message("its elements %(names)s, which are not text", names=found.left_out))
