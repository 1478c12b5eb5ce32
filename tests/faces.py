"""Lay the pictures of all places with a model on one sheet, and say how much each shows and which is most like it.

    python -m tests.faces [--models build/models] [--out build/faces.webp]

To look at: each place is to be known by its kind, and most by their name.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from carreau.base.model import FloatArray
from carreau.catalogue.catalogue import read_catalogue
from carreau.site.publish.artifacts import POSTER, model_folder

LEAST_SHARE, LEAST_DIFFERENCE = 0.30, 0.15
"""What a place fills of its picture at least, and how far two pictures are apart at least."""

_COLUMNS, _CELL, _LABEL = 8, (400, 300), 24
_SMALL = (96, 72)
_PAPER = (243, 238, 228)


def posters(assets: Path, models: Path) -> dict[str, Path]:
    """Return the picture of each place that has a model: of its first state with one, by slug."""
    pictures: dict[str, Path] = {}
    for slug, entry in read_catalogue(assets).sites.items():
        for state in entry.of.state:
            path = model_folder(models, slug, state) / POSTER
            if state.file and path.is_file():
                pictures.setdefault(slug, path)
    return pictures


def small(path: Path) -> FloatArray:
    """Return (72, 96, 4) 0..1 the picture, colours multiplied by what they cover."""
    with Image.open(path) as picture:
        pixels = np.asarray(picture.convert("RGBA"), np.float32) / 255
    pixels[..., :3] *= pixels[..., 3:]
    channels = [
        np.asarray(Image.fromarray(pixels[..., at]).resize(_SMALL, Image.Resampling.BOX), np.float32) for at in range(4)
    ]
    return np.stack(channels, axis=2)


def share(pixels: FloatArray) -> float:
    """Return how much of a picture the place fills, 0 to 1."""
    return float(pixels[..., 3].mean())


def difference(first: FloatArray, second: FloatArray) -> float:
    """Return how far two pictures are apart, 0 to 1, where one of them or both show something."""
    shown = np.maximum(first[..., 3], second[..., 3]) > 0.1
    return float(np.abs(first - second)[shown].mean()) if shown.any() else 0.0


def nearest(pictures: Mapping[str, FloatArray]) -> dict[str, tuple[float, str]]:
    """Return of each picture how far the one most like it is, and its name."""
    rows: dict[str, list[tuple[float, str]]] = {name: [] for name in pictures}
    for first, second in combinations(pictures, 2):
        apart = difference(pictures[first], pictures[second])
        rows[first].append((apart, second))
        rows[second].append((apart, first))
    return {name: min(each) for name, each in rows.items() if each}


def sheet(pictures: Mapping[str, Path]) -> Image.Image:
    """Return all pictures with their names, in rows."""
    width, height = _CELL
    rows = -(-len(pictures) // _COLUMNS)
    paper = Image.new("RGB", (_COLUMNS * width, rows * (height + _LABEL)), _PAPER)
    pen, font = ImageDraw.Draw(paper), ImageFont.load_default(size=16)
    for at, (name, path) in enumerate(pictures.items()):
        left, top = at % _COLUMNS * width, at // _COLUMNS * (height + _LABEL)
        with Image.open(path) as picture:
            shown = picture.convert("RGBA")
        shown.thumbnail(_CELL)
        paper.paste(shown, (left + (width - shown.width) // 2, top + (height - shown.height) // 2), shown)
        pen.text((left + 6, top + height + 2), name, (40, 36, 32), font)
    return paper


def main() -> None:
    """Write the sheet, and print what is short of the goals."""
    parser = argparse.ArgumentParser(prog="python -m tests.faces", description=__doc__)
    parser.add_argument("--assets", type=Path, default=Path("assets"))
    parser.add_argument("--models", type=Path, default=Path("build/models"))
    parser.add_argument("--out", type=Path, default=Path("build/faces.webp"))
    chosen = parser.parse_args()
    paths = posters(chosen.assets, chosen.models)
    pictures = {name: small(path) for name, path in paths.items()}
    twins = nearest(pictures)
    for name, pixels in pictures.items():
        apart, twin = twins.get(name, (1.0, ""))
        short = " <" if share(pixels) < LEAST_SHARE or apart < LEAST_DIFFERENCE else ""
        sys.stdout.write(f"{name:46} fills {share(pixels):4.0%}, {apart:4.0%} from {twin}{short}\n")
    chosen.out.parent.mkdir(parents=True, exist_ok=True)
    sheet(paths).save(chosen.out, quality=85)
    sys.stdout.write(f"{len(paths)} pictures: {chosen.out}\n")


if __name__ == "__main__":
    main()
