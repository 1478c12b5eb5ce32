"""Make a catalogue of any size up from the real one: the same texts under other slugs and names, a little aside.

    python -m tests.bench.made_up 5000 FOLDER

Nothing of it is true, and none of it is ever published: it shows how what reads a catalogue grows.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from carreau.catalogue.catalogue import read_catalogue

PROJECT = Path(__file__).parents[2]
STEP_DEG = 1e-6
"""How far each copy lies from the one before, about 0.1 m: a hundred of them are still in their commune."""

_FIRST_LIST = 2000
"""Number of the list that the first copies are inscribed in: one site alone claims an element of a list."""

_NAME = re.compile(r'^name = "(.*)"$', re.MULTILINE)
_PLACE = re.compile(r"^(lon|lat) = ([0-9.]+)$", re.MULTILINE)
_LIST = re.compile(r"^list = \d+$", re.MULTILINE)
_CONTEXT = re.compile(r'^msgctxt "site\.([a-z0-9-]+)\.', re.MULTILINE)
_ENDS = re.compile(r'"\n(?=msgstr )|"\Z')


def make_up(count: int, folder: Path, project: Path = PROJECT) -> Path:
    """Write a catalogue of so many sites with their translations, and return its `assets/`.

    count : of sites, the real ones among them
    folder : that gets `assets/` and `locales/`
    """
    assets, locales = folder / "assets", folder / "locales"
    shutil.copytree(project / "assets", assets)
    shutil.copytree(project / "locales", locales)
    copies = list(_copies(assets, count))
    for slug, number in copies:
        _copy_site(assets / "sites", slug, number)
    for path in sorted(locales.glob("*/LC_MESSAGES/content.po")):
        _copy_texts(path, copies)
    return assets


def _copies(assets: Path, count: int) -> Iterator[tuple[str, int]]:
    """Yield the slug of what is copied, and the number of the copy."""
    real = sorted(slug for slug, entry in read_catalogue(assets).sites.items() if not entry.of.is_apart)
    for place in range(count - len(real)):
        yield real[place % len(real)], 1 + place // len(real)


def _copy_site(sites: Path, slug: str, number: int) -> None:
    folder = sites / copy_slug(slug, number)
    # Maps have names of their own in the whole catalogue.
    shutil.copytree(sites / slug, folder, ignore=shutil.ignore_patterns("*.scene.toml"))
    path = folder / "site.toml"
    text = _NAME.sub(lambda found: f'name = "{found[1]} {number}"', path.read_text("utf-8"), count=1)
    text = _PLACE.sub(lambda found: f"{found[1]} = {float(found[2]) + number * STEP_DEG:.7g}", text)
    path.write_text(_LIST.sub(f"list = {_FIRST_LIST + number}", text), "utf-8")
    for outline in folder.glob("*.geojson"):
        tree = json.loads(outline.read_bytes())
        outline.write_text(json.dumps(_aside(tree, number * STEP_DEG), ensure_ascii=False), "utf-8")


def copy_slug(slug: str, number: int) -> str:
    """Return what links call a copy."""
    return f"{slug}-{number}"


def _aside(tree: object, by_deg: float) -> object:
    """Return GeoJSON with every position moved: what is a list of numbers is one."""
    if isinstance(tree, dict):
        return {key: _aside(value, by_deg) if key != "bbox" else value for key, value in tree.items()}
    if isinstance(tree, list) and tree and all(isinstance(each, int | float) for each in tree):
        return [round(each + by_deg, 9) for each in tree]
    return [_aside(each, by_deg) for each in tree] if isinstance(tree, list) else tree


def _copy_texts(path: Path, copies: list[tuple[str, int]]) -> None:
    """Write the translations of each copy behind those of the real sites."""
    blocks = path.read_text("utf-8").rstrip("\n").split("\n\n")
    by_site = dict[str, list[str]]()
    for block in blocks:
        if found := _CONTEXT.search(block):
            by_site.setdefault(found[1], []).append(block)
    with path.open("a", encoding="utf-8") as file:
        for slug, number in copies:
            for block in by_site[slug]:
                file.write(f"\n{_copied(block, slug, number)}\n")


def _copied(block: str, slug: str, number: int) -> str:
    copy = copy_slug(slug, number)
    said = block.replace(f'"site.{slug}.', f'"site.{copy}.').replace(f" sites/{slug}/", f" sites/{copy}/")
    is_name = f'"site.{copy}.name"' in said
    return _ENDS.sub(lambda end: f" {number}{end[0]}", said) if is_name else said


if __name__ == "__main__":
    print(make_up(int(sys.argv[1]), Path(sys.argv[2])))
