"""Fill the templates: each page speaks through its own speech, and every text is escaped on its way in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemBytecodeCache, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket
from markupsafe import Markup, escape

from pipeline.i18n.languages import OWN_NAMES, SOURCE
from pipeline.i18n.quantities import say_area, say_distance, say_duration, say_place
from pipeline.i18n.translator import Translator
from pipeline.pages.addresses import own_page
from pipeline.pages.assets import ICON_SIDES
from pipeline.pages.edition import Edition
from pipeline.pages.head import Head
from pipeline.pages.icons import sign_shape, theme_class
from pipeline.pages.labels import has_words, level_words
from pipeline.pages.links import safe
from pipeline.pages.pictures import pictured, poster_sizes, posters
from pipeline.pages.place_words import place_words
from pipeline.pages.speech import Speech, plain, spaced
from pipeline.schema.words import Text

NOTICES = ("credits", "data", "legal", "accessibility")
_FOLDER = Path(__file__).parent / "templates"


class _Compiled(FileSystemBytecodeCache):
    """Templates as they were compiled, kept as Python keeps its modules; where that cannot be written, not at all."""

    def __init__(self) -> None:
        super().__init__(str(_FOLDER / "__pycache__"), "%s.cache")
        self._made_with = f"{version('jinja2')}\n{Path(__file__).read_text('utf-8')}"  # the options stand here

    def get_source_checksum(self, source: str) -> str:
        return super().get_source_checksum(self._made_with + source)

    def dump_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError):
            Path(self.directory).mkdir(exist_ok=True)
            super().dump_bytecode(bucket)


@cache
def templates() -> Environment:
    """Return the templates, each compiled once."""
    return Environment(
        loader=FileSystemLoader(_FOLDER),
        bytecode_cache=_Compiled(),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


class Voice:
    """What all pages of a language share."""

    def __init__(self, edition: Edition, language: str) -> None:
        """Open the words of a language."""
        self.edition, self.language, self.wording = edition, language, Translator(language)

    def content(self, template: str, speech: Speech, **values: Any) -> Markup:
        """Return what a template makes of some values."""
        names = {**self._names(speech), **values}
        return Markup(templates().get_template(template).render(names))  # noqa: S704 - it was escaped there

    def page(self, content: Markup, head: Head, speech: Speech, here: str = "") -> bytes:
        """Return a whole page around its content."""
        versions = head.versions or {code: own_page("home", code) for code in self.edition.languages}
        notices = [(name, _notice(name, speech)) for name in NOTICES]
        languages = [(code, OWN_NAMES.get(code, code), address) for code, address in versions.items()]
        made = self.content(
            "shell.html", speech, head=head, content=content, legend=speech.legend(), here=here, notices=notices,
            languages=languages,
        )  # fmt: skip
        return made.encode()

    def speech(self, media: Collection[str] = ()) -> Speech:
        """Begin a page.

        media : ids of those that are on it, which its texts may link to
        """
        return Speech(self.language, self.wording, lambda kind, name: self._address(kind, name, media))

    def _address(self, kind: str, name: str, media: Collection[str]) -> str:
        """Return where a link in a text leads, empty where there is no such thing."""
        if kind == "media":
            return f"#media-{quote(name)}" if name in media else ""
        told = (self.edition.cards if kind == "site" else self.edition.route_cards).get(name)
        return told[self.language].page if told else ""

    def _names(self, speech: Speech) -> Mapping[str, Any]:
        wording = self.wording
        return {
            "_": speech.words,
            "counted": speech.counted,
            "plural_forms": speech.plural_forms,
            "say": speech.say,
            "tell": speech.tell,
            "mark": speech.mark,
            "lang": speech.lang,
            "paragraphs": speech.paragraphs,
            "all_of": speech.all_of,
            "legend": speech.legend,
            "licence": lambda name, address: _licence(name, address, speech),
            "has_words": lambda what: has_words(what, speech),
            "level_words": lambda level: level_words(level, speech),
            "french": lambda text: _french(text, self.language),
            "word": lambda term: spaced(term.text, self.language),
            "gap": "\u00a0" if self.language == SOURCE else "",  # before a colon or semicolon
            "own": lambda name: own_page(name, self.language),
            "size": wording.size,
            "seconds": lambda value: wording.seconds(value, 0),
            "area": lambda value: say_area(value, wording),
            "distance": lambda value: say_distance(value, wording),
            "duration": lambda value: say_duration(value, wording),
            "place": lambda lon, lat: say_place(lon, lat, wording),
            "linked": lambda text, address: _linked(text, address, speech),
            "place_words": lambda of: place_words(of, speech),
            "language": self.language,
            "base_url": self.edition.base_url,
            "assets": self.edition.assets,
            "publisher": self.edition.publisher,
            **_ALIKE,
        }


def _notice(name: str, speech: Speech) -> str:
    """Return what a link in the footer says; the state of compliance has to stand on every page (RGAA)."""
    return {
        "credits": speech.words("Credits"),
        "data": speech.words("Open data"),
        "legal": speech.words("Legal notice"),
        "accessibility": speech.words("Accessibility: not compliant"),
    }[name]


def _licence(name: str, address: str, speech: Speech) -> Markup:
    if not name:
        return Markup("")
    link = safe(address)
    shown = Markup('<a rel="license" href="{}">{}</a>').format(link, name) if link else name
    return Markup("{} {}.").format(speech.words("Licence:"), shown)


def _french(words: str, language: str) -> Markup:
    """Return what curators wrote that is not translated, as where they read something."""
    said = spaced(words, SOURCE)
    return escape(said) if language == SOURCE else Markup('<span lang="{}">{}</span>').format(SOURCE, said)


def _linked(text: Text, address: str, speech: Speech) -> Markup:
    """Return a text as a link, where its address may be linked to."""
    link = safe(address)
    if not link:
        return speech.say(text)
    return Markup('<a href="{}"{}>{}</a>{}').format(link, speech.lang(text), plain(text), speech.mark(text))


def _todo(what: str) -> Markup:
    """Return what somebody still has to fill in, for everybody to see."""
    return Markup('<span class="todo">[{}]</span>').format(what)


_ALIKE: Mapping[str, Any] = MappingProxyType(
    {
        "href": safe,
        "plain": plain,
        "posters": posters,
        "poster_sizes": poster_sizes,
        "pictured": pictured,
        "theme_class": theme_class,
        "sign_shape": sign_shape,
        "emblem_side": ICON_SIDES[-1],
        "todo": _todo,
    }
)
