"""Texts of a source by language, cleaned, and cut to the lengths that the catalogue allows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from carreau.base.errors import OptionError
from carreau.base.languages import LANGUAGES, OWN_NAMES, SOURCE
from carreau.base.messages import Message, message
from carreau.catalogue.catalogue import make_slug
from carreau.catalogue.table_reader import ENTRY_NAME
from carreau.exports.importing.record import Outcomes, SourcePlace, Texts
from carreau.exports.importing.source_files import shorten_reference

_CODE = re.compile(r"[a-z]{2,3}(?![a-z])")
_UNNAMED = ("none", "und", "mul", "zxx")
_INVISIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")
"""Control characters, and those that turn the direction of writing, behind which another text can hide."""

_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+")
_LINK = re.compile(r"\](?=\(\s*(?:site|route|trail|media|https?):)")


def parse_language(code: Any) -> str:
    """Return the language of a code, empty for none that is named.

    >>> parse_language("EN"), parse_language("fr-CA"), parse_language("@none"), parse_language("haw")
    ('en', 'fr', '', 'haw')
    """
    match = _CODE.match(code.strip().lower()) if isinstance(code, str) else None
    return match[0] if match and match[0] not in _UNNAMED and code.strip().lower() not in _UNNAMED else ""


def clean(text: Any) -> str:
    r"""Return a text as the catalogue may hold it, its paragraphs separated by an empty line; empty for none.

    What reads as a link of the catalogue is none in a source, and becomes plain.

    >>> clean("One\r\nline.\n \nTwo\u202e [a](site:b)")
    'One line.\n\nTwo [a] (site:b)'
    """
    if not isinstance(text, str):
        return ""
    whole = text.encode("utf-8", "replace").decode().replace("\r\n", "\n").replace("\r", "\n").replace("\x85", "\n")
    parts = re.split(r"\n[ \t]*\n", _INVISIBLE.sub("", whole))
    paragraphs = (re.sub(r"[ \t\n\u2028\u2029]+", " ", part).strip(" ") for part in parts)
    return "\n\n".join(_LINK.sub("] ", part) for part in paragraphs if part)


def one_line(text: Any) -> str:
    """Return a text that is clean, without paragraphs."""
    return clean(text).replace("\n\n", " ")


def read_texts(members: Mapping[str, Any]) -> Texts:
    """Return the texts of a map by language code; a list of strings is one text of several paragraphs."""
    texts = dict[str, str]()
    for code, value in members.items():
        text = clean("\n\n".join(each for each in value if isinstance(each, str)) if isinstance(value, list) else value)
        if text:
            texts.setdefault(parse_language(code), text)
    return texts


def main_language(texts: Texts) -> str:
    """Return the language of the text that stands in the file of the catalogue: French, else the first there is."""
    order = (*LANGUAGES, *sorted(set(texts) - set(LANGUAGES) - {""}), "")
    return next((code for code in order if code in texts), SOURCE)


def main_text(texts: Texts) -> str:
    """Return the text of the main language, empty where there is none."""
    return texts.get(main_language(texts), "")


def main_title(texts: Texts, otherwise: str) -> str:
    """Return the title of an item for a message."""
    return shorten_reference(main_text(texts)) or shorten_reference(otherwise) or "?"


def language_names(codes: Iterable[str]) -> tuple[str, ...]:
    """Return the names of languages, each in itself, for a message."""
    return tuple(OWN_NAMES.get(code) or code or message("a language that is not named") for code in codes)


def in_languages(texts: Texts) -> Message:
    """Return the languages for a message in which the catalogue keeps a text: its own, and the main one."""
    order = [*(code for code in LANGUAGES if code in texts), *({main_language(texts)} - set(LANGUAGES))]
    return message("in %(languages)s", languages=language_names(order))


def joined_texts(*parts: Texts) -> Texts:
    """Return texts one below the other, in each language those that it has."""
    codes = dict.fromkeys(code for part in parts for code in part)
    return {code: "\n\n".join(part[code] for part in parts if part.get(code)) for code in codes}


def split_titles(texts: Texts, limit: int) -> tuple[Texts, Texts]:
    """Return the titles and the rest of texts whose first paragraph may be a title.

    The first paragraph is the title where it is short enough; otherwise its beginning is, and the whole is the text.
    """
    titles, rest = dict[str, str](), dict[str, str]()
    for code, text in texts.items():
        first, _, below = text.partition("\n\n")
        titles[code] = first if len(first) <= limit else _cut(first, limit)
        rest[code] = below if len(first) <= limit else text
    return titles, {code: text for code, text in rest.items() if text}


def fit_texts(texts: Texts, limit: int) -> tuple[Texts, Texts]:
    """Return texts of one paragraph that are not longer than a limit, and what does not fit, so that nothing is lost.

    Whole sentences that fit are kept; one that is too long itself is cut between words, and is whole in the rest.
    """
    short, rest = dict[str, str](), dict[str, str]()
    for code, text in texts.items():
        if len(text) <= limit and "\n\n" not in text:
            short[code] = text
            continue
        first, _, below = text.partition("\n\n")
        sentences, fitting = _SENTENCE_END.split(first), ""
        while sentences and len(f"{fitting} {sentences[0]}".strip()) <= limit:
            fitting = f"{fitting} {sentences.pop(0)}".strip()
        left = "\n\n".join(part for part in (" ".join(sentences), below) if part)
        short[code], rest[code] = (fitting, left) if fitting else (_cut(first, limit), text)
    return short, rest


def _cut(text: str, limit: int) -> str:
    """Return the beginning of a text with an ellipsis, cut between words where there is a gap."""
    head = text[: limit - 1]
    return (head.rsplit(" ", 1)[0] if " " in head.strip() else head).rstrip(" ,;:") + "…"


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
    """Return the root element of HTML, None where there is none; it never raises, not even for damaged bytes.

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
        return convert_html(text).text
    return clean(_BREAK.join(convert_html(part).text for part in re.split(r"\n[ \t]*\n", text)))


