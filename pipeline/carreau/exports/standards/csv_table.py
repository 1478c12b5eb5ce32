"""CSV table of all sites for a French spreadsheet: semicolons, decimal commas, a byte order mark."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from decimal import Decimal

from carreau.base.languages import LANGUAGES, SOURCE
from carreau.exports.records.record import SiteRecord, Texts, credit_lines
from carreau.exports.records.serializers import plain, plain_texts

FORMULA = tuple("=+-@\t\r\n＝＋－＠")
"""Characters that begin a formula in a spreadsheet (OWASP, CSV Injection)."""


def csv_table(sites: Sequence[SiteRecord]) -> bytes:
    """Return a row for each site, with a column for each text and language."""
    rows = [dict(_row(record)) for record in sites]
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=";", lineterminator="\r\n")
    writer.writerow(rows[0] if rows else ["slug"])
    writer.writerows([list(row.values()) for row in rows])
    return ("\ufeff" + stream.getvalue()).encode()


def _row(record: SiteRecord) -> Iterator[tuple[str, str]]:
    site, inscription, position = record.entry.of, record.entry.of.inscription, record.entry.of.position
    yield "slug", record.slug
    yield from _localized("name", record.names())
    for key in ("kind", "theme", "commune", "insee"):
        yield key, cell(getattr(site, key))
    yield "communes", cell(", ".join(site.communes))
    yield "lon", number(position.lon if position else None)
    yield "lat", number(position.lat if position else None)
    yield "position.basis", cell(position.basis if position else "")
    yield "period", cell(site.period.text if site.period else "")
    for key in ("period_note", "company"):
        yield key, cell(getattr(site, key))
    for key in ("list", "code", "component", "element", "protection"):
        yield f"inscription.{key}", cell(str(getattr(inscription, key) or "") if inscription else "")
    yield "area_ha", number(site.extent.area_ha if site.extent else None)
    yield from _localized("summary", record.summaries())
    yield from _localized("description", record.descriptions())
    for key in ("see_today", "access", "safety", "accessibility", "parking", "bus"):
        yield from _localized(f"visit.{key}", record.text("visit", key) if site.visit else {})
    yield "keywords", cell(", ".join(site.keywords))
    yield "demonstration", "oui" if site.demonstration else ""
    yield "confidence", site.confidence
    yield "unreviewed", cell(", ".join(record.unreviewed()))
    yield "models", cell(", ".join(each.state.id for each in record.models))
    yield "credit", cell("; ".join(credit_lines(site.rights)))
    yield "page", record.urls.page(record.slug, SOURCE)


def _localized(key: str, texts: Texts) -> Iterator[tuple[str, str]]:
    by_language = plain_texts(texts)
    yield from ((f"{key}.{code}", cell(by_language.get(code, ""))) for code in LANGUAGES)


def cell(text: str) -> str:
    """Return a text with an apostrophe before anything that a spreadsheet would take for a formula.

    >>> cell("=1+1"), cell("Fosse n° 1")
    ("'=1+1", 'Fosse n° 1')
    """
    value = plain(text)
    return f"'{value}" if value.startswith(FORMULA) else value


def number(value: float | None) -> str:
    """Return a number as a French spreadsheet reads it, with all its decimals.

    >>> number(50.3336), number(None)
    ('50,3336', '')
    """
    if value is None:
        return ""
    digits = f"{Decimal(repr(value)):f}"
    return (digits.rstrip("0").rstrip(".") if "." in digits else digits).replace(".", ",")
