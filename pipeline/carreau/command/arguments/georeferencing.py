"""Arguments of the command georeference."""

from __future__ import annotations

import argparse
from pathlib import Path

from carreau.command.arguments.value_types import choice_of

METHODS = ("affine", "projective", "thin-plate")


def add_georeference(command: argparse.ArgumentParser) -> None:
    """Add the arguments of `carreau georeference`."""
    add = command.add_argument
    add("scan", type=Path, metavar="SCAN", help="picture of an old map: PNG, JPEG, WebP or TIFF")
    add("points", type=Path, metavar="POINTS.csv", help="control points, at least 6: x, y in pixels, lon, lat, name")
    add("--out", type=Path, required=True, metavar="FILE.webp", help="picture to write, with its record beside it")
    add(
        "--method", **choice_of("--method", METHODS), default="affine",
        help="affine (default), projective for a photographed sheet, thin-plate for a warped map",
    )  # fmt: skip
    add("--source", required=True, metavar="TEXT", help="where the scan is from")
    add("--licence", required=True, metavar="TEXT", help="licence of the scan")
    add("--credit", required=True, metavar="TEXT", help="whom to name: author and collection")
    add("--json", action="store_true", help="print the record as JSON")
