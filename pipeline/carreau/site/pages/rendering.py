"""Render the Jinja templates of the pages; they escape every text."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemBytecodeCache, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket
from markupsafe import Markup, escape

from carreau.base.languages import OWN_NAMES, SOURCE
from carreau.base.schema.parts import Medium, Picture, Text, Variant
from carreau.base.schema.site import Card
from carreau.base.translator import Translator
from carreau.catalogue.i18n.formatting import (
    format_area,
    format_distance,
    format_duration,
    format_position,
    typeset,
    typeset_page,
)
from carreau.site.pages.addresses import ICON_SIDES, page_path, safe_url
from carreau.site.pages.cards import Head, card_picture, card_tag, route_sketch
from carreau.site.pages.map_drawing import Map, marker_shape, theme_class
from carreau.site.pages.page_texts import PageTexts, level_label, map_texts, plain, trail_texts
from carreau.site.pages.scene_map import COUNTER_SHAPES, choose_shape
from carreau.site.pages.site_content import SiteContent
from carreau.site.pages.table_overlay import relief_credit

FOOTER_PAGES = ("about", "credits", "data", "legal", "accessibility")
_FOLDER = Path(__file__).parent / "templates"


class _Compiled(FileSystemBytecodeCache):
    """Cache of compiled templates in `__pycache__`; without one where the folder cannot be written."""

    def __init__(self) -> None:
        super().__init__(str(_FOLDER / "__pycache__"), "%s.cache")
        self._version = f"{version('jinja2')}\n{Path(__file__).read_text('utf-8')}"  # which has the options

    def get_source_checksum(self, source: str) -> str:
        return super().get_source_checksum(self._version + source)

    def dump_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError):
            Path(self.directory).mkdir(exist_ok=True)
            super().dump_bytecode(bucket)


@cache
def templates() -> Environment:
    """Return the Jinja environment, which compiles each template once."""
    return Environment(
        loader=FileSystemLoader(_FOLDER),
        bytecode_cache=_Compiled(),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


class Renderer:
    """Renderer of the pages of one language."""

    def __init__(self, edition: SiteContent, language: str) -> None:
        """Load the catalogue of the language."""
        self.edition, self.language, self.wording = edition, language, Translator(language)

    def render(self, template: str, texts: PageTexts, **values: Any) -> Markup:
        """Return a template filled with values."""
        names = {**self._names(texts), **values}
        return Markup(templates().get_template(template).render(names))  # noqa: S704 - it was escaped there

    def render_block(self, template: str, block: str, texts: PageTexts, **values: Any) -> Markup:
        """Return one block of a template filled with values."""
        page = templates().get_template(template)
        context = page.new_context({**self._names(texts), **values})
        return Markup("".join(page.blocks[block](context)))  # noqa: S704 - it was escaped there

    def page(self, content: Markup, head: Head, texts: PageTexts, here: str = "") -> bytes:
        """Return a complete page: its content in the shell with header and footer."""
        versions = head.versions or {code: page_path("home", code) for code in self.edition.languages}
        has_trails = bool(self.edition.trail_cards)
        names = ("trails", *FOOTER_PAGES) if has_trails else FOOTER_PAGES
        notices = [(name, _footer_label(name, texts)) for name in names]
        languages = [(code, OWN_NAMES.get(code, code), address) for code, address in versions.items()]
        return self.document(
            "shell.html", texts, head=head, content=content, legend=texts.legend(), here=here, notices=notices,
            languages=languages, translation_note=texts.translation_note(), has_trails=has_trails,
        )  # fmt: skip

    def document(self, template: str, texts: PageTexts, **values: Any) -> bytes:
        """Return a whole document, a template filled with values, its texts typeset."""
        return typeset_page(str(self.render(template, texts, **values)), self.language).encode()

    def texts(self, media: Collection[str] = ()) -> PageTexts:
        """Return the texts of a new page.

        media : ids of the media on it, which its texts may link to
        """
        return PageTexts(self.language, self.wording, lambda kind, name: self._address(kind, name, media))

    def _address(self, kind: str, name: str, media: Collection[str]) -> str:
        """Return the address of a link in a text, empty for an unknown target."""
        if kind == "media":
            return f"#media-{quote(name)}" if name in media else ""
        if kind == "trail":
            return self._trail_address(name)
        cards = (self.edition.cards if kind == "site" else self.edition.route_cards).get(name)
        return cards[self.language].page if cards else ""

    def _trail_address(self, name: str) -> str:
        """Return the page of a trail, at the chapter if `name` has one that exists: `slug#chapter`."""
        slug, _, chapter = name.partition("#")
        trails = self.edition.trails.get(slug)
        if trails is None:
            return ""
        trail = trails[self.language]
        exists = any(each.id == chapter for each in trail.chapters)
        return trail.pages[self.language] + (f"#chapter={quote(chapter)}" if exists else "")

    def _relief_credit(self, drawn: Map, texts: PageTexts) -> str:
        """Return whose the ground of a map is, after a space; empty for a map without it."""
        credit = relief_credit(self.edition.territory.get(self.language), texts) if drawn.ground else ""
        return f" {credit}" if credit else ""

    def _card_picture(self, card: Card) -> Picture | None:
        corner = self.edition.corner(card.slug, card.lang)
        return card_picture(card, corner.picture if corner else None)

    def _names(self, texts: PageTexts) -> Mapping[str, Any]:
        wording = self.wording
        return {
            "_": texts.gettext,
            "ngettext": texts.ngettext,
            "plural_forms": texts.plural_forms,
            "inline": texts.inline,
            "unlinked": texts.drop_links,
            "opening": texts.opening,
            "mark": texts.mark,
            "lang": texts.lang,
            "paragraphs": texts.paragraphs,
            "join_list": texts.join_list,
            "legend": texts.legend,
            "translation_note": texts.translation_note,
            "licence": lambda name, address: _licence(name, address, texts),
            "level_label": lambda level: level_label(level, texts),
            "french": lambda text: _french(text, self.language),
            "term": lambda term: typeset(term.text, self.language),
            "gap": "\u00a0" if self.language == SOURCE else "",  # before a colon or semicolon
            "page_path": lambda name: page_path(name, self.language),
            "size": wording.size,
            "seconds": lambda value: wording.seconds(value, 0),
            "area": lambda value: format_area(value, wording),
            "distance": lambda value: format_distance(value, wording),
            "duration": lambda value: format_duration(value, wording),
            "place": lambda lon, lat: format_position(lon, lat, wording),
            "linked": lambda text, address: _link(text, address, texts),
            "card_picture": self._card_picture,
            "card_tag": lambda card: card_tag(card, self.edition, texts),
            "route_sketch": lambda slug: route_sketch(self.edition.routes[slug][self.language]),
            "relief_credit": lambda drawn: self._relief_credit(drawn, texts),
            "map_texts": lambda of: map_texts(of, texts),
            "trail_texts": lambda: trail_texts(texts),
            "own_name": lambda code: OWN_NAMES.get(code, code),
            "language": self.language,
            "base_url": self.edition.base_url,
            "assets": self.edition.assets,
            "publisher": self.edition.publisher,
            **_SHARED,
        }


def _footer_label(name: str, texts: PageTexts) -> str:
    """Return the label of a link in the footer; every page has to state its compliance (RGAA)."""
    return {
        "trails": texts.gettext("Trails"),
        "about": texts.gettext("About"),
        "credits": texts.gettext("Credits"),
        "data": texts.gettext("Open data"),
        "legal": texts.gettext("Legal notice"),
        "accessibility": texts.gettext("Accessibility: not compliant"),
    }[name]


def _licence(name: str, address: str, texts: PageTexts) -> Markup:
    if not name:
        return Markup("")
    link = safe_url(address)
    shown = Markup('<a rel="license" href="{}">{}</a>').format(link, name) if link else name
    return Markup("{} {}.").format(texts.gettext("Licence:"), shown)


def _french(text: str, language: str) -> Markup:
    """Return an untranslated text of curators, such as a source."""
    french = typeset(text, SOURCE)
    return escape(french) if language == SOURCE else Markup('<span lang="{}">{}</span>').format(SOURCE, french)


def _link(text: Text, address: str, texts: PageTexts) -> Markup:
    """Return a title, as a link if its address is safe; a title needs no mark of its language."""
    link = safe_url(address)
    if not link:
        return Markup("<span{}>{}</span>").format(texts.lang(text), plain(text))
    return Markup('<a href="{}"{}>{}</a>').format(link, texts.lang(text), plain(text))


def _todo(text: str) -> Markup:
    """Return a visible placeholder for the publisher to fill in."""
    return Markup('<span class="todo">[{}]</span>').format(text)


FOLDER = Path(__file__).parent / "emblems"


@dataclass(frozen=True)
class ResponsiveImage:
    """A picture in several sizes and formats.

    sources : media types with their `srcset`, best first
    src, width, height : of the fallback image
    """

    sources: tuple[tuple[str, str], ...]
    src: str
    width: int
    height: int


_DEFAULT, _SKYLINE, _DEMONSTRATION = "other", "skyline", "demonstration"

_GOOD_WIDTH = 1280
_MOST_VH, _STAGE_VH = 100, 90
"""As in `styles/viewer.css` and, on the stage of a place, `styles/place.css`."""

_READ_BY_ALL = ("image/jpeg", "image/png", "image/webp")


@cache
def _drawing(name: str) -> Markup:
    text = (FOLDER / f"{name}.svg").read_text("utf-8")
    text = text.removeprefix('<svg xmlns="http://www.w3.org/2000/svg" ')
    return Markup("<svg " + " ".join(text.split()))  # noqa: S704 - a file of this package


def _set(variants: Sequence[Variant | Picture]) -> str:
    by_width = sorted(variants, key=lambda each: each.width or 0)
    return ", ".join(f"{each.url} {each.width}w" for each in by_width)


@cache
def emblem_names() -> frozenset[str]:
    """Return the names of the emblems: codes, with a hyphen for each slash."""
    return frozenset(path.stem for path in FOLDER.glob("*.svg")) - {_SKYLINE}


def emblem(code: str) -> Markup:
    """Return the emblem of a kind of place, or of a mode of travel, as inline SVG that screen readers skip.

    code : as `Site.kind.code` or `Route.mode.code`; one without a drawing has that of mining heritage
    """
    name = code.replace("/", "-")
    return _drawing(name if name in emblem_names() else _DEFAULT)


def draw_emblem(kind_code: str, *, is_demonstration: bool) -> Markup:
    """Return the emblem of a place; a demonstration has its own, whatever its kind."""
    return emblem(_DEMONSTRATION if is_demonstration else kind_code)


def poster_sizes(poster: Picture, *, is_stage: bool = False) -> str:
    """Return the `sizes` attribute of a poster: as wide as its column, within the limit of `styles/place.css`.

    is_stage : whether it has the first screen of the page of a place: two thirds of the width on a computer
    High-density screens get two fifths of the width: a model soon replaces the picture.
    """
    ratio = poster.width / poster.height
    most = _STAGE_VH if is_stage else _MOST_VH
    high, less = (f"{share * ratio:.4g}svh" for share in (most, most * 0.4))
    wide = "67vw" if is_stage else "36rem"
    return f"(min-width: 60rem) min({wide}, {high}), (min-resolution: 2dppx) min(40vw, {less}), min(100vw, {high})"


def poster_sources(pictures: Sequence[Picture]) -> list[tuple[str, str]]:
    """Return media types with the `srcset` of each, best first.

    pictures : of a poster, the full size first; it comes last in each `srcset`
    """
    usable = [each for each in (*pictures[1:], *pictures[:1]) if safe_url(each.url) and "," not in each.url]
    kinds = dict.fromkeys(each.media_type for each in usable)
    return [(kind, _set([each for each in usable if each.media_type == kind])) for kind in kinds]


def responsive_image(medium: Medium) -> ResponsiveImage | None:
    """Return the variants of a picture, None for a medium without any."""
    sized = [each for each in medium.variants if each.width and each.height and safe_url(each.url)]
    if not sized:
        return None
    kinds = dict.fromkeys(each.media_type for each in sized)
    sources = tuple((kind, _set([each for each in sized if each.media_type == kind])) for kind in kinds)
    fallback = next((kind for kind in _READ_BY_ALL if kind in kinds), sized[-1].media_type)
    fallback_image = min(
        (each for each in sized if each.media_type == fallback), key=lambda each: abs((each.width or 0) - _GOOD_WIDTH)
    )
    return ResponsiveImage(sources, fallback_image.url, fallback_image.width or 1, fallback_image.height or 1)


def skyline() -> Markup:
    """Return the ground of a large emblem: spoil tips, a headframe and a row of houses, as inline SVG."""
    return _drawing(_SKYLINE)


_SHARED: Mapping[str, Any] = MappingProxyType(
    {
        "href": safe_url,
        "plain": plain,
        "poster_sources": poster_sources,
        "poster_sizes": poster_sizes,
        "responsive_image": responsive_image,
        "emblem": emblem,
        "emblem_of": draw_emblem,
        "skyline": skyline,
        "theme_class": theme_class,
        "marker_shape": marker_shape,
        "shape_of": choose_shape,
        "counter_shape": COUNTER_SHAPES.__getitem__,
        "emblem_side": ICON_SIDES[-1],
        "todo": _todo,
    }
)
