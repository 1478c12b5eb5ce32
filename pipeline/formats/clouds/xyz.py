"""Read points from text: XYZ, PTS, and what spreadsheets and scanners write alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pipeline.formats.clouds.cloud import Batch, CloudBuilder, cloud_scan
from pipeline.formats.clouds.thinning import MOST_POINTS
from pipeline.formats.clouds.xyz_columns import Meaning
from pipeline.formats.clouds.xyz_dialect import dialect_of
from pipeline.formats.io.file_errors import too_few_points
from pipeline.formats.io.text_rows import rows_of
from pipeline.messages import message
from pipeline.model import DoubleArray, Scan, ScanFacts


def read(path: Path, most: int = MOST_POINTS) -> Scan:
    """Read a text file of points, thinned by voxel to at most `most`: x y z, then what there is, in any usual order.

    Blanks, tabs, commas and semicolons separate; a comma is a decimal mark where semicolons or blanks separate.

    Raises FormatError, naming the line, for one that is no row like the others, or when a count claims more points.
    """
    dialect = dialect_of(path)
    meaning, claimed, found = dialect.meaning, dialect.claimed, 0
    has = {name: bool(getattr(meaning, name)) for name in ("colors", "intensity", "normals")}
    builder = CloudBuilder(path, **has, most=most)
    for rows, claims in rows_of(dialect.plan):
        claimed, found = claimed + claims, found + len(rows)
        builder.add(_batch(rows, meaning))
    if found < claimed:
        raise too_few_points(path, "", claimed, found)
    kind = path.suffix[1:].upper() or "XYZ"
    return cloud_scan(
        path, builder, builder.finish(), ScanFacts(kind, message("text, %(columns)s", columns=meaning.words())), []
    )


def _batch(rows: DoubleArray, meaning: Meaning) -> Batch:
    colors = rows[:, meaning.colors] if meaning.colors else None
    return Batch(
        rows[:, meaning.position],
        np.clip(np.nan_to_num(np.rint(colors)), 0, 65535).astype(np.uint16)
        if colors is not None and meaning.whole_colors
        else colors,
        rows[:, meaning.intensity[0]] if meaning.intensity else None,
        rows[:, meaning.normals] if meaning.normals else None,
    )