def convert_html(html: str) -> Converted:
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


def tell_markup(item: Message, converted: Converted, outcomes: Outcomes) -> None:
    """Add the links and elements of HTML for which the catalogue has no markup to what is lost."""
    for link in converted.links:
        what = message(
            "the link to %(address)s: texts link only to places, routes and media; its words are kept",
            address=shorten_reference(link),
        )
        outcomes.lose(item, what)
    if converted.left_out:
        outcomes.lose(item, message("its elements %(names)s, which are not text", names=converted.left_out))


_LONGEST = 60
_RANDOM = re.compile(r"[0-9a-f]{8}-?[0-9a-f-]{8,}|[0-9-]+")
"""Identifiers of programs: UUIDs, other long hexadecimal numbers, and numbers."""


def place_slug(place: SourcePlace, wanted: str) -> str:
    """Return the slug of a place; raises OptionError for one that is no name for links, and where none can be made.

    wanted : by the person, empty for that of its name
    """
    if wanted:
        if not ENTRY_NAME.fullmatch(wanted):
            raise OptionError(
                message(
                    "--slug: '%(name)s' is not a valid name for links; use lower-case letters, digits and hyphens",
                    name=wanted,
                )
            )
        return wanted
    slug = _slug(main_text(place.names))
    if not slug:
        raise OptionError(message("the source has no name to make links of; name the place with --slug"))
    return slug


def _slug(text: str) -> str:
    """Return a slug of at most 60 characters, empty where there is none."""
    try:
        slug = make_slug(text)
    except OptionError:
        return ""
    return slug if len(slug) <= _LONGEST else slug[: _LONGEST + 1].rpartition("-")[0] or slug[:_LONGEST]


@dataclass
class _Names:
    taken: set[str] = field(default_factory=set)
    counts: dict[str, int] = field(default_factory=dict)

    def new(self, own: str, title: str, otherwise: str) -> str:
        """Return a new name: the source's own where it is one for links, else from the title."""
        is_good = ENTRY_NAME.fullmatch(own) and len(own) <= _LONGEST and not _RANDOM.fullmatch(own)
        wish = own if is_good else _slug(title) or _slug(own) or otherwise
        name = wish
        while name in self.taken:
            self.counts[wish] = self.counts.get(wish, 1) + 1
            name = f"{wish}-{self.counts[wish]}"
        self.taken.add(name)
        return name


@dataclass(frozen=True)
class PlaceNames:
    """The ids of states, annotations, tours, facts and media, in the order of the record.

    annotations, tours : of each model
    pinned : ids of annotations by their names in the source
    shelved : ids of media by their names in the record
    """

    states: tuple[str, ...]
    annotations: tuple[tuple[str, ...], ...]
    tours: tuple[tuple[str, ...], ...]
    facts: tuple[str, ...]
    media: tuple[str, ...]
    pinned: dict[str, str]
    shelved: dict[str, str]


def place_names(place: SourcePlace) -> PlaceNames:
    """Return the ids of everything in a place; the same record gives the same ids."""
    states, pins, tours, media = _Names(), _Names(), _Names(), _Names()
    pinned = dict[str, str]()
    annotations = list[tuple[str, ...]]()
    for model in place.models:
        ids = [pins.new(each.name, main_text(each.titles), "annotation") for each in model.annotations]
        for each, name in zip(model.annotations, ids, strict=True):
            pinned.setdefault(each.name, name)
        annotations.append(tuple(ids))
    shelved = {each.name: media.new(each.name, main_text(each.titles), each.kind) for each in place.media}
    return PlaceNames(
        states=tuple(states.new(each.name, main_text(each.titles), "modele") for each in place.models),
        annotations=tuple(annotations),
        tours=tuple(
            tuple(tours.new(each.name, main_text(each.titles), "visite") for each in model.tours)
            for model in place.models
        ),
        facts=_fact_names(main_text(each.labels) for each in place.facts),
        media=tuple(shelved.values()),
        pinned=pinned,
        shelved=shelved,
    )


def _fact_names(labels: Iterable[str]) -> tuple[str, ...]:
    names = _Names()
    return tuple(names.new("", label, "fait") for label in labels)
