"""The counts as CSV for a French spreadsheet, as that of the catalogue: a row for each day, subject and language."""

from __future__ import annotations

import csv
import io

from carreau.aids.stats.counts import MEASURES, Counts
from carreau.aids.stats.published import Published
from carreau.exports.standards.csv_table import cell

COLUMNS = ("day", "kind", "slug", "name", "language", *MEASURES)


def make_csv(counts: Counts, published: Published) -> bytes:
    """Return the CSV in UTF-8 with a byte order mark, in the order of days; the same counts give the same bytes."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for key, row in sorted(counts.rows.items()):
        kind, slug = key.subject
        writer.writerow([key.day, kind, slug, cell(published.names.get(key.subject, slug)), key.lang, *row])
    return ("\ufeff" + stream.getvalue()).encode()
