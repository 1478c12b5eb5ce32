"""Make a small catalogue with translations in every standing, and read the real schemas of XLIFF."""

from __future__ import annotations

from pathlib import Path

from lxml import etree

from carreau.base.languages import content_file
from carreau.catalogue.catalogue import Catalogue, read_catalogue
from carreau.catalogue.i18n.po import FUZZY, Unit, write_book
from carreau.catalogue.i18n.source_texts import SourceText, extract, merged_books
from carreau.catalogue.i18n.translator_files import ExchangeFile, ExportUnit
from tests.conftest import PROJECT, need
from tests.pipeline.catalogue.catalogues import SITE, written

SCHEMAS = PROJECT.parent / "shared" / "standards" / "schemas" / "xliff"
FORMS = ("po", "xliff12", "xliff21")

REVIEWED = ("site.une.name", "Fosse Une", "Mijn Een")
UNREVIEWED = ("site.une.visit.access", "Libre.", "Vrij.")
STALE = ("site.une.summary", "Une fosse.", "Een oude mijn.")
FORMER = "Une vieille fosse."
MISSING = ("site.une.visit.see_today", "Tout.", "")


def catalogue_at(root: Path, site: str = SITE) -> Catalogue:
    return read_catalogue(written(root / "assets", site))


def translated(root: Path) -> tuple[Catalogue, Path]:
    """Return a catalogue and its translations: into Dutch one reviewed, one unreviewed, one stale, the rest missing."""
    catalogue, locales = catalogue_at(root), root / "locales"
    extract(catalogue, locales)
    change(locales, REVIEWED[:2], target=REVIEWED[2], notes=("Zo heet ze echt.",))
    change(locales, UNREVIEWED[:2], target=UNREVIEWED[2], flags=(FUZZY,))
    change(locales, STALE[:2], target=STALE[2], flags=(FUZZY,), former=FORMER)
    return catalogue, locales


def change(locales: Path, key: tuple[str, str], language: str = "nl", **values: object) -> None:
    """Change a text in the file of a language, as a translator does."""
    from dataclasses import replace

    from carreau.catalogue.i18n.po import read_book

    path = content_file(locales, language)
    book = read_book(path)
    units = tuple(replace(unit, **values) if unit.key == key else unit for unit in book.units)  # type: ignore[arg-type]
    assert units != book.units
    path.write_bytes(write_book(replace(book, units=units)))


def units_of(catalogue: Catalogue, locales: Path, language: str = "nl") -> dict[tuple[str, str], Unit]:
    return {unit.key: unit for unit in merged_books(catalogue, locales)[language].book.units}


def exported_of(unit: Unit, comment: str = "", limit: int | None = None) -> ExchangeFile:
    message = SourceText(unit.context, unit.text, ("name",), comment, limit, "", "sites/une/site.toml", 1)
    return ExchangeFile("nl", Unit("", "", "Language: nl\n"), (ExportUnit(message, unit),))


class _Near(etree.Resolver):  # type: ignore[misc]
    """Finds the schema of `xml:lang` beside the others."""

    def resolve(self, url: str, _: object, context: object) -> object:
        if url.endswith("xml.xsd"):
            near = SCHEMAS / "2.1" / "informativeCopiesOf3rdPartySchemas" / "w3c" / "xml.xsd"
            return self.resolve_filename(str(near), context)
        return None


def schema(form: str) -> etree.XMLSchema:
    """Return the real schema of a format; skip the test where it is not there."""
    need(SCHEMAS.is_dir(), "the schemas of XLIFF do not lie beside the project, in ../shared/standards/schemas")
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(_Near())
    if form == "xliff12":
        return etree.XMLSchema(etree.parse(SCHEMAS / "xliff-core-1.2-strict.xsd", parser))
    both = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
      <xs:import namespace="urn:oasis:names:tc:xliff:document:2.0" schemaLocation="xliff_core_2.0.xsd"/>
      <xs:import namespace="urn:oasis:names:tc:xliff:sizerestriction:2.0" schemaLocation="size_restriction.xsd"/>
    </xs:schema>"""
    return etree.XMLSchema(etree.fromstring(both, parser, base_url=f"{SCHEMAS}/2.1/both.xsd"))
