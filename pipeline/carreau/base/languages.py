"""The table of languages: one entry each, from which every list and dictionary of languages is derived.

A language is this entry, a column of `locales/glossary.csv`, `locales/CODE/numbers.toml`, which says how it writes
numbers, and `locales/CODE/LC_MESSAGES/` with `content.po`, `interface.po` and `server.po`. The viewer has its list from
`server/viewer/src/schema.ts`, which `python -m server.viewer.tools.viewer_types` writes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

NO_BREAK_SPACE = "\u00a0"


@dataclass(frozen=True)
class Language:
    """A language of the texts.

    code : BCP 47
    name : in the language itself
    fallbacks : languages to use, in this order, where a text is not translated
    locale : with the country that Open Graph wants
    paths : the words of addresses: those of entries, of their parts, and the pages of `carreau.site.pages.addresses`
    dates : locale of the CLDR for dates, where it is not the language alone
    first_of_month : how the first day of a month is written
    space_before_marks : before a colon, semicolon, question or exclamation mark, and inside quotation marks
    voyager : `ELanguageType` of Voyager; empty where it does not have the language
    sources : heading over the sources of an article, for Voyager
    """

    code: str
    name: str
    fallbacks: tuple[str, ...]
    locale: str
    paths: Mapping[str, str]
    dates: str = ""
    first_of_month: str = "1"
    space_before_marks: str = ""
    voyager: str = ""
    sources: str = ""


TABLE: tuple[Language, ...] = (
    Language(
        "fr", "Français", (), "fr_FR",
        {
            "sites": "sites", "routes": "parcours", "plates": "plaques", "search": "recherche", "about": "a-propos",
            "embed": "integrer", "offline": "hors-ligne", "credits": "credits", "data": "donnees-ouvertes",
            "api": "api", "problems": "problems", "legal": "mentions-legales", "accessibility": "accessibilite",
            "places": "lieux", "trails": "recits", "sheets": "fiches", "show": "spectacle",
            "scenes": "carte-animee",
        },
        first_of_month="1er", space_before_marks=NO_BREAK_SPACE, voyager="FR", sources="Sources",
    ),
    Language(
        "en", "English", ("fr",), "en_GB",
        {
            "sites": "sites", "routes": "routes", "plates": "plates", "search": "search", "about": "about",
            "embed": "embed", "offline": "offline", "credits": "credits", "data": "open-data", "api": "api",
            "problems": "problems", "legal": "legal-notice", "accessibility": "accessibility", "places": "places",
            "trails": "trails", "sheets": "sheets", "show": "show", "scenes": "moving-map",
        },
        dates="en_GB", voyager="EN", sources="Sources",
    ),
    Language(
        "nl", "Nederlands", ("en", "fr"), "nl_BE",
        {
            "sites": "sites", "routes": "routes", "plates": "bordjes", "search": "zoeken", "about": "over",
            "embed": "insluiten", "offline": "offline", "credits": "credits", "data": "open-data", "api": "api",
            "problems": "problems", "legal": "juridische-informatie", "accessibility": "toegankelijkheid",
            "places": "plekken", "trails": "verhaalroutes", "sheets": "werkbladen", "show": "voorstelling",
            "scenes": "bewegende-kaart",
        },
        voyager="NL", sources="Bronnen",
    ),
    Language(
        "de", "Deutsch", ("en", "fr"), "de_DE",
        {
            "sites": "orte", "routes": "routen", "plates": "schilder", "search": "suche", "about": "projekt",
            "embed": "einbetten", "offline": "offline", "credits": "nachweise", "data": "offene-daten", "api": "api",
            "problems": "problems", "legal": "impressum", "accessibility": "barrierefreiheit",
            "places": "alle-orte", "trails": "erzaehlpfade", "sheets": "arbeitsblaetter", "show": "vorstellung",
            "scenes": "bewegte-karte",
        },
        voyager="DE", sources="Quellen",
    ),
    Language(
        "pl", "Polski", ("en", "fr"), "pl_PL",
        {
            "sites": "miejsca", "routes": "trasy", "plates": "tabliczki", "search": "szukaj", "about": "o-projekcie",
            "embed": "osadz", "offline": "offline", "credits": "autorzy", "data": "otwarte-dane", "api": "api",
            "problems": "problems", "legal": "nota-prawna", "accessibility": "dostepnosc",
            "places": "wszystkie-miejsca", "trails": "opowiesci", "sheets": "karty", "show": "spektakl",
            "scenes": "ruchoma-mapa",
        },
    ),
)  # fmt: skip
"""The languages; curators write in the first one."""

BY_CODE: Mapping[str, Language] = MappingProxyType({each.code: each for each in TABLE})
LANGUAGES: tuple[str, ...] = tuple(BY_CODE)

SOURCE = LANGUAGES[0]
"""Language that curators write in."""

CHAINS: Mapping[str, tuple[str, ...]] = {each.code: (each.code, *each.fallbacks) for each in TABLE}
"""Fallback chain of each language, beginning with itself."""

OWN_NAMES: Mapping[str, str] = {each.code: each.name for each in TABLE}
"""Name of each language, in that language."""

PSEUDO = "qps"
"""Pseudo-locale code, used to test layouts; ISO 639-2 reserves it for local use."""

TRANSLATED = LANGUAGES[1:]
DOMAIN = "content"
ENGLISH = "en"
"""Language of the command line where the environment names no other supported one."""

_LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")
_APOSTROPHES = re.compile("['’‘ʼ´`′]")


def path_words(page: str) -> dict[str, str]:
    """Return the word for a page in addresses, by language.

    >>> path_words("sites")["de"]
    'orte'
    """
    return {each.code: each.paths[page] for each in TABLE}


def before_mark(language: str) -> str:
    r"""Return the space before a colon or a semicolon in a language.

    >>> before_mark("fr"), before_mark("qps")
    ('\xa0', '')
    """
    return BY_CODE[language].space_before_marks if language in BY_CODE else ""


def content_file(locales: Path, language: str) -> Path:
    """Return the PO file with the translations of the catalogue into a language."""
    return locales / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def locales_beside(assets: Path) -> Path:
    """Return the folder with the translations of a catalogue: `locales/` next to its folder.

    >>> locales_beside(Path("assets"))
    PosixPath('locales')
    """
    return (assets.parent if assets.name not in ("", "..") else assets.resolve().parent) / "locales"


def normalize(name: str) -> str:
    r"""Return a name for comparisons: case-folded, with plain apostrophes and single spaces.

    >>> normalize("Cité d’Arenberg\u00a0") == normalize("cité  d'Arenberg")
    True
    """
    return " ".join(_APOSTROPHES.sub("'", name).casefold().split())


def cli_locale(option: str | None, environment: Mapping[str, str]) -> str:
    """Return the language of an option, or else of the environment as gettext determines it, or else English.

    >>> cli_locale(None, {"LANG": "fr_FR.UTF-8"}), cli_locale("de", {"LANG": "fr_FR.UTF-8"})
    ('fr', 'de')
    >>> cli_locale(None, {"LANG": "es_ES"})
    'en'
    """
    if option:
        return option
    locale = next((environment[name] for name in _LOCALE if environment.get(name)), "")
    if _code(locale) in ("", "c", "posix"):
        return ENGLISH
    locales = [*environment.get("LANGUAGE", "").split(":"), locale]
    return next((code for each in locales if (code := _code(each)) in (*LANGUAGES, PSEUDO)), ENGLISH)


def _code(locale: str) -> str:
    return locale.partition(".")[0].partition("@")[0].partition("_")[0].lower()
